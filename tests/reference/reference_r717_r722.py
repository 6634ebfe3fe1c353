"""The reference for R717 to R722: acts out of order, and what no measure follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reference.archive import Archive
from tests.reference.outcome import NO_DATA, Reply, Rulebook, Said, found_persons, ledger, of_students
from tests.reference.reference_v1 import own_side
from tests.reference.reference_v5 import r506
from tests.reference.rows import Row, on_register
from tests.reference.three_valued import (
    BLANK,
    UNKNOWN,
    Answer,
    all_of,
    any_of,
    before,
    equals,
    has_value,
    is_blank,
    known,
    negate,
)
from xueji_lib.register.identity import clean_name

BOOK = Rulebook()


def earlier(left: Any, right: Any) -> Answer:
    """Both days are there, and one is before the other; a blank is no day."""
    if left is BLANK or right is BLANK:
        return False
    return before(left, right)


@BOOK.rule("R717", "suspensions")
def r717(world: Archive, school: str) -> Reply:
    rows = world.of("suspensions", school)
    person = world.persons(rows, school)

    def on_paper(row: Row) -> Answer:
        back, approved = row["platform_resume_date"], row["resume_date"]
        return all_of(has_value(back), any_of([is_blank(approved), earlier(back, approved)]))

    def seen(row: Row) -> Answer:
        answers = []
        for student in world.students_of(row, school):
            matches = world.matches(school)
            namesakes = matches.namesakes_of(student)
            for counted in namesakes.rows if namesakes else matches.rows_of(student):
                checked, end = counted["check_date"], row["end_date"]
                in_time: Answer = end >= checked if known(end) and known(checked) else None
                answers.append(
                    all_of(
                        on_register(student),
                        equals(student["status"], "休学"),
                        equals(counted["presence"], "在校"),
                        None if namesakes else True,
                        has_value(end),
                        in_time if end is not BLANK else False,
                    )
                )
        return any_of(answers)

    def in_class(row: Row) -> Answer:
        others = [other for other in rows if other is not row and person[other] == person[row]]
        return all_of(
            seen(row),
            is_blank(row["resume_date"]),
            is_blank(row["extend_date"]),
            negate(any_of(before(row["start_date"], other["start_date"]) for other in others)),
        )

    return ledger(
        world,
        "suspensions",
        school,
        lambda row: any_of([on_paper(row), in_class(row)]),
        lambda row: negate(on_paper(row)),
    )


@BOOK.rule("R718", "transfers")
def r718(world: Archive, school: str) -> Reply:
    person = world.persons(world.of("transfers", school), school)
    unconfirmed = found_persons(one for one in r506(world, school) if isinstance(one, Said))

    def unsigned(row: Row, column: str) -> Answer:
        return any_of([is_blank(row[column]), earlier(row["centre_date"], row[column])])

    def question(row: Row) -> Answer:
        own = own_side(row, unsigned(row, "to_opinion_date"), unsigned(row, "from_opinion_date"))
        return all_of(
            equals(row["result"], "同意"),
            any_of([own, is_blank(row["centre_date"])]),
            person[row] not in unconfirmed,
        )

    return ledger(world, "transfers", school, question)


@BOOK.rule("R719", "suspensions")
def r719(world: Archive, school: str) -> Reply:
    def before_review(row: Row) -> Answer:
        return earlier(row["centre_date"], row["school_review_date"])

    def question(row: Row) -> Answer:
        too_soon = all_of(negate(equals(row["sudden"], "是")), earlier(row["start_date"], row["centre_date"]))
        return any_of([before_review(row), too_soon])

    return ledger(world, "suspensions", school, question, lambda row: negate(before_review(row)))


def of_absent(world: Archive, school: str, question: Callable[[Row], Answer]) -> Reply:
    """One question to the row of every 在籍不在校."""
    rows = world.registered_absent(school)
    return of_students([(student, all_of(absent, question(row))) for student, row, absent in rows], world, school)


@BOOK.rule("R720", "headcount register")
def r720(world: Archive, school: str) -> Reply:
    return of_absent(
        world,
        school,
        lambda row: all_of(equals(row["situation"], "外出不具备转学条件", blank="未说明"), is_blank(row["measure"])),
    )


@BOOK.rule("R721", "headcount register")
def r721(world: Archive, school: str) -> Reply:
    def too_long(row: Row) -> Answer:
        left, checked = row["moved_date"], row["check_date"]
        if left is BLANK:
            return False
        return (checked - left).days > world.policy["leave_days"] if known(left) and known(checked) else None

    return of_absent(world, school, lambda row: all_of(equals(row["situation"], "请假", blank="未说明"), too_long(row)))


@BOOK.rule("R722", "custody schools")
def r722(world: Archive, school: str) -> Reply:
    of_year = [
        row for row in world.of("custody", school) if equals(row["school_year"], world.term.school_year) is not False
    ]
    if not of_year:
        return NO_DATA
    listed = world.schools[school]["registrar"]

    def differs(row: Row) -> Answer:
        """None of the two may be blank."""
        cells = (listed, row["registrar"])
        if any(cell is BLANK for cell in cells):
            return False
        return None if any(cell is UNKNOWN for cell in cells) else clean_name(cells[0]) != clean_name(cells[1])

    def same(row: Row) -> Answer:
        return False if listed is BLANK or row["registrar"] is BLANK else negate(differs(row))

    here = {row: equals(row["school_year"], world.term.school_year) for row in of_year}
    good = any_of(all_of(here[row], same(row)) for row in of_year)
    bad = any_of(all_of(here[row], differs(row)) for row in of_year)
    return [Said("school", "", all_of(negate(good), bad))]
