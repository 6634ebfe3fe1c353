"""The files of an earlier release's demonstration, judged today: every difference has its reason, and ids are kept."""

from __future__ import annotations

import datetime as dt
import lzma
import tarfile
from pathlib import Path
from typing import Final

import pandas as pd
import pytest

from xueji_lib import intake
from xueji_lib.judge import engine
from xueji_lib.judge.comparison import Comparison, Side, compared, successors
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.reports.chosen_runs import Runs
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

HERE: Final = Path(__file__).parent
TERMS: Final = ("2025-2026-2", "2026-2027-1")
AS_OF: Final = dt.date(2026, 11, 20)
GAINED: Final[dict[str, dict[str, str]]] = {
    "0.1.0": {
        "R116": "new: the school reported truly that the pupil is away, and he is seen at another school",
        "R118": "new: transferred to a school of the county, and on no register and in no class since",
        "R408": "new: what the own side has signed and others delay is the county's to hurry",
        "R518": "new: a child in class whom no table explains",
        "R720": "new: away without a word about bringing the pupil back",
    }
}
"""Release → rule → why it finds today what it did not find then."""
LOST: Final[dict[str, dict[str, str]]] = {
    "0.1.0": {
        "R210": "its own headcount says truly that the pupil is away: R116 asks about it",
        "R401": "the school had given its opinion: the delay is another's (R408)",
        "R404": "the same child is R106's",
        "R602": "the school had given its opinion: the delay is another's (R408)",
    }
}
"""Release → rule → why it finds no longer what it found then."""
NOW_LEADS: Final[dict[str, dict[str, str]]] = {
    "0.1.0": {
        "R102": "the own side submitted in time",
        "R105": "the register may be older than the platform date",
        "R106": "rests on a figure that the county has not confirmed",
        "R306": "the register may be older than the platform date",
        "R402": "the county centre decides, so where it rests has to be asked first",
        "R404": "no day of arrival; in grades of entry a figure that is not confirmed",
        "R407": "rests on a figure that the county has not confirmed",
        "R503": "before the pupil came the class was not large",
        "R701": "rests on a figure that the county has not confirmed",
        "R707": "counted from the headcount's day; a figure that is not confirmed",
        "R709": "the school wrote another measure",
    }
}
"""Release → rule → why what was called a fact is only a lead today."""


@pytest.fixture(scope="module", params=sorted(file.parent.name for file in HERE.glob("*/findings.csv")))
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def today(release: str, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The findings of today's code in the files of then."""
    folder = tmp_path_factory.mktemp("old")
    with lzma.open(HERE / release / "inbox.tar.xz") as plain, tarfile.open(fileobj=plain) as archive:
        archive.extractall(folder, filter="data")
    store = Store(folder / "store")
    for term in TERMS:
        intake.run(folder / "inbox" / term, store, term, Calendar.load())
    return engine.check(store, Inspection(TERMS[-1], AS_OF)).findings


@pytest.fixture(scope="module")
def comparison(release: str, today: pd.DataFrame) -> Comparison:
    """What the release's findings.csv and today's findings differ in."""
    then = Runs(lambda: Store(HERE)).side(str(HERE / release))
    return compared(then, Side("今天", today))


def test_every_difference_has_its_reason(release: str, comparison: Comparison) -> None:
    changed = comparison.changed
    assert set(comparison.lost["rule_id"]) == set(LOST[release])
    assert set(comparison.gained["rule_id"]) == set(GAINED[release])
    leads = changed[changed["note"].str.contains("事实→线索")]
    assert set(leads["rule_id"]) == set(NOW_LEADS[release])
    assert len(leads) == len(changed), "no other change"


def test_a_finding_that_stands_is_about_the_same_subject(comparison: Comparison) -> None:
    before, after = (side.findings.set_index("finding_id") for side in (comparison.before, comparison.after))
    for former, current in successors(comparison.before.findings, comparison.after.findings).items():
        now, was = after.loc[current], before.loc[former]
        assert (now["rule_id"], now["school_id"]) == (was["rule_id"], was["school_id"])
        assert now["student"] == was["student"] or now["student_ref"] == was["student_ref"]
