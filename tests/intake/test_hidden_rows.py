"""Rows that are hidden, by hand or by a filter, are taken in, and that is said."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt

from tests.intake.boxes import TERM, Row, box, html, register
from tests.intake.raw_books import ods, xlsb
from xueji_lib import intake
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store

HIDDEN = (2, 4)
"""Places in the list, the header is 0."""


def as_xlsx(rows: list[list[str]], *, strict_look: bool = False) -> bytes:
    """``strict_look``: with a formula in it, which has every cell looked at."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        if strict_look:
            sheet.write_formula(1, 30, "=1+1", None, 2)
        for place in HIDDEN:
            sheet.set_row(place, None, None, {"hidden": True})
        sheet.set_row(len(rows) + 5, None, None, {"hidden": True})  # nothing stands there
    return out.getvalue()


def as_xls(rows: list[list[str]]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名册")
    for place, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(place, column, value)
    for place in HIDDEN:
        sheet.row(place).hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_html(rows: Sequence[Row], *, in_sections: bool = False) -> bytes:
    """Each hidden row by its own style, as Excel writes it; or in a part of the table that is hidden."""
    lines = []
    for place, row in enumerate(rows):
        line = "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
        if place in HIDDEN:
            style = "height:0; Display: none"
            line = f"<tbody hidden>{line}</tbody>" if in_sections else line.replace("<tr>", f'<tr style="{style}">')
        lines.append(line)
    return f"<html><body><table>{''.join(lines)}</table></body></html>".encode()


WRITERS: dict[str, Callable[[list[Any]], bytes]] = {
    "xlsx": as_xlsx,
    "xlsx with a formula": lambda rows: as_xlsx(rows, strict_look=True),
    "xls": as_xls,
    "html": as_html,
    "html in sections": lambda rows: as_html(rows, in_sections=True),
    "xlsb": lambda rows: xlsb(rows, hidden=HIDDEN),
    "ods": lambda rows: ods(rows, hidden=dict(zip(HIDDEN, ("collapse", "filter"), strict=True))),
}


@pytest.mark.parametrize("form", WRITERS)
def test_they_are_taken_in_and_said(tmp_path: Path, form: str) -> None:
    rows = register(6)
    content = WRITERS[form](rows)
    inbox = box(tmp_path / "收件", {f"名册.{form.partition(' ')[0]}": content})
    report = intake.run(inbox, Store(tmp_path / "store"), TERM, Calendar.load())
    taken = [sheet.accepted for _, sheet in report.sheets() if sheet.table == "register"]
    assert taken == [len(rows) - 1]
    (note,) = [note for note in report.notes if "隐藏" in note]
    assert "名册" in note and f"有 {len(HIDDEN)} 行" in note
    assert not report.left_out


def test_nothing_is_said_where_none_is_hidden(tmp_path: Path) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        for place, row in enumerate(register(6)):
            sheet.write_row(place, 0, row)
        sheet.set_column(2, 2, None, None, {"hidden": True})
    inbox = box(tmp_path / "收件", {"名册.xlsx": out.getvalue()})
    report = intake.run(inbox, Store(tmp_path / "store"), TERM, Calendar.load())
    assert not [note for note in report.notes if "隐藏" in note]


@pytest.mark.parametrize("around", ['<div style="display:none">', "<div hidden>", '<div style="visibility: hidden">'])
def test_a_table_that_a_page_hides_is_a_hidden_sheet(tmp_path: Path, around: str) -> None:
    page = as_html(register(6)).decode()
    shown = html(register(2), "utf-8", "utf-8").decode().partition("<body>")[2]
    page = page.replace("<table>", f"{around}<table>").replace("</table>", f"</table></div>{shown}")
    inbox = box(tmp_path / "收件", {"名册.xls": page.encode()})
    report = intake.run(inbox, Store(tmp_path / "store"), TERM, Calendar.load())
    assert [sheet.accepted for _, sheet in report.sheets() if sheet.table == "register"] == [2]
    assert [(p.code, p.left_out) for p in report.problems] == [("D12", True)]
