"""The things a synthetic county is made of: schools, classrooms, students, headcount rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from xueji_lib.register.inspection import Inspection

TERM = "2026-2027-1"
PREVIOUS_TERM = "2025-2026-2"
SCHOOL_YEAR = "2026-2027"
AS_OF = dt.date(2026, 11, 20)
INSPECTION = Inspection(TERM, AS_OF)

Row = dict[str, Any]
"""A ledger row: column id → date, text, number, ``Raw`` or None (blank)."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A cell written as it stands, which intake must refuse with ``code`` (D04 D05 D06 D09 D11)."""

    text: str | float
    code: str


@dataclass(slots=True, eq=False, repr=False)
class HeadRow:
    """A row of 逐班核对表. ``student``: the register row of the same school that it is, if any;
    ``suspect``: not that row for certain, only by suspicion."""

    grade: int
    class_no: int
    name: str
    sex: str | None
    id_number: str | None
    register_no: str | None
    presence: str = "在校"
    situation: str | None = None
    whereabouts: str | None = None
    moved: dt.date | None = None
    note: str | None = None
    measure: str | None = None
    student: DemoStudent | None = None
    suspect: bool = False
    raw: dict[str, Raw] = field(default_factory=dict)


@dataclass(slots=True, eq=False, repr=False)
class DemoStudent:
    """A register row of one term; ``before`` is the same child's row of the previous term, if the school had one."""

    name: str
    sex: str
    birth: dt.date | None
    ethnicity: str
    id_type: str
    id_number: str | None
    register_no: str | None
    township: str
    address: str | None
    phone: str
    guardian: str
    guardian_phone: str | None
    relation: str
    grade: int = 0
    class_no: int = 0
    entry: int | None = 0
    status: str = "在读"
    school: DemoSchool | None = None
    before: DemoStudent | None = None
    head: HeadRow | None = None
    used: bool = False
    raw: dict[str, Raw] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The number that decides who this is."""
        return self.id_number or self.register_no or ""

    @property
    def at(self) -> DemoSchool:
        """The school; every student on a register has one."""
        if self.school is None:
            raise ValueError(self.name)
        return self.school


@dataclass(slots=True, eq=False, repr=False)
class Room:
    """A class in a grade. ``touched``: holds someone who is not plain; ``closed``: kept for one planting."""

    grade: int
    number: int
    head_teacher: str
    seats: int | None
    reserved: int | None
    students: list[DemoStudent] = field(default_factory=list)
    touched: bool = False
    closed: bool = False

    @property
    def enrolled(self) -> int:
        """在读 students."""
        return sum(s.status == "在读" for s in self.students)


LEDGERS = ("transfers", "suspensions", "changes", "dropouts", "disclosures")


def _ledgers() -> dict[str, list[Row]]:
    return {name: [] for name in LEDGERS}


@dataclass(slots=True, eq=False, repr=False)
class DemoSchool:
    """A school with all that it files in two terms. ``numbers``: what its headcount carries (id, reg, none)."""

    id: str
    name: str
    kind: str
    area: str
    township: str
    index: int
    grades: range
    numbers: str
    directory: Row
    quiet: bool = False
    rooms: dict[tuple[int, int], Room] = field(default_factory=dict)
    previous: list[DemoStudent] = field(default_factory=list)
    headcount: list[HeadRow] = field(default_factory=list)
    ledgers: dict[str, list[Row]] = field(default_factory=_ledgers)
    past: dict[str, list[Row]] = field(default_factory=_ledgers)
    custody: list[Row] = field(default_factory=list)
    reports: list[Row] = field(default_factory=list)
    report_offsets: dict[str, int] = field(default_factory=dict)
    claims: set[str] = field(default_factory=set)
    load: int = 0
    junk: int = 0  # register rows without any identity
    repeat: bool = False  # a register row is written twice

    def students(self) -> Iterator[DemoStudent]:
        """The register of the term, in order of grade and class."""
        for place in sorted(self.rooms):
            yield from self.rooms[place].students

    def rooms_of(self, grade: int) -> list[Room]:
        """The classes of a grade."""
        return [self.rooms[place] for place in sorted(self.rooms) if place[0] == grade]

    def figures(self) -> Row:
        """What an honest report says."""
        absent = {id(h.student) for h in self.headcount if h.student and not h.suspect and h.presence == "不在校"}
        present = {id(h.student) for h in self.headcount if h.student and not h.suspect and h.presence == "在校"}
        return {
            "on_register": sum(len(room.students) for room in self.rooms.values()),
            "at_school": sum(h.presence == "在校" for h in self.headcount),
            "registered_absent": len(absent - present),
            "present_unregistered": sum(
                h.presence == "在校" and h.student is None and not h.suspect for h in self.headcount
            ),
        }


def stage(grade: int) -> int:
    """The first grade of the stage a grade belongs to."""
    return 1 if grade <= 6 else 7 if grade <= 9 else 10


def entry_month(grade: int, first_year: int = 2026) -> int:
    """入学年月 of a child who moved up a grade every year."""
    return (first_year - (grade - stage(grade))) * 100 + 9
