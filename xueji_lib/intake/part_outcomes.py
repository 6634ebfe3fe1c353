"""What came of a list that was sent in part, or that lost rows, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from xueji_lib.register import schema

UNITS: Final = {"register": "名学生", "headcount": "个班", "replies": "条疑点"}
"""What a part of a table is counted in."""


@dataclass(frozen=True, slots=True)
class Updated:
    """One school's list that a part updated. ``units``: pupils, classes or findings that the part holds; rows that it
    took the place of, rows that it brought, rows that stayed as they were."""

    table: str
    school_id: str
    units: int
    replaced_rows: int
    new_rows: int
    stayed_rows: int

    def __str__(self) -> str:
        gone = f"（换下原来 {self.replaced_rows} 行）" if self.replaced_rows else ""
        return self._sentence(f"更新 {self.units} {UNITS[self.table]}，{self.new_rows} 行{gone}")

    @property
    def unchanged(self) -> str:
        """The sentence where the part says what the list said."""
        return self._sentence(f"{self.units} {UNITS[self.table]}，{self.new_rows} 行，与原来的一样，没有改动")

    def _sentence(self, what: str) -> str:
        return (
            f"{self.school_id} 的{schema.TABLES[self.table].header}这次只来了一部分：{what}，"
            f"其余 {self.stayed_rows} 行照原样保留。要用这次的替换整张表，加 --replace 再收一遍"
        )


@dataclass(frozen=True, slots=True)
class Vanished:
    """Rows of a school's table that a later file does not have any more. ``rows`` of ``before``."""

    table: str
    school_id: str
    rows: int
    before: int

    def __str__(self) -> str:
        return (
            f"{self.school_id or '全县'} 的{schema.TABLES[self.table].header}原有 {self.before} 行，"
            f"这次的文件里没有其中 {self.rows} 行，现在以这次的为准。"
            "不该少的，请把全表再交一次，或用 xueji intake --undo 退回"
        )
