"""What the steps of stage 2 share: the rows of one table from all its sheets, and the troubles they meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from xueji_lib.intake import values
from xueji_lib.intake.columns import Encoded, Ints, Stack
from xueji_lib.intake.inbox import masked_name
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.intake.report import Problem, mask_value
from xueji_lib.intake.schools import Directory
from xueji_lib.register.schema import Column, Private, Table

ACCEPTED = 0
"""The fate of a row: accepted, or the number of the code by which it was refused (3, 7, 8, 10, 14)."""

_LISTED = 2000  # problems of one column of one sheet that are named one by one


@dataclass(frozen=True, slots=True)
class Setting:
    """What all tables of an intake share.

    ``first_year``: 学年起始年. ``names``, ``shown``: per file its path in the inbox, and the same as it may be shown.
    """

    first_year: int
    directory: Directory
    names: Sequence[str]
    shown: Sequence[str]


@dataclass(slots=True)
class Trouble:
    """A problem and where it belongs in the report: (row, column, order found)."""

    order: tuple[int, int, int]
    sheet: int
    problem: Problem


@dataclass
class Work:
    """One table being built. ``fate``: per row (see ACCEPTED). ``missing``: per sheet the headers it lacks."""

    table: Table
    sheets: Sequence[RawSheet]
    setting: Setting
    stack: Stack
    fate: npt.NDArray[np.int8]
    missing: list[list[str]]
    troubles: list[Trouble] = field(default_factory=list)
    _parsed: dict[str, values.Parsed] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, sheets: Sequence[RawSheet], setting: Setting) -> Work:
        stack = Stack(sheets)
        return cls(table, sheets, setting, stack, np.zeros(len(stack), dtype=np.int8), [[] for _ in sheets])

    def has(self, column: str) -> bool:
        """Any sheet has the column."""
        return column in self.stack.ids

    def text(self, column: str, row_index: int) -> str:
        """One cell, as it stands in the file; empty where there is none."""
        if not self.has(column):
            return ""
        encoded = self.stack[column]
        code = int(encoded.codes[row_index])
        return str(encoded.distinct[code]).strip() if code >= 0 else ""

    def parsed(self, column: Column) -> values.Parsed:
        """The distinct texts of a column that a sheet has, of any kind but GRADE, CLASS and SCHOOL; parsed once."""
        if column.id not in self._parsed:
            self._parsed[column.id] = values.parse(column, self.stack[column.id].distinct)
        return self._parsed[column.id]

    # ---- troubles ----

    def add(
        self, sheet: int, row: int, column: str, code: str, message: str, value: str = "", *, left_out: bool = True
    ) -> None:
        """``column``: a column id of the sheet, or a header that it lacks."""
        self._add(self._cell_place(sheet, column), sheet, row, code, message, value, left_out)

    def _cell_place(self, sheet: int, column: str) -> tuple[int, str, str, str]:
        """The column's place in the sheet (-1: it lacks it); file, sheet and header as they may be shown."""
        raw = self.sheets[sheet]
        column_index = list(raw.columns).index(column) if column in raw.columns else -1
        shown = self.setting.shown[raw.file]
        return column_index, shown, masked_name(raw.sheet), masked_name(raw.texts.get(column, column))

    def _add(
        self,
        place: tuple[int, str, str, str],
        sheet: int,
        row: int,
        code: str,
        message: str,
        value: str = "",
        left_out: bool = True,
    ) -> None:
        column_index, file, name, header = place
        problem = Problem(file, name, row, header, code, message, value, left_out)
        self.troubles.append(Trouble((row, column_index, len(self.troubles)), sheet, problem))

    def add_rows(
        self,
        row_indices: Ints,
        column: str,
        code: str,
        message: str,
        cells: Encoded | None = None,
        *,
        left_out: bool = True,
    ) -> None:
        """One problem a row; a column that is bad all over is cut short. ``cells``: whose values to show."""
        of_sheet = self.stack.sheet[row_indices]
        masked = {-1: ""}
        for sheet in np.unique(of_sheet).tolist():
            place = self._cell_place(sheet, column)
            sheet_rows = row_indices[of_sheet == sheet]
            listed = sheet_rows[:_LISTED]
            text_codes = [-1] * len(listed) if cells is None else cells.codes[listed].tolist()
            for row, text_code in zip(self.stack.row[listed].tolist(), text_codes, strict=True):
                if text_code not in masked and cells is not None:
                    masked[text_code] = mask_value(self._column(column), str(cells.distinct[text_code]))
                self._add(place, sheet, row, code, message, masked[text_code], left_out)
            if len(sheet_rows) > _LISTED:
                more = f"{message}（同样的还有 {len(sheet_rows) - _LISTED} 处）"
                self._add(place, sheet, 0, code, more, left_out=left_out)

    def _column(self, column: str) -> Column:
        if column == "school_id" or column.startswith("_"):
            return Column(column, column)  # a school's code and name are no personal data
        return next((c for c in self.table if c.id == column), Column(column, column, private=Private.HIDDEN))
