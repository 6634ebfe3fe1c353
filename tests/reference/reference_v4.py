"""The reference for violation 4 (R401 to R407), from the catalogue's conditions alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from tests.reference.apart import handled
from tests.reference.archive import Archive
from tests.reference.outcome import NOT_APPLICABLE, Reply, Rulebook, Said, found_persons, ledger, name_of, of_students
from tests.reference.reference_r116_r120 import top_of_point
from tests.reference.reference_v1 import own_side, unregistered_newcomers
from tests.reference.reference_v6 import r602
from tests.reference.rows import Row, by_number, on_register
from tests.reference.three_valued import (
    BLANK,
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
from tests.reference.world import LEAVING_GRADES, START_GRADES, TOP_GRADE, World, linked

BOOK = Rulebook()
MATERIALS = ("written_request", "form", "diagnosis", "medical_record", "receipts")


def given(cell: object) -> Answer:
    """A material is there: 有; a blank is 无."""
    return equals(cell, "有", blank="无")


def all_materials(row: Row) -> Answer:
    return all_of(*(given(row[column]) for column in MATERIALS))


def waited(world: World, row: Row) -> Answer:
    """申请日期之后的工作日数（截至 as_of）> transfer_decision_workdays."""
    day, most = row["apply_date"], world.policy["transfer_decision_workdays"]
    found = world.handed_in(day)
    if found is None and known(day):  # in a holiday, or not: both ways have to say the same
        return world.both_ways(day, lambda start: world.workdays_exceed(start, world.as_of, most))
    return None if found is None else world.workdays_exceed(found[0], world.as_of, most)


@BOOK.rule("R401", "transfers")
def r401(world: World, school: str) -> Reply:
    person = world.persons(world.of("transfers", school), school)
    kept_waiting = found_persons(one for one in r602(world, school) if isinstance(one, Said))

    def question(row: Row) -> Answer:
        if equals(row["result"], "办理中") is False:
            return False
        return all_of(
            equals(row["result"], "办理中"),
            own_side(row, is_blank(row["to_opinion_date"]), is_blank(row["from_opinion_date"])),
            person[row] not in kept_waiting,
            world.in_window(row["apply_date"]),
            waited(world, row),
        )

    return ledger(world, "transfers", school, question, figures=("transfer_decision_workdays",))


@BOOK.rule("R402", "suspensions")
def r402(world: World, school: str) -> Reply:
    most = world.policy["resume_decision_workdays"]

    def question(row: Row) -> Answer:
        applied, done = row["resume_apply_date"], row["resume_date"]
        complete = all_of(
            given(row["original_form"]), any_of([given(row["recovery_proof"]), equals(row["reason"], "不可抗力")])
        )
        until = world.as_of if done is BLANK else done  # a day that could not be read: no calendar is asked
        return all_of(has_value(applied), complete, world.workdays_exceed(applied, until, most))

    return ledger(world, "suspensions", school, question)


@BOOK.rule("R403", "suspensions")
def r403(world: World, school: str) -> Reply:
    rows = world.of("suspensions", school)
    person = world.persons(rows, school)

    def question(row: Row) -> Answer:
        others = [other for other in rows if other is not row and person[other] == person[row]]
        return all_of(
            has_value(row["end_date"]),
            before(row["end_date"], world.as_of) if row["end_date"] is not BLANK else False,
            *(is_blank(row[c]) for c in ("extend_date", "resume_apply_date", "resume_date", "platform_resume_date")),
            negate(any_of(before(row["start_date"], other["start_date"]) for other in others)),
        )

    return ledger(world, "suspensions", school, question)


@BOOK.rule("R404", "headcount register", spares_special=True)
def r404(world: Archive, school: str) -> Reply:
    def overdue(row: Row, name: str) -> Answer:
        moved, start = row["moved_date"], world.term.start
        if known(moved):
            return world.overdue(max(start, moved), world.policy[name])
        earliest = world.overdue(start, world.policy[name])
        return earliest if moved is BLANK or earliest is not True else None

    def question(row: Row) -> Answer:
        newcomer = row["grade"] in START_GRADES if known(row["grade"]) else None
        as_other = all_of(overdue(row, "report_days"), negate(world.waits_for_next_term(row["moved_date"])))
        as_newcomer = overdue(row, "new_register_days")
        return all_of(
            equals(row["situation"], "符合条件未办手续", blank="未说明"),
            negate(handled(world, row, school)),
            any_of(
                [
                    all_of(newcomer, as_newcomer),
                    all_of(negate(newcomer), as_other),
                    all_of(as_newcomer, as_other),
                ]
            ),
        )

    late = {person for person, _, answer in unregistered_newcomers(world, school) if answer is True}
    rows = world.present_unregistered(school)
    person = world.persons([row for row, _ in rows], school)
    said = []
    for row, present in rows:
        newcomer = not known(row["grade"]) or row["grade"] in START_GRADES
        answer = all_of(present, person[row] not in late, question(row))
        lead = is_blank(row["moved_date"])
        said.append(Said(person[row], name_of(row), answer, lead, ("new_register_days",) if newcomer else ()))
    return said


@BOOK.rule("R405", "headcount register", spares_special=True)
def r405(world: World, school: str) -> Reply:
    rows = world.present_unregistered(school)
    return of_students(
        [
            (row, all_of(present, equals(row["situation"], "无户口", blank="未说明"), is_blank(row["measure"])))
            for row, present in rows
        ],
        world,
        school,
    )


@BOOK.rule("R406", "register previous_register schools", spares_special=True)
def r406(world: World, school: str) -> Reply:
    if not world.term.is_first:
        return NOT_APPLICABLE
    kind = world.kind(school)
    mates = world.of("previous_register", school)

    def at_the_top(grade: Any) -> Answer:
        if not known(grade):
            return None
        of_point = top_of_point(mates, grade)
        if not known(kind):
            return None if grade in LEAVING_GRADES or of_point is not False else False
        return of_point if kind == "教学点" else grade == TOP_GRADE.get(kind)

    register = world.of("register", school)

    def question(student: Row) -> Answer:
        before_now = [old for old in world.of("previous_register", school) if student in by_number(old, register)]
        return all_of(
            any_of(
                all_of(
                    on_register(old),
                    at_the_top(old["grade"]),
                    at_the_top(student["grade"]),  # the same grade: an unread one cannot have been another
                    equals(old["grade"], student["grade"]) if known(student["grade"]) else None,
                )
                for old in before_now
            ),
            on_register(student),
            not world.of_register_student("suspensions", school, student),
        )

    return of_students([(student, question(student)) for student in register], world, school)


@BOOK.rule("R407", "suspensions")
def r407(world: World, school: str) -> Reply:
    most = world.policy["suspend_decision_workdays"]

    def question(row: Row) -> Answer:
        return all_of(
            equals(row["reason"], "伤病"),
            all_materials(row),
            is_blank(row["school_review_date"]),
            world.workdays_exceed(row["apply_date"], world.as_of, most),
        )

    return ledger(world, "suspensions", school, question, figures=("suspend_decision_workdays",))


def of_county(world: World, table: str, question: Callable[[Row], Answer]) -> Reply:
    """One question to every row of a ledger of all schools; a student is one wherever they stand, by number."""
    rows = world.tables.get(table, [])
    person: dict[Row, Hashable] = {}
    for school in {row["school_id"] for row in rows}:
        person |= world.persons([row for row in rows if row["school_id"] == school], school)

    def same(left: Row, right: Row) -> bool:
        return world.same_person(left, right) or person[left] is person[right]

    groups = linked(rows, same)
    return [Said(some[0], name_of(row), question(row)) for some in groups for row in some]


@BOOK.rule("R408", "transfers")
def r408(world: World, _: str) -> Reply:
    def question(row: Row) -> Answer:
        signed = own_side(row, has_value(row["to_opinion_date"]), has_value(row["from_opinion_date"]))
        return all_of(equals(row["result"], "办理中"), signed, waited(world, row))

    return of_county(world, "transfers", question)


@BOOK.rule("R409", "suspensions")
def r409(world: World, _: str) -> Reply:
    most = world.policy["suspend_decision_workdays"]

    def question(row: Row) -> Answer:
        reviewed = row["school_review_date"]
        return all_of(
            has_value(reviewed), is_blank(row["centre_date"]), world.workdays_exceed(reviewed, world.as_of, most)
        )

    return of_county(world, "suspensions", question)
