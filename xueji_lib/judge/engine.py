"""Catalogue × county → findings and coverage.

The engine gives every school and rule one status, the first that holds: 不适用, 缺数据, 出错, 发现, 无法判定,
未发现. A missing table, an unknown cell or a crash becomes a status, never "clean".
Source: docs/reading-conditions.md, 3 and 4; data contract 4.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county import County
from xueji_lib.county.cells import Flags, Places, maybe, yes
from xueji_lib.county.mismatches import find_mismatches, find_special, no_mismatches, no_special
from xueji_lib.judge import local_judge
from xueji_lib.local_rules import LocalRuleError, with_local
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.calendar import Calendar, MissingHolidays
from xueji_lib.register.catalogue import Catalogue, Entry
from xueji_lib.register.policy import Policy, in_force
from xueji_lib.rules import IMPLEMENTED
from xueji_lib.rules.case import Case, NotApplicable, Verdict
from xueji_lib.rules.findings import Finding, Judged
from xueji_lib.rules.findings import frame as findings_frame
from xueji_lib.rules.registry import Implementation
from xueji_lib.store import Store
from xueji_lib.support.crash import record_crash
from xueji_lib.support.errors import UsageError

STATUSES = ("不适用", "缺数据", "出错", "发现", "无法判定", "未发现")
NOT_IMPLEMENTED = "未实现"
_NOT_ASKED = "未问"

COVERAGE = "school_id rule_id status population findings undecided reason".split()

_RECTIFY = {"一般": "rectify_workdays_general", "较重": "rectify_workdays_serious", "严重": "rectify_workdays_grave"}
_PER_SCHOOL = ("register", "previous_register", "headcount")
_TABLE_NAMES = {
    "schools": "学校名录", "classes": "班级设置", "register": "学籍名册", "previous_register": "上学期学籍名册",
    "headcount": "逐班核对表", "transfers": "转学台账", "suspensions": "休复学台账", "changes": "信息修改台账",
    "dropouts": "疑似失学劝返台账", "custody": "学籍管理与保密", "disclosures": "信息对外提供登记",
    "reports": "排摸上报", "residents": "户籍适龄儿童", "complaints": "投诉举报",
}  # fmt: skip


@dataclass(frozen=True)
class Check:
    """What the rules said of the county in a term on a day.

    ``findings`` and ``coverage`` have the columns of data contract 4; ``classes`` is the reconciliation class
    by class; ``schools`` the directory; ``timings`` seconds per rule; ``mismatches`` and ``special`` are the lists
    that paper needs (``mismatches.COLUMNS``, ``mismatches.SPECIAL``).
    """

    term_id: str
    as_of: dt.date
    edition: str
    findings: pd.DataFrame
    coverage: pd.DataFrame
    classes: pd.DataFrame
    schools: pd.DataFrame
    timings: Mapping[str, float]
    mismatches: pd.DataFrame = field(default_factory=no_mismatches)
    special: pd.DataFrame = field(default_factory=no_special)

    def of_school(self, school_id: str) -> Check:
        """The same, one school's rows."""
        return self.of_schools({school_id})

    def of_schools(self, ids: Collection[str]) -> Check:
        """The same, these schools' rows ("" is the county itself)."""

        def part(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[frame["school_id"].isin(list(ids))].reset_index(drop=True)

        return replace(
            self,
            findings=part(self.findings),
            coverage=part(self.coverage),
            classes=part(self.classes),
            schools=part(self.schools),
            mismatches=part(self.mismatches),
            special=part(self.special),
        )


def check(
    store: Store,
    term_id: str,
    as_of: dt.date,
    *,
    edition: str = "",
    school: str | None = None,
    calendar: Calendar | None = None,
    policy: Policy | None = None,
) -> Check:
    """Judge the county, by the catalogue and its own checks; ``school`` keeps that school's part of the same answer.

    ``edition``: the catalogue to judge by; without one, that in force when the term began.
    Raises UsageError for an unknown term, school or edition.
    """
    calendar = calendar or Calendar.load()
    term = calendar.term(term_id)
    edition = edition or in_force(term.start)
    policy = policy or Policy.load(edition)
    catalogue = catalogues.load(edition)
    if term_id not in store.terms():
        raise UsageError(f"库里没有 {term_id} 学期的数据。现有：{'、'.join(store.terms()) or '（空）'}")
    local = local_judge.load()
    county = County.load(store, term, as_of, policy, calendar, local.columns)
    if school is not None and school not in set(county.directory["school_id"].astype(str)):
        raise UsageError(f"学校名录里没有 {school}")
    rules = {**IMPLEMENTED, **local.implementations}
    result = judge(county, with_local(catalogue, local.rules), store.root / "logs", rules)
    return result.of_school(school) if school is not None else result


def judge(
    county: County,
    catalogue: Catalogue,
    logs: Path,
    implementations: Mapping[str, Implementation] = IMPLEMENTED,
    within: Collection[str] | None = None,
) -> Check:
    """Run every rule of the catalogue over a loaded county. A crash goes to ``logs``, masked. ``within``: judge these
    schools alone; the others are only looked at."""
    findings, coverage, timings = run_rules(county, catalogue, logs, implementations, within)
    check = Check(
        county.term.id,
        county.as_of,
        catalogue.edition,
        findings,
        coverage,
        _classes(county),
        county.directory,
        timings,
        find_mismatches(county),
        find_special(county),
    )
    return check if within is None else check.of_schools(within)


def run_rules(
    county: County,
    catalogue: Catalogue,
    logs: Path,
    implementations: Mapping[str, Implementation] = IMPLEMENTED,
    within: Collection[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """Findings, coverage and seconds per rule of ``judge``; coverage has schools that were not asked too."""
    findings, coverage, timings = [], [], {}
    due = _due_dates(county)
    for entry in catalogue.entries.values():
        started = time.perf_counter()
        run = _Run(county, entry, implementations.get(entry.id), logs, due, catalogue.edition, within)
        found, covered = run.result()
        timings[entry.id] = time.perf_counter() - started
        findings.extend(found)
        coverage.append(covered)
    covered = pd.concat(coverage, ignore_index=True).sort_values(["school_id", "rule_id"], ignore_index=True)
    return findings_frame(findings), covered[COVERAGE], timings


@dataclass
class _Run:
    """One rule over the county: ``result()`` gives its findings and its coverage rows."""

    county: County
    entry: Entry
    implementation: Implementation | None
    logs: Path
    due: Mapping[str, str]
    edition: str
    within: Collection[str] | None = None

    def __post_init__(self) -> None:
        self.case = Case(self.county, self.entry)
        self.of_county = self.entry.charged.startswith("县")
        n = 1 if self.of_county else self.county.n_schools
        self.status = np.full(n, "", dtype=object)
        self.reason = np.full(n, "", dtype=object)
        self.counts = {name: np.zeros(n, dtype=np.int64) for name in ("population", "findings", "undecided")}

    def _set(self, where: Flags, status: str, reason: str = "") -> None:
        """Give a status to the schools that have none yet: the first that holds."""
        free = where & (self.status == "")
        self.status[free] = status
        self.reason[free] = reason

    def result(self) -> tuple[list[Finding], pd.DataFrame]:
        everywhere = np.ones(len(self.status), dtype=bool)
        if self.within is not None and not self.of_county:
            self._set(~self.county.school_ids[: len(self.status)].isin(list(self.within)), _NOT_ASKED)
        found: list[Finding] = []
        if self.implementation is None:
            self._set(everywhere, NOT_IMPLEMENTED, "这一版还没有这条检查")
        else:
            verdict = self._judge(self.implementation, everywhere)
            if verdict is not None:
                found = self._apply(verdict)
        self._set(everywhere, "未发现")
        return found, self._coverage()

    def _judge(self, implementation: Implementation, everywhere: Flags) -> Verdict | None:
        try:
            reason = implementation.applies(self.case) if implementation.applies else None
            if reason is not None:
                self._set(everywhere, "不适用", reason)
                return None
            if implementation.not_for_special and not self.of_county:
                self._set(self.county.special[: len(self.status)], "不适用", "特殊教育学校不适用")
            self._missing(implementation, everywhere)
            if (self.status != "").all():
                return None
            return implementation.judge(self.case)
        except NotApplicable as error:
            self._set(everywhere, "不适用", str(error))
        except MissingHolidays as error:
            self._missing(implementation, everywhere)
            self._set(everywhere, "出错", f"{error}：请在 data/calendar 补 holidays-{error.year}.toml")
        except Exception as error:  # noqa: BLE001  any crash of a rule is that rule's status, and the others go on
            self._missing(implementation, everywhere)
            reference = record_crash(self.logs, error)
            said = f"：{error}" if isinstance(error, LocalRuleError) else ""
            self._set(everywhere, "出错", f"检查程序出错{said}，编号 {reference}，详见库中 logs 文件夹")
        return None

    def _missing(self, implementation: Implementation, everywhere: Flags) -> None:
        """缺数据: docs/reading-conditions.md, 4."""
        for table in self.entry.needs:
            if not self.county.has(table):
                self._set(everywhere, "缺数据", f"没有{_TABLE_NAMES[table]}")
            elif table in _PER_SCHOOL and not self.of_county:
                if table == "headcount" and implementation.without_headcount:
                    continue
                there = self.county.schools_with(table)[: len(self.status)]
                self._set(~there, "缺数据", f"没有该校的{_TABLE_NAMES[table]}")
        if implementation.lacks is not None and (self.status == "").any():
            lacks = implementation.lacks(self.case)[: len(self.status)]
            tables = "、".join(_TABLE_NAMES[t] for t in self.entry.needs if t not in _PER_SCHOOL)
            self._set(lacks, "缺数据", f"没有该校的{tables}")

    def _apply(self, verdict: Verdict) -> list[Finding]:
        school = np.where(verdict.school < 0, 0, verdict.school) if self.of_county else verdict.school
        judged = (school >= 0) & (school < len(self.status))
        judged[judged] = self.status[school[judged]] == ""
        errors = verdict.gap & judged
        year = min(verdict.years) if verdict.years else self.county.as_of.year
        self._set(_at(len(self.status), school[errors]), "出错", f"缺 {year} 年节假日安排")
        judged[judged] = self.status[school[judged]] == ""
        hits = yes(verdict.hit) & judged
        found = self._findings(verdict, school, np.flatnonzero(hits))
        self._count("population", school, verdict.subject, verdict.applies & judged)
        self._count("findings", school, verdict.subject, hits)
        open_ = maybe(verdict.hit) & judged
        at = np.flatnonzero(open_)
        if len(at) and hits.any():  # a subject that is found is not undecided besides
            settled = pd.MultiIndex.from_arrays([school[hits], verdict.subject[hits]])
            again = pd.MultiIndex.from_arrays([school[at], verdict.subject[at]]).isin(settled)
            open_[at[again]] = False
        self._count("undecided", school, verdict.subject, open_)
        self._set(self.counts["findings"] > 0, "发现")
        self._set(self.counts["undecided"] > 0, "无法判定")
        unit = {"student": "名", "class": "个班", "school": "项"}[self.entry.scope]
        for code in np.flatnonzero(self.counts["undecided"]):
            self.reason[code] = f"{self.counts['undecided'][code]} {unit}无法判定：判定所需的内容空白、缺列或被拒收"
        return found

    def _set_reason(self) -> None:
        for code, notes in self.case.notes.items():
            if code < len(self.status) and self.status[code] in ("发现", "无法判定", "未发现"):
                self.reason[code] = "；".join(filter(None, [self.reason[code], *notes]))

    def _count(self, name: str, school: npt.NDArray[np.int64], subject: npt.NDArray[np.int64], where: Flags) -> None:
        """Distinct subjects a school."""
        places = np.flatnonzero(where)
        distinct = school[places]
        if not self.county.all_different(subject):
            distinct = pd.DataFrame({"s": distinct, "p": subject[places]}).drop_duplicates()["s"].to_numpy()
        self.counts[name] = np.bincount(distinct, minlength=len(self.status))

    def _findings(self, verdict: Verdict, school: npt.NDArray[np.int64], hits: Places) -> list[Finding]:
        if not len(hits):
            return []
        county = self.county
        found = verdict.describe(hits)
        for hit, code, subject in zip(found, school[hits].tolist(), verdict.subject[hits].tolist(), strict=True):
            hit.school, hit.subject = code, subject
        named = None if self.of_county else (county.school_ids.tolist(), county.names.tolist())
        return Judged(self.entry, self.edition, self.due, named).findings(found)

    def _coverage(self) -> pd.DataFrame:
        self._set_reason()
        ids = [""] if self.of_county else self.county.school_ids[: self.county.n_schools].tolist()
        return pd.DataFrame(
            {"school_id": ids, "rule_id": self.entry.id, "status": self.status, **self.counts, "reason": self.reason}
        )


def _due_dates(county: County) -> dict[str, str]:
    """整改期限 by severity; empty where the working days are not known."""
    dates = {}
    for severity, figure in _RECTIFY.items():
        try:
            dates[severity] = county.calendar.add_workdays(county.as_of, county.policy[figure]).isoformat()
        except MissingHolidays:
            dates[severity] = ""
    return dates


def _classes(county: County) -> pd.DataFrame:
    table = county.reconciled.class_table()
    table.insert(0, "school_id", county.school_ids.to_numpy(dtype=object)[table["school"].to_numpy()])
    return table.drop(columns="school")


def _at(size: int, codes: npt.NDArray[np.int64]) -> Flags:
    flags = np.zeros(size, dtype=bool)
    flags[codes] = True
    return flags
