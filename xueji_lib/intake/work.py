"""What the steps of stage 2 share: the rows of one table from all its sheets, and the troubles they meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from xueji_lib.intake.columns import Encoded, Ints, Stack
from xueji_lib.intake.report import Problem, mask_value
from xueji_lib.intake.schools import Directory
from xueji_lib.intake.sheet import RawSheet
from xueji_lib.register import identity
from xueji_lib.register.schema import Column, Private, Table

ACCEPTED = 0
"""The fate of a row: accepted, or the number of the code by which it was refused (3, 7, 8, 10)."""

_LISTED = 2000  # problems of one column of one sheet that are named one by one


@dataclass(frozen=True, slots=True)
class Setting:
    """What all tables of an intake share.

    ``first_year``: 学年起始年. ``names``, ``shown``: per file its path in the inbox, and the same as it may be shown.
    ``copies``: file → the earlier file of the same bytes.
    """

    first_year: int
    directory: Directory
    names: Sequence[str]
    shown: Sequence[str]
    copies: Mapping[int, int]


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

    @classmethod
    def of(cls, table: Table, sheets: Sequence[RawSheet], setting: Setting) -> Work:
        stack = Stack(sheets)
        return cls(table, sheets, setting, stack, np.zeros(len(stack), dtype=np.int8), [[] for _ in sheets])

    def has(self, column: str) -> bool:
        """Any sheet has the column."""
        return column in self.stack.ids

    def text(self, column: str, place: int) -> str:
        """One cell, as it stands in the file; empty where there is none."""
        if not self.has(column):
            return ""
        encoded = self.stack[column]
        code = int(encoded.codes[place])
        return str(encoded.distinct[code]).strip() if code >= 0 else ""

    # ---- troubles ----

    def add(
        self, sheet: int, row: int, column: str, code: str, message: str, value: str = "", *, left_out: bool = True
    ) -> None:
        """``column``: a column id of the sheet, or a header that it lacks."""
        raw = self.sheets[sheet]
        place = list(raw.columns).index(column) if column in raw.columns else -1
        header = identity.mask_text(raw.texts.get(column, column))
        file, name = self.setting.shown[raw.file], identity.mask_text(raw.sheet)
        problem = Problem(file, name, row, header, code, message, value, left_out)
        self.troubles.append(Trouble((row, place, len(self.troubles)), sheet, problem))

    def add_rows(self, places: Ints, column: str, code: str, message: str, shown: Encoded | None = None) -> None:
        """One problem a row; a column that is bad all over is cut short. ``shown``: whose values to show."""
        of_sheet = self.stack.sheet[places]
        for sheet in np.unique(of_sheet):
            here = places[of_sheet == sheet]
            for place in here[:_LISTED]:
                value = ""
                if shown is not None and shown.codes[place] >= 0:
                    value = mask_value(self._column(column), str(shown.distinct[int(shown.codes[place])]))
                self.add(int(sheet), int(self.stack.row[place]), column, code, message, value)
            if len(here) > _LISTED:
                self.add(int(sheet), 0, column, code, f"{message}（同样的还有 {len(here) - _LISTED} 处）")

    def _column(self, column: str) -> Column:
        if column == "school_id" or column.startswith("_"):
            return Column(column, column)  # a school's code and name are no personal data
        return next((c for c in self.table if c.id == column), Column(column, column, private=Private.HIDDEN))
