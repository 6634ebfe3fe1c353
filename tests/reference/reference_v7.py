"""The reference for violation 7, R701 to R711, R713 and R714, from the catalogue's conditions alone."""

from __future__ import annotations

import datetime as dt

from tests.reference.classes import at_least, headcounts, studying
from tests.reference.outcome import NO_DATA, NOT_APPLICABLE, Reply, Rulebook, Said, ledger, name_of, of_students
from tests.reference.rows import Row, on_register
from tests.reference.three_valued import (
    BLANK,
    UNKNOWN,
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
from tests.reference.world import World
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

    answer = negate(any_of(signed(row) for row in world.of("custody", school)))
    return [Said("school", "", answer, figures=("custody_days",))]


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
        if column.startswith("member1_"):
            return negate(equals(row["orphan"], "是"))
        return negate(equals(row["id_type"], "其他")) if column == "id_number" else True

    rows = world.of("register", school)
    answers = [(row, all_of(on_register(row), any_of(lacks(row, column) for column in columns))) for row in rows]
    return of_students(answers, world, school)


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


def senior(student: Row) -> Answer:
    """高中."""
    return among(student["grade"], (10, 11, 12))


@BOOK.rule("R707", "headcount register dropouts")
def r707(world: World, school: str) -> Reply:
    days = world.policy["township_report_days"]
    person = world.persons(world.of("register", school), school)

    def cleared(entry: Row) -> Answer:
        return any_of([has_value(entry["reported_date"]), equals(entry["outcome"], "已复学", blank="未复学")])

    def begins(entries: list[Row], row: Row) -> tuple[Answer, Answer]:
        """Whether the days since 起算日 are over, and whether that day is none that the ledger names."""
        dates = [entry["found_date"] for entry in entries] or [row["check_date"]]
        named = [day for day in dates if known(day)]
        if named:
            over = world.overdue(min(named), days)
            # A day that cannot be read may be an earlier one.
            open_ = any(day is UNKNOWN for day in dates) and over is False
            return None if open_ else over, not entries
        if any(day is UNKNOWN for day in dates):
            return None, True
        return world.overdue(world.term.start, days), True

    said = []
    for student, row, absent in world.registered_absent(school):
        entries = world.of_register_student("dropouts", school, student)
        over, guessed = begins(entries, row)
        answer = all_of(
            absent,
            among(row["situation"], ("疑似辍学无法联系", "多次劝返不返"), blank="未说明"),
            negate(any_of(cleared(entry) for entry in entries)),
            over,
        )
        lead = any_of([guessed, senior(student)])
        said.append(Said(person[student], name_of(student), answer, lead, ("township_report_days",)))
    return said


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
    person = world.persons(world.of("register", school), school)

    def question(student: Row, row: Row, absent: Answer) -> Answer:
        entries = world.of_register_student("dropouts", school, student)
        taught = any_of(equals(entry["outcome"], "送教上门", blank="未复学") for entry in entries)
        measure = row["measure"]
        planned = "送教" in measure if known(measure) else False if measure is BLANK else None
        return all_of(
            absent, equals(row["situation"], "重度残疾不能到校", blank="未说明"), negate(taught), negate(planned)
        )

    return [
        Said(
            person[student],
            name_of(student),
            question(student, row, absent),
            any_of([has_value(row["measure"]), senior(student)]),
        )
        for student, row, absent in world.registered_absent(school)
    ]


def age_on(birth: dt.date, day: dt.date) -> int:
    """Full years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@BOOK.rule("R710", "residents register")
def r710(world: World, school: str) -> Reply:
    cutoff = dt.date(world.term.first_year, 8, 31)
    register = world.tables.get("register", [])
    some_school_silent = not world.every_school_has("register")

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
        there = any_of(on_register(s) for s in register if s["id_number"] == row["id_number"])
        if there is not False:
            return there
        doubtful = some_school_silent or any(
            not known(student["id_number"]) and row["name"] in world.names_of(student) for student in register
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

    def on_leave(student: Row) -> Answer:
        return all_of(
            equals(student["status"], "休学"), bool(world.of_register_student("suspensions", school, student))
        )

    apart = [(row, all_of(present, question(row))) for row, present in world.present_unregistered(school)]
    person = world.persons(world.of("register", school), school)
    return [
        *of_students(apart, world, school),
        *(
            Said(person[student], name_of(one), all_of(absent, question(row), negate(on_leave(student))))
            for student, row, absent in world.registered_absent(school)
            for one in (student, row)  # under either name
        ),
    ]


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
