"""Rows that are hidden, by hand or by a filter, are taken in, and that is said."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt

from tests.intake.boxes import TERM, box, register
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


WRITERS: dict[str, Callable[[list[Any]], bytes]] = {
    "xlsx": as_xlsx,
    "xlsx with a formula": lambda rows: as_xlsx(rows, strict_look=True),
    "xls": as_xls,
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
