"""The reference for R712 (预留复学学位) and R715 (学籍变动账), which count; a count is known between two bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from typing import Any

from tests.reference.classes import MANY, headcounts, known_classes, may_be
from tests.reference.outcome import Reply, Rulebook, Said
from tests.reference.reference_r116_r120 import top_of_point
from tests.reference.rows import Row, by_number, number_order, on_register
from tests.reference.three_valued import BLANK, UNKNOWN, Answer, all_of, any_of, equals, is_blank, known, negate
from tests.reference.world import LEAVING_GRADES, START_GRADES, TOP_GRADE, World, linked

BOOK = Rulebook()
OTHER_GRADES = set(range(1, 13)) - set(START_GRADES)


def numbered(row: Row) -> bool:
    """Some number is known."""
    return known(row["id_number"]) or known(row["register_no"])


def bounds(answers: list[Answer]) -> tuple[int, int]:
    """How many hold: certainly, and at most."""
    return sum(a is True for a in answers), sum(a is not False for a in answers)


# ---- R712 ----


def ends_this_term(world: World, row: Row) -> Answer:
    end = row["end_date"]
    return all_of(
        False if end is BLANK else world.term.start <= end <= world.term.end if known(end) else None,
        *(is_blank(row[c]) for c in ("resume_date", "platform_resume_date", "extend_date")),
    )


def grades_after(world: World, school: str, row: Row) -> set[int]:
    """编入年级, all that it may be."""
    grade, start = row["grade"], row["start_date"]
    if grade is BLANK:
        students = sorted(world.students_of(row, school), key=number_order)
        grade = students[0]["grade"] if students else UNKNOWN
    steps = {int(start < dt.date(world.term.first_year, 8, 1))} if known(start) else {0, 1}
    return {was + step for was in ({int(grade)} if known(grade) else range(1, 13)) for step in steps}


def last_grade(world: World, school: str) -> tuple[int, int]:
    """本校最高年级, lowest and highest: a 教学点 has the highest grade of its last register."""
    kind = world.kind(school)
    if known(kind) and kind != "教学点":
        return (TOP_GRADE.get(kind, 12),) * 2
    grades = [row["grade"] for row in world.of("previous_register", school)]
    low = max((grade for grade in grades if known(grade)), default=0)
    high = low if grades and all(map(known, grades)) else max(low, 6)
    return (low, high) if known(kind) else (min(low, 6), 12)


def has_left(world: World, school: str, row: Row) -> Answer:
    """The register has the pupil as departed: 5."""
    students = world.students_of(row, school)
    if students:
        return negate(any_of(on_register(student) for student in students))
    gone = [one for one in world.raw.get("register", []) if one["school_id"] == school and on_register(one) is False]
    return any(world.by_number_or_name(one, gone) for one in world.component(row))


def free_in_grade(world: World, school: str, grade: int) -> tuple[int, int]:
    """Σ max(核定学位−在读人数, 0)+预留复学学位, lowest and highest."""
    low = high = 0
    table = world.of("classes", school)
    for g, number in sorted(known_classes(world, school)):
        if g != grade:
            continue
        fewest, most = headcounts(world, school, g, number)
        row = next((r for r in table if r["grade"] == g and r["class_no"] == number), None)
        seats: Any = row["seats"] if row else BLANK
        reserved: Any = row["reserved_seats"] if row else 0
        low += max(seats - most, 0) if known(seats) else 0
        high += max(seats - fewest, 0) if known(seats) else MANY
        low += reserved if known(reserved) else 0
        high += reserved if known(reserved) else 0 if reserved is BLANK else MANY
    for row in table:  # unread: perhaps one more class
        if may_be(row, grade, row["class_no"]) and not (known(row["grade"]) and known(row["class_no"])):
            high += row["seats"] if known(row["seats"]) else MANY
            reserved = 0 if row["reserved_seats"] is BLANK else row["reserved_seats"]
            high += reserved if known(reserved) else MANY
    return low, high


@BOOK.rule("R712", "suspensions register classes")
def r712(world: World, school: str) -> Reply:
    rows = world.of("suspensions", school)
    person = world.persons(rows, school)
    sure, top = last_grade(world, school)
    back = {row: all_of(ends_this_term(world, row), negate(has_left(world, school, row))) for row in rows}
    into = {row: grades_after(world, school, row) for row in rows if back[row] is not False}
    named = {grade for grades in into.values() if len(grades) == 1 for grade in grades}
    said = []
    for grade in range(1, top + 1):
        answers: dict[Hashable, list[Answer]] = {}
        for row, targets in into.items():
            here = (None if len(targets) > 1 or grade > sure else True) if grade in targets else False
            answers.setdefault(person[row], []).append(all_of(back[row], here))
        fewest, most = bounds([any_of(group) for group in answers.values()])
        low, high = free_in_grade(world, school, grade)
        if grade in named:
            said.append(Said(grade, (grade,), True if fewest > high else None if most > low else False))
        elif most > low:
            said.append(Said("unclear", "", None))
    return said


# ---- R715 ----


def moved(world: World, school: str, direction: str) -> list[tuple[list[Row], Answer]]:
    """Transfers one way, 同意, of this term: the rows of each student that may count, and whether one does."""

    def counts(row: Row) -> Answer:
        found = world.handed_in(row["apply_date"])
        of_term = None if found is None else found[1].id == world.term.id
        return all_of(equals(row["direction"], direction), equals(row["result"], "同意"), of_term)

    rows = [row for row in world.of("transfers", school) if counts(row) is not False]
    person = world.persons(rows, school)
    groups = [[row for row in rows if person[row] == one] for one in dict.fromkeys(person.values())]
    return [(group, any_of(counts(row) for row in group)) for group in groups]


Person = list[Row]
"""The register rows of one student."""


def persons_of(rows: list[Row]) -> list[Person]:
    """按人计: rows of one number are one."""
    return linked(rows, lambda left, right: bool(by_number(left, [right])))


def movers(
    world: World, transfers: list[tuple[list[Row], Answer]], students: list[Person], base: list[Answer]
) -> tuple[int, int]:
    """Transfers, and the students who count beside them (``base``) unless they are one of them: at least, at most."""
    everybody = [row for student in students for row in student]

    def named_by(group: list[Row]) -> list[int]:
        rows = [s for row in group for s in world.by_number_or_name(row, everybody)]
        return [n for n, student in enumerate(students) if any(row in rows for row in student)]

    speaks_of = [named_by(group) for group, _ in transfers]
    free = [n for n in range(len(students)) if base[n] is not False and not any(n in named for named in speaks_of)]
    low, high = bounds([base[n] for n in free])
    taken = [n for named, (_, answer) in zip(speaks_of, transfers, strict=True) if answer is True for n in named]
    for named, (_, answer) in zip(speaks_of, transfers, strict=True):
        if answer is True:
            low, high = low + 1, high + 1
        elif answer is None:
            others = [n for n in dict.fromkeys(named) if n not in taken]
            taken += others
            sure, most = bounds([base[n] for n in others])
            low, high = low + min(sure, 1), high + max(most, 1)
    return low, high


def from_a_point(world: World, student: Person, school: str) -> Answer:
    """来自本县教学点上学期最高年级."""
    answers = []
    for old in world.tables.get("previous_register", []):
        where = old["school_id"]
        kind = world.kind(where) if where in world.schools else BLANK
        if where == school or not any(by_number(row, [old]) for row in student) or kind is BLANK:
            continue
        top = top_of_point(world.of("previous_register", where), old["grade"]) if known(old["grade"]) else None
        answers.append(all_of(equals(kind, "教学点"), top, on_register(old)))
    return any_of(answers)


@BOOK.rule("R715", "register previous_register transfers")
def r715(world: World, school: str) -> Reply:
    now_rows, old_rows = world.of("register", school), world.of("previous_register", school)
    now, old = persons_of(now_rows), persons_of(old_rows)
    came, left = moved(world, school, "转入"), moved(world, school, "转出")
    if any(row["grade"] not in OTHER_GRADES and not numbered(row) for row in now_rows):
        return [Said("school", "", None)]
    point = equals(world.kind(school), "教学点")

    def starts(student: Person) -> Answer:
        grades = [row["grade"] in START_GRADES if known(row["grade"]) else None for row in student]
        return any_of([*grades, from_a_point(world, student, school)])

    def leaves(student: Person) -> Answer:
        answers: list[Answer] = []
        for row in student:
            if not known(row["grade"]):
                answers.append(None)
                continue
            answers.append(row["grade"] in LEAVING_GRADES)
            answers.append(all_of(point, top_of_point(old_rows, row["grade"])))
        return any_of(answers)

    def there(student: Person, others: list[Row]) -> Answer:
        return any_of(on_register(other) for row in student for other in by_number(row, others))

    def here(student: Person) -> Answer:
        return any_of(on_register(row) for row in student)

    fresh = [all_of(here(s), starts(s), negate(there(s, old_rows))) for s in now]
    gone = [all_of(here(s), world.term.is_first, leaves(s), negate(there(s, now_rows))) for s in old]
    in_low, in_high = movers(world, came, now, fresh)
    out_low, out_high = movers(world, left, old, gone)
    (old_low, old_high), (now_low, now_high) = bounds([here(s) for s in old]), bounds([here(s) for s in now])
    low, high = old_low + in_low - out_high - now_high, old_high + in_high - out_low - now_low
    if not low <= 0 <= high:
        return [Said("school", "", True)]
    return [Said("school", "", False if low == high else None)]
