"""The reference for R116 to R120: students whom two schools, two terms or two ledgers lose sight of."""

from __future__ import annotations

from typing import Any

from tests.reference.apart import goes_up, moved_between, unregistered_there
from tests.reference.archive import Archive, is_special, number_of
from tests.reference.outcome import Reply, Rulebook, Said, ledger, name_of
from tests.reference.rows import Row, comparable, own_person
from tests.reference.three_valued import (
    UNKNOWN,
    Answer,
    all_of,
    among,
    any_of,
    before,
    differ_known,
    equals,
    has_value,
    known,
    negate,
)
from tests.reference.world import START_GRADES, TOP_GRADE
from xueji_lib.register.calendar import previous_term_id

BOOK = Rulebook()


def elsewhere_present(world: Archive, student: Row, school: str) -> list[Row]:
    """Headcount rows of other schools of the directory, none of the group, that are this student's by number."""
    return [
        row
        for row in world.tables.get("headcount", [])
        if row["school_id"] in world.schools
        and not world.same_school(school, row["school_id"])
        and row["presence"] != "不在校"
        and world.same_person(student, row)
    ]


@BOOK.rule("R116", "register headcount")
def r116(world: Archive, school: str) -> Reply:
    person = world.persons(world.of("register", school), school)

    def seen(student: Row) -> Answer:
        return any_of(
            all_of(
                equals(row["presence"], "在校"),
                not is_special(world, row["school_id"]),
                unregistered_there(world, student, row),
                negate(goes_up(row, student)),
                negate(moved_between(world, student, row, only_between=False)),
            )
            for row in elsewhere_present(world, student, school)
        )

    return [
        Said(
            person[student],
            name_of(student),
            all_of(absent, negate(equals(row["situation"], "已转外校就读", blank="未说明")), seen(student)),
        )
        for student, row, absent in world.registered_absent(school)
    ]


# ---- R117 ----

Pair = tuple[tuple[str, Any, Row], tuple[str, Any, Row], Answer]
"""Who is absent at one school, who is at another and on no register there, and whether both hold."""


def named_pairs(world: Archive) -> list[Pair]:
    """Every pair of the county that may be one student by name, with nothing to compare it by."""
    absent: list[tuple[str, Any, Row, Row, Answer]] = []
    for school in world.schools:
        for student, row, answer in world.registered_absent(school):
            absent.append((school, somebody(world, student), student, row, answer))
    pairs: list[Pair] = []
    for school in world.schools:
        for stranger, present in world.present_unregistered(school):
            for other, person, student, row, answer in absent:
                if not world.same_school(other, school) and may_be_one(world, student, row, stranger):
                    here = (school, somebody(world, stranger), stranger)
                    pairs.append(((other, person, student), here, all_of(answer, present)))
    return pairs


def somebody(world: Archive, row: Row) -> Any:
    """Who a row is about; two rows without a number are two, whatever their names."""
    return world.persons([row], str(row["school_id"]))[row] if number_of(row) else row


def may_be_one(world: Archive, student: Row, row: Row, stranger: Row) -> bool:
    names = {name for name in world.names_of(student) if len(name) >= 2}
    grades = known(student["grade"]) and known(stranger["grade"])
    return (
        bool(names & world.names_of(stranger))
        and not differ_known(student["sex"], stranger["sex"])
        and not (grades and abs(student["grade"] - stranger["grade"]) > 1)
        and not kinds_of(world, student, row) & kinds_of(world, stranger)
    )


def kinds_of(world: Archive, *rows: Row) -> set[str]:
    """Which numbers are known of somebody: by these rows, and by all headcount rows that are surely the same one's."""
    more = [other for row in rows for other in surely_same(world, row)]
    return {kind for row in (*rows, *more) for kind, _ in world.numbers(row)}


def surely_same(world: Archive, row: Row) -> list[Row]:
    """The headcount rows of a register student; those that numbers link with a headcount row of the school."""
    school = str(row["school_id"])
    if row.table == "register":
        return world.matches(school).rows_of(row)
    return next(some for some in world.headcount_companies(school) if row in some)


def excepted(world: Archive, student: Row, stranger: Row) -> Answer:
    special = is_special(world, student["school_id"]) or is_special(world, stranger["school_id"])
    up = all_of(among(stranger["grade"], START_GRADES), among(student["grade"], (6, 9)))
    return any_of([special, up])


def r117_answers(world: Archive) -> list[Pair]:
    """The pairs, with whether R117 finds them: both sides have no other."""
    pairs = named_pairs(world)
    answers: list[Pair] = []
    for left, right, answer in pairs:
        rivals = any_of(other for a, b, other in pairs if (a[:2] == left[:2]) != (b[:2] == right[:2]))
        same = any_of(other for a, b, other in pairs if a[:2] == left[:2] and b[:2] == right[:2])
        except_ = excepted(world, left[2], right[2])
        answers.append((left, right, all_of(answer, same, negate(rivals), negate(except_))))
    return answers


@BOOK.rule("R117", "register headcount")
def r117(world: Archive, school: str) -> Reply:
    said = []
    for left, right, answer in r117_answers(world):
        for side, (where, person, row) in (("absent", left), ("present", right)):
            if where == school:
                said.append(Said((side, person if number_of(row) else own_person(row)), name_of(row), answer))
    return said


# ---- R118 to R120 ----


def anywhere(world: Archive, numbers: set[tuple[str, Any]]) -> Answer:
    """On any register of the term, departed or not, or present in any headcount."""
    if any(world.numbers(student) & numbers for student in world.raw.get("register", [])):
        return True
    rows = [row for row in world.tables.get("headcount", []) if world.numbers(row) & numbers]
    return any_of(equals(row["presence"], "在校") for row in rows)


@BOOK.rule("R118", "transfers register schools")
def r118(world: Archive, school: str) -> Reply:
    terms = (world.term.id, previous_term_id(world.term.id))
    complete = world.every_school_has("register")

    def went_on(row: Row, to: str) -> Answer:
        return any_of(
            all_of(equals(theirs["direction"], "转出"), before(row["apply_date"], theirs["apply_date"]))
            for theirs in world.of("transfers", to)
            if world.same_person(row, theirs)
        )

    def question(row: Row) -> Answer:
        to = world.named(row["to_school"])
        numbers = world.numbers(row)
        return all_of(
            equals(row["direction"], "转出"),
            equals(row["result"], "同意"),
            to is not None if known(row["to_school"]) else None,
            world.of_terms(row["apply_date"], *terms),
            has_value(row["centre_date"]),
            world.workdays_exceed(row["centre_date"], world.as_of, world.policy["moved_workdays"]),
            negate(anywhere(world, numbers)),
            negate(went_on(row, to)) if to else True,
            True if complete and numbers else None,
        )

    return ledger(world, "transfers", school, question)


def at_the_top(world: Archive, old: Row) -> Answer:
    """上学期在该校最高年级（同 R406）, or in 9 or 12."""
    school, grade = str(old["school_id"]), old["grade"]
    kind = world.kind(school) if school in world.schools else UNKNOWN
    if not known(grade):
        return None
    if grade in (9, 12):
        return True
    mates = world.of("previous_register", school)
    highest = top_of_point(mates, grade)
    if not known(kind):  # of any kind, a 教学点 too
        return None if grade == 6 or highest is not False else False
    return highest if kind == "教学点" else grade == TOP_GRADE.get(kind)


def top_of_point(mates: list[Row], grade: int) -> Answer:
    """``grade`` is the highest of a 教学点's register."""
    grades = [mate["grade"] for mate in mates]
    if any(known(other) and other > grade for other in grades):
        return False
    return True if all(known(other) for other in grades) else None


def lost(world: Archive, old: Row) -> Answer:
    """R119, of a row of the last term's register."""
    school = str(old["school_id"])
    numbers = world.numbers(old)
    mates = world.of("previous_register", school)

    def in_ledger(table: str, asked: Any) -> Answer:
        answers = []
        for row in world.tables.get(table, []):
            own = row["school_id"] == school
            if world.numbers(row) & numbers or (own and named_only(row, old, mates)):
                answers.append(asked(row))
        return any_of(answers)

    terms = (world.term.id, previous_term_id(world.term.id))

    def went(row: Row) -> Answer:
        recent = world.of_terms(row["apply_date"], *terms)
        return all_of(equals(row["direction"], "转出"), negate(equals(row["result"], "不同意")), recent)

    doubtful = any(
        bool(world.names_of(old) & world.names_of(now)) and not comparable(old, now)
        for now in world.raw.get("register", [])
        if now["school_id"] == school
    )
    return all_of(
        among(old["status"], ("在读", "休学"), blank="在读"),
        negate(at_the_top(world, old)) if world.term.is_first else True,
        negate(anywhere(world, numbers)),
        negate(in_ledger("transfers", went)),
        negate(in_ledger("dropouts", lambda _: True)),
        True if number_of(old) and not doubtful and world.every_school_has("register") else None,
    )


def named_only(row: Row, old: Row, mates: list[Row]) -> bool:
    """A ledger row without a comparable number names the student, and nobody else of the last term's register."""
    if not known(row["name"]) or row["name"] != old["name"] or comparable(row, old):
        return False
    return sum(mate["name"] == row["name"] for mate in mates) == 1


@BOOK.rule("R119", "register previous_register transfers schools")
def r119(world: Archive, school: str) -> Reply:
    return [Said(own_person(old), name_of(old), lost(world, old)) for old in world.of("previous_register", school)]


@BOOK.rule("R120", "register previous_register transfers schools")
def r120(world: Archive, school: str) -> Reply:
    return [
        Said((old["school_id"], own_person(old)), name_of(old), lost(world, old))
        for old in world.tables.get("previous_register", [])
        if old["school_id"] not in world.schools
    ]
