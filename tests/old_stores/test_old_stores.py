"""A county as an earlier release left it: today's code reads, judges, extends and merges it, every verdict stands."""

from __future__ import annotations

import copy
import json
import lzma
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.old_stores import says
from tests.old_stores.says import AS_OF, BEFORE, TERM, TODAY
from xueji_lib import __version__, intake
from xueji_lib.casebook import cases, judging
from xueji_lib.casebook.carry.merge import merge
from xueji_lib.casebook.carry.sealed import Sealed
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.store import Store

pytestmark = pytest.mark.slow

HERE: Final = Path(__file__).parent
RELEASES: Final = sorted(file.parent.name for file in HERE.glob("*/expected.json"))
CHANGED: Final[dict[str, dict[str, str]]] = {
    "0.1.0": {
        "R116": "new: the school reported truly that the pupil is away, and he is seen at another school",
        "R118": "new: transferred to a school of the county, and on no register and in no class since",
        "R204": "an inspector's roll-call is no count of the school's own",
        "R210": "its own headcount says truly that the pupil is away: R116 asks about it",
        "R401": "the school had given its opinion: the delay is another's (R408)",
        "R404": "the same child is R106's",
        "R408": "new: what the own side has signed and others delay is the county's to hurry",
        "R518": "new: a child in class whom no table explains",
        "R602": "the school had given its opinion: the delay is another's (R408)",
        "R720": "new: away without a word about bringing the pupil back",
    }
}
"""Release → rule → why it judges the county of that release otherwise today."""
ADDED: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "0.1.0": {"headcount": ("check_no",), "schools": ("central_school",)}
}
"""Release → table → columns that came after it: they are unknown in every row."""
INSPECTOR: Final = Actor("王督查", "inspector")


@dataclass(frozen=True)
class Keepsake:
    """``said``: expected.json; ``root``: the store, ``inbox``: a folder a term, both unpacked where tests may write."""

    folder: Path
    said: dict[str, Any]
    root: Path
    inbox: Path

    @property
    def store(self) -> Store:
        return Store.open(self.root)

    @property
    def tables(self) -> dict[str, Any]:
        """What ``says.of_tables`` says today: what it said then, and the columns that were added since."""
        terms: dict[str, Any] = copy.deepcopy(self.said["tables"])
        for term in terms.values():
            for table, columns in ADDED.get(self.folder.name, {}).items():
                if term["rows"].get(table):
                    term["unknown"][table] |= dict.fromkeys(columns, term["rows"][table])
        return terms

    def take_in(self, folder: Path, term: str) -> intake.Report:
        return intake.run(folder, self.store, term, Calendar.load())


@pytest.fixture(scope="module", params=RELEASES)
def unpacked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county of a release; not to be written to."""
    place: Path = tmp_path_factory.mktemp("old") / request.param
    _unpack(HERE / request.param, place)
    return place


def _unpack(keepsake: Path, place: Path) -> None:
    with lzma.open(keepsake / "county.tar.xz") as plain, tarfile.open(fileobj=plain) as archive:
        archive.extractall(place, filter="data")


@pytest.fixture
def keepsake(unpacked: Path, tmp_path: Path) -> Keepsake:
    shutil.copytree(unpacked, tmp_path / "county")
    folder = HERE / unpacked.name
    said = json.loads((folder / "expected.json").read_text("utf-8"))
    return Keepsake(folder, said, tmp_path / "county" / "store", tmp_path / "county" / "inbox")


def test_it_says_what_it_said(keepsake: Keepsake) -> None:
    """Unknown cells are those of then, column by column: a refused cell that turned blank would accuse a child."""
    assert says.of_tables(keepsake.root) == keepsake.tables
    assert says.of_casebook(keepsake.root) == keepsake.said["casebook"]
    assert says.of_answer(keepsake.root) == keepsake.said["findings"]


def test_it_is_judged_as_it_was(keepsake: Keepsake) -> None:
    answer = judging.judged(Workplace(keepsake.store), Inspection(TERM, AS_OF))
    changed = CHANGED[keepsake.said["release"]]
    now, then = says.by_rule(answer.findings), keepsake.said["findings"]
    assert {rule: ids for rule, ids in now.items() if rule not in changed} == {
        rule: ids for rule, ids in then.items() if rule not in changed
    }
    assert (answer.coverage["status"] != "出错").all()
    casebook = says.of_casebook(keepsake.root)
    assert casebook.pop("trail") > keepsake.said["casebook"].pop("trail")  # the run of the machine is a line of it
    assert casebook == keepsake.said["casebook"]


def test_the_same_files_again_change_nothing(keepsake: Keepsake) -> None:
    before = {term: keepsake.store.fingerprint(term) for term in keepsake.store.terms()}
    for term in (BEFORE, TERM):
        report = keepsake.take_in(keepsake.inbox / term, term)
        assert {change.kind for change in report.changes} == {"unchanged"}
        assert report.intake is None
    assert {term: keepsake.store.fingerprint(term) for term in keepsake.store.terms()} == before


def test_it_goes_on(keepsake: Keepsake, tmp_path: Path) -> None:
    """New files, a filled-in list and a new verdict on top of what was there."""
    said = keepsake.said
    (tmp_path / "新").mkdir()
    school = said["school"]
    given = f"学校标识码,提供日期,接收单位\n{school},2026-11-23,县医院\n"
    (tmp_path / "新" / "信息对外提供登记.csv").write_text(given, "utf-8-sig")
    shutil.copy(keepsake.folder / "问题台账.xlsx", tmp_path / "新")
    report = keepsake.take_in(tmp_path / "新", TERM)
    assert {(change.table, change.school_id) for change in report.changes} == {
        ("disclosures", school),
        ("replies", school),
    }
    replies = keepsake.store.read(TERM, "replies", schools=[school])
    assert int((replies["measure"] == "已补办手续").sum()) == said["filled_in"]
    assert keepsake.store.read(TERM, "disclosures", schools=[school])["receiver"].tolist() == ["县医院"]
    now, then = says.of_tables(keepsake.root), keepsake.tables
    for table in ("disclosures", "replies"):
        for part in ("rows", "unknown"):
            now[TERM][part].pop(table), then[TERM][part].pop(table)
    assert now == then

    judging.judged(Workplace(keepsake.store), Inspection(TERM, AS_OF))
    with says.casebook(keepsake.root) as book:
        undecided = next(case for case in cases.of_school(book, school, TODAY) if not case.history)
        cases.decide(Desk(book, keepsake.store, INSPECTOR, TERM, TODAY), undecided.id, {"to": "属实"})
    verdicts = says.of_casebook(keepsake.root)["verdicts"]
    assert verdicts.pop(undecided.id)[0] == "属实"
    assert verdicts == said["casebook"]["verdicts"]
    assert says.of_casebook(keepsake.root)["trail"] > said["casebook"]["trail"]


def test_a_package_from_then_is_taken_in(keepsake: Keepsake, tmp_path: Path) -> None:
    package = Sealed(keepsake.folder / "laptop.xjpack", keepsake.said["password"])
    merged = merge(keepsake.root, "", package, INSPECTOR)
    assert len(merged.conflicts) == 1
    assert says.of_casebook(keepsake.root) == keepsake.said["merged"]
    assert merge(keepsake.root, "", package, INSPECTOR).new == {}

    assert merge(tmp_path / "laptop", "", package, INSPECTOR).made_store
    there, whole = says.of_casebook(tmp_path / "laptop"), keepsake.said["merged"]["verdicts"]
    assert {whole[finding][0] for finding in there["verdicts"]} == {"属实", "冲突"}
    assert says.of_answer(tmp_path / "laptop")


@pytest.mark.slow
def test_this_release_can_leave_one_too(tmp_path: Path) -> None:
    line = [sys.executable, str(HERE / "make.py"), "--out", str(tmp_path / "made")]
    done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    _unpack(tmp_path / "made", tmp_path / "county")
    said = json.loads((tmp_path / "made" / "expected.json").read_text("utf-8"))
    assert said["release"] == __version__
    assert says.of_tables(tmp_path / "county" / "store") == said["tables"]
    assert says.of_casebook(tmp_path / "county" / "store") == said["casebook"]
