"""Points 6 and 11: the headcount rows and the register rows of one school to the notice, side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.reference.rows import Row, alike, by_number, comparable, conflict, on_register, same_number
from tests.reference.three_valued import differ_known, known, same_known

NamesOf = Callable[[Row], set[str]]
CLASS, GRADE = ("grade", "class_no"), ("grade",)


@dataclass
class Namesakes:
    """Rows and students of one name that nobody can tell apart. ``paired``: as many rows as students, one to one."""

    rows: list[Row]
    students: list[Row]
    paired: bool
    pupils_of: dict[Row, list[Row]] = field(default_factory=dict)
    """Each row → the students it may be; who is suspected of being another row too, for a suspicion is no match."""

    def __post_init__(self) -> None:
        self.pupils_of = dict.fromkeys(self.rows, self.students)

    @property
    def rows_over(self) -> bool:
        """Some row may be about nobody here."""
        return not self.paired and len(self.rows) >= len(self.students)

    @property
    def students_over(self) -> bool:
        """Some student may have no row here."""
        return not self.paired and len(self.students) >= len(self.rows)


@dataclass
class Matches:
    """Register and headcount, side by side."""

    firm: dict[Row, list[Row]] = field(default_factory=dict)
    """Headcount row → the register rows it is."""
    suspected: dict[Row, Row] = field(default_factory=dict)
    namesakes: list[Namesakes] = field(default_factory=list)

    def rows_of(self, student: Row) -> list[Row]:
        """The headcount rows that are this register student's."""
        return [row for row, students in self.firm.items() if student in students]

    def namesakes_of(self, one: Row) -> Namesakes | None:
        """The undecided company of a row or a student."""
        return next((some for some in self.namesakes if one in some.rows or one in some.students), None)

    def perhaps(self, row: Row) -> list[Row]:
        """The namesakes on the register of whom nobody can say that the row is not."""
        return next((some.pupils_of[row] for some in self.namesakes if row in some.pupils_of), [])


Sides = list[tuple[list[Row], list[Row]]]
"""School by school of a group: headcount rows, register rows."""


def match(sides: Sides, names_of: NamesOf) -> Matches:
    """Numbers, then names within the class, then within the grade; what is left may be alike."""
    matches = Matches()
    for rows, register in sides:
        for row in rows:
            own = by_number(row, register)
            theirs = own + _carried(row, own, sides, register)
            if theirs:
                matches.firm[row] = theirs
    for rows, register in sides:
        others = [student for _, students in sides if students is not register for student in students]
        taken = [student for row in rows for student in matches.firm.get(row, [])]
        _by_name(rows, [s for s in register if s not in taken], names_of, matches, others)
    for rows, register in sides:
        _suspect(rows, register, names_of, matches)
    return matches


def _carried(row: Row, own: list[Row], sides: Sides, register: list[Row]) -> list[Row]:
    """Students of the group's other schools who have a number of the row's, or of ``own``, whom it is here."""
    return [
        student
        for _, students in sides
        if students is not register
        for student in students
        if any(same_number(one, student) for one in (row, *own))
    ]


def _by_name(rows: list[Row], register: list[Row], names_of: NamesOf, matches: Matches, others: list[Row]) -> None:
    """Of one school: what numbers did not settle. ``others``: students of the group's other schools, who have a row
    of their own number through a student of this school."""
    rows, register = [row for row in rows if row not in matches.firm], list(register)
    for columns in (CLASS, GRADE):
        while single := [
            (left[0], right[0])
            for left, right in companies(rows, register, columns, names_of)
            if len(left) == len(right) == 1 and not conflict(left[0], right[0])
        ]:  # who is settled leaves the others, of whom a name may then be unique
            for row, student in single:
                matches.firm[row] = [student, *(other for other in others if same_number(student, other))]
            rows = [row for row in rows if row not in matches.firm]
            register = [student for student in register if all(student is not one for _, one in single)]
        several = [some for some in companies(rows, register, columns, names_of) if len(some[0]) + len(some[1]) > 2]
        for left, right in several:
            near = any(comparable(row, student) for row in left for student in right)
            two_names = any(sum(student in theirs for _, theirs in several) > 1 for student in right)
            departed = any(on_register(student) is not True for student in right)  # perhaps: then they are not as many
            if len(left) == len(right) and not near and not two_names and not departed:
                matches.namesakes.append(Namesakes(left, right, paired=True))
                rows = [row for row in rows if row not in left]
                register = [student for student in register if student not in right]
    for left, right in companies(rows, register, GRADE, names_of):
        _undecided(left, right, matches)


def _undecided(left: list[Row], right: list[Row], matches: Matches) -> None:
    """Not as many rows as students. Whose number differs from everybody's on the other side is none of them."""
    rows = [row for row in left if not all(comparable(row, student) for student in right)]
    students = [student for student in right if not all(comparable(row, student) for row in left)]
    if rows and students:
        matches.namesakes.append(Namesakes(rows, students, paired=False))


def companies(
    rows: list[Row], register: list[Row], columns: tuple[str, ...], names_of: NamesOf
) -> list[tuple[list[Row], list[Row]]]:
    """Rows and students of one class (or grade) and one name; both sides are there."""
    found = []
    for row in rows:
        mates = [r for r in rows if all(same_known(row[c], r[c]) for c in columns) and names_of(r) & names_of(row)]
        theirs = [
            student
            for student in register
            if all(same_known(row[c], student[c]) for c in columns) and names_of(row) & names_of(student)
        ]
        if theirs and mates[:1] == [row]:
            found.append((mates, theirs))
    return found


def _suspect(rows: list[Row], register: list[Row], names_of: NamesOf, matches: Matches) -> None:
    """One row and one student, each the only one that the other may be."""
    taken = [student for students in matches.firm.values() for student in students]
    for some in matches.namesakes:
        if some.paired:
            taken += some.students
    settled = {row for some in matches.namesakes if some.paired for row in some.rows} | set(matches.firm)
    pairs = [
        (row, student)
        for row in rows
        if row not in settled
        for student in register
        if student not in taken and suspicious(row, student, names_of)
    ]
    for row, student in pairs:
        if sum(row is a for a, _ in pairs) == 1 and sum(student is b for _, b in pairs) == 1:
            matches.suspected[row] = student
            for some in matches.namesakes:
                some.rows = [other for other in some.rows if other is not row]
                some.students = [other for other in some.students if other is not student]


def suspicious(row: Row, student: Row, names_of: NamesOf) -> bool:
    """Same class, same sex where given, names alike; equal, where both numbers are good and differ."""
    if not all(same_known(row[c], student[c]) for c in CLASS) or differ_known(row["sex"], student["sex"]):
        return False
    good = all(known(one["id_number"]) and bool(one.parsed["id_check"]) for one in (row, student))
    strict = good and row["id_number"] != student["id_number"]
    return any(
        ours == theirs and len(ours) >= 2 if strict else alike(ours, theirs)
        for ours in names_of(row)
        for theirs in names_of(student)
    )
