"""What python-calamine gives of a workbook: grids, and the ways in which it fails."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

import python_calamine as calamine

from xueji_lib.intake.readers.grid import DamagedFile, Grid, Unreadable
from xueji_lib.intake.readers.sniff import DAMAGED, LOCKED

MOST_CELLS: Final = 20_000_000
"""Cells of all sheets of a workbook together; a workbook may name one large sheet a thousand times."""
_PASS_ON = (KeyboardInterrupt, SystemExit, MemoryError)


def open_book(data: bytes) -> calamine.CalamineWorkbook:
    """Raises Unreadable for a password, Damaged for anything else."""
    try:
        return calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError:
        raise Unreadable(LOCKED) from None
    except _PASS_ON:
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of the reader is no Exception; it means a damaged file too
        if "password" in str(error).lower():
            raise Unreadable(LOCKED) from None
        raise DamagedFile(DAMAGED) from None


def grids(workbook: calamine.CalamineWorkbook) -> Iterator[Grid]:
    """The sheets in the book's order; one that is no worksheet has no rows. Raises Damaged, Unreadable."""
    room = MOST_CELLS
    for at, about in enumerate(workbook.sheets_metadata):
        if about.typ != calamine.SheetTypeEnum.WorkSheet:
            yield Grid(about.name, [])
            continue
        try:
            sheet = workbook.get_sheet_by_index(at)
            rows = sheet.to_python(skip_empty_area=False)
            merges = sheet.merged_cell_ranges or []
        except _PASS_ON:
            raise
        except BaseException:  # noqa: BLE001 - see open_book
            raise DamagedFile(f"工作表“{about.name}”读不出来：{DAMAGED}") from None
        room -= len(rows) * len(rows[0]) if rows else 0
        if room < 0:
            raise Unreadable("各工作表合起来太大。请分成几个文件再交")
        yield Grid(about.name, rows, merges, about.visible != calamine.SheetVisibleEnum.Visible)
