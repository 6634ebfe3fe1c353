"""Excel workbooks, read by calamine; what calamine does not tell is looked up in the file itself."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import python_calamine as calamine

from xueji_lib.intake import biff, ole, sheet_xml
from xueji_lib.intake.grid import BROKEN, Grid, Unreadable
from xueji_lib.intake.sniff import DAMAGED

_PASS_ON = (KeyboardInterrupt, SystemExit, MemoryError)
_LOCKED = "文件加了密码，读不了。请在 Excel 里去掉密码，另存后重交"


def read_xlsx(data: bytes) -> Iterator[Grid]:
    """The sheets of an xlsx (xlsb, ods) workbook. Raises Unreadable."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError):
        raise Unreadable(DAMAGED) from None
    with archive:
        sheets = sheet_xml.sheets(archive)
        parts = {part: sheet_xml.unpack(archive, part) for part in sheets.values()}
        trimmed, beyond = sheet_xml.trim(archive, parts)
        workbook = _open(trimmed if trimmed is not None else data)
        for grid in _grids(workbook):
            part = sheets.get(grid.name, "")
            for row, column in sheet_xml.broken_cells(parts.pop(part, b"")):
                _mark(grid, row, column)
            grid.beyond = beyond.get(part, 0)
            yield grid


def read_xls(data: bytes) -> Iterator[Grid]:
    """The sheets of a BIFF workbook. Raises Unreadable."""
    stream = data
    if data.startswith(ole.MAGIC):
        container = ole.Container(data)
        container.check()
        stream = container.stream("Workbook", "Book") or b""
        if not stream:
            raise Unreadable("文件里没有表格。请在 Excel 里打开，另存为 xlsx 后重交")
    if biff.locked(stream):
        raise Unreadable(_LOCKED)
    broken = biff.broken_cells(stream)
    for place, grid in enumerate(_grids(_open(data))):
        for row, column in broken.get(place, ()):
            _mark(grid, row, column)
        yield grid


def _mark(grid: Grid, row: int, column: int) -> None:
    """An error or a formula never worked out, where calamine gives a blank."""
    while row >= len(grid.rows):
        grid.rows.append([])
    cells = grid.rows[row]
    cells.extend("" for _ in range(column + 1 - len(cells)))
    if cells[column] == "":
        cells[column] = BROKEN


def _open(data: bytes) -> calamine.CalamineWorkbook:
    try:
        return calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError:
        raise Unreadable(_LOCKED) from None
    except _PASS_ON:
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of the reader is no Exception; it means a damaged file too
        raise Unreadable(_LOCKED if "password" in str(error).lower() else DAMAGED) from None


def _grids(workbook: calamine.CalamineWorkbook) -> Iterator[Grid]:
    for place, about in enumerate(workbook.sheets_metadata):
        if about.typ != calamine.SheetTypeEnum.WorkSheet:
            yield Grid(about.name, [])
            continue
        try:
            sheet = workbook.get_sheet_by_index(place)
            rows = sheet.to_python(skip_empty_area=False)
            merges = sheet.merged_cell_ranges or []
        except _PASS_ON:
            raise
        except BaseException:  # noqa: BLE001 - see _open
            raise Unreadable(f"工作表“{about.name}”读不出来：{DAMAGED}") from None
        yield Grid(about.name, rows, merges, about.visible != calamine.SheetVisibleEnum.Visible)
