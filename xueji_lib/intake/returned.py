"""What goes back to each school after an intake: what was taken, what was not and why, what is still missing; and the
county's view of the same. Masked as the report is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from xueji_lib.intake.report import KINDS, MEANINGS, REMEDIES, Problem, Report, Sent
from xueji_lib.register import labels, schema
from xueji_lib.store import Store, history

DUE: Final = ("register", "headcount", "classes", "reports", "custody")
"""Tables that every school hands in each term; ledgers only where there is something to enter."""
_VALUES: Final = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """A table of the school that came: from which sheets, how many rows, what it did to what was there."""

    table: str
    sources: str
    rows: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to be put right: the same in all these rows. ``values``: as they stand there, masked."""

    file: str
    sheet: str
    column: str
    code: str
    message: str
    rows: str
    cells: int
    values: str
    remedy: str

    @property
    def where(self) -> str:
        return self.file + (f" 工作表“{self.sheet}”" if self.sheet else "")

    @property
    def meaning(self) -> str:
        """What is wrong; what to do about it is in ``remedy``."""
        return self.message.split("。")[0] or MEANINGS[self.code]


@dataclass
class Slip:
    """What goes back to a school. ``repeated``: rows that stand twice and count once; ``lacking``: tables that are due
    and not there; ``notes``: sentences of the report about this school."""

    school_id: str
    school: str
    taken: list[Taken] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    repeated: int = 0
    lacking: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def cells(self) -> int:
        return sum(fault.cells for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Line:
    """A school in the county's view. ``tables``: table → rows and the day they came, of those that are there;
    ``faults``: places to be put right in this intake; ``now``: it sent something this time."""

    school_id: str
    school: str
    township: str
    tables: dict[str, tuple[int, str]]
    lacking: list[str]
    faults: int
    now: bool

    @property
    def last(self) -> str:
        return max((day for _, day in self.tables.values()), default="")


def slips(report: Report, store: Store) -> list[Slip]:
    """A slip for every school that sent something or is named by a problem, by id."""
    lines = {line.school_id: line for line in overview(report, store)}
    ids = sorted({*(sent.school_id for sent in report.sent), *(p.school_id for p in report.problems)} & lines.keys())
    problems: dict[str, list[Problem]] = {}
    for problem in report.problems:
        problems.setdefault(problem.school_id, []).append(problem)
    sent: dict[str, list[Sent]] = {}
    for part in report.sent:
        sent.setdefault(part.school_id, []).append(part)
    made = []
    for school_id in ids:
        own = problems.get(school_id, [])
        slip = Slip(school_id, lines[school_id].school, _taken(report, school_id, sent.get(school_id, [])), faults(own))
        slip.repeated = sum(map(_is_repeated, own))
        slip.lacking = lines[school_id].lacking
        slip.notes = [note for note in report.notes if school_id in note]
        made.append(slip)
    return made


def faults(problems: Iterable[Problem]) -> list[Fault]:
    """What is the same in one column of one sheet, as one line."""
    groups: dict[tuple[str, str, str, str, str], list[Problem]] = {}
    for problem in problems:
        if not _is_repeated(problem):
            key = (problem.file, problem.sheet, problem.column, problem.code, problem.message)
            groups.setdefault(key, []).append(problem)
    return [Fault(*key, *_told(group), REMEDIES[key[3]]) for key, group in groups.items()]


def _is_repeated(problem: Problem) -> bool:
    """A row that is merely there twice, and counts once."""
    return problem.code == "D07" and not problem.left_out


def _told(group: Sequence[Problem]) -> tuple[str, int, str]:
    """Rows, cells, some values of the same fault."""
    values = list(dict.fromkeys(problem.value for problem in group if problem.value))
    rows = sorted({problem.row for problem in group if problem.row})
    return row_text(rows), len(group), "、".join(values[:_VALUES])


def row_text(rows: Sequence[int]) -> str:
    """3—9、12; empty for none."""
    parts: list[list[int]] = []
    for row in rows:
        if parts and row == parts[-1][-1] + 1:
            parts[-1][-1] = row
        else:
            parts.append([row, row])
    return "、".join(str(a) if a == b else f"{a}、{b}" if b == a + 1 else f"{a}—{b}" for a, b in parts)


def _taken(report: Report, school_id: str, sent: Sequence[Sent]) -> list[Taken]:
    outcome = {(change.table, change.school_id): KINDS[change.kind] for change in report.changes}
    outcome |= {(part.table, part.school_id): "更新一部分" for part in report.updated}
    taken = []
    for table in schema.TABLES.values():
        own = [part for part in sent if part.table == table.id]
        if own:
            result = outcome.get((table.id, school_id), "未变")
            taken.append(Taken(table.header, _sources(own), sum(part.rows for part in own), result))
    return taken


def _sources(sent: Sequence[Sent]) -> str:
    """The files, with their sheets where there are several."""
    sheets: dict[str, list[str]] = {}
    for part in sent:
        sheets.setdefault(part.file, []).append(part.sheet)
    return "；".join(
        file + (f"（{'、'.join(filter(None, names))}）" if len(names) > 1 else "") for file, names in sheets.items()
    )


def overview(report: Report, store: Store) -> list[Line]:
    """A line for every school of the directory, by id."""
    term = report.term
    tables = {name: versions for name, versions in store.tables(term).items() if name in schema.TABLES}
    numbers = {version["segment"] for versions in tables.values() for version in versions.values() if version["rows"]}
    times = history.times(store.root / term, numbers)
    wrong: dict[str, int] = {}
    for problem in report.problems:
        if problem.left_out:
            wrong[problem.school_id] = wrong.get(problem.school_id, 0) + 1
    senders = {sent.school_id for sent in report.sent}
    directory = store.directory(term, ["school_name", "township"])
    lines = []
    for school, name, township in directory[["school_id", "school_name", "township"]].itertuples(index=False):
        own = {
            table: (int(version["rows"]), times.get(version["segment"], "")[:10])
            for table, versions in tables.items()
            if table != "schools" and (version := versions.get(school)) and version["rows"]
        }
        lacking = [schema.TABLES[table].header for table in DUE if table not in own]
        texts = labels.text(name), labels.text(township)
        lines.append(Line(str(school), *texts, own, lacking, wrong.get(school, 0), school in senders))
    return sorted(lines, key=lambda line: line.school_id)
