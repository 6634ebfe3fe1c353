"""The reference for violation 1 (R101 to R114), from the catalogue's conditions alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reference.archive import Archive, by_school
from tests.reference.classes import may_be, studying
from tests.reference.outcome import NO_DATA, NOT_APPLICABLE, Reply, Rulebook, Said, ledger, name_of, of_students
from tests.reference.rows import Row, on_register
from tests.reference.three_valued import (
    BLANK,
    GAP,
    UNKNOWN,
    Answer,
    all_of,
    among,
    any_of,
    differ_known,
    equals,
    has_value,
    is_blank,
    known,
    negate,
    same_known,
)
from tests.reference.world import START_GRADES, linked

BOOK = Rulebook()


@BOOK.rule("R101", "reports")
def r101(world: Archive, school: str) -> Reply:
    rows = world.of("reports", school)
    dates = [row["report_date"] for row in rows if row["term"] == world.term.id]
    other = [row["report_date"] for row in rows if not known(row["term"])]
    if world.over_report_days() is False:
        return [Said("", "", False)]  # whatever the dates say or could have said
    answer = _late(world, dates)
    # 该校某行的 学期 未知时为无法判定, whatever that row says; where nothing is due yet, only if it may be late.
    if answer is True and other:
        answer = None
    if answer is False and not any(known(day) for day in dates):
        answer = None if any(_late(world, [day]) is not False for day in other) else False
    return [Said("", "", answer)]


def _late(world: Archive, dates: list[Any]) -> Answer:
    """The earliest report of these is late, or there is none and it is due."""
    days = world.policy["report_days"]
    late = [world.later_than_deadline(day, world.term.start, days) for day in dates if known(day)]
    if any(answer is False for answer in late):
        return False
    if any(day is UNKNOWN for day in dates):
        return GAP if GAP in late else None
    return any_of(late) if late else world.over_report_days()


def _agreed(answers: list[Answer]) -> Answer:
    if any(answer is GAP for answer in answers):
        return GAP
    return answers[0] if all(answer is answers[0] for answer in answers) else None


def own_side(row: Row, of_into: Answer, of_out: Answer) -> Answer:
    """What is asked of the side of the school that filled in the row: 转入 or 转出."""
    into = equals(row["direction"], "转入")
    return any_of([all_of(into, of_into), all_of(negate(into), of_out), all_of(of_into, of_out)])


@BOOK.rule("R102", "transfers")
def r102(world: Archive, school: str) -> Reply:
    days = world.efile_later

    def question(row: Row) -> Answer:
        late = world.efile_done_late(row["platform_done_date"], row["centre_date"])
        return all_of(equals(row["result"], "同意"), has_value(row["centre_date"]), late)

    def in_time(row: Row, column: str) -> Answer:
        return all_of(has_value(row[column]), negate(days(row[column], row["centre_date"])))

    def lead(row: Row) -> Answer:
        return own_side(row, in_time(row, "to_submit_date"), in_time(row, "from_submit_date"))

    return ledger(world, "transfers", school, question, lead)


@BOOK.rule("R103", "transfers")
def r103(world: Archive, school: str) -> Reply:
    def question(row: Row) -> Answer:
        came = world.efile_done_late(row["to_submit_date"], row["centre_date"])
        went = world.efile_done_late(row["from_submit_date"], row["centre_date"])
        return all_of(equals(row["result"], "同意"), has_value(row["centre_date"]), own_side(row, came, went))

    return ledger(world, "transfers", school, question)


@BOOK.rule("R104", "suspensions")
def r104(world: Archive, school: str) -> Reply:
    def question(row: Row) -> Answer:
        over = world.efile_overdue(row["centre_date"])
        return all_of(has_value(row["centre_date"]), is_blank(row["submit_date"]), over)

    return ledger(world, "suspensions", school, question)


@BOOK.rule("R105", "suspensions register")
def r105(world: Archive, school: str) -> Reply:
    def question(row: Row) -> Answer:
        still = any_of(equals(student["status"], "休学") for student in world.students_of(row, school))
        over = world.efile_overdue(row["resume_date"])
        return all_of(has_value(row["resume_date"]), over, any_of([is_blank(row["platform_resume_date"]), still]))

    def lead(row: Row) -> Answer:
        day = row["platform_resume_date"]
        return False if day is BLANK else day >= world.term.start if known(day) else None

    return ledger(world, "suspensions", school, question, lead)


@BOOK.rule("R106", "headcount register", spares_special=True)
def r106(world: Archive, school: str) -> Reply:
    return [Said(*one, figures=("new_register_days",)) for one in unregistered_newcomers(world, school)]


def unregistered_newcomers(world: Archive, school: str) -> list[tuple[Any, Any, Answer]]:
    """在校学生超期未建籍: person, name and answer."""
    complete = world.every_school_has("register")

    def nowhere(row: Row) -> Answer:
        there = any_of(on_register(s) for s in world.tables.get("register", []) if world.same_person(row, s))
        return all_of(negate(there), True if world.numbers(row) and complete else None)

    def question(row: Row) -> Answer:
        return all_of(
            equals(row["situation"], "符合条件未办手续", blank="未说明"),
            among(row["grade"], START_GRADES),
            has_value(row["moved_date"]),
            world.overdue(row["moved_date"], world.policy["new_register_days"]),
            nowhere(row),
        )

    rows = world.present_unregistered(school)
    said = of_students([(row, all_of(present, question(row))) for row, present in rows], world, school)
    return [(one.subject, one.shown, one.answer) for one in said]


@BOOK.rule("R107", "headcount register transfers")
def r107(world: Archive, school: str) -> Reply:
    def left(student: Row) -> Answer:
        rows = world.of_register_student("transfers", school, student)
        return any_of(all_of(equals(row["direction"], "转出"), negate(equals(row["result"], "不同意"))) for row in rows)

    person = world.persons(world.of("register", school), school)
    return [
        Said(
            person[student],
            name_of(student),
            all_of(absent, equals(row["situation"], "已转外校就读", blank="未说明"), negate(left(student))),
            has_value(row["measure"]),
        )
        for student, row, absent in world.registered_absent(school)
    ]


@BOOK.rule("R108", "register suspensions")
def r108(world: Archive, school: str) -> Reply:
    def question(student: Row) -> Answer:
        return all_of(equals(student["status"], "休学"), not world.of_register_student("suspensions", school, student))

    return by_school(world.of("register", school), world, question)


@BOOK.rule("R109", "register")
def r109(world: Archive, school: str) -> Reply:
    kind = world.kind(school)
    lowest = {"九年一贯制学校": 1, "十二年一贯制学校": 1, "完全中学": 7}

    def off(grade: int, month: int) -> Answer:
        first = 1 if grade <= 6 else 7 if grade <= 9 else 10
        years = world.term.first_year - (month // 100 - (1 if month % 100 < 7 else 0))
        if first + years == grade:
            return False
        if years < 0:  # nobody is in school before coming to one
            return True
        if not known(kind):  # it may be of a kind whose pupils came in the lowest grade
            return None if grade - years in (1, 7) else True
        return kind not in lowest or lowest[kind] + years != grade

    def question(student: Row) -> Answer:
        month = student["entry_month"]
        if not known(month):
            return False if month is BLANK or world.of_register_student("suspensions", school, student) else None
        grades = [student["grade"]] if known(student["grade"]) else range(1, 13)
        return all_of(
            _agreed([off(grade, month) for grade in grades]),
            not world.of_register_student("suspensions", school, student),
        )

    return by_school(world.of("register", school), world, question)


Class = tuple[Any, Any]


def classes_on_register(world: Archive, school: str) -> list[Class]:
    """The classes of the register that may have a student 在读."""
    students = [student for student in world.of("register", school) if studying(student) is not False]
    return list(dict.fromkeys((s["grade"], s["class_no"]) for s in students if placed(s)))


def placed(row: Row) -> bool:
    """Grade and class are both known."""
    return known(row["grade"]) and known(row["class_no"])


def in_class(row: Row, place: Class) -> bool:
    return placed(row) and (row["grade"], row["class_no"]) == place


def counted(world: Archive, school: str, place: Class) -> Answer:
    """核对表 of the group has a row of the class."""
    rows = [row for one in world.group(school) for row in world.of("headcount", one)]
    if any(in_class(row, place) for row in rows):
        return True
    return None if any(may_be(row, *place) for row in rows) else False


@BOOK.rule("R110", "register")
def r110(world: Archive, school: str) -> Reply:
    if "headcount" not in world.tables and world.over_report_days() is not False:
        return NO_DATA
    students = world.of("register", school)

    def question(place: Class) -> Answer:
        there = any_of(studying(student) for student in students if in_class(student, place))
        return all_of(there, negate(counted(world, school, place)))

    return _of_classes(world, school, question, students)


@BOOK.rule("R111", "register headcount")
def r111(world: Archive, school: str) -> Reply:
    missed = world.not_looked_for(school)

    def question(place: Class) -> Answer:
        absent = any_of(all_of(answer, studying(s)) for s, answer in missed if in_class(s, place))
        return all_of(counted(world, school, place), absent)

    # Nobody was looked for in the class of such a student, whichever it is: that is R110's.
    rows = [row for one in world.group(school) for row in world.of("headcount", one)]
    return _of_classes(world, school, question, [s for s, _ in missed if any(may_share(r, s) for r in rows)])


def may_share(left: Row, right: Row) -> bool:
    """They may be of one class: no known cells speak against it."""
    return not any(differ_known(left[c], right[c]) for c in ("grade", "class_no"))


def _of_classes(world: Archive, school: str, question: Callable[[Class], Answer], students: list[Row]) -> Reply:
    """Class by class, and one open subject a grade for ``students`` whose class cannot be read."""
    over = world.over_report_days()
    if over is False:
        return NOT_APPLICABLE
    if over is GAP:
        return [Said("", "", GAP)]
    said = [Said(place, place, question(place)) for place in classes_on_register(world, school)]
    unplaced = [one for one in students if not placed(one) and studying(one) is not False]
    said += [Said(("open", one["grade"] if known(one["grade"]) else None), "", None) for one in unplaced]
    return said


@BOOK.rule("R112", "transfers schools")
def r112(world: Archive, school: str) -> Reply:
    """Charged is the school without the row; the rows of all the others are looked at."""
    if not world.of("transfers", school):
        return []
    said: list[tuple[Row, Any, Answer]] = []
    for other in world.schools:
        rows = [] if world.same_school(other, school) else world.of("transfers", other)
        person = world.persons(rows, other)
        for row in rows:
            # Without a direction nobody can say which school the other one is.
            column, back = {"转入": ("from_school", "转出"), "转出": ("to_school", "转入")}.get(
                row["direction"] if known(row["direction"]) else "", ("", "")
            )
            if not column or world.named(row[column]) != school:
                continue
            answer = all_of(
                equals(row["result"], "同意"),
                has_value(row["centre_date"]),
                world.of_terms(row["apply_date"], world.term.id),
                world.efile_overdue(row["centre_date"]),
                negate(_has_opposite(world, row, back, school)),
            )
            said.append((row, person[row], answer))
    # A student whom two other schools speak of is one.
    persons = {row: person for row, person, _ in said}
    groups = linked(list(persons), lambda a, b: persons[a] is persons[b] or world.same_person(a, b))
    one = {row: some[0] for some in groups for row in some}
    return [Said(one[row], name_of(row), answer) for row, _, answer in said]


def _has_opposite(world: Archive, row: Row, direction: str, school: str) -> Answer:
    return any_of(
        equals(theirs["direction"], direction)
        for theirs in world.of("transfers", school)
        if same_in_both(world, row, theirs)
    )


def same_in_both(world: Archive, ours: Row, theirs: Row) -> bool:
    """按号码；双方没有可比的号码时按姓名精确相同."""
    left, right = world.numbers(ours), world.numbers(theirs)
    if {kind for kind, _ in left} & {kind for kind, _ in right}:
        return bool(left & right)
    return same_known(ours["name"], theirs["name"])


@BOOK.rule("R113", "headcount register")
def r113(world: Archive, school: str) -> Reply:
    def same_class(row: Row, student: Row) -> Answer:
        return all_of(*(_same(row[c], student[c]) for c in ("grade", "class_no")))

    matches, pairs = world.matches(school), []
    for row in world.of("headcount", school):
        namesakes = matches.perhaps(row)
        found = namesakes or matches.firm.get(row, [])
        students = [s for s in found if s["school_id"] == school]
        if students:
            answers = [same_class(row, s) for s in students]
            there = any_of(on_register(s) for s in students)
            # Of namesakes nobody knows whose the row is.
            fits = (True if all(a is True for a in answers) else None) if namesakes else any_of(answers)
            pairs.append((row, all_of(equals(row["presence"], "在校"), there, negate(fits))))
    return of_students(pairs, world, school)


def _same(left: Any, right: Any) -> Answer:
    return left == right if known(left) and known(right) else None


@BOOK.rule("R114", "headcount register")
def r114(world: Archive, school: str) -> Reply:
    suspected = world.matches(school).suspected
    pairs = [(row, on_register(student)) for row, student in suspected.items() if row["school_id"] == school]
    return of_students(pairs, world, school)
