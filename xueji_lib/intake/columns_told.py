"""Columns that a list does not have, filled with what its headings, its title, its sheet or its file tell; and columns
in which a class stands once above its pupils, filled downwards."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from xueji_lib.intake import classes, told
from xueji_lib.register.schema import Table

if TYPE_CHECKING:
    from xueji_lib.intake.raw_sheet import Names, RawSheet

_WRITTEN_ONCE: Final = {
    "register": ("grade", "class_no"),
    "headcount": ("grade", "class_no"),
    "annex1": ("kind", "grade", "class_no"),
    "classes": ("grade",),
}
Cells = dict[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Sources:
    """``own``: the texts above the table, from the top; ``all``: besides, those above the tables above it.
    ``headings``: (place, text) between its rows."""

    own: Sequence[str]
    all: Sequence[str]
    headings: Sequence[tuple[int, str]]
    names: Names


def add(cells: Cells, table: Table, record_rows: Sequence[int], sources: Sources) -> None:
    """Add what is told to the cells, a text a record, where the table has such a column and the list has not."""
    ids = {column.id for column in table}
    if not record_rows:
        return
    if {"grade", "class_no"} <= ids and not ("grade" in cells and "class_no" in cells and _says_class(cells)):
        _add_place(cells, record_rows, sources)
    for column, read in (("direction", told.direction), ("kind", told.kind)):
        if column in ids and table.id in ("transfers", "annex1") and _is_missing(cells, column):
            words = _spread(record_rows, sources, read)
            if any(words):
                cells[column] = words


def _says_class(cells: Cells) -> bool:
    return not (_is_missing(cells, "class_no") or _is_missing(cells, "grade"))


def _is_missing(cells: Cells, column: str) -> bool:
    """No such column, or nothing in it."""
    texts = cells.get(column)
    if texts is None:
        return True
    return texts[0] == "" and all(cell == "" or (type(cell) is str and not cell.strip()) for cell in texts)


def _add_place(cells: Cells, record_rows: Sequence[int], sources: Sources) -> None:
    above = [*reversed(sources.own), *(text for text in sources.all if text not in sources.own)]
    base = told.place(above, sources.names.sheet, sources.names.file)
    headed = [(at, place) for at, text in sources.headings if (place := told.said_in(text)) != told.ToldPlace()]
    no_grade = _is_missing(cells, "grade") and not _class_has_grade(cells)
    no_class = _is_missing(cells, "class_no")
    places = [_merged(base, place) for place in _nearest(record_rows, headed, told.ToldPlace())] if headed else []
    for column, is_wanted in (("grade", no_grade), ("class_no", no_class)):
        if not is_wanted:
            continue
        words = [getattr(place, column) for place in places] or [getattr(base, column)] * len(record_rows)
        if any(words):
            cells[column] = words


def _merged(base: told.ToldPlace, near: told.ToldPlace) -> told.ToldPlace:
    return told.ToldPlace(
        near.grade or ("" if near.class_no and not near.grade and _named(near) else base.grade),
        near.class_no or base.class_no,
    )


def _named(place: told.ToldPlace) -> bool:
    named = classes.class_name(place.class_no)
    return named is not None and named.grade is not None


def _class_has_grade(cells: Cells) -> bool:
    """The first class that is written tells its grade."""
    text = next((str(cell) for cell in cells.get("class_no", ()) if cell != ""), "")
    named = classes.class_name(text) if text else None
    return named is not None and named.grade is not None and not (named.packed and text.isdecimal() and int(text) < 100)


def _spread(record_rows: Sequence[int], sources: Sources, read: Any) -> list[str]:
    names = sources.names
    base = read([*reversed(sources.own)]) or read([names.sheet]) or read([names.file])
    headed = [(at, word) for at, text in sources.headings if (word := read([text]))]
    return [word or base for word in _nearest(record_rows, headed, "")]


def _nearest(record_rows: Sequence[int], headed: Sequence[tuple[int, Any]], none: Any) -> list[Any]:
    """Per record what the nearest heading above it tells."""
    places = [at for at, _ in headed]
    result = []
    for at in record_rows:
        number = bisect_right(places, at)
        result.append(headed[number - 1][1] if number else none)
    return result


def fill_down(sheet: RawSheet, table: Table, cells: Cells) -> None:
    """A class (or grade) that is written once above its pupils is theirs; the sheet keeps how many rows were filled.

    That it is meant so shows in that no text stands twice running and most cells are blank: who writes it in every row
    and forgets one, repeats it.
    """
    for column in _WRITTEN_ONCE.get(table.id, ()):
        texts = cells.get(column, ())
        if "" not in texts or texts[0] == "":
            continue
        written = [i for i, text in enumerate(texts) if text != ""]
        blanks = len(texts) - len(written)
        repeated = any(b == a + 1 and texts[a] == texts[b] for a, b in pairwise(written))
        if repeated or blanks < len(written):
            continue
        last = ""
        filled = [last := text if text != "" else last for text in texts]
        cells[column] = filled
        sheet.filled[column] = blanks
