"""The reference for violation 3 (R301 to R308), from the catalogue's conditions alone."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from tests.reference.archive import Archive, by_school
from tests.reference.corrections import as_text, corrects, long_form
from tests.reference.outcome import Reply, Rulebook, Said, ledger, name_of
from tests.reference.rows import Row, on_register, same_number
from tests.reference.three_valued import (
    BLANK,
    UNKNOWN,
    Answer,
    all_of,
    among,
    any_of,
    before,
    equals,
    is_blank,
    known,
    negate,
    same_known,
)
from tests.reference.worlds import settle
from xueji_lib.register.calendar import previous_term_id

BOOK = Rulebook()
ITEMS = {
    "姓名": "name", "性别": "sex", "民族": "ethnicity", "出生日期": "birth_date", "身份证件号": "id_number",
}  # fmt: skip
FIELDS = [*ITEMS, "其他"]


@BOOK.rule("R301", "changes")
def r301(world: Archive, school: str) -> Reply:
    def question(row: Row) -> Answer:
        moved = row["household_date"]
        return all_of(
            among(row["field"], ITEMS),
            any_of([is_blank(moved), False if moved is BLANK else before(row["platform_date"], moved)]),
        )

    return ledger(world, "changes", school, question, lambda row: corrects(world, row))


@BOOK.rule("R307", "changes")
def r307(world: Archive, school: str) -> Reply:
    def question(row: Row) -> Answer:
        approved = row["approve_date"]
        return all_of(
            among(row["field"], ITEMS),
            any_of([is_blank(approved), False if approved is BLANK else before(row["platform_date"], approved)]),
        )

    return ledger(world, "changes", school, question)


@BOOK.rule("R304", "changes")
def r304(world: Archive, school: str) -> Reply:
    def question(row: Row) -> Answer:
        booklet = any_of(
            [negate(equals(row["booklet"], "有", blank="无")), negate(equals(row["booklet_copy"], "有", blank="无"))]
        )
        cancelled = negate(among(row["cancellation"], ("有", "不适用"), blank="无"))
        return any_of(
            [
                all_of(among(row["field"], ("姓名", "性别", "民族")), booklet),
                all_of(equals(row["field"], "身份证件号"), any_of([booklet, cancelled])),
                all_of(among(row["field"], ("姓名", "性别", "民族", "身份证件号")), booklet),
            ]
        )

    return ledger(world, "changes", school, question)


def _charged(
    world: Archive,
    school: str,
    relevant: tuple[str, ...],
    broken: Callable[[list[Row], list[str]], bool],
    lead: Callable[[list[Row]], Answer],
) -> Reply:
    """R302 and R303: by 全国学籍号 over the county and its earlier terms; charged where the latest row counted is.
    ``lead``: of the rows that do change, or may change, an ID number."""
    rows = world.distinct_changes()
    said = []
    for number in {row["register_no"] for row in rows if known(row["register_no"])}:
        theirs = [
            row
            for row in rows
            if same_known(row["register_no"], number) and row["field"] not in set(FIELDS) - set(relevant)
        ]
        names = [row for row in theirs if row["school_id"] == school]
        if not names:
            continue

        def answer(values: list[Any], once: tuple[Row, ...], theirs: list[Row] = theirs) -> bool:
            fields, when = values[: len(theirs)], values[len(theirs) :]
            dated = [n for n in range(len(theirs)) if fields[n] in relevant]
            counted = [n for n in dated if theirs[n] not in once]
            if not broken([theirs[n] for n in counted], [fields[n] for n in counted]):
                return False
            # What repeats another row is not counted again, yet says when that one was: they are one.
            last = max(when[n] for n in dated)
            return any(when[n] == last and theirs[n]["school_id"] == school for n in dated)

        sure = [row for row in theirs if rows[row] is True]
        perhaps = [row for row in theirs if rows[row] is None]
        repeated = [some for n in range(len(perhaps) + 1) for some in itertools.combinations(perhaps, n)]
        cells, values = _open_changes(theirs, [*relevant, "其他"])
        results = [settle(cells, values, functools.partial(answer, once=some)) for some in repeated]
        result = results[0] if len(set(results)) == 1 else None
        only = lead([row for row in sure if row["field"] != "姓名"]) if result is True else False
        said += [Said(number, name_of(row), result, only) for row in names]
    for row in rows:
        if (
            row["school_id"] == school
            and not known(row["register_no"])
            and row["field"] not in set(FIELDS) - set(relevant)
        ):
            said.append(Said(row, name_of(row), None))
    return said


@BOOK.rule("R302", "changes")
def r302(world: Archive, school: str) -> Reply:
    def lead(rows: list[Row]) -> Answer:
        return all_of(*(any_of([negate(equals(row["field"], "身份证件号")), corrects(world, row)]) for row in rows))

    return _charged(world, school, ("姓名", "身份证件号"), lambda _, fields: len(set(fields)) == 2, lead)


@BOOK.rule("R303", "changes")
def r303(world: Archive, school: str) -> Reply:
    most = world.policy["id_number_changes"]

    def lead(rows: list[Row]) -> Answer:
        return sum(known(row["field"]) and corrects(world, row) is False for row in rows) <= most

    return _charged(world, school, ("身份证件号",), lambda rows, _: len(rows) > most, lead)


@BOOK.rule("R305", "register previous_register")
def r305(world: Archive, school: str) -> Reply:
    def recorded(student: Row, old: Row, item: str) -> Answer:
        answers = []
        for row in recent:
            if _about(world, row, student, old):
                by_new_number = all_of(equals(row["field"], "身份证件号"), _in_number(row["after"], item, student))
                answers.append(any_of([equals(row["field"], item), by_new_number]))
        return any_of(answers)

    def differs(student: Row, old: Row) -> Answer:
        return any_of(
            all_of(changed(old[column], student[column]), negate(recorded(student, old, item)))
            for item, column in ITEMS.items()
        )

    before = previous_term_id(world.term.id)
    recent = world.tables.get("changes", []) + [r for r in world.earlier_changes if world.term_of[r] == before]
    everybody = world.tables.get("previous_register", [])

    def question(student: Row) -> Answer:
        olds = [old for old in everybody if one_student(old, student)]
        # Of whom his own school's last register could say nothing, whatever other schools' files hold.
        if not olds and not any(may_compare(old, student) for old in world.of("previous_register", school)):
            return None
        # Of several rows under one number, one that does not differ is enough.
        return all_of(bool(olds), *(all_of(on_register(old), differs(student, old)) for old in olds))

    return by_school(world.of("register", school), world, question)


def one_student(old: Row, now: Row) -> bool:
    """By 全国学籍号; where that of either term is not known, by 身份证件号."""
    if known(old["register_no"]) and known(now["register_no"]):
        return bool(old["register_no"] == now["register_no"])
    return same_known(old["id_number"], now["id_number"])


def may_compare(old: Row, now: Row) -> bool:
    """The two have a number that could be compared."""
    return any(known(old[c]) and known(now[c]) for c in ("register_no", "id_number"))


def _in_number(after: Any, item: str, student: Row) -> Answer:
    """The new number holds the register's 出生日期, or 性别."""
    if item not in ("出生日期", "性别"):
        return False
    number = as_text(after, "身份证件号")
    now = student[ITEMS[item]]
    if not known(after) or not known(now):
        return None
    if number is not None and len(number) == 15 and number.isdigit():
        number = long_form(number)
    if number is None or len(number) != 18 or not number[:17].isdigit():
        return False
    held = f"{number[6:10]}-{number[10:12]}-{number[12:14]}" if item == "出生日期" else "女男"[int(number[16]) % 2]
    return held == str(now)


def _about(world: Archive, row: Row, student: Row, old: Row) -> bool:
    school = str(row["school_id"])
    return (
        same_number(row, student)
        or same_number(row, old)
        or student in world.students_of(row, school)
        or old in world.by_number_or_name(row, world.of("previous_register", school))
    )


def changed(old: Any, new: Any) -> Answer:
    """规范化后不同; a blank is not compared."""
    if old is BLANK or new is BLANK:
        return False
    if old is UNKNOWN or new is UNKNOWN:
        return None
    left, right = (long_form(str(value)).removesuffix("族") for value in (old, new))
    return left != right


@BOOK.rule("R306", "register changes")
def r306(world: Archive, school: str) -> Reply:
    said = []
    rows = [row for row in world.of("changes", school) if world.students_of(row, school)]
    person = world.persons(rows, school)
    for who in dict.fromkeys(person.values()):
        theirs = [row for row in rows if person[row] == who]
        # Field by field: a row of unknown 修改项目 leaves every one of them open.
        for item in ITEMS:
            result = settle(
                *_open_changes(theirs, [item, "其他"]), lambda v, t=theirs, i=item: _off(world, school, t, v, i)
            )
            about = [row for row in theirs if not known(row["field"]) or row["field"] == item]
            dates = [row["platform_date"] for row in about]
            newer = any(known(day) and day >= world.term.start for day in dates)
            lead = True if newer else None if not all(known(day) for day in dates) else False
            said += [Said(who, name_of(row), result, lead) for row in about]
    return said


def _open_changes(rows: list[Row], fields: Sequence[str]) -> tuple[list[Any], list[Any]]:
    """修改项目 and 平台修改日期 of rows, and what those may be that are not known."""
    dates = sorted({row["platform_date"] for row in rows if known(row["platform_date"])}) or [dt.date(2026, 1, 1)]
    days = [dates[0] - dt.timedelta(1), *dates, dates[-1] + dt.timedelta(1)]
    cells = [row["field"] for row in rows] + [row["platform_date"] for row in rows]
    return cells, [list(fields)] * len(rows) + [days] * len(rows)


def _off(world: Archive, school: str, rows: list[Row], values: list[Any], item: str) -> Answer:
    """Fields and days being these: the field's latest row is not what the register has."""
    fields, when = values[: len(rows)], values[len(rows) :]
    places = [n for n in range(len(rows)) if fields[n] == item]
    last = [rows[n] for n in places if when[n] == max(when[m] for m in places)]
    students = list(dict.fromkeys(s for row in last for s in world.students_of(row, school)))
    same = any_of(as_written(row["after"], item, s[ITEMS[item]]) for row in last for s in students)
    here = any_of(on_register(s) for s in students)
    return all_of(bool(last), here, negate(same))


def as_written(after: Any, item: str, now: Any) -> Answer:
    """修改后 = the register's value, both written one way; what cannot be read as such a value leaves it open."""
    if not known(after) or not known(now):
        return None
    text = as_text(after, item)
    return None if text is None else text.removesuffix("族") == str(now).removesuffix("族")


@BOOK.rule("R308", "register")
def r308(world: Archive, school: str) -> Reply:
    def question(student: Row) -> Answer:
        rows = [row for row in world.all_changes() if same_number(row, student)]
        rows += world.of_register_student("changes", school, student)
        own = [row for row in world.earlier_changes if same_known(row["school_id"], school)]
        rows += [row for row in own if student in world.students_of(row, school)]
        return all_of(
            among(student["id_type"], ("居民身份证",), blank="居民身份证"),
            does_not_fit(student["register_no"], student["id_number"]),
            negate(any_of(equals(row["field"], "身份证件号") for row in rows)),
        )

    return by_school(world.of("register", school), world, question)


def does_not_fit(register_no: Any, number: Any) -> Answer:
    """G and 18 more places which are not the number's 18."""
    if known(register_no) and not (len(register_no) == 19 and register_no[0] == "G"):
        return False
    if known(number) and len(number) != 18:
        return False
    return register_no[1:] != number if known(register_no) and known(number) else None
