"""The reference for violation 3 (R301 to R308), from the catalogue's conditions alone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Any

from tests.reference.archive import Archive, by_school
from tests.reference.outcome import Reply, Rulebook, Said, ledger, name_of
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
from tests.reference.world import Row, by_number_or_name, same_number
from tests.reference.worlds import settle
from xueji_lib.intake.values import code_sets
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.identity import clean_name

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

    return ledger(world, "changes", school, question)


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
    world: Archive, school: str, relevant: tuple[str, ...], broken: Callable[[list[Row], list[str]], bool]
) -> Reply:
    """R302 and R303: by 全国学籍号 over the county and its earlier terms; charged where the latest row counted is."""
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

        def answer(values: list[Any], theirs: list[Row] = theirs) -> bool:
            fields, when = values[: len(theirs)], values[len(theirs) :]
            counted = [n for n in range(len(theirs)) if fields[n] in relevant]
            if not broken([theirs[n] for n in counted], [fields[n] for n in counted]):
                return False
            last = max(when[n] for n in counted)
            return any(when[n] == last and theirs[n]["school_id"] == school for n in counted)

        result = settle(*_open_changes(theirs, [*relevant, "其他"]), answer)
        said += [Said(number, name_of(row), result) for row in names]
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
    return _charged(world, school, ("姓名", "身份证件号"), lambda _, fields: len(set(fields)) == 2)


@BOOK.rule("R303", "changes")
def r303(world: Archive, school: str) -> Reply:
    most = world.policy["id_number_changes"]
    return _charged(world, school, ("身份证件号",), lambda rows, _: len(rows) > most)


@BOOK.rule("R305", "register previous_register")
def r305(world: Archive, school: str) -> Reply:
    def recorded(student: Row, old: Row, item: str) -> Answer:
        return any_of(equals(row["field"], item) for row in recent if _about(world, row, student, old))

    def differs(student: Row, old: Row) -> Answer:
        return any_of(
            all_of(changed(old[column], student[column]), negate(recorded(student, old, item)))
            for item, column in ITEMS.items()
        )

    before = previous_term_id(world.term.id)
    recent = world.tables.get("changes", []) + [r for r in world.earlier_changes if world.term_of[r] == before]

    def question(student: Row) -> Answer:
        number = student["register_no"]
        olds = [old for old in world.tables.get("previous_register", []) if same_known(old["register_no"], number)]
        # Of several rows under one number, one that does not differ is enough.
        return all_of(bool(olds), *(differs(student, old) for old in olds))

    return by_school(world.of("register", school), world, question)


def _about(world: Archive, row: Row, student: Row, old: Row) -> bool:
    school = str(row["school_id"])
    return (
        same_number(row, student)
        or same_number(row, old)
        or student in world.students_of(row, school)
        or old in by_number_or_name(row, world.of("previous_register", school))
    )


def changed(old: Any, new: Any) -> Answer:
    """规范化后不同; a blank is not compared."""
    if old is BLANK or new is BLANK:
        return False
    if old is UNKNOWN or new is UNKNOWN:
        return None
    return bool(old != new and str(old).removesuffix("族") != str(new).removesuffix("族"))


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
            said += [
                Said(who, name_of(row), result) for row in theirs if not known(row["field"]) or row["field"] == item
            ]
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
    same = any_of(
        as_written(row["after"], item, student[ITEMS[item]])
        for row in last
        for student in world.students_of(row, school)
    )
    return all_of(bool(last), negate(same))


def as_written(after: Any, item: str, now: Any) -> Answer:
    """修改后 = the register's value, both written one way; what cannot be read as such a value leaves it open."""
    if not known(after) or not known(now):
        return None
    text: str | None = clean_name(str(after))
    if item in ("性别", "民族"):
        text = code_sets()["sex" if item == "性别" else "ethnicity"].label(str(text))
    elif item == "出生日期" and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(text)):
        text = None
    return None if text is None else text.removesuffix("族") == str(now).removesuffix("族")


@BOOK.rule("R308", "register")
def r308(world: Archive, school: str) -> Reply:
    def question(student: Row) -> Answer:
        rows = [row for row in world.all_changes() if same_number(row, student)]
        rows += world.of_register_student("changes", school, student)
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
