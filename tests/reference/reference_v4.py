"""The reference for violation 4 (R401 to R407), from the catalogue's conditions alone."""

from __future__ import annotations

from tests.reference.outcome import NOT_APPLICABLE, Reply, Rulebook, ledger, of_students
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
from tests.reference.world import LEAVING_GRADES, START_GRADES, TOP_GRADE, Row, World, by_number

BOOK = Rulebook()
MATERIALS = ("written_request", "form", "diagnosis", "medical_record", "receipts")


def given(cell: object) -> Answer:
    """A material is there: 有; a blank is 无."""
    return equals(cell, "有", blank="无")


def all_materials(row: Row) -> Answer:
    return all_of(*(given(row[column]) for column in MATERIALS))


@BOOK.rule("R401", "transfers")
def r401(world: World, school: str) -> Reply:
    def question(row: Row) -> Answer:
        if equals(row["result"], "办理中") is False:
            return False
        found = world.handed_in(row["apply_date"])
        waited = None
        if found is not None:
            waited = world.workdays_exceed(found[0], world.as_of, world.policy["transfer_decision_workdays"])
        return all_of(equals(row["result"], "办理中"), world.in_window(row["apply_date"]), waited)

    return ledger(world, "transfers", school, question)


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
            before(row["end_date"], world.as_of),
            *(is_blank(row[c]) for c in ("extend_date", "resume_apply_date", "resume_date", "platform_resume_date")),
            negate(any_of(before(row["start_date"], other["start_date"]) for other in others)),
        )

    return ledger(world, "suspensions", school, question)


@BOOK.rule("R404", "headcount register", spares_special=True)
def r404(world: World, school: str) -> Reply:
    def overdue(row: Row, name: str) -> Answer:
        moved, start = row["moved_date"], world.term.start
        if known(moved):
            return world.overdue(max(start, moved), world.policy[name])
        earliest = world.overdue(start, world.policy[name])
        return earliest if moved is BLANK or earliest is not True else None

    def question(row: Row) -> Answer:
        newcomer = row["grade"] in START_GRADES if known(row["grade"]) else None
        return all_of(
            equals(row["situation"], "符合条件未办手续", blank="未说明"),
            any_of(
                [
                    all_of(newcomer, overdue(row, "new_register_days")),
                    all_of(negate(newcomer), overdue(row, "report_days")),
                    all_of(overdue(row, "new_register_days"), overdue(row, "report_days")),
                ]
            ),
        )

    rows = world.present_unregistered(school)
    return of_students([(row, all_of(present, question(row))) for row, present in rows], world, school)


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

    def at_the_top(grade: object) -> Answer:
        if not known(grade):
            return None
        return grade == TOP_GRADE.get(kind) if known(kind) else (None if grade in LEAVING_GRADES else False)

    register = world.of("register", school)

    def question(student: Row) -> Answer:
        before_now = [old for old in world.of("previous_register", school) if student in by_number(old, register)]
        return all_of(
            any_of(
                all_of(
                    at_the_top(old["grade"]),
                    at_the_top(student["grade"]),
                    equals(old["grade"], student["grade"]) if known(student["grade"]) else None,
                )
                for old in before_now
            ),
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
            any_of([is_blank(row["school_review_date"]), is_blank(row["centre_date"])]),
            world.workdays_exceed(row["apply_date"], world.as_of, most),
        )

    return ledger(world, "suspensions", school, question)
