"""The reference for violation 7, R701 to R711, R713 and R714, from the catalogue's conditions alone."""

from __future__ import annotations

import datetime as dt

from tests.reference.classes import at_least, headcounts, studying
from tests.reference.outcome import NO_DATA, NOT_APPLICABLE, Reply, Rulebook, Said, ledger, name_of, of_students
from tests.reference.three_valued import (
    BLANK,
    Answer,
    all_of,
    among,
    any_of,
    before,
    equals,
    has_value,
    is_blank,
    known,
    negate,
)
from tests.reference.world import Row, World
from xueji_lib.register import schema

BOOK = Rulebook()
BACK = ("已复学", "送教上门")


def once(answer: Answer) -> Reply:
    """One question about the school itself."""
    return [Said("school", "", answer)]


def first_term_start(world: World) -> dt.date | None:
    """第一学期开学日 of this school year; None in a second term whose first is not in the calendar, long past."""
    first = world.calendar.terms.get(world.term.school_year + "-1")
    return first.start if first else None


@BOOK.rule("R701", "custody")
def r701(world: World, school: str) -> Reply:
    start = first_term_start(world)
    if start is not None and world.overdue(start, world.policy["custody_days"]) is not True:
        return NOT_APPLICABLE
    year = world.term.first_year
    first, last = dt.date(year, 8, 1), dt.date(year + 1, 7, 31)

    def signed(row: Row) -> Answer:
        day = row["pledge_date"]
        in_year = False if day is BLANK else first <= day <= last if known(day) else None
        return all_of(equals(row["school_year"], world.term.school_year), in_year)

    return once(negate(any_of(signed(row) for row in world.of("custody", school))))


@BOOK.rule("R702", "disclosures")
def r702(world: World, school: str) -> Reply:
    def question(row: Row) -> Answer:
        approved = row["approval_date"]
        return any_of([is_blank(row["approval_no"]), is_blank(approved), before(row["given_date"], approved)])

    def occasion(row: Row) -> tuple[str, ...]:
        return tuple(str(row[column]) if known(row[column]) else "" for column in ("given_date", "receiver"))

    return [Said(occasion(row), "", question(row)) for row in world.of("disclosures", school)]


@BOOK.rule("R703", "schools")
def r703(world: World, school: str) -> Reply:
    row = world.schools[school]
    no_vice = all_of(negate(equals(row["school_kind"], "教学点")), is_blank(row["vice_principal"]))
    return once(any_of([no_vice, is_blank(row["registrar"])]))


@BOOK.rule("R704", "custody")
def r704(world: World, school: str) -> Reply:
    if world.term.is_first and world.as_of < dt.date(world.term.first_year, 12, 31):
        return NOT_APPLICABLE
    of_year = [
        row for row in world.of("custody", school) if equals(row["school_year"], world.term.school_year) is not False
    ]
    if not of_year:
        return NO_DATA
    trained = [
        all_of(
            equals(row["school_year"], world.term.school_year),
            row["trainings"] > 0 if known(row["trainings"]) else None,
        )
        for row in of_year
    ]
    certain = any_of(equals(row["school_year"], world.term.school_year) for row in of_year)
    return once(all_of(certain, negate(any_of(trained))))


@BOOK.rule("R705", "register")
def r705(world: World, school: str) -> Reply:
    columns = [schema.REGISTER.by_header(header).id for header in world.policy.texts("required_fields")]

    def lacks(row: Row, column: str) -> Answer:
        if row[column] is not BLANK:
            return False
        return negate(equals(row["id_type"], "其他")) if column == "id_number" else True

    rows = world.of("register", school)
    return of_students([(row, any_of(lacks(row, column) for column in columns)) for row in rows], world, school)


@BOOK.rule("R706", "register")
def r706(world: World, school: str) -> Reply:
    least = world.policy["class_large"]
    rows = [row for row in world.of("register", school) if studying(row) is not False]
    lost = [row for row in rows if not known(row["grade"]) or not known(row["class_no"])]
    # So many students of no readable class that they may be a large one of their own.
    together = max(sum(not known(row["grade"]) or row["grade"] == grade for row in lost) for grade in range(1, 13))
    said = [
        Said((grade, number), (grade, number), at_least(headcounts(world, school, grade, number), least))
        for grade, number in {(row["grade"], row["class_no"]) for row in rows if row not in lost}
    ]
    return [*said, Said("lost", "", None if together >= least else False)]


@BOOK.rule("R707", "headcount register dropouts")
def r707(world: World, school: str) -> Reply:
    days = world.policy["township_report_days"]

    def unreported(row: Row) -> Answer:
        return all_of(
            is_blank(row["reported_date"]),
            world.overdue(row["found_date"], days),
            negate(equals(row["outcome"], "已复学", blank="未复学")),
        )

    def question(student: Row, row: Row, absent: Answer) -> Answer:
        entries = world.of_register_student("dropouts", school, student)
        return all_of(
            absent,
            among(row["situation"], ("疑似辍学无法联系", "多次劝返不返"), blank="未说明"),
            any_of(unreported(entry) for entry in entries) if entries else True,
        )

    found = [(student, question(student, row, absent)) for student, row, absent in world.registered_absent(school)]
    return register_students(found, world, school)


def register_students(found: list[tuple[Row, Answer]], world: World, school: str) -> list[Said]:
    """Answers about register students, each perhaps asked more than once."""
    person = world.persons(world.of("register", school), school)
    return [Said(person[student], name_of(student), answer) for student, answer in found]


@BOOK.rule("R708", "dropouts")
def r708(world: World, school: str) -> Reply:
    days = world.policy["return_notice_days"]
    return ledger(
        world,
        "dropouts",
        school,
        lambda row: all_of(
            has_value(row["reported_date"]),
            is_blank(row["notice_date"]),
            negate(among(row["outcome"], BACK, blank="未复学")),
            world.overdue(row["reported_date"], days),
        ),
    )


@BOOK.rule("R709", "headcount register dropouts")
def r709(world: World, school: str) -> Reply:
    def question(student: Row, row: Row, absent: Answer) -> Answer:
        entries = world.of_register_student("dropouts", school, student)
        taught = any_of(equals(entry["outcome"], "送教上门", blank="未复学") for entry in entries)
        measure = row["measure"]
        planned = "送教" in measure if known(measure) else False if measure is BLANK else None
        return all_of(
            absent, equals(row["situation"], "重度残疾不能到校", blank="未说明"), negate(taught), negate(planned)
        )

    found = [(student, question(student, row, absent)) for student, row, absent in world.registered_absent(school)]
    return register_students(found, world, school)


def age_on(birth: dt.date, day: dt.date) -> int:
    """Full years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@BOOK.rule("R710", "residents register")
def r710(world: World, school: str) -> Reply:
    cutoff = dt.date(world.term.first_year, 8, 31)
    register = world.tables.get("register", [])
    listed = {row["school_id"] for row in register}
    some_school_silent = any(school not in listed for school in world.schools)

    def of_age(row: Row) -> Answer:
        birth = row.parsed["id_birth"]
        right = row.parsed["id_check"] or row.parsed["id_form"] == 15
        if not known(row["id_number"]) or not right or birth is None or birth != birth:
            return None
        if birth.date() > world.as_of:  # R205: no such date
            return None
        return 6 <= age_on(birth.date(), cutoff) < 15

    def registered(row: Row) -> Answer:
        if not known(row["id_number"]):
            return None
        if any(student["id_number"] == row["id_number"] for student in register):
            return True
        doubtful = some_school_silent or any(
            not known(student["id_number"]) and known(student["name"]) and student["name"] == row["name"]
            for student in register
        )
        return None if doubtful else False

    return [
        Said(
            row["id_number"] if known(row["id_number"]) else row,
            name_of(row),
            all_of(of_age(row), negate(registered(row)), is_blank(row["schooling"])),
        )
        for row in world.tables.get("residents", [])
    ]


@BOOK.rule("R711", "headcount register", spares_special=True)
def r711(world: World, school: str) -> Reply:
    def question(row: Row) -> Answer:
        excused = among(row["situation"], ("休学", "请假", "特教就读"), blank="未说明")
        return all_of(is_blank(row["school_note"]), negate(excused))

    apart = list(world.present_unregistered(school))
    apart += [(row, absent) for _, row, absent in world.registered_absent(school)]
    answers: dict[Row, list[Answer]] = {}
    for row, answer in apart:
        answers.setdefault(row, []).append(answer)
    return of_students([(row, all_of(any_of(group), question(row))) for row, group in answers.items()], world, school)


@BOOK.rule("R713", "schools")
def r713(world: World, school: str) -> Reply:
    since = world.schools[school]["registrar_since"]
    if not known(since):
        return once(False if since is BLANK else None)
    days = (world.as_of - since).days
    return once(None if days < 0 else days < world.policy["registrar_min_days"])


@BOOK.rule("R714", "dropouts")
def r714(world: World, school: str) -> Reply:
    return ledger(
        world,
        "dropouts",
        school,
        lambda row: all_of(
            has_value(row["return_by_date"]),
            before(row["return_by_date"], world.as_of) if row["return_by_date"] is not BLANK else False,
            negate(among(row["outcome"], BACK, blank="未复学")),
        ),
    )
