"""Counties with a planted rate, inspected as a plan says: is the planted rate in the range that is told?

``python -m benchmarks.visit_estimate [COUNTIES]``. A county has 40 to 80 schools of 3 to 24 classes; some schools and
classes are much worse than others; a few schools are chosen by a noisy look at their rate (by risk), others by lot;
two classes of each are called, as question S201 says.
"""

from __future__ import annotations

import random
import sys
from collections import Counter

from xueji_lib.visit.cluster_rate import CalledClass, EstimatedRate, SchoolCalls, SchoolStratum, estimate


def county(seed: int, classes_called: int = 2) -> tuple[float, EstimatedRate, list[tuple[float, EstimatedRate]]]:
    """The planted rate and what is estimated of it, of the county and of each visited school."""
    rng = random.Random(seed)
    level, alike = rng.choice((0.002, 0.005, 0.01, 0.02, 0.05)), rng.choice((0.0, 0.01, 0.03, 0.05, 0.08))
    schools = []
    for _ in range(rng.randint(40, 80)):
        own = spread(rng, level, alike)
        schools.append([pupils(rng, spread(rng, own, alike / 2)) for _ in range(rng.randint(3, 24))])
    hits, size = (sum(getattr(c, name) for school in schools for c in school) for name in ("hits", "size"))
    seen = sorted(schools, key=lambda school: -sum(c.hits for c in school) * rng.uniform(0.3, 1.7))
    worst, others = seen[: rng.randint(4, 8)], seen[8:]
    left_out = seen[len(worst) : 8]
    others += left_out
    by_lot = rng.sample(others, rng.randint(8, 20))

    def called(school: list[CalledClass]) -> SchoolCalls:
        return SchoolCalls(len(school), tuple(rng.sample(school, min(classes_called, len(school)))))

    strata = [
        SchoolStratum(len(worst), tuple(map(called, worst))),
        SchoolStratum(len(others), tuple(map(called, by_lot))),
    ]
    told = estimate(strata)
    assert told is not None
    alone = []
    for school, calls in zip([*worst, *by_lot], [c for s in strata for c in s.schools], strict=True):
        own_told = estimate([SchoolStratum(1, (calls,))])
        assert own_told is not None
        alone.append((sum(c.hits for c in school) / sum(c.size for c in school), own_told))
    return hits / size, told, alone


def spread(rng: random.Random, rate: float, alike: float) -> float:
    """A rate around ``rate``: a beta variate with this correlation."""
    if alike <= 0 or not 0 < rate < 1:
        return rate
    strength = 1 / alike - 1
    return rng.betavariate(rate * strength, (1 - rate) * strength)


def pupils(rng: random.Random, rate: float) -> CalledClass:
    """A class of 18 to 55."""
    size = rng.randint(18, 55)
    return CalledClass(sum(rng.random() < rate for _ in range(size)), size)


def covered(planted: float, told: EstimatedRate) -> bool:
    """Whether the planted rate is in the range; a range that is not told cannot be wrong and is not counted."""
    return told.low is not None and told.high is not None and told.low - 1e-12 <= planted <= told.high + 1e-12


def main(counties: int) -> None:
    counts: Counter[str] = Counter()
    widths = []
    for seed in range(counties):
        planted, told, alone = county(seed)
        counts["county"] += covered(planted, told)
        counts["too high"] += told.low is not None and planted < told.low
        counts["too low"] += told.high is not None and planted > told.high
        widths.append((told.high or 0) - (told.low or 0))
        counts["schools"] += sum(own.low is not None for _, own in alone)
        counts["school"] += sum(covered(rate, own) for rate, own in alone)
    widths.sort()
    print(f"counties: planted rate in the range {counts['county']} of {counties} = {counts['county'] / counties:.1%}")
    print(f"  the range too high {counts['too high']}, too low {counts['too low']}")
    print(f"  width of the range, middle {widths[len(widths) // 2]:.2%}, largest {widths[-1]:.2%}")
    print(f"schools: {counts['school']} of {counts['schools']} = {counts['school'] / counts['schools']:.1%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
