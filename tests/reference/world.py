"""The county of the reference: tables as lists of rows, who is who, what day is when. Loops and lists only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
from pypinyin import lazy_pinyin

from tests.reference.three_valued import BLANK, GAP, UNKNOWN, Answer, differ_known, known, same_known
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar, MissingHolidays, Term
from xueji_lib.register.policy import Policy

PRIMARY = range(1, 7)
START_GRADES = (1, 7, 10)
LEAVING_GRADES = (6, 9, 12)
PARSED = ("id_form", "id_birth", "id_check", "id_key", "register_key")
TOP_GRADE = {
    "小学": 6, "教学点": 6, "初级中学": 9, "九年一贯制学校": 9, "完全中学": 12, "高级中学": 12, "十二年一贯制学校": 12,
}  # fmt: skip


@dataclass(eq=False)
class Row:
    """One record: its cells by column id, and what intake parsed of its number."""

    table: str
    place: int
    cells: dict[str, Any]
    parsed: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]

    def __repr__(self) -> str:
        return f"{self.table}[{self.place}]"


def read(name: str, frame: pd.DataFrame) -> list[Row]:
    """A stored frame as rows (docs/architecture.md, "A table at rest")."""
    table = schema.TABLES["register" if name == "previous_register" else name]
    rows = []
    for place, record in enumerate(frame.to_dict("records")):
        cells: dict[str, Any] = {}
        for ordinal, column in enumerate(table):
            if column.id not in record:
                continue
            value, masks = record[column.id], (int(record["_u0"]), int(record["_u1"]))
            if masks[ordinal // 64] >> (ordinal % 64) & 1:
                cells[column.id] = UNKNOWN
            elif pd.isna(value):
                cells[column.id] = BLANK
            else:
                cells[column.id] = value.date() if isinstance(value, dt.datetime) else value
        rows.append(Row(name, place, cells, {str(key): record[key] for key in PARSED if key in record}))
    return rows


def alike(left: str, right: str) -> bool:
    """疑似同一人的姓名: equal toneless pinyin, or one edit apart (or none)."""
    return len(left) >= 2 and len(right) >= 2 and (lazy_pinyin(left) == lazy_pinyin(right) or one_edit(left, right))


def one_edit(left: str, right: str) -> bool:
    """Edit distance 0 or 1."""
    if len(left) > len(right):
        left, right = right, left
    if len(left) == len(right):
        return sum(a != b for a, b in zip(left, right, strict=True)) <= 1
    return any(right[:i] + right[i + 1 :] == left for i in range(len(right)))


def conflict(left: Row, right: Row) -> bool:
    """Both hold a number of the same kind and they differ."""
    return any(differ_known(left[c], right[c]) for c in ("id_number", "register_no"))


def comparable(left: Row, right: Row) -> bool:
    """Both hold a number of the same kind."""
    return any(known(left[c]) and known(right[c]) for c in ("id_number", "register_no"))


def same_number(left: Row, right: Row) -> bool:
    """身份证件号 or 全国学籍号 known and equal."""
    return any(same_known(left[c], right[c]) for c in ("id_number", "register_no"))


def own_person(row: Row) -> Hashable:
    """身份证件号, else 全国学籍号, else name, grade and class: who a row speaks of."""
    for column in ("id_number", "register_no"):
        if known(row[column]):
            return row[column]  # type: ignore[no-any-return]
    cells = (row.cells.get(column, BLANK) for column in ("name", "grade", "class_no"))
    return tuple(cell if known(cell) else "" for cell in cells)


def number_order(row: Row) -> tuple[int, int]:
    """Of several students of one number, which one speaks for all: any order by content would do."""
    return int(row.parsed["id_key"] or row.parsed["register_key"]), row.place


def by_number(row: Row, others: list[Row]) -> list[Row]:
    """Those with its 身份证件号; where there are none, those with its 全国学籍号."""
    for column in ("id_number", "register_no"):
        found = [other for other in others if same_known(row[column], other[column])]
        if found:
            return found
    return []


def by_number_or_name(row: Row, others: list[Row]) -> list[Row]:
    """A ledger row's student: by number; without a comparable one, by a name that is unique (same grade and class
    where given)."""
    found = by_number(row, others)
    if found:
        return found
    namesakes = [
        other
        for other in others
        if same_known(row["name"], other["name"])
        and all(same_known(row[c], other[c]) for c in ("grade", "class_no") if known(row.cells.get(c, BLANK)))
    ]
    return namesakes if len(namesakes) == 1 and not comparable(row, namesakes[0]) else []


@dataclass
class Matches:
    """Register and headcount of one school, side by side."""

    firm: dict[Row, list[Row]] = field(default_factory=dict)
    """Headcount row → the register rows it is."""
    suspected: dict[Row, Row] = field(default_factory=dict)

    def rows_of(self, student: Row) -> list[Row]:
        """The headcount rows that are this register student's."""
        return [row for row, students in self.firm.items() if student in students]


def match(headcount: list[Row], register: list[Row]) -> Matches:
    """Point 6: numbers, then names within the class, then within the grade; what is left may be alike."""
    matches = Matches()
    for row in headcount:
        found = by_number(row, register)
        if found:
            matches.firm[row] = found
    for columns in (("name", "grade", "class_no"), ("name", "grade")):
        taken = [student for students in matches.firm.values() for student in students]
        left = [row for row in headcount if row not in matches.firm]
        right = [student for student in register if student not in taken]

        def same(a: Row, b: Row, columns: tuple[str, ...] = columns) -> bool:
            return all(same_known(a[c], b[c]) for c in columns)

        for row in left:
            theirs = [student for student in right if same(row, student)]
            ours = [other for other in left if same(row, other)]
            if len(theirs) == 1 and len(ours) == 1 and not conflict(row, theirs[0]):
                matches.firm[row] = theirs
    taken = [student for students in matches.firm.values() for student in students]
    pairs = [
        (row, student)
        for row in headcount
        if row not in matches.firm
        for student in register
        if student not in taken and suspicious(row, student)
    ]
    for row, student in pairs:
        if sum(row is a for a, _ in pairs) == 1 and sum(student is b for _, b in pairs) == 1:
            matches.suspected[row] = student
    return matches


def suspicious(row: Row, student: Row) -> bool:
    """Same class, same sex where given, names alike."""
    return (
        same_known(row["grade"], student["grade"])
        and same_known(row["class_no"], student["class_no"])
        and not differ_known(row["sex"], student["sex"])
        and known(row["name"])
        and known(student["name"])
        and alike(row["name"], student["name"])
    )


class World:
    """A county in one term on one day."""

    def __init__(
        self, frames: Mapping[str, pd.DataFrame], term: Term, as_of: dt.date, policy: Policy, calendar: Calendar
    ) -> None:
        self.term, self.as_of, self.policy, self.calendar = term, as_of, policy, calendar
        self.tables = {name: read(name, frame) for name, frame in frames.items()}
        self.schools = {row["school_id"]: row for row in self.tables["schools"]}
        self._matches: dict[str, Matches] = {}

    def of(self, table: str, school: str) -> list[Row]:
        """A school's rows of a table; none where the table is not there."""
        return [row for row in self.tables.get(table, []) if same_known(row["school_id"], school)]

    def kind(self, school: str) -> Any:
        return self.schools[school]["school_kind"]

    # ---- people ----

    def matches(self, school: str) -> Matches:
        if school not in self._matches:
            self._matches[school] = match(self.of("headcount", school), self.of("register", school))
        return self._matches[school]

    def present_unregistered(self, school: str) -> list[tuple[Row, Answer]]:
        """在校不在籍: headcount rows without a register row, and whether they are at school."""
        found = self.matches(school)
        return [
            (row, row["presence"] == "在校" if known(row["presence"]) else None)
            for row in self.of("headcount", school)
            if row not in found.firm and row not in found.suspected and row["presence"] != "不在校"
        ]

    def registered_absent(self, school: str) -> Iterator[tuple[Row, Row, Answer]]:
        """在籍不在校: register student, headcount row that may say so, and whether it holds."""
        found = self.matches(school)
        for student in self.of("register", school):
            rows = found.rows_of(student)
            says = [row["presence"] if known(row["presence"]) else None for row in rows]
            for row, own in zip(rows, says, strict=True):
                if own != "在校" and "在校" not in says:
                    yield student, row, None if None in says else True

    def students_of(self, row: Row, school: str) -> list[Row]:
        """The register students of the school that a ledger row speaks of."""
        return by_number_or_name(row, self.of("register", school))

    def of_register_student(self, table: str, school: str, student: Row) -> list[Row]:
        """The school's ledger rows of one register student."""
        return [row for row in self.of(table, school) if student in self.students_of(row, school)]

    def of_headcount_student(self, table: str, school: str, student: Row) -> list[Row]:
        """The school's ledger rows of one student who is at school and not on its register: by number; or by a name
        that is unique among such students, for a row that speaks of nobody else."""
        headcount = self.of("headcount", school)
        strangers = [row for row in headcount if row not in self.matches(school).firm]

        def speaks_of(row: Row) -> bool:
            if any(same_number(row, other) for other in headcount):
                return same_number(row, student)
            return not self.students_of(row, school) and student in by_number_or_name(row, strangers)

        return [row for row in self.of(table, school) if speaks_of(row)]

    def persons(self, rows: list[Row], school: str) -> dict[Row, Hashable]:
        """Rows → the person each is about: the register student it is linked to, else who it says itself."""
        return {row: self._person(row, school) for row in rows}

    def _person(self, row: Row, school: str) -> Hashable:
        if row.table in ("register", "previous_register"):
            return own_person(row)
        found = self.matches(school).firm.get(row, []) if row.table == "headcount" else self.students_of(row, school)
        return own_person(min(found, key=number_order) if found else row)

    # ---- days ----

    def workdays_exceed(self, after: Any, until: Any, most: int) -> Answer:
        """工作日数 from ``after`` to ``until`` > ``most``."""
        if not known(after) or not known(until):
            return None
        if (until - after).days <= most:
            return False  # point 7: no calendar is asked where not even the days are enough
        try:
            days = [after + dt.timedelta(n) for n in range(1, (until - after).days + 1)]
            return sum(self.calendar.is_workday(day) for day in days) > most
        except MissingHolidays:
            return GAP

    def deadline(self, start: dt.date, days: int) -> dt.date:
        """Raises MissingHolidays."""
        day = start + dt.timedelta(days)
        while not self.calendar.is_workday(day):
            day += dt.timedelta(1)
        return day

    def later_than_deadline(self, day: Any, start: Any, days: int) -> Answer:
        """``day`` > the deadline of ``days`` after ``start``."""
        if not known(day) or not known(start):
            return None
        if start + dt.timedelta(days) >= day:
            return False
        try:
            return day > self.deadline(start, days)
        except MissingHolidays:
            return GAP

    def overdue(self, start: Any, days: int) -> Answer:
        """as_of > 期限."""
        return self.later_than_deadline(self.as_of, start, days)

    def handed_in(self, day: Any) -> tuple[dt.date, Term] | None:
        """When an application counts as handed in, and in which term; None where that is not known."""
        if not known(day):
            return None
        for term in self._terms:
            if day <= term.end:
                return (max(day, term.start), term) if term is not self._terms[0] or day >= term.start else None
        return None

    def in_window(self, day: Any) -> Answer:
        """In the first working days of its term, when transfers are handled."""
        found = self.handed_in(day)
        if found is None:
            return None
        handed, term = found
        try:
            last, left = term.start, self.policy["transfer_window_workdays"] - self.calendar.is_workday(term.start)
            while left > 0:
                last += dt.timedelta(1)
                left -= self.calendar.is_workday(last)
        except MissingHolidays:
            return GAP
        return handed <= last

    @cached_property
    def _terms(self) -> list[Term]:
        return sorted(self.calendar.terms.values(), key=lambda term: term.start)
