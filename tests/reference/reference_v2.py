"""The reference for violation 2 (R201 to R210), from the catalogue's conditions alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from tests.reference.apart import between, goes_up, moved_between, unregistered_there
from tests.reference.archive import Archive, by_school, is_special, number_of
from tests.reference.classes import studying
from tests.reference.numbers_of_residents import day_of, wrong_number
from tests.reference.outcome import NOT_APPLICABLE, Reply, Rulebook, Said, name_of, of_students
from tests.reference.reference_r116_r120 import elsewhere_present
from tests.reference.rows import Row, on_register, same_number
from tests.reference.three_valued import (
    BLANK,
    GAP,
    UNKNOWN,
    Answer,
    all_of,
    among,
    any_of,
    equals,
    is_blank,
    known,
    negate,
    same_known,
)
from tests.reference.world import linked

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

    return of_the_absent(world, school, question)


def in_order(row: Row) -> tuple[Any, ...]:
    """名册行序: grade, class, name; what is not known comes last."""
    places = ((not known(row[c]), row[c] if known(row[c]) else 0) for c in ("grade", "class_no"))
    return (*places, name_of(row))


def first_name(rows: list[Row]) -> str:
    return str(name_of(min([row for row in rows if on_register(row) is True] or rows, key=in_order)))


@BOOK.rule("R202", "register")
def r202(world: Archive, school: str) -> Reply:
    said = []
    ours = world.of("register", school)
    person = world.persons(ours, school)
    for row in ours:
        number = row["id_number"]
        if not known(number):
            said.append(Said(person[row], name_of(row), all_of(on_register(row), None)))
            continue
        everywhere = [other for other in world.tables["register"] if same_known(other["id_number"], number)]
        shown = first_name([other for other in ours if other in everywhere])
        said.append(Said(person[row], shown, False))
        for other in everywhere:
            where = other["school_id"]
            if other is row or (where != school and world.same_school(school, where)):
                continue
            both = all_of(on_register(row), on_register(other))
            apart = True if where == school else negate(just_moved(world, number, school, where))
            lead = where != school and one_list_twice(world, school, where)
            said.append(Said(person[row], shown, all_of(both, apart), lead))
    return said


def just_moved(world: Archive, number: Any, left: str, right: str) -> Answer:
    """转学 of the number between the two, 同意 and confirmed, and its week not over."""
    return any_of(
        all_of(
            equals(row["result"], "同意"),
            between(world, row, other),
            negate(is_blank(row["centre_date"])),
            negate(world.efile_overdue(row["centre_date"])),
        )
        for mine, other in ((left, right), (right, left))
        for row in world.of("transfers", mine)
        if ("id_number", number) in world.numbers(row)
    )


def one_list_twice(world: Archive, left: str, right: str) -> bool:
    """The two registers share at least half of the smaller one's students, by number of either kind."""
    small, large = sorted((world.of("register", left), world.of("register", right)), key=len)
    shared = [row for row in small if any(same_number(row, other) for other in large)]
    return 2 * len(linked(shared, same_number)) >= len(small)


@BOOK.rule("R203", "register")
def r203(world: Archive, school: str) -> Reply:
    columns = ("name", "sex", "birth_date")

    def alike(left: Row, right: Row) -> Answer:
        if all(known(left[c]) for c in columns) and not all(known(right[c]) for c in columns):
            return False  # what is not known of others leaves only them open
        same = (left[c] == right[c] if known(left[c]) and known(right[c]) else None for c in columns)
        numbers = known(left["id_number"]) and known(right["id_number"]) and left["id_number"] != right["id_number"]
        return all_of(numbers, on_register(left), on_register(right), *same)

    said = []
    ours = world.of("register", school)
    person = world.persons(ours, school)
    everybody = world.tables.get("register", [])
    answers = {row: any_of(alike(row, other) for other in everybody if other is not row) for row in ours}
    whose = {row: tuple(row[c] if known(row[c]) else id(row) for c in columns) for row in ours}
    found = {whose[row] for row in ours if answers[row] is True}
    for row, answer in answers.items():
        group = [
            other
            for other in ours
            if known(other["id_number"]) and all(same_known(row[c], other[c]) for c in ("name", "sex", "birth_date"))
        ]
        # Whoever is of the name, sex and birthday that were found is of that finding.
        who = whose[row] if whose[row] in found and known(row["id_number"]) else person[row]
        said.append(Said(who, first_name(group or [row]), answer))
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
    rows = world.of("headcount", school)
    person = world.persons(rows, school)
    said = []
    for row in rows:
        said.append(Said(person[row], name_of(row), False))
        for other in world.tables["headcount"]:
            if world.same_school(school, other["school_id"]) or not world.same_person(row, other):
                continue
            answer = all_of(
                equals(row["presence"], "在校"),
                equals(other["presence"], "在校"),
                not is_special(world, school),
                not is_special(world, other["school_id"]),
                negate(moved_between(world, row, other, only_between=True)),
            )
            said.append(Said(person[row], name_of(row), answer, far_apart(world, row, other)))
    if is_special(world, school):
        return said
    strangers = [(row, present) for row, present in world.present_unregistered(school) if not world.numbers(row)]
    return said + [Said(person[row], name_of(row), all_of(present, None)) for row, present in strangers]


def far_apart(world: Archive, row: Row, other: Row) -> Answer:
    """The two were not counted on one day or on two working days in a row, as far as is known."""
    days = [row["check_date"], other["check_date"]]
    if not all(known(day) for day in days):
        return True
    answer = world.workdays_exceed(min(days), max(days), world.policy["registration_gap_workdays"])
    return None if answer is GAP else answer


@BOOK.rule("R208", "register")
def r208(world: Archive, school: str) -> Reply:
    rows = world.of("register", school)
    least = world.policy["shared_phone_students"]
    unknown = [row for row in rows if row["member1_phone"] is UNKNOWN]
    unsure = [row for row in rows if on_register(row) is None and known(row["member1_phone"])]
    said = []
    for phone in {row["member1_phone"] for row in rows if known(row["member1_phone"])}:
        if len(phone) != 11 or not phone.isdigit() or phone[0] != "1":
            continue
        certain = [row for row in rows if same_known(row["member1_phone"], phone) and row not in unsure]
        perhaps = unknown + [row for row in unsure if row["member1_phone"] == phone]
        sure = all_of(len(certain) >= least, different_names(certain))
        most = all_of(len(certain + perhaps) >= least, different_names(certain + perhaps, perhaps))
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
    told: dict[Row, list[Answer]] = {}
    for student, _, absent in world.absences(school):
        told.setdefault(student, []).append(absent)

    def question(student: Row) -> Answer:
        return any_of(
            all_of(
                studying(student),
                equals(row["presence"], "在校"),
                not is_special(world, row["school_id"]),
                negate(any_of(told.get(student, []))),
                unregistered_there(world, student, row),
                negate(goes_up(row, student)),
                negate(moved_between(world, student, row, only_between=False)),
            )
            for row in elsewhere_present(world, student, school)
        )

    return by_school(world.of("register", school), world, question)


def of_the_absent(world: Archive, school: str, question: Callable[[Row, Row], Answer]) -> Reply:
    """For each pupil who is 在籍不在校, by which row, what is asked of the two."""
    asked = [(s, all_of(absent, question(s, row))) for s, row, absent in world.registered_absent(school)]
    return of_students(asked, world, school)


@BOOK.rule("R211", "register headcount")
def r211(world: Archive, school: str) -> Reply:
    def question(student: Row, row: Row) -> Answer:
        return all_of(
            equals(row["situation"], "休学", blank="未说明"),
            studying(student),
            not world.of_register_student("suspensions", school, student),
        )

    return of_the_absent(world, school, question)


@BOOK.rule("R212", "register headcount schools")
def r212(world: Archive, school: str) -> Reply:
    special = [other for other in world.schools if is_special(world, other)]
    if not special:
        return NOT_APPLICABLE

    def there(student: Row, own: Row) -> Answer:
        def is_his(row: Row) -> bool:  # by a number that the register or the headcount has of him
            return world.same_person(student, row) or world.same_person(own, row)

        rows = [row for other in special for row in world.of("headcount", other) if is_his(row)]
        listed = [s for other in special for s in world.of("register", other) if is_his(s)]
        complete = all(world.has_rows(table, other) for other in special for table in ("headcount", "register"))
        sure = True if complete and (number_of(student) or number_of(own)) else None
        answers = [equals(row["presence"], "在校") for row in rows] + [on_register(s) for s in listed]
        return any_of([*answers, negate(sure)])

    def question(student: Row, row: Row) -> Answer:
        return all_of(equals(row["situation"], "特教就读", blank="未说明"), negate(there(student, row)))

    return of_the_absent(world, school, question)


@BOOK.rule("R213", "dropouts register headcount")
def r213(world: Archive, school: str) -> Reply:
    elsewhere = ("休学", "请假", "特教就读", "已转外校就读")

    def contradicts(entry: Row, row: Row) -> Answer:
        back, checked = entry["returned_date"], row["check_date"]
        later: Answer = None if not known(back) or not known(checked) else checked >= back
        return all_of(
            equals(entry["outcome"], "已复学", blank="未复学"),
            any_of([is_blank(back), False if back is BLANK else later]),
        )

    def question(student: Row, row: Row) -> Answer:
        entries = world.of_register_student("dropouts", school, student)
        days = [entry["found_date"] for entry in entries if known(entry["found_date"])]
        last = [e for e in entries if not known(e["found_date"]) or e["found_date"] == max(days)]
        return all_of(
            bool(last),
            negate(among(row["situation"], elsewhere, blank="未说明")),
            *(contradicts(entry, row) for entry in last),
        )

    return of_the_absent(world, school, question)
