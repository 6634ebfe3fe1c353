"""The county of the reference: tables as lists of rows, who is who. Loops and lists only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from tests.reference.days import Days
from tests.reference.pairing import Matches, match
from tests.reference.rows import (
    NUMBERS,
    Row,
    by_number,
    comparable,
    conflict,
    number_order,
    on_register,
    own_numbers,
    own_person,
    read,
    same_number,
)
from tests.reference.three_valued import BLANK, Answer, all_of, equals, known, negate, same_known
from xueji_lib.register.calendar import Calendar, Term
from xueji_lib.register.identity import clean_name, clean_title
from xueji_lib.register.policy import Policy

PRIMARY = range(1, 7)
START_GRADES = (1, 7, 10)
LEAVING_GRADES = (6, 9, 12)
TOP_GRADE = {
    "小学": 6, "教学点": 6, "初级中学": 9, "九年一贯制学校": 9, "完全中学": 12, "高级中学": 12, "十二年一贯制学校": 12,
}  # fmt: skip
REGISTERS = ("register", "previous_register")
LEDGERS = ("transfers", "suspensions", "changes", "dropouts")


class World(Days):
    """A county in one term on one day. ``tables``: without the departed (point 5); ``raw``: with them."""

    def __init__(
        self, frames: Mapping[str, pd.DataFrame], term: Term, as_of: dt.date, policy: Policy, calendar: Calendar
    ) -> None:
        super().__init__(term, as_of, policy, calendar)
        self.raw = {name: read(name, frame) for name, frame in frames.items()}
        self.tables = {
            name: [row for row in rows if on_register(row) is not False] if name in REGISTERS else rows
            for name, rows in self.raw.items()
        }
        self.schools = {row["school_id"]: row for row in self.raw["schools"]}
        self.earlier_changes: list[Row] = []
        self._of: dict[tuple[str, str], list[Row]] = {}
        self._groups: dict[str, list[str]] = {}
        self._matches: dict[str, Matches] = {}
        self._names: dict[Row, set[str]] = {}
        self._students: dict[tuple[Row, str], list[Row]] = {}
        self._companies: dict[str, list[list[Row]]] = {}
        self._components: dict[tuple[str, str], list[list[Row]]] = {}

    def of(self, table: str, school: str) -> list[Row]:
        """A school's rows of a table, without the departed; none where the table is not there."""
        if (table, school) not in self._of:
            rows = self.tables.get(table, [])
            self._of[table, school] = [row for row in rows if same_known(row["school_id"], school)]
        return self._of[table, school]

    def has_rows(self, table: str, school: str) -> bool:
        """The school handed in any row of the table, departed students or not."""
        return any(same_known(row["school_id"], school) for row in self.raw.get(table, []))

    def every_school_has(self, table: str) -> bool:
        return all(self.has_rows(table, school) for school in self.schools)

    def kind(self, school: str) -> Any:
        return self.schools[school]["school_kind"]

    # ---- schools ----

    def named(self, cell: Any) -> str | None:
        """The school of the directory with exactly this name or code, spaces and widths apart."""
        return self._spoken.get(clean_title(str(cell))) if known(cell) else None

    @cached_property
    def _spoken(self) -> dict[str, str]:
        """Normalised name or code → school."""
        spoken: dict[str, str] = {}
        for school, row in self.schools.items():
            name = row["school_name"]
            for text in (school, name) if known(name) else (school,):
                spoken.setdefault(clean_title(text), school)
        return spoken

    def group(self, school: str) -> list[str]:
        """Point 11: the schools that are one to the notice, itself first."""
        if school not in self.schools:
            return [school]
        if school not in self._groups:
            centre = {id_: self.named(row.cells.get("central_school", BLANK)) for id_, row in self.schools.items()}

            def one(left: str, right: str) -> bool:
                shared = centre[left] is not None and centre[left] == centre[right]
                return shared or centre[left] == right or centre[right] == left

            members = [school]
            for member in members:  # grows while it is gone through
                members += [other for other in self.schools if other not in members and one(member, other)]
            self._groups[school] = members
        return self._groups[school]

    def same_school(self, left: Any, right: Any) -> bool:
        """One school, or two of a group."""
        return bool(left == right or (left in self.schools and right in self.group(left)))

    # ---- names and numbers ----

    def names_of(self, row: Row) -> set[str]:
        """Point 6: a pupil's names; of other rows the name."""
        if row not in self._names:
            names = (
                {row[c] for c in ("name", "former_name") if known(row.cells.get(c, BLANK))}
                if row.table in REGISTERS
                else set()
            )
            if known(row["name"]):
                names.add(row["name"])
            self._names[row] = names | (self._before_changes(row, names) if row.table == "register" else set())
        return self._names[row]

    def _before_changes(self, student: Row, names: set[str]) -> set[str]:
        found = set()
        register = self.of("register", student["school_id"])
        for change in [*self.tables.get("changes", []), *self.earlier_changes]:
            own = change["school_id"] == student["school_id"]  # a ledger speaks of its school's pupils
            approved = change["field"] == "姓名" and known(change["approve_date"]) and known(change["before"])
            if not own or not approved:
                continue
            numbered = by_number(change, register)  # who has its 身份证件号; only where nobody has, its 全国学籍号
            if student in numbered or (not numbered and self._named_alone(change, student, names)):
                found.add(clean_name(str(change["before"])))
        return found

    def _named_alone(self, change: Row, student: Row, names: set[str]) -> bool:
        """The change names the student, and nobody else of the school."""
        if comparable(change, student) or change["name"] not in names:
            return False
        namesakes = [
            other
            for other in self.of("register", student["school_id"])
            if change["name"] in (other["name"], other.cells.get("former_name"))
        ]
        return namesakes == [student]

    def numbers(self, row: Row) -> set[tuple[str, Any]]:
        """The numbers of whom a row is about: its own, its ledger's, and those of the register row it is."""
        numbers = own_numbers(row)
        if row.table == "headcount":
            for student in self.matches(row["school_id"]).firm.get(row, []):
                numbers |= own_numbers(student)
        elif row.table in LEDGERS:
            for other in self.component(row):
                numbers |= own_numbers(other)
            for student in self.students_of(row, row["school_id"]):
                numbers |= own_numbers(student)
        return numbers

    def same_person(self, left: Row, right: Row) -> bool:
        """By number, across schools."""
        return bool(self.numbers(left) & self.numbers(right))

    # ---- register and headcount ----

    def matches(self, school: str) -> Matches:
        """Of the whole group."""
        group = sorted(self.group(school))
        if group[0] not in self._matches:
            sides = [(self.of("headcount", one), self.of("register", one)) for one in group]
            self._matches[group[0]] = match(sides, self.names_of)
        return self._matches[group[0]]

    def present_unregistered(self, school: str) -> list[tuple[Row, Answer]]:
        """在校不在籍: headcount rows of the school that may be about nobody on the register, and whether that holds."""
        matches, found = self.matches(school), []
        has_register = any(self.has_rows("register", one) for one in self.group(school))
        for row in self.of("headcount", school):
            namesakes = matches.namesakes_of(row)
            if row["presence"] == "不在校" or (namesakes and not namesakes.rows_over):
                continue
            students = matches.firm.get(row, []) + [s for s in [matches.suspected.get(row)] if s]
            nobody: Answer = not students
            if students and not any(on_register(student) is True for student in students):
                nobody = None
            if namesakes or not has_register:
                nobody = None
            if nobody is not False:
                found.append((row, all_of(equals(row["presence"], "在校"), nobody)))
        return found

    def absences(self, school: str) -> Iterator[tuple[Row, Row, Answer]]:
        """Register student of the school, headcount row that may say 不在校, and whether it holds."""
        matches = self.matches(school)
        for student in self.of("register", school):
            namesakes, own_rows = matches.namesakes_of(student), matches.rows_of(student)
            if any(row["presence"] == "在校" for row in own_rows):
                continue  # also of one whom nobody can tell from a namesake at his own school
            if namesakes and namesakes.paired and all(row["presence"] == "在校" for row in namesakes.rows):
                continue  # whichever of them is his
            rows = [*own_rows, *(namesakes.rows if namesakes else [])]
            says = [row["presence"] if known(row["presence"]) else None for row in rows]
            for row, own in zip(rows, says, strict=True):
                if own == "在校":
                    continue
                yield student, row, None if None in says or namesakes else on_register(student)

    def registered_absent(self, school: str) -> Iterator[tuple[Row, Row, Answer]]:
        """在籍不在校: the same, without who is on leave by both."""
        for student, row, absent in self.absences(school):
            on_leave = all_of(equals(row["situation"], "休学", blank="未说明"), equals(student["status"], "休学"))
            if on_leave is not True:
                yield student, row, all_of(absent, negate(on_leave))

    def not_looked_for(self, school: str) -> list[tuple[Row, Answer]]:
        """Register students of the school whom no headcount row of the group is about, firmly or by suspicion."""
        matches = self.matches(school)
        matched = [s for students in matches.firm.values() for s in students] + list(matches.suspected.values())
        found: list[tuple[Row, Answer]] = []
        for student in self.of("register", school):
            namesakes = matches.namesakes_of(student)
            if student not in matched and (namesakes is None or namesakes.students_over):
                found.append((student, None if namesakes else True))
        return found

    # ---- ledgers ----

    def component(self, row: Row) -> list[Row]:
        """The rows of its ledger at its school that are linked with it through shared numbers."""
        key = (row.table, str(row["school_id"]))
        if key not in self._components:
            self._components[key] = linked(self.of(*key), same_number)
        return next((some for some in self._components[key] if row in some), [row])

    def students_of(self, row: Row, school: str) -> list[Row]:
        """The register students of the school that a ledger row speaks of, itself or through a row linked with it."""
        if (row, school) not in self._students:
            rows = self.component(row) if row.table in LEDGERS and row["school_id"] == school else [row]
            register = self.of("register", school)
            named = [s for one in rows for s in self.by_number_or_name(one, register)]
            self._students[row, school] = list(dict.fromkeys(named))
        return self._students[row, school]

    def by_number_or_name(self, row: Row, others: list[Row]) -> list[Row]:
        """A ledger row's student: by number; without a comparable one, by a name that is unique (same grade and class
        where given: those of a 休复学 row are of the time)."""
        found = by_number(row, others)
        if found:
            return found
        columns = [c for c in ("grade", "class_no") if row.table != "suspensions" and known(row.cells.get(c, BLANK))]
        namesakes = [
            other
            for other in others
            if known(row["name"])
            and row["name"] in self.names_of(other)
            and all(same_known(row[c], other[c]) for c in columns)
        ]
        return namesakes if len(namesakes) == 1 and not comparable(row, namesakes[0]) else []

    def of_register_student(self, table: str, school: str, student: Row) -> list[Row]:
        """The school's ledger rows of one register student."""
        return [row for row in self.of(table, school) if student in self.students_of(row, school)]

    def of_headcount_student(self, table: str, school: str, student: Row) -> list[Row]:
        """The school's ledger rows of one who is at school and not on its register: by number; or by a name that is
        unique among such students, for a row that speaks of nobody else."""
        headcount = self.of("headcount", school)
        firm = self.matches(school).firm
        strangers = [row for row in headcount if row not in firm]
        registered = firm.get(student, [])  # he may have left, yet that row too says who he is

        def speaks_of(row: Row) -> bool:
            if any(one in registered for one in self.students_of(row, school)):
                return True
            if any(same_number(row, other) for other in headcount):
                return same_number(row, student)
            perhaps = [other for other in strangers if not conflict(row, other)]  # another number: somebody else
            return not self.students_of(row, school) and student in self.by_number_or_name(row, perhaps)

        return [row for row in self.of(table, school) if any(speaks_of(one) for one in self.component(row))]

    def persons(self, rows: list[Row], school: str) -> dict[Row, Hashable]:
        """Rows → the person each is about."""
        if not rows or rows[0].table not in LEDGERS:
            return {row: self._person(row, school) for row in rows}
        students = {row: self.students_of(row, school) for row in rows}
        # Two register rows with one number are one student there, and here.
        registered = {row: {own_person(student) for student in found} for row, found in students.items()}

        def same(left: Row, right: Row) -> bool:
            if right in self.component(left) or registered[left] & registered[right]:
                return True
            unlinked = not any(known(one[c]) for one in (left, right) for c in NUMBERS)
            unlinked = unlinked and not students[left] and not students[right]
            return unlinked and own_person(left) == own_person(right)

        return {row: some[0] for some in linked(rows, same) for row in some}

    def _person(self, row: Row, school: str) -> Hashable:
        if row.table != "headcount":
            return own_person(row)
        firm = self.matches(school).firm
        company = next((some for some in self.headcount_companies(school) if row in some), [row])
        students = [student for one in company for student in firm.get(one, [])]
        return own_person(min(students, key=number_order) if students else company[0])

    def headcount_companies(self, school: str) -> list[list[Row]]:
        """Headcount rows of one person each: by a number they share, or by whom on the register they are."""
        if school not in self._companies:
            firm = self.matches(school).firm
            students = {row: {own_person(s) for s in firm.get(row, [])} for row in self.of("headcount", school)}
            self._companies[school] = linked(
                list(students), lambda left, right: same_number(left, right) or students[left] & students[right]
            )
        return self._companies[school]


def linked(rows: list[Row], same: Any) -> list[list[Row]]:
    """Rows in companies: whoever is the same as one of them belongs to it."""
    companies: list[list[Row]] = []
    for row in rows:
        joined = [some for some in companies if any(same(row, other) for other in some)]
        companies = [some for some in companies if some not in joined]
        companies.append([one for some in joined for one in some] + [row])
    return companies
