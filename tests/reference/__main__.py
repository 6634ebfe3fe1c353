"""``python -m tests.reference 0:1000``: many random counties, engine against reference; prints where they differ.

``--rules R302,R303``: these alone. ``--jobs N``: processes. Ends with 1 where anything differs.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections import Counter
from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor

from tests.reference.compare import compared


def lines_of(seed: int, rules: Collection[str]) -> list[str]:
    """A line for every difference; a crash is a line like any other."""
    try:
        return compared(seed, rules)[0]
    except Exception as error:  # noqa: BLE001  one county must not end the run
        return [f"seed {seed} crash: {type(error).__name__}: {error}"]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.reference", description=__doc__)
    parser.add_argument("seeds", help="first:last+1, such as 0:1000")
    parser.add_argument("--rules", default="", help="such as R302,R303")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    seeds = range(*map(int, given.seeds.split(":")))
    one = functools.partial(lines_of, rules=[r for r in given.rules.split(",") if r])
    differing: Counter[str] = Counter()
    with ProcessPoolExecutor(given.jobs) as pool:
        for lines in pool.map(one, seeds, chunksize=4):
            for line in lines:
                differing[line.split()[2]] += 1
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{len(seeds)} counties, {differing.total()} differences {dict(differing.most_common())}\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
