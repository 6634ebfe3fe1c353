"""What is to be said of sheets that are taken in, and is no fault: hidden rows, a header and nothing below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from xueji_lib.intake.inbox import masked_name
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.register import schema

Taken = Sequence[tuple[str, RawSheet]]
"""(file, as it is shown; sheet) of those that are taken in."""

_NAMED: Final = 10
"""Sheets that a note names; more are counted."""


def hidden_rows(taken: Taken) -> Iterator[str]:
    """A sentence for each sheet with rows that are not to be seen."""
    for file, sheet in taken:
        if sheet.hidden_rows:
            yield (
                f"{_place(file, sheet)}有 {sheet.hidden_rows} 行是隐藏的（或被筛选掉的），照样收下。"
                "不该收的请删去那几行再交"
            )


def without_records(taken: Taken) -> Iterator[str]:
    """A sentence for all sheets that are a table's header and no record: a form not filled in, or a list cut off."""
    empty = [
        (sheet.table or "", file, sheet)
        for file, sheet in taken
        if not (len(sheet.rows) or sheet.above or sheet.hidden)
    ]
    if not empty:
        return
    order = list(schema.TABLES)
    empty.sort(key=lambda item: order.index(item[0]))  # of one table by file
    places = [f"{_place(file, sheet)}（{schema.TABLES[table].header}）" for table, file, sheet in empty]
    more = f"等 {len(places)} 张" if len(places) > _NAMED else ""
    yield (
        f"只有表头、没有一行记录的表，没有收到内容：{'、'.join(places[:_NAMED])}{more}。"
        "没有事可记的台账不用管；别的请填好再交"
    )


def _place(file: str, sheet: RawSheet) -> str:
    return f"“{file}”" + (f"工作表“{masked_name(sheet.sheet)}”" if sheet.sheet else "")
