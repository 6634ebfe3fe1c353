"""Editions: a new notice is a small difference, and a term is judged by what was in force when it began."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from xueji_lib import intake
from xueji_lib.judge import engine
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register import policy
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.policy import Policy, in_force
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError

DIRECTORY = (
    "学校标识码,学校名称,办学类型,城乡类别,所属乡镇,校长,分管学籍副校长,学籍管理员,学籍管理员任职日期\n"
    "2164000001,城关一小,小学,城区,青石镇,,马副校长,马管理员,2025-03-01\n"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A county's own copy of data/, in which the draft has become law."""
    home = tmp_path / "home"
    shutil.copytree(paths.data(), home / "data")
    file = home / "data" / "policy" / "2027-draft.toml"
    text = file.read_text("utf-8").replace("draft = true\n", "").replace("2027-09-01", "2026-08-01")
    file.write_text(text, "utf-8")
    monkeypatch.setenv("XUEJI_HOME", str(home))
    return home


@pytest.fixture
def store(tmp_path: Path) -> Store:
    inbox, store = tmp_path / "inbox", Store(tmp_path / "store")
    inbox.mkdir()
    (inbox / "名录.csv").write_text(DIRECTORY, "utf-8")
    for term in ("2025-2026-2", "2026-2027-1"):
        intake.run(inbox, store, term, Calendar.load())
    return store


def test_an_edition_is_its_base_with_a_few_differences() -> None:
    old, new = catalogues.load("2020-154"), catalogues.load("2027-draft")
    assert set(old.entries) - set(new.entries) == {"R507"}
    assert set(new.entries) - set(old.entries) == {"R990"}
    assert all(new.entries[rule] == old.entries[rule] for rule in set(new.entries) & set(old.entries))
    assert new.questions == old.questions
    before, after = Policy.load("2020-154"), Policy.load("2027-draft")
    assert {n for n in after.figures if after.figures[n] != before.figures.get(n)} == {
        "report_days",
        "registrar_min_days",
    }


def test_a_draft_is_never_in_force_and_neither_is_a_future_edition(home: Path) -> None:
    shipped = paths.data()
    assert in_force(dt.date(2030, 1, 1), Path(__file__).parents[1] / "data" / "policy") == "2020-154"
    assert in_force(dt.date(2026, 7, 31), shipped / "policy") == "2020-154"
    assert in_force(dt.date(2026, 8, 1), shipped / "policy") == "2027-draft"
    assert in_force(dt.date(1999, 1, 1), shipped / "policy") == "2020-154"


def test_an_old_term_is_judged_by_the_edition_in_force_then(home: Path, store: Store) -> None:
    # 2025-03-01 to the basis days: more than a year, less than two. The principal's name is missing in both terms.
    old = engine.check(store, Inspection("2025-2026-2", dt.date(2026, 7, 1)))
    new = engine.check(store, Inspection("2026-2027-1", dt.date(2026, 11, 20)))
    assert (old.edition, new.edition) == ("2020-154", "2027-draft")
    assert set(old.findings["rule_id"]) == set()
    assert set(new.findings["rule_id"]) == {"R713", "R990"}
    assert set(new.findings["edition"]) == {"2027-draft"}
    assert "R507" in set(old.coverage["rule_id"])
    assert "R507" not in set(new.coverage["rule_id"])


def test_an_edition_can_be_asked_for(store: Store) -> None:
    asked = engine.check(store, Inspection("2026-2027-1", dt.date(2026, 11, 20), "2027-draft"))
    assert set(asked.findings["rule_id"]) == {"R713", "R990"}
    assert not len(engine.check(store, Inspection("2026-2027-1", dt.date(2026, 11, 20))).findings)
    with pytest.raises(UsageError, match="2020-154"):
        engine.check(store, Inspection("2026-2027-1", dt.date(2026, 11, 20), "1999-001"))


def test_a_withdrawn_check_says_so() -> None:
    with pytest.raises(UsageError, match="已经取消"):
        catalogues.load("2027-draft")["R507"]


def test_a_figure_without_a_source_is_refused(home: Path) -> None:
    file = home / "data" / "policy" / "2020-154.toml"
    file.write_text(file.read_text("utf-8").replace('source = "经验值"', ""), "utf-8")
    with pytest.raises(UsageError, match="shared_phone_students"):
        policy.Policy.load("2020-154")
