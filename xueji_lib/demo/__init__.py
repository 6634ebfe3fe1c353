"""A synthetic county: inbox files of two terms in every form they come in, with planted violations and
the truth beside them. It knows nothing of the rules' code, so that it can judge them.

Everybody in it is made up; numbers have right check digits where nothing else is planted.
"""

from __future__ import annotations

import random
from pathlib import Path

from xueji_lib.demo import bad_files, trap_files
from xueji_lib.demo.county import DemoCounty, build
from xueji_lib.demo.inbox_files import Writer, settle_reports
from xueji_lib.demo.model import AS_OF, INSPECTION, PREVIOUS_TERM, TERM
from xueji_lib.demo.people import People
from xueji_lib.demo.plant import NO_HIT, plant
from xueji_lib.demo.truth import PlantedTruth

__all__ = ["AS_OF", "INSPECTION", "NO_HIT", "PREVIOUS_TERM", "TERM", "DemoCounty", "PlantedTruth", "make"]


def make(
    folder: Path, *, schools: int = 20, seed: int = 2026, students: int | None = None, planted: bool = True
) -> DemoCounty:
    """Write ``folder/inbox/<term>/**`` and ``folder/truth/*.csv``; the same bytes for the same arguments.

    20 schools have about 6,000 students, 300 about 80,000; ``students`` asks for another size. ``planted=False``
    leaves a county in which every rule must be silent, and files without a fault.
    Truth (for ``INSPECTION``): findings, near_misses, undecided, later, intake.
    Raises UsageError for fewer than six schools.
    """
    county = build(schools, seed, students)
    truth = plant(county, 1 + schools // 40 if planted else 0)
    if planted:
        _repeat_a_row(county)
    settle_reports(county)
    Writer(folder, county, truth, seed).everything()
    if planted:
        bad_files.add(folder, county, People(random.Random(f"{seed}:bad")), truth)
        trap_files.add(folder, county, People(random.Random(f"{seed}:trap")), truth)
    truth.write(folder / "truth")
    return county


def _repeat_a_row(county: DemoCounty) -> None:
    """Have one school's register hold a student twice (D07); its report counts him once."""
    for school in county.schools:
        if not school.quiet and not school.junk:
            school.repeat = True
            return
