"""Personal values unmasked: one workbook under a password, beside the package, whose rows it names by ``row_no``.

Who asks, and why, stands in the casebook's trail before anything is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pandas as pd

from xueji_lib.casebook.workplace import Workplace
from xueji_lib.exchange.masked_tables import analyst_table
from xueji_lib.exchange.register_tables import ROW_NO, with_row_numbers
from xueji_lib.exchange.unmasked_reading import note_reading
from xueji_lib.register import labels, schema
from xueji_lib.register.schema import Table
from xueji_lib.reports.letters.unmask import Request
from xueji_lib.support.errors import UsageError

FILE: Final = "未遮盖.xlsx"
_MOST: Final = 1_000_000
"""Rows that a sheet takes."""
_BESIDE: Final = ("school_id", "name")
"""Columns by which a person finds a row."""


def put_unmasked(workplace: Workplace, term: str, folder: Path, request: Request, say: Callable[[str], None]) -> Path:
    """Note in the trail who reads the personal values of a term, of which tables and why; then write them into
    ``folder``. Raises UsageError for a reason or password that is too short, and a table that no sheet holds."""
    from xueji_lib.reports.letters.sealed_office import put_sealed  # takes a while to import and is seldom needed

    request.check()
    store = workplace.store
    tables = [table for table in schema.AT_REST.values() if _private(table) and store.has(term, table.id)]
    detail = {"表": "、".join(table.header for table in tables), "学期": term, "文件": FILE}
    note_reading(workplace, request.reason, "", detail)
    sheets = []
    for table in tables:
        say(table.header)
        rows = analyst_table(table, store.read(term, table.id, raw=True), unmasked=True)
        if len(rows) > _MOST:
            raise UsageError(f"{table.header}有 {len(rows)} 行，一张工作表放不下。请用 xj.open(…).table(…, reason=…)")
        sheets.append((table, with_row_numbers(rows)))
    put_sealed(folder / FILE, _content(sheets), request.password)
    return folder / FILE


def _private(table: Table) -> list[str]:
    return [column.id for column in table if column.private is not None]


def _content(sheets: list[tuple[Table, pd.DataFrame]]) -> bytes:
    import io

    import xlsxwriter

    written = io.BytesIO()
    options = {"constant_memory": True, "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(written, options) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1)})
        for table, rows in sheets:
            ids = [column.id for column in table if column.id in (*_BESIDE, *_private(table))]
            sheet = book.add_worksheet(table.header)
            sheet.write_row(0, 0, [schema.NO_IMPORT_MARK + "。用后销毁"])
            sheet.write_row(1, 0, [ROW_NO, *(table[name].header for name in ids)])
            columns: list[list[Any]] = [[labels.text(value) for value in rows[name]] for name in ids]
            for number, cells in enumerate(zip(rows[ROW_NO], *columns, strict=True)):
                sheet.write_row(number + 2, 0, [int(cells[0]), *cells[1:]])
    return written.getvalue()
