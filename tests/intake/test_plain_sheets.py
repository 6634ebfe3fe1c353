"""Sheets in the plain dialect are read row by row: what comes out is what calamine gives, or nothing is read so."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from benchmarks.fuzz_intake import mutated
from tests.intake.boxes import register
from tests.intake.raw_books import DIALECTS, ERROR, UNSOLVED, Raw, workbook
from xueji_lib.intake.readers import by_calamine, plain_book, workbook_xml
from xueji_lib.intake.readers.grid import Grid, Unreadable
from xueji_lib.intake.readers.zip_parts import Package

CELLS: list[list[Any]] = [
    ["姓名", " 前后空 ", "中&文<>\"'", "两\n行", "é😀"],
    ["1", 2, 3.5, -4, 1e15],
    [],
    ["", "", "只有这一格"],
    ["", "640381201501011234", 640381201501011234],
]


def by_xlsxwriter(fill: Callable[[Any, Any], None], **options: Any) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        fill(book, book.add_worksheet("名 册&"))
    return out.getvalue()


def cells(_book: Any, sheet: Any) -> None:
    for place, row in enumerate(CELLS):
        sheet.write_row(place, 0, row)


def styled(book: Any, sheet: Any) -> None:
    """Texts and blanks with and without a style, merged, rows hidden, a sheet hidden and one with nothing in it."""
    bold, as_text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    for row in range(8):
        for column in range(5):
            look = (None, bold, as_text)[(row + column) % 3]
            if (row, column) in {(0, 0), (2, 4), (5, 1), (7, 4)}:
                sheet.write_blank(row, column, None, bold)
            else:
                sheet.write_string(row, column, f"{row}行{column}列", look)
    sheet.merge_range(1, 0, 3, 0, "合")
    sheet.set_row(4, None, None, {"hidden": True})
    sheet.set_row(20, None, None, {"hidden": True})
    other = book.add_worksheet("另一张")
    other.write(3, 3, "x")
    other.hide()
    book.add_worksheet("空表")


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in CELLS:
        sheet.append(row)
    sheet.merge_cells("A9:C9")
    sheet.row_dimensions[2].hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


PLAIN = {
    "xlsxwriter": by_xlsxwriter(cells),
    "xlsxwriter, row by row": by_xlsxwriter(cells, constant_memory=True),
    "styles": by_xlsxwriter(styled),
    "openpyxl": by_openpyxl(),
    "by hand": workbook(register(5)),
    "shared texts by hand": workbook(register(5), DIALECTS["大写的字表"]),
}


def plainly(data: bytes) -> list[Grid] | None:
    with Package(data) as package:
        return plain_book.grids(package, workbook_xml.facts(package))


def told(grids: list[Grid]) -> list[Any]:
    """All that a grid says, the kind of each cell too."""
    return [
        ([[(type(cell), cell) for cell in row] for row in grid.rows], grid.name, list(grid.merges), grid.hidden)
        for grid in grids
    ]


def by_reader(data: bytes) -> list[Grid]:
    return list(by_calamine.grids(by_calamine.open_book(data)))


@pytest.mark.parametrize("writer", PLAIN)
def test_what_programs_write_comes_out_as_calamine_gives_it(writer: str) -> None:
    grids = plainly(PLAIN[writer])
    assert grids is not None
    assert told(grids) == told(by_reader(PLAIN[writer]))


def test_hidden_rows_are_told() -> None:
    grids = plainly(PLAIN["styles"])
    assert grids is not None
    assert [grid.hidden_rows for grid in grids] == [{5, 21}, set(), set()]


def dated(book: Any, sheet: Any) -> None:
    sheet.write(0, 0, "出生日期")
    sheet.write(1, 0, 42000, book.add_format({"num_format": "yyyy-mm-dd"}))


def with_cell(cell: Any) -> bytes:
    rows = [list(row) for row in register(4)]
    rows[3][4] = cell
    return workbook(rows)


STRANGE = {
    "an error": with_cell(ERROR),
    "a formula": with_cell(UNSOLVED),
    "a result": with_cell(Raw("><f>A1</f><v>5</v>")),
    "a truth": with_cell(Raw(' t="b"><v>1</v>')),
    "a cell of another row": with_cell(Raw('></c><c r="Z9"><v>1</v>')),
    "no such shared text": with_cell(Raw(' t="s"><v>7</v>')),
    "a comment": with_cell(Raw("><!-- 1 --><v>1</v>")),
    "a text of parts": with_cell(Raw(' t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is>')),
    "a day": by_xlsxwriter(dated),
    "broken behind the rows": workbook(register(4), extra="<oops"),
    "other dialects": workbook(register(4), DIALECTS["带前缀"]),
    "no places": workbook(register(4), DIALECTS["格不写位置"]),
    "another encoding": workbook(register(4), DIALECTS["国标编码"]),
}


@pytest.mark.parametrize("what", STRANGE)
def test_what_is_out_of_the_ordinary_goes_the_ordinary_way(what: str) -> None:
    assert plainly(STRANGE[what]) is None


@pytest.mark.slow
def test_a_damaged_workbook_never_gives_other_cells() -> None:
    """Where both read it, both read the same."""
    seen = 0
    for number in range(3000):
        _, data = mutated(PLAIN, number, seed=5)
        try:
            grids = plainly(data)
            ordinary = None if grids is None else by_reader(data)
        except Unreadable:
            continue
        if grids is not None and ordinary is not None:
            seen += 1
            assert told(grids) == told(ordinary), number
    assert seen > 300
