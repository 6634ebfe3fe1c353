"""The rows of the proof tables (tests/rules), with what the writers said of them."""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.rules.proofs import HERE
from xueji_lib.register.schema import TABLES, Table

TABLE_OF = {table.header: table for table in TABLES.values()}


@dataclass(frozen=True, eq=False)
class Record:
    """One row of a proof table. ``before``: of the previous term."""

    case: str
    file: Path
    before: bool
    cells: dict[str, str]

    @property
    def table(self) -> Table:
        return TABLE_OF[self.file.stem.split(".")[0]]

    @property
    def table_id(self) -> str:
        return f"previous_{self.table.id}" if self.before else self.table.id

    @property
    def expected(self) -> str:
        return self.cells.get("期望") or ""

    @property
    def boundary(self) -> bool:
        return self.cells.get("边界") == "是"

    @property
    def why(self) -> str:
        return self.cells.get("说明") or ""

    @property
    def school(self) -> str:
        return self.cells.get("学校名称") or self.cells.get("被投诉学校名称") or ""

    @property
    def name(self) -> str:
        return "".join(self.cells.get("姓名", "").split())

    def numbers(self) -> set[str]:
        found = (unicodedata.normalize("NFKC", self.cells.get(c) or "").upper() for c in ("身份证件号", "全国学籍号"))
        return {number for number in found if len(number) > 5}

    def place(self, *columns: str) -> tuple[str, ...]:
        return (self.school, *(self.cells.get(column) or "" for column in columns))


@cache
def records_of(case: str) -> tuple[Record, ...]:
    files = sorted((HERE / case).rglob("*.csv"))
    if not any(file.stem == "学校名录" for file in files):
        files.append(HERE / "_base" / "学校名录.csv")
    return tuple(
        Record(case, file, file.parent.name == "上学期", {k: v or "" for k, v in row.items()})
        for file in files
        for row in csv.DictReader(file.read_text("utf-8-sig").splitlines())
    )
