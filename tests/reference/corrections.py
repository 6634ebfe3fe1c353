"""更正错录: a change that mends what was plainly wrong (R301, R302, R303)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from tests.reference.archive import Archive
from tests.reference.numbers_of_residents import wrong_number
from tests.reference.rows import Row
from tests.reference.three_valued import UNKNOWN, Answer, all_of, any_of, equals, known, negate, same_known
from xueji_lib.register.code_words import code_sets
from xueji_lib.register.identity import check_digit, clean_name, clean_title

ITEMS = {"身份证件号": "id_number", "出生日期": "birth_date", "性别": "sex"}


def as_text(cell: Any, item: str) -> str | None:
    """修改前 or 修改后 written as the register writes the item; None where it cannot be read as such a value."""
    text: str | None = clean_name(str(cell)) if item == "姓名" else clean_title(str(cell))
    if item in ("性别", "民族"):
        return code_sets()["sex" if item == "性别" else "ethnicity"].label(str(cell))
    if item == "出生日期" and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(text)):
        return None
    return text


def corrects(world: Archive, row: Row) -> Answer:
    """修改项目∈{身份证件号,出生日期,性别}; the old value against the other two as the register has them (or a number
    that fails the check), the new one in keeping with them."""
    answers = []
    for item in ITEMS:
        students = world.students_of(row, str(row["school_id"]))
        fits = [mends(world, row, item, student) for student in students] or [mends(world, row, item, None)]
        agreed = fits[0] if all(fit is fits[0] for fit in fits) else None
        answers.append(all_of(equals(row["field"], item), agreed))
    return any_of(answers)


def mends(world: Archive, row: Row, item: str, student: Row | None) -> Answer:
    cells = {i: student[c] if student else UNKNOWN for i, c in ITEMS.items()}
    if student and known(student["id_type"]) and student["id_type"] != "居民身份证":
        return False  # neither R205 nor R206 looks at such a number
    old, new = (read_as(row[column], item) for column in ("before", "after"))
    if student and (same_known(row["before"], row["after"]) or same_known(old, new)):
        return False  # the one is against the other two and the other in keeping with them: never of one value
    # Who is not on the register: 按未知，作线索.
    if student and item == "身份证件号" and known(new) and not wrong_number(new, world.as_of) and len(new) == 18:
        # What is not known of the other two can only be what the new number says, or the change mends nothing.
        said = {"出生日期": born(new), "性别": sex_of(new)}
        likely = {i: cell if known(cell) or i == item else said[i] for i, cell in cells.items()}
        if at_odds(likely | {item: old}, item, world.as_of) is False:
            return False
    against, fits = at_odds(cells | {item: old}, item, world.as_of), in_keeping(cells | {item: new}, item, world.as_of)
    return all_of(against, fits)


def born(number: str) -> dt.date:
    return dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex_of(number: str) -> str:
    return "女男"[int(number[16]) % 2]


def read_as(cell: Any, item: str) -> Any:
    """The value that a change speaks of."""
    text = as_text(cell, item) if known(cell) else None
    if text is None:
        return UNKNOWN
    return dt.date.fromisoformat(text) if item == "出生日期" else text


def at_odds(cells: dict[str, Any], item: str, as_of: dt.date) -> Answer:
    """R205 of the number that is changed, or R206 where the item is one of the two that differ."""
    number = cells["身份证件号"]
    if item == "身份证件号" and known(number) and wrong_number(number, as_of):
        return True
    others = [other for other in ("出生日期", "性别") if item in ("身份证件号", other)]
    return any_of(negate(held_in(number, other, cells[other], as_of)) for other in others)


def held_in(number: Any, item: str, value: Any, as_of: dt.date) -> Answer:
    """The number says no other 出生日期 (or 性别): one that is no good 18 places says nothing."""
    if not known(number):
        return None
    if len(number) != 18 or wrong_number(number, as_of):
        return True
    if not known(value):
        return None
    return bool((born(number) if item == "出生日期" else sex_of(number)) == value)


def in_keeping(cells: dict[str, Any], item: str, as_of: dt.date) -> Answer:
    """A good number, and what it says of the item that is changed (both others, where it is the number)."""
    number = cells["身份证件号"]
    good = None if not known(number) else not wrong_number(number, as_of)
    if good is True and len(number) == 15:
        number = long_form(number)
    others = [other for other in ("出生日期", "性别") if item in ("身份证件号", other)]
    return all_of(good, *(held_in(number, other, cells[other], as_of) for other in others))


def long_form(number: str) -> str:
    """A number of 15 places as the 18 that it became; anything else as it is."""
    if len(number) != 15 or not number.isdigit():
        return number
    first = number[:6] + "19" + number[6:]
    return first + check_digit(first)
