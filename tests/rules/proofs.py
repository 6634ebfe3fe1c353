"""The proof tables of the rules: CSV a non-programmer can read and add to.

``tests/rules/<编号>/<表名>.csv`` (or ``<表名>.<备注>.csv``) holds rows as an office would hand them in. Beside the
table's own columns: 期望 (命中, 不命中, 无法判定; empty for rows that are only there for others), 边界 (是: the last
allowed day or figure, or the first beyond), 说明, 证据含 (what the evidence must say, parts joined by ；), 记在
(the school charged where it is not the row's), 主体 (what tells subjects of one school apart where the student,
class or school does not: a phone, a date and party), 性质 (事实 or 线索: what the finding must be), 性质含 (what
``nature_reason`` must say), 来源含 (what ``sources`` must name, parts joined by ；; what is not named is left free).
Of a check that the county is charged with, 记在 is what the finding's school must say.
``上学期/`` holds the previous term's files, ``案例.toml`` another ``as_of`` or ``term``, and under ``[terms]`` terms
that the calendar does not have. Without 学校名录.csv of its own a rule uses ``_base``. Another day, term or set of
tables of the same rule is a folder of its own, ``<编号>.<备注>`` (``R406.第二学期``). A row's 状态 (发现, 缺数据,
不适用 …) is what coverage must say of its school, 覆盖含 a part of the reason it must give.
"""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pandas as pd

from xueji_lib import intake
from xueji_lib.county import County
from xueji_lib.judge import engine
from xueji_lib.judge.engine import Check
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.calendar import Calendar, Term, previous_term_id
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.register.inspection import Yardstick
from xueji_lib.register.policy import Policy
from xueji_lib.store import Store
from xueji_lib.support.crash import record_crash

HERE = Path(__file__).parent
OURS = ("期望", "边界", "说明", "证据含", "记在", "主体", "状态", "覆盖含", "性质", "性质含", "来源含")
HIT, MISS, OPEN = "命中", "不命中", "无法判定"


@dataclass(frozen=True)
class Example:
    """One expected answer."""

    table: str
    row: dict[str, str]

    @property
    def expected(self) -> str:
        return self.row["期望"]

    @property
    def boundary(self) -> bool:
        return self.row.get("边界", "") == "是"


def cases() -> list[str]:
    """The folders: a rule's own, and those with a remark."""
    return sorted(p.name for p in HERE.iterdir() if p.is_dir() and p.name.startswith("R"))


def rule_of(case: str) -> str:
    return case.split(".")[0]


def _read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def examples(case: str) -> list[Example]:
    """Every row with an expectation."""
    found = []
    for file in sorted((HERE / case).rglob("*.csv")):
        for row in _read(file):
            if row.get("期望"):
                assert row["期望"] in (HIT, MISS, OPEN), f"{file}: 期望写的是 {row['期望']}"
                found.append(Example(file.stem.split(".")[0], row))
    return found


def statuses(case: str) -> list[tuple[str, str, str]]:
    """(school name, status that coverage must give it, a part of the reason)."""
    rows = [row for file in sorted((HERE / case).glob("*.csv")) for row in _read(file)]
    return [
        (row.get("记在") or row["学校名称"], row["状态"], row.get("覆盖含") or "") for row in rows if row.get("状态")
    ]


def _hand_in(source: Path, inbox: Path) -> None:
    """Write the tables without our own columns, as a school would."""
    inbox.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.glob("*.csv")):
        rows = _read(file)
        columns = [c for c in (rows[0] if rows else {}) if c not in OURS]
        with (inbox / file.name).open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)


def run(name: str, folder: Path) -> tuple[Check, dict[str, str]]:
    """Take the rule's tables in and judge them by that rule; second: school name → id."""
    return judged(name, taken_in(name, folder), folder / "logs")


def taken_in(name: str, folder: Path) -> County:
    """The rule's tables, through the real intake, ready to be judged."""
    source = HERE / name
    case_file = source / "案例.toml"
    case = tomllib.loads(case_file.read_text("utf-8")) if case_file.is_file() else {}
    term_id = case.get("term", "2026-2027-1")
    as_of = case.get("as_of", dt.date(2026, 11, 20))
    calendar, policy, store = Calendar.load(), Policy.load(), Store(folder / "store")
    more = {t: Term(t, spec["start"], spec["end"]) for t, spec in case.get("terms", {}).items()}
    terms = sorted({**calendar.terms, **more}.values(), key=lambda t: t.start)
    calendar = replace(calendar, terms={t.id: t for t in terms})
    _hand_in(HERE / "_base", folder / "inbox")
    _hand_in(source, folder / "inbox")
    intake.run(folder / "inbox", store, term_id, calendar)
    if (source / "上学期").is_dir():
        _hand_in(HERE / "_base", folder / "before")
        _hand_in(source / "上学期", folder / "before")
        intake.run(folder / "before", store, previous_term_id(term_id), calendar)
    return County.load(store, Yardstick(calendar.term(term_id), as_of, policy, calendar))


def judged(name: str, county: County, logs: Path) -> tuple[Check, dict[str, str]]:
    """The county's answer by that rule alone; second: school name → id. Raises what the rule raised where it crashed:
    the engine would make a status of it, and only that something is 出错 would be told."""
    crashes: list[BaseException] = []

    def keep(folder: Path, error: BaseException) -> str:
        crashes.append(error)
        return record_crash(folder, error)

    with patch("xueji_lib.judge.run.record_crash", keep):
        check = engine.judge(county, _only(rule_of(name)), logs)
    if crashes:
        raise crashes[0]
    ids = check.schools["school_id"].astype(str)
    names = dict(zip(check.schools["school_name"].astype(str), ids, strict=True)) | {one: one for one in ids}
    return check, names


@cache
def _only(rule_id: str) -> Catalogue:
    whole = catalogues.load()
    return Catalogue(whole.edition, {rule_id: whole[rule_id]}, ())


def subject(scope: str, row: dict[str, str]) -> str:
    """What tells subjects of one school apart."""
    if row.get("主体"):
        return row["主体"]
    if scope == "student":
        return row["姓名"]
    return f"{row['年级']}.{row['班号']}" if scope == "class" else ""


def natures(scope: str, findings: pd.DataFrame) -> dict[tuple[str, str], tuple[str, str]]:
    """(school_id, subject) → nature and its reason."""
    subjects = [(school, subject) for school, subject, _ in found_subjects(scope, findings)]
    return dict(zip(subjects, zip(findings["nature"], findings["nature_reason"], strict=True), strict=True))


def sources(scope: str, findings: pd.DataFrame) -> dict[tuple[str, str], str]:
    """(school_id, subject) → sources."""
    subjects = [(school, subject) for school, subject, _ in found_subjects(scope, findings)]
    return dict(zip(subjects, findings["sources"], strict=True))


def found_subjects(scope: str, findings: pd.DataFrame) -> list[tuple[str, str, str]]:
    """(school_id, subject, evidence) of each finding."""
    keys = {
        "student": findings["student"],
        "class": findings["grade"].astype(str) + "." + findings["class"].astype(str),
        "school": findings["school_id"].map(lambda _: ""),
    }[scope]
    return list(zip(findings["school_id"], keys, findings["evidence"], strict=True))
