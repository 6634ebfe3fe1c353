"""自查: a school's own tables taken in and judged apart from everything, by the checks that need nothing else.

What would be asked, and what was not examined. Nothing is stored: all of it is in a temporary folder that goes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib import intake
from xueji_lib.intake import taught
from xueji_lib.intake.handover import SchoolFile, check_file
from xueji_lib.intake.plain_records import plain_records
from xueji_lib.intake.reading import Progress, Reading
from xueji_lib.intake.report import Report
from xueji_lib.judge import engine
from xueji_lib.judge.checks import Checks
from xueji_lib.judge.shared_centre import share_centre
from xueji_lib.register import labels, schema
from xueji_lib.register.calendar import Calendar, previous_term_id
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.unknown_cells import UNKNOWN, text_of
from xueji_lib.register.vocabulary import CoverageStatus
from xueji_lib.store import Store, empty
from xueji_lib.store.at_rest import from_records
from xueji_lib.store.shadow import shadow
from xueji_lib.store.workroom import workroom
from xueji_lib.support.errors import StoreError, UsageError

_ASKED: Final = 12
"""Children named of a check on the screen."""
_FINDING: Final = (
    "finding_id rule_id severity nature school_id school grade class student student_ref title evidence remedy".split()
)


@dataclass(frozen=True, slots=True)
class NotExamined:
    """A check that says nothing, or not everything, of a school ("": of all of them), and why."""

    rule_id: str
    title: str
    school_id: str
    why: str


@dataclass(frozen=True)
class SelfCheck:
    """``schools``: id → name of those that sent anything. ``findings``: what would be asked (columns ``_FINDING``).
    ``beyond``: checks that look at other schools or tables of the county; ``lacking``: those that need a table which
    did not come; ``undecided``: those that could not be decided, or broke; ``clear``: how many found nothing."""

    inspection: Inspection
    report: Report
    schools: dict[str, str]
    findings: pd.DataFrame
    beyond: tuple[NotExamined, ...]
    lacking: tuple[NotExamined, ...]
    undecided: tuple[NotExamined, ...]
    clear: int

    def to_dict(self) -> dict[str, Any]:
        """All of it; the report as ``Report.to_dict`` has it."""
        notes = {name: list(map(asdict, getattr(self, name))) for name in ("beyond", "lacking", "undecided")}
        asked = {"term": self.inspection.term_id, "as_of": self.inspection.as_of.isoformat()}
        return {
            **asked,
            "schools": self.schools,
            "findings": plain_records(self.findings),
            **notes,
            "report": self.report.to_dict(),
        }

    def lines(self) -> list[str]:
        """For the screen: what was read, what would be asked, what was not examined."""
        names = "、".join(f"{name}（{school}）" for school, name in self.schools.items()) or "（没有收下的表）"
        head = f"自查：{names}，基准日 {self.inspection.as_of}。什么也没有存，别人看不到"
        return [head, *self.report.lines(stored=False), "", *self.asked(), "", *self.unexamined()]

    def asked(self) -> list[str]:
        """What would be asked, a line a check and its children."""
        if self.findings.empty:
            return [f"会问到的：没有（{self.clear} 项查过，没有发现）"]
        lines = [f"会问到的：{len(self.findings)} 条（另有 {self.clear} 项查过，没有发现）"]
        for (rule_id, title), part in self.findings.groupby(["rule_id", "title"], sort=True):
            first = part.iloc[0]
            lines.append(f"  {rule_id} {title}：{len(part)} 条（{first['severity']}，{first['nature']}）")
            who = zip(part["grade"], part["class"], part["student"], part["evidence"], strict=True)
            for grade, class_no, student, evidence in list(who)[:_ASKED]:
                pupil = " ".join(filter(None, (labels.class_label(grade, class_no), labels.text(student))))
                lines.append(f"    {pupil}：{evidence}" if pupil else f"    {evidence}")
            if len(part) > _ASKED:
                lines.append(f"    其余 {len(part) - _ASKED} 条略")
            lines.append(f"    怎么办：{first['remedy']}")
        return lines

    def unexamined(self) -> list[str]:
        """What was not examined, and why: silence is no all-clear."""
        lines = ["没有查的，不等于没有问题："]
        lines += [f"  {note.rule_id} {note.title}：{note.why}" for note in self.undecided]
        by_reason: dict[str, list[str]] = {}
        for note in self.lacking:
            by_reason.setdefault(note.why, []).append(note.rule_id)
        lines += [f"  {why}：{'、'.join(dict.fromkeys(rules))}" for why, rules in sorted(by_reason.items())]
        listed = "、".join(f"{note.rule_id} {note.title}" for note in self.beyond)
        return [*lines, f"  要看别的学校或县里的表，自查不能查：{listed}"]


def of_folder(
    reading: Reading,
    county: Store | None,
    inspection: Inspection,
    calendar: Calendar,
    *,
    school: str = "",
    progress: Progress | None = None,
) -> SelfCheck:
    """Check the tables of a folder. The directory is the folder's own, else that of ``county``, else ``school`` alone
    (its ten digits). Of ``county`` the register of the term before is looked at too. Raises StoreError, UsageError."""
    term = inspection.term_id
    with workroom(county, "selfcheck") as temp:
        apart = Store(temp / "自查")
        known = _directory(county, term, school)
        if not known.empty:
            apart.commit(term, {"schools": known}, _nothing_refused(), {"time": "", "files": []})
        try:
            report = intake.run(reading, apart, term, calendar, progress=progress)
        except StoreError as error:
            if "没有学校名录" not in str(error):
                raise
            raise StoreError(
                "没有学校名录，认不出是哪所学校的表。加 --school 10位学校标识码，或把学校名录放进文件夹再查"
            ) from None
        schools = {sent.school_id for sent in report.sent}
        before = previous_term_id(term)
        if county is not None and schools and county.has(before, "register"):
            rows = county.read(before, "register", schools=sorted(schools))
            apart.commit(before, {"register": rows}, _nothing_refused(), {"time": "", "files": []})
        if progress:
            progress(0, 0, "逐条检查")
        return _checked(apart, report, inspection, schools)


def of_file(view: Store, file: SchoolFile, inspection: Inspection, calendar: Calendar) -> SelfCheck:
    """Check one file together with what the county has of the school. ``view``: the school's part of the store. Raises
    UsageError with one sentence for a file that could not be handed in."""
    file = check_file(file)
    with workroom(view, "selfcheck") as temp:
        trial = shadow(view, temp / "自查", [taught.FILE])
        report = intake.run(file.laid(temp), trial, file.term, calendar)
        return _checked(trial, report, inspection, {file.school_id})


def _directory(county: Store | None, term: str, school: str) -> pd.DataFrame:
    """Of the county's store; of a school without one only its code, all else unknown."""
    if county is not None and not (known := county.directory(term)).empty:
        return known
    if not school:
        return empty(schema.SCHOOLS)
    if not re.fullmatch(r"\d{10}", school):
        raise UsageError(f"这里没有县里的学校名录，--school 要写 10 位学校标识码，不能写“{school}”")
    frame = from_records(schema.SCHOOLS, [{"school_id": school, "school_name": school}], "（自查）", term)
    frame[UNKNOWN] = text_of({column.id for column in schema.SCHOOLS} - {"school_id", "school_name"})
    return frame.astype({UNKNOWN: "category"})


def _nothing_refused() -> pd.DataFrame:
    return pd.DataFrame({"table": [], "school_id": [], "code": [], "rows": []})


def _checked(store: Store, report: Report, inspection: Inspection, schools: Collection[str]) -> SelfCheck:
    """Judged once for all of these schools, by the checks that need no other school."""
    check = engine.check(store, inspection).of_schools(schools)
    checks = Checks.load(check.edition)
    entries = checks.catalogue.entries
    beyond = {i for i, entry in entries.items() if entry.of_county} | checks.beyond_the_school(
        in_group=share_centre(store, inspection.term_id, schools)
    )
    coverage = check.coverage[~check.coverage["rule_id"].isin(beyond)]
    names = dict(zip(check.schools["school_id"].astype(str), check.schools["school_name"], strict=True))
    findings = check.findings[~check.findings["rule_id"].isin(beyond)][_FINDING]

    def notes(*statuses: str) -> tuple[NotExamined, ...]:
        rows = coverage[coverage["status"].isin(statuses)].sort_values(["rule_id", "school_id"])
        return tuple(
            NotExamined(rule, entries[rule].title, str(school), _why(status, reason))
            for rule, school, status, reason in rows[["rule_id", "school_id", "status", "reason"]].itertuples(
                index=False
            )
        )

    return SelfCheck(
        inspection.settled(),
        report,
        {school: labels.text(names.get(school)) or school for school in sorted(schools)},
        findings.reset_index(drop=True),
        tuple(NotExamined(i, entries[i].title, "", "要看别的学校或县里的表") for i in sorted(beyond)),
        notes(CoverageStatus.NO_DATA),
        notes(CoverageStatus.UNDECIDED, CoverageStatus.CRASHED, CoverageStatus.NOT_IMPLEMENTED),
        int((coverage["status"] == CoverageStatus.NOT_FOUND).sum()),
    )


def _why(status: str, reason: object) -> str:
    return labels.text(reason) or labels.STATUSES[status]


def page_lines(result: SelfCheck, most: int) -> Sequence[str]:
    """The lines for a page, at most so many."""
    problems = [
        f"{problem.where or '文件'}：{problem.message}" + (f"（现为 {problem.value}）" if problem.value else "")
        for problem in result.report.problems[:most]
    ]
    lines = [*problems, *result.asked(), *result.unexamined()]
    return [line.strip() for line in lines[: 3 * most]]
