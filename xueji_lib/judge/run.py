"""One check over the county: its findings, and for every school one status, the first that holds: 不适用, 缺数据, 出错,
发现, 无法判定, 未发现.

A missing table, an unknown cell, a missing calendar or a crash becomes a status, never "clean".
Source: docs/reading-conditions.md, 3 and 4. Over 250 lines: statuses, findings and
counts of a check are one state, each set before the next is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.county import County
from xueji_lib.county.kleene import Flags, lacks_calendar, maybe, missing_years, yes
from xueji_lib.county.rows import Ints, flagged
from xueji_lib.local_rules import LocalRuleError
from xueji_lib.register.calendar import MissingHolidays
from xueji_lib.register.catalogue import Catalogue, Entry
from xueji_lib.register.policy import RECTIFY_FIGURES
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.rules import IMPLEMENTED
from xueji_lib.rules.findings import AWAITING, Finding, Hit, Judged, split
from xueji_lib.rules.findings import frame as findings_frame
from xueji_lib.rules.inquiry import Inquiry, NotApplicable
from xueji_lib.rules.marking import Implementation
from xueji_lib.rules.sides import Side, side, sides_frame
from xueji_lib.rules.verdict import Verdict
from xueji_lib.support.crash import record_crash

COVERAGE: Final = "school_id rule_id status population findings undecided reason".split()

_NOT_ASKED: Final = "未问"

_PER_SCHOOL: Final = ("register", "previous_register", "headcount")
_TABLE_NAMES: Final = {
    "schools": "学校名录", "classes": "班级设置", "register": "学籍名册", "previous_register": "上学期学籍名册",
    "headcount": "逐班核对表", "transfers": "转学台账", "suspensions": "休复学台账", "changes": "信息修改台账",
    "dropouts": "疑似失学劝返台账", "custody": "学籍管理与保密", "disclosures": "信息对外提供登记",
    "reports": "排摸上报", "residents": "户籍适龄儿童", "complaints": "投诉举报",
}  # fmt: skip
_UNITS: Final = {"student": "名", "class": "个班", "school": "项"}


@dataclass(frozen=True, slots=True)
class RunSetting:
    """What all checks of one judging share. ``logs``: where crashes are written, masked; ``due``: 整改期限 by severity;
    ``within``: the schools that are asked, None for all."""

    county: County
    logs: Path
    due: Mapping[str, str]
    edition: str
    within: Collection[str] | None = None


class Run:
    """A check and its answer in the making; schools by code, or one place where the county itself is charged."""

    def __init__(self, setting: RunSetting, entry: Entry, implementation: Implementation | None) -> None:
        self._setting, self._county = setting, setting.county
        self._entry, self._implementation = entry, implementation
        self._inquiry = Inquiry(setting.county, entry)
        n = 1 if entry.of_county else setting.county.n_schools
        self._status, self._reason = (np.full(n, "", dtype=object) for _ in range(2))
        self.awaiting: list[Finding] = []  # see Verdict.awaiting
        self.sides: list[Side] = []
        self._counts = {name: np.zeros(n, dtype=np.int64) for name in ("population", "findings", "undecided")}

    def result(self) -> tuple[list[Finding], pd.DataFrame]:
        """Findings, and a row of coverage a school."""
        if self._setting.within is not None and not self._entry.of_county:
            ids = self._county.school_ids[: len(self._status)]
            self._set(~ids.isin(list(self._setting.within)), _NOT_ASKED)
        findings: list[Finding] = []
        if self._implementation is None:
            self._set_everywhere(CoverageStatus.NOT_IMPLEMENTED, "这一版还没有这条检查")
        else:
            try:
                verdict = self._verdict(self._implementation)
                findings = [] if verdict is None else self._applied(verdict)
            except NotApplicable as error:
                self._set_everywhere(CoverageStatus.NOT_APPLICABLE, str(error))
            except MissingHolidays as error:
                self._set_missing(self._implementation)
                why = f"{error}：请在 data/calendar 补 holidays-{error.year}.toml"
                self._set_everywhere(CoverageStatus.CRASHED, why)
            except Exception as error:  # noqa: BLE001  any crash of a rule is that rule's status, and the others go on
                self._set_missing(self._implementation)
                reference = record_crash(self._setting.logs, error)
                reason = f"：{error}" if isinstance(error, LocalRuleError) else ""
                why = f"检查程序出错{reason}，编号 {reference}，详见数据仓的 logs 文件夹"
                self._set_everywhere(CoverageStatus.CRASHED, why)
        self._set_everywhere(CoverageStatus.NOT_FOUND)
        return findings, self._coverage()

    # ---- statuses ----

    def _set(self, where: Flags, status: str, reason: str = "") -> None:
        """Give a status to the schools that have none yet: the first that holds."""
        free = where & (self._status == "")
        self._status[free] = status
        self._reason[free] = reason

    def _set_everywhere(self, status: str, reason: str = "") -> None:
        self._set(np.ones(len(self._status), dtype=bool), status, reason)

    def _set_missing(self, implementation: Implementation) -> None:
        """缺数据: docs/reading-conditions.md, 4."""
        for table in self._entry.needs:
            read = "reported_headcount" if table == "headcount" and implementation.reported_headcount else table
            if not self._county.has(read):
                self._set_everywhere(CoverageStatus.NO_DATA, f"没有{_TABLE_NAMES[table]}")
            elif table in _PER_SCHOOL and not self._entry.of_county:
                if table == "headcount" and implementation.without_headcount:
                    continue
                with_rows = self._county.schools_with(read)[: len(self._status)]
                self._set(~with_rows, CoverageStatus.NO_DATA, f"没有该校的{_TABLE_NAMES[table]}")
        if implementation.lacks is not None and (self._status == "").any():
            lacks = implementation.lacks(self._inquiry)[: len(self._status)]
            tables = "、".join(
                _TABLE_NAMES[table] for table in self._entry.needs if table not in (*_PER_SCHOOL, "schools")
            )
            self._set(lacks, CoverageStatus.NO_DATA, f"没有该校的{tables}")

    def _set_lacking_calendars(self, verdict: Verdict, school: Ints, lacking: Flags) -> None:
        """出错, naming the years that the school's own rows lack."""
        for code in np.unique(school[lacking]):
            years = "、".join(map(str, missing_years(verdict.hit, lacking & (school == code))))
            self._set(flagged(len(self._status), np.array([code])), CoverageStatus.CRASHED, f"缺 {years} 年节假日安排")

    # ---- judging ----

    def _verdict(self, implementation: Implementation) -> Verdict | None:
        reason = implementation.applies(self._inquiry) if implementation.applies else None
        if reason is not None:
            raise NotApplicable(reason)
        if implementation.not_for_special and not self._entry.of_county:
            self._set(self._county.special[: len(self._status)], CoverageStatus.NOT_APPLICABLE, "特殊教育学校不适用")
        self._set_missing(implementation)
        return None if (self._status != "").all() else implementation.judge(self._inquiry)

    def _applied(self, verdict: Verdict) -> list[Finding]:
        school = np.where(verdict.school < 0, 0, verdict.school) if self._entry.of_county else verdict.school
        self._set_lacking_calendars(verdict, school, lacks_calendar(verdict.hit) & self._open(school))
        judged = self._open(school)
        hits = yes(verdict.hit) & judged
        findings = self._findings(verdict, school, hits, judged)
        undecided = maybe(verdict.hit) & judged
        rows = np.flatnonzero(undecided)
        if len(rows) and hits.any():  # a subject with a finding is not undecided besides
            settled = pd.MultiIndex.from_arrays([school[hits], verdict.subject[hits]])
            again = pd.MultiIndex.from_arrays([school[rows], verdict.subject[rows]]).isin(settled)
            undecided[rows[again]] = False
        self._count("population", school, verdict.subject, verdict.applies & judged)
        self._count("findings", school, verdict.subject, hits)
        self._count("undecided", school, verdict.subject, undecided)
        self._set(self._counts["findings"] > 0, CoverageStatus.FOUND)
        self._set(self._counts["undecided"] > 0, CoverageStatus.UNDECIDED)
        for code in np.flatnonzero(self._counts["undecided"]):
            subjects = f"{self._counts['undecided'][code]} {_UNITS[self._entry.scope]}"
            self._reason[code] = f"{subjects}无法判定：判定所需的内容空白、缺列或被拒收"
        return findings

    def _open(self, school: Ints) -> Flags:
        """The judged rows whose school (by code) has no status yet."""
        listed = (school >= 0) & (school < len(self._status))
        listed[listed] = self._status[school[listed]] == ""
        return listed

    def _count(self, name: str, school: Ints, subject: npt.NDArray[np.int64], where: Flags) -> None:
        """Distinct subjects a school."""
        rows = np.flatnonzero(where)
        distinct = school[rows]
        if not self._county.all_different(subject):
            pairs = pd.DataFrame({"school": distinct, "subject": subject[rows]})
            distinct = pairs.drop_duplicates()["school"].to_numpy()
        self._counts[name] = np.bincount(distinct, minlength=len(self._status))

    def _findings(self, verdict: Verdict, school: Ints, where: Flags, judged: Flags) -> list[Finding]:
        """The findings; what waits for the school is put into ``awaiting``."""
        waiting = self._waiting(verdict, school, where) & judged
        rows = np.flatnonzero(where | waiting)
        if not len(rows):
            return []
        hits = verdict.describe(rows)
        for hit, code, subject in zip(hits, school[rows].tolist(), verdict.subject[rows].tolist(), strict=True):
            hit.school, hit.subject = code, subject
        named = self._county.school_ids.tolist(), self._county.names.tolist()
        schools = None if self._entry.of_county else named
        of_rule = Judged(self._entry, self._setting.edition, self._setting.due, schools)
        if verdict.awaiting is None or not waiting.any():
            return self._taken(of_rule.made(hits))
        days = verdict.awaiting
        for hit, row in zip(hits, rows.tolist(), strict=True):
            if waiting[row]:
                hit.found_on, hit.waits_until = str(days.found_on[row]), str(days.until[row])
        return self._taken(of_rule.made(hits))

    def _taken(self, made: Sequence[tuple[Finding, Sequence[Hit]]]) -> list[Finding]:
        """The findings; beside them what waits (``awaiting``), and what findings at two schools share (``sides``)."""
        key, rule_id = self._county.pair_key, self._entry.id
        for finding, group in made if key else ():
            shared, people = [hit.shared for hit in group], [hit.person for hit in group]
            if any(shared):
                about = (str(finding[0]), str(self._county.school_ids[group[0].school]), rule_id)
                self.sides.append(side(key, about, shared, people))
        findings, self.awaiting = split(made)
        return findings

    @staticmethod
    def _waiting(verdict: Verdict, school: Ints, hits: Flags) -> Flags:
        """The rows that wait for the school (``Verdict.awaiting``), of subjects that have no finding."""
        if verdict.awaiting is None:
            return np.zeros(len(hits), dtype=bool)
        waiting = yes(verdict.awaiting.hit)
        settled = pd.MultiIndex.from_arrays([school[hits], verdict.subject[hits]])
        rows = np.flatnonzero(waiting)
        again = pd.MultiIndex.from_arrays([school[rows], verdict.subject[rows]]).isin(settled)
        waiting = waiting.copy()
        waiting[rows[again]] = False
        return waiting

    # ---- coverage ----

    def _coverage(self) -> pd.DataFrame:
        for code, notes in self._inquiry.notes.items():
            if code < len(self._status) and self._status[code] in (
                CoverageStatus.FOUND,
                CoverageStatus.UNDECIDED,
                CoverageStatus.NOT_FOUND,
            ):
                self._reason[code] = "；".join(filter(None, [self._reason[code], *notes]))
        ids = [""] if self._entry.of_county else self._county.school_ids[: self._county.n_schools].tolist()
        columns = {"status": self._status, **self._counts, "reason": self._reason}
        return pd.DataFrame({"school_id": ids, "rule_id": self._entry.id, **columns})


class Ran(NamedTuple):
    """The answers of all checks. ``awaiting``: rows of which no finding is made yet (``findings.AWAITING``); ``sides``:
    of findings that may exist at two schools (``sides.SIDES``)."""

    findings: pd.DataFrame
    coverage: pd.DataFrame
    timings: dict[str, float]
    awaiting: pd.DataFrame
    sides: pd.DataFrame


def run_rules(
    county: County,
    catalogue: Catalogue,
    logs: Path,
    implementations: Mapping[str, Implementation] = IMPLEMENTED,
    within: Collection[str] | None = None,
) -> Ran:
    """Every rule of the catalogue over a county. ``within``: these schools are
    asked; coverage has the others too, not asked."""
    findings, awaiting, coverage, timings = [], [], [], {}
    sides: list[Side] = []
    setting = RunSetting(county, logs, _due_dates(county), catalogue.edition, within)
    for entry in catalogue.entries.values():
        started = time.perf_counter()
        run = Run(setting, entry, implementations.get(entry.id))
        of_rule, covered = run.result()
        awaiting += run.awaiting
        sides += run.sides
        timings[entry.id] = time.perf_counter() - started
        findings.extend(of_rule)
        coverage.append(covered)
    whole = pd.concat(coverage, ignore_index=True).sort_values(["school_id", "rule_id"], ignore_index=True)
    return Ran(
        findings_frame(findings), whole[COVERAGE], timings, findings_frame(awaiting, AWAITING), sides_frame(sides)
    )


def _due_dates(county: County) -> dict[str, str]:
    """整改期限 by severity; empty where the working days are not known."""
    dates = {}
    for severity, figure in RECTIFY_FIGURES.items():
        try:
            dates[severity] = county.calendar.add_workdays(county.as_of, county.policy[figure]).isoformat()
        except MissingHolidays:
            dates[severity] = ""
    return dates
