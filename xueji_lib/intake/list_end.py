"""The rows below the last pupil of a list: which of them are no pupils, and which may be.

In a list whose pupils have numbers or birthdays, what stands below the last of them and has neither is looked at once
more. A label (男, 转出, 完) is skipped and counted; of what is left, a row that says nothing of a person but a name is
taken in and asked about. In a list without numbers only labels at its very end are skipped.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from xueji_lib.intake import header, name_labels, row_kinds
from xueji_lib.intake.row_kinds import TableShape

_NEARLY_ALL: Final = 0.8
"""Of the rows above, so many have a number or a birthday: then each is expected to."""
_LOOKED_AT: Final = 200
"""Rows by which it is known how many cells a pupil has."""

Rows = Sequence[Sequence[Any]]


def settle(rows: Rows, shape: TableShape, record_rows: list[int], skipped: Counter[str]) -> array[int]:
    """Take the labels below the list out of ``record_rows`` and count them in ``skipped``.

    Returns the places in ``record_rows`` of those that may be no pupils."""
    doubtful = array("i")
    if not shape.head.table.per_student or shape.name is None or not record_rows:
        return doubtful
    end = _end(rows, shape, record_rows)
    if end == len(record_rows):
        return doubtful  # nearly always
    above, below = record_rows[:end], record_rows[end:]
    is_told = sum(1 for at in above if _is_told(rows[at], shape)) >= _NEARLY_ALL * len(above) > 0
    usual = _usual(rows, shape, above or below)
    if not is_told:
        first = _first_of_labels(rows, shape, record_rows, usual)
        above, below = record_rows[:first], record_rows[first:]
    record_rows[:] = above
    for at in below:
        kind = _label(rows[at], shape)
        is_few = _is_few(rows[at], shape, usual)
        if kind and is_few:
            skipped[kind] += 1
            continue
        if is_told and (kind or is_few) and row_kinds.has(rows[at], shape.name) and not _tells(rows[at], shape, kind):
            doubtful.append(len(record_rows))
        record_rows.append(at)
    return doubtful


def _end(rows: Rows, shape: TableShape, record_rows: Sequence[int]) -> int:
    """The place behind the last record with a number or a birthday; 0 where none has."""
    if not shape.numbers and "birth_date" not in shape.head.columns:
        return 0
    end = len(record_rows)
    while end and not _is_told(rows[record_rows[end - 1]], shape):
        end -= 1
    return end


def _is_told(cells: Sequence[Any], shape: TableShape) -> bool:
    """A number or a birthday stands in the row."""
    if row_kinds.has_persons_number(cells, shape.numbers) or row_kinds.holds_id(cells):
        return True
    birth = shape.head.columns.get("birth_date", -1)
    if not 0 <= birth < len(cells):
        return False
    cell = cells[birth]
    return sum(map(str.isdecimal, cell)) >= 4 if type(cell) is str else type(cell) is not bool and cell > 1000


def _first_of_labels(rows: Rows, shape: TableShape, record_rows: Sequence[int], usual: int) -> int:
    """Where the labels begin that end a list without numbers; its end where there are none."""
    first = len(record_rows)
    while first and _is_few(rows[record_rows[first - 1]], shape, usual) and _label(rows[record_rows[first - 1]], shape):
        first -= 1
    return first


def _usual(rows: Rows, shape: TableShape, record_rows: Sequence[int]) -> int:
    """Cells of a pupil's row, as most have them."""
    counts = sorted(row_kinds.count(rows[at], shape.head.serial) for at in record_rows[:_LOOKED_AT])
    return counts[len(counts) // 2]


def _is_few(cells: Sequence[Any], shape: TableShape, usual: int) -> bool:
    """Clearly fewer cells than a pupil has; of those that are all figures, any."""
    name = row_kinds.name_of(cells, shape)
    return 3 * row_kinds.count(cells, shape.head.serial) < 2 * usual or (name.isdecimal() and len(name) <= 5)


def _label(cells: Sequence[Any], shape: TableShape) -> str:
    """What kind of label stands where the name should; empty where none does."""
    label = row_kinds.name_of(cells, shape)
    if not label:
        return ""
    if name_labels.is_place(label) or name_labels.is_count(label) or name_labels.is_count_below(label):
        return row_kinds.TOTAL
    is_end = name_labels.is_signature(label) or name_labels.is_school(label) or name_labels.is_end_below(label)
    return row_kinds.FOOTER if is_end else ""


def _tells(cells: Sequence[Any], shape: TableShape, kind: str) -> bool:
    """The row says of somebody with a name what school, sex, grade or class is his, or whether he is there."""
    columns = shape.head.columns
    is_of_school = any(row_kinds.has(cells, columns[c]) for c in ("school_id", header.SCHOOL_NAME) if c in columns)
    return not kind and (is_of_school or row_kinds.is_known_cell(cells, shape))
