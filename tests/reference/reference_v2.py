"""The reference for violation 2 (R201 to R210), from the catalogue's conditions alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.reference.archive import Archive, by_school, is_special, number_of
from tests.reference.classes import studying
from tests.reference.outcome import Reply, Rulebook, Said, name_of, of_students
from tests.reference.reference_v1 import names_school
from tests.reference.three_valued import (
    BLANK,
    UNKNOWN,
    Answer,
    all_of,
    among,
    any_of,
    equals,
    known,
    negate,
    same_known,
)
from tests.reference.world import Row, by_number_or_name, same_number
from xueji_lib.register.identity import check_digit

BOOK = Rulebook()


@BOOK.rule("R201", "register headcount")
def r201(world: Archive, school: str) -> Reply:
    def question(student: Row, row: Row) -> Answer:
        transfers = world.of_register_student("transfers", school, student)
        return all_of(
            equals(row["situation"], "其他", blank="其他"),
            studying(student),
            negate(any_of(equals(t["direction"], "转出") for t in transfers)),
            not world.of_register_student("suspensions", school, student),
            not world.of_register_student("dropouts", school, student),
        )

    return of_students(
        [(student, all_of(absent, question(student, row))) for student, row, absent in world.registered_absent(school)],
        world,
        school,
    )


def in_order(row: Row) -> tuple[Any, ...]:
    """名册行序: grade, class, name; what is not known comes last."""
    places = ((not known(row[c]), row[c] if known(row[c]) else 0) for c in ("grade", "class_no"))
    return (*places, name_of(row))


def first_name(rows: list[Row]) -> str:
    return str(name_of(min(rows, key=in_order)))


@BOOK.rule("R202", "register")
def r202(world: Archive, school: str) -> Reply:
    said = []
    ours = world.of("register", school)
    person = world.persons(ours, school)
    for row in ours:
        number = row["id_number"]
        if not known(number):
            said.append(Said(person[row], name_of(row), None))
            continue
        everywhere = [other for other in world.tables.get("register", []) if same_known(other["id_number"], number)]
        here = [other for other in ours if other in everywhere]
        said.append(Said(person[row], first_name(here), len(everywhere) >= 2))
    return said


@BOOK.rule("R203", "register")
def r203(world: Archive, school: str) -> Reply:
    def alike(left: Row, right: Row) -> Answer:
        columns = ("name", "sex", "birth_date")
        same = (left[c] == right[c] if known(left[c]) and known(right[c]) else None for c in columns)
        numbers = known(left["id_number"]) and known(right["id_number"]) and left["id_number"] != right["id_number"]
        return all_of(numbers, *same)

    said = []
    ours = world.of("register", school)
    person = world.persons(ours, school)
    for row in ours:
        answer = any_of(alike(row, other) for other in world.tables.get("register", []) if other is not row)
        if answer is None and all(known(row[c]) for c in ("name", "sex", "birth_date")):
            answer = False  # what is not known of others leaves only them open
        who = tuple(row[c] if known(row[c]) else id(row) for c in ("name", "sex", "birth_date"))
        group = [
            other
            for other in ours
            if known(other["id_number"]) and all(same_known(row[c], other[c]) for c in ("name", "sex", "birth_date"))
        ]
        said.append(Said(who if answer is True else person[row], first_name(group or [row]), answer))
    return said


@BOOK.rule("R205", "register")
def r205(world: Archive, school: str) -> Reply:
    rows = world.of("register", school)
    no_column = all(row["id_type"] is UNKNOWN for row in rows)

    def question(row: Row) -> Answer:
        number = row["id_number"]
        resident = equals(row["id_type"], "居民身份证")
        if not known(number):
            return all_of(resident, None)
        if no_column and len(number) == 18:
            resident = True
        return all_of(resident, wrong_number(number, world.as_of))

    return by_school(rows, world, question)


def wrong_number(number: str, as_of: dt.date) -> bool:
    """校验不通过."""
    if len(number) == 15 and number.isdigit():
        return day_of("19" + number[6:12], as_of) is None
    if len(number) != 18 or not number[:17].isdigit() or number[17] not in "0123456789X":
        return True
    return day_of(number[6:14], as_of) is None or check_digit(number[:17]) != number[17]


def day_of(digits: str, as_of: dt.date) -> dt.date | None:
    """The date, where there is such a one between 1900 and ``as_of``."""
    try:
        day = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return day if dt.date(1900, 1, 1) <= day <= as_of else None


@BOOK.rule("R206", "register")
def r206(world: Archive, school: str) -> Reply:
    def question(row: Row) -> Answer:
        number = row["id_number"]
        if known(row["id_type"]) and row["id_type"] != "居民身份证":
            return False  # its number is no 身份证号
        if not known(number):
            return None
        if len(number) != 18 or wrong_number(number, world.as_of):
            return False
        sex = "男" if int(number[16]) % 2 else "女"
        born = day_of(number[6:14], world.as_of)
        return any_of([negate(equals(row["birth_date"], born)), negate(equals(row["sex"], sex))])

    return by_school(world.of("register", school), world, question)


@BOOK.rule("R207", "headcount")
def r207(world: Archive, school: str) -> Reply:
    def question(row: Row) -> Answer:
        return any_of(
            all_of(
                equals(row["presence"], "在校"),
                equals(other["presence"], "在校"),
                negate(is_special(world, school)),
                negate(is_special(world, other["school_id"])),
                negate(moved_between(world, row, other, ("同意",), only_between=True)),
            )
            for other in world.tables.get("headcount", [])
            if other["school_id"] != school and same_number(row, other)
        )

    return by_school(world.of("headcount", school), world, question)


def moved_between(world: Archive, left: Row, right: Row, results: tuple[str, ...], only_between: bool) -> Answer:
    """转学台账 of the two schools has a row of the student with one of these results (between the two, where asked)."""
    answers = []
    for mine, other in ((left, right), (right, left)):
        for row in world.of("transfers", str(mine["school_id"])):
            if is_of(world, row, mine):
                involved = between(world, row, str(other["school_id"])) if only_between else True
                answers.append(all_of(among(row["result"], results), involved))
    return any_of(answers)


def is_of(world: Archive, row: Row, mine: Row) -> bool:
    """A ledger row of ``mine``'s school is about this student: by number, or as a row about its register student."""
    school = str(mine["school_id"])
    if mine.table == "headcount" and same_number(row, mine):
        return True
    firm = world.matches(school).firm
    students = [mine] if mine.table == "register" else firm.get(mine, [])
    if students or world.students_of(row, school):
        return any(student in world.students_of(row, school) for student in students)
    return mine in by_number_or_name(row, [other for other in world.of("headcount", school) if other not in firm])


def between(world: Archive, row: Row, other: str) -> Answer:
    """The row's other school is this one."""
    into = equals(row["direction"], "转入")
    answers = {}
    for column in ("from_school", "to_school"):
        answers[column] = names_school(world, row[column], other) if known(row[column]) else None
    both = all_of(answers["from_school"], answers["to_school"])
    return any_of([all_of(into, answers["from_school"]), all_of(negate(into), answers["to_school"]), both])


@BOOK.rule("R208", "register")
def r208(world: Archive, school: str) -> Reply:
    rows = world.of("register", school)
    least = world.policy["shared_phone_students"]
    unknown = [row for row in rows if row["member1_phone"] is UNKNOWN]
    said = []
    for phone in {row["member1_phone"] for row in rows if known(row["member1_phone"])}:
        if len(phone) != 11 or not phone.isdigit() or phone[0] != "1":
            continue
        certain = [row for row in rows if same_known(row["member1_phone"], phone)]
        sure = all_of(len(certain) >= least, different_names(certain))
        most = all_of(len(certain + unknown) >= least, different_names(certain + unknown, unknown))
        said.append(Said(phone, "", sure if sure is True or most is False else None))
    if not any(one.answer is None for one in said):  # those that could not be read may share a number of their own
        alone = all_of(len(unknown) >= least, different_names(unknown, unknown))
        said.append(Said("unknown", "", None if alone is not False else False))
    return said


def different_names(rows: list[Row], open_rows: list[Row] | None = None) -> Answer:
    names = {row["member1_name"] for row in rows if known(row["member1_name"])}
    certain = {row["member1_name"] for row in rows if known(row["member1_name"]) and row not in (open_rows or [])}
    if len(certain) >= 2:
        return True
    return None if len(names) + sum(row["member1_name"] is UNKNOWN for row in rows) >= 2 else False


@BOOK.rule("R209", "register", spares_special=True)
def r209(world: Archive, school: str) -> Reply:
    def question(row: Row) -> Answer:
        born = row["birth_date"]
        if not known(born):
            return None
        day = dt.date(world.term.first_year, 8, 31)
        age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        low, span = world.policy["age_low"], world.policy["age_span"]
        answers = [
            age < low + grade - 1 or age >= low + grade - 1 + 1 + span
            for grade in ([row["grade"]] if known(row["grade"]) else range(1, 13))
        ]
        return answers[0] if len(set(answers)) == 1 else None

    return by_school(world.of("register", school), world, question)


@BOOK.rule("R210", "register headcount")
def r210(world: Archive, school: str) -> Reply:
    def question(student: Row) -> Answer:
        return any_of(
            all_of(
                studying(student),
                equals(row["presence"], "在校"),
                negate(is_special(world, row["school_id"])),
                unregistered_there(world, student, row),
                negate(moved_between(world, student, row, ("同意", "办理中"), only_between=False)),
            )
            for row in world.tables.get("headcount", [])
            if row["school_id"] != school and row["school_id"] in world.schools and same_number(student, row)
        )

    return by_school(world.of("register", school), world, question)


def unregistered_there(world: Archive, student: Row, row: Row) -> Answer:
    """在该校名册无学籍."""
    other = str(row["school_id"])
    theirs = world.of("register", other)
    if not theirs:
        return None
    if row in world.matches(other).firm or any(same_number(student, there) for there in theirs):
        return False
    return row not in world.matches(other).suspected  # never two accusations


__all__ = ["BLANK", "BOOK", "number_of"]
