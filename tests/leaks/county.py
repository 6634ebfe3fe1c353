"""An inbox of a small county that has a canary in every cell of every column, in every way, and in names of files, of
sheets and of columns. A row has canaries in a third of its columns, so that the rest of it can be judged.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import openpyxl

from tests.leaks.ways import WAYS, Canary, canary
from xueji_lib.register import schema
from xueji_lib.register.codes import code_sets
from xueji_lib.register.identity import check_digit
from xueji_lib.register.schema import Column, Kind, Table

TERM: Final = "2026-2027-1"
DAY: Final = "2026-11-20"
SCHOOLS: Final = ("2164422001", "2164422002")
_THIRDS: Final = 3
_KEPT: Final = {("schools", "school_kind"), ("schools", "area"), ("annex1", "kind"), ("replies", "finding_id")}
"""Without these a row is of no school or table at all."""
_FILES: Final = (
    "18",
    "hyphens",
    "letters in front",
    "spaces",
    "mobile",
    "mobile, hyphens",
    "landline",
    "护照",
    "e-mail",
)


@dataclass
class Inbox:
    """``folder``: where it is; ``ways``: those that are tried; ``canaries``: what was planted so far."""

    folder: Path
    ways: Sequence[str] = WAYS
    canaries: list[Canary] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)

    def plant(self, column: str, way: str) -> str:
        """A new value in this way, written down."""
        planted = canary(column, way, next(self._numbers))
        self.canaries.append(planted)
        return planted.text

    # ---- tables ----

    def write(self) -> None:
        """Write every file."""
        self.folder.mkdir(parents=True)
        for table in schema.TABLES.values():
            rows = list(self._schools(table) if table.id == "schools" else self._rows(table))
            _csv(self.folder / f"{table.header}.csv", [[column.header for column in table], *rows])
        self._named()

    def _schools(self, table: Table) -> Iterator[list[str]]:
        """Two plain schools, and one a way that has canaries everywhere."""
        for n, school in enumerate(SCHOOLS):
            yield [_plain(table, column, n, school) for column in table]
        for n, way in enumerate(self.ways):
            school = f"216442{3000 + n}"
            yield [
                self._cell(table, column, way, n, school)
                if _is_tried(table, column)
                else _plain(table, column, n, school)
                for column in table
            ]

    def _rows(self, table: Table) -> Iterator[list[str]]:
        for n, (way, third) in enumerate(itertools.product(self.ways, range(_THIRDS))):
            school = SCHOOLS[n % 2]
            yield [
                self._cell(table, column, way, n, school)
                if place % _THIRDS == third and _is_tried(table, column)
                else _plain(table, column, n, school)
                for place, column in enumerate(table)
            ]

    def _cell(self, table: Table, column: Column, way: str, n: int, school: str) -> str:
        planted = self.plant(f"{table.header}.{column.header}", way)
        behind = column.kind in (Kind.TEXT, Kind.NAME, Kind.CODE)
        return _plain(table, column, n, school) + planted if behind else planted

    # ---- names of files, sheets, columns ----

    def _named(self) -> None:
        for way in (way for way in self.ways if way in _FILES):
            folder = self.folder / f"夹{self.plant('文件夹名', way)}"
            folder.mkdir()
            unknown = [["菜名", self.plant("不认识的表头", way)], ["鱼", self.plant("不认识的表", way)]]
            _csv(folder / f"单{self.plant('文件名', way)}.csv", unknown)
            book = openpyxl.Workbook()
            sheet = book.active
            assert sheet is not None
            sheet.title = f"表{self.plant('工作表名', way)}"[:31]
            sheet.append(["学校标识码", "提供日期", "接收单位", self.plant("多余的列", way)])
            sheet.append(
                [SCHOOLS[0], f"不是日期{self.plant('认不出的日期', way)}", "县医院", self.plant("多余列的格", way)]
            )
            book.save(self.folder / f"登记{self.plant('收下的文件名', way)}.xlsx")


def _is_tried(table: Table, column: Column) -> bool:
    return column.kind is not Kind.SCHOOL and (table.id, column.id) not in _KEPT


def _number(n: int) -> str:
    first = f"640423{2014 + n % 6}{1 + n % 12:02d}{1 + n % 28:02d}{n:03d}"
    return first + check_digit(first)


def _plain(table: Table, column: Column, n: int, school: str) -> str:
    """What an ordinary cell of the column holds; pupil ``n`` is the same one in every table."""
    match column.kind:
        case Kind.SCHOOL:
            return school
        case Kind.NAME:
            return "王李张刘陈杨赵黄周吴"[n % 10] + chr(0x5B50 + n)
        case Kind.CODE if column.codes:
            words = list(dict.fromkeys(code_sets()[column.codes].labels.values()))
            return words[n % len(words)] if words else "其他"
        case Kind.DATE:
            return (
                f"{_number(n)[6:10]}-{_number(n)[10:12]}-{_number(n)[12:14]}"
                if column.private
                else f"2026-10-{1 + n % 28:02d}"
            )
        case Kind.MONTH:
            return "202609"
        case Kind.GRADE:
            return str(1 + n % 6)
        case Kind.ID:
            return _number(n)
        case Kind.REGISTER_NO:
            return f"G{_number(n)}"
        case Kind.PHONE:
            return ""
        case Kind.TERM:
            return TERM
        case Kind.SCHOOL_YEAR:
            return TERM[:9]
        case Kind.CLASS | Kind.COUNT:
            return "1"
    if column.id == "school_name":
        return f"西乡县{'甲乙丙丁戊己庚辛壬癸'[n % 10]}{chr(0x4E2D + n)}小学"
    return "城关镇" if column.id == "township" else f"有{column.header}"


def _csv(file: Path, rows: Sequence[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
