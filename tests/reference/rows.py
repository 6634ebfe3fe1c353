"""Rows of a stored table, and what one row says of who it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pypinyin import lazy_pinyin

from tests.reference.three_valued import BLANK, UNKNOWN, Answer, among, differ_known, known, negate, same_known
from xueji_lib.register import schema

PARSED = ("id_form", "id_birth", "id_check", "id_key", "register_key")
NUMBERS = ("id_number", "register_no")
DEPARTED = ("转出", "毕业", "退学", "死亡", "开除", "离校")


@dataclass(eq=False)
class Row:
    """One record: its cells by column id, and what intake parsed of its number."""

    table: str
    place: int
    cells: dict[str, Any]
    parsed: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]

    def __repr__(self) -> str:
        return f"{self.table}[{self.place}]"


def read(name: str, frame: pd.DataFrame) -> list[Row]:
    """A stored frame as rows (docs/architecture.md, "A table at rest")."""
    table = schema.TABLES["register" if name == "previous_register" else name]
    rows = []
    for place, record in enumerate(frame.to_dict("records")):
        cells: dict[str, Any] = {}
        for column in table:
            if column.id not in record:
                continue
            value = record[column.id]
            if column.id in record["_unknown"].split():
                cells[column.id] = UNKNOWN
            elif pd.isna(value):
                cells[column.id] = BLANK
            else:
                cells[column.id] = value.date() if isinstance(value, dt.datetime) else value
        rows.append(Row(name, place, cells, {str(key): record[key] for key in PARSED if key in record}))
    return rows


def on_register(row: Row) -> Answer:
    """在籍, of a register row: point 5. A status that could not be read may be any."""
    return negate(among(row["status"], DEPARTED, blank="在读"))


# ---- numbers ----


def own_numbers(row: Row) -> set[tuple[str, Any]]:
    return {(column, row[column]) for column in NUMBERS if known(row.cells.get(column, BLANK))}


def conflict(left: Row, right: Row) -> bool:
    """Both hold a number of the same kind and they differ."""
    return any(differ_known(left[c], right[c]) for c in NUMBERS)


def comparable(left: Row, right: Row) -> bool:
    """Both hold a number of the same kind."""
    return any(known(left[c]) and known(right[c]) for c in NUMBERS)


def same_number(left: Row, right: Row) -> bool:
    """身份证件号 or 全国学籍号 known and equal."""
    return any(same_known(left[c], right[c]) for c in NUMBERS)


def own_person(row: Row) -> Hashable:
    """身份证件号, else 全国学籍号, else name, grade and class: who a row speaks of."""
    for column in NUMBERS:
        if known(row[column]):
            return column, row[column]
    cells = (row.cells.get(column, BLANK) for column in ("name", "grade", "class_no"))
    return tuple(cell if known(cell) else "" for cell in cells)


def number_order(row: Row) -> tuple[int, int]:
    """Of several students of one number, which one speaks for all: any order by content would do."""
    return int(row.parsed["id_key"] or row.parsed["register_key"] ^ 0x5A5A_5A5A_5A5A_5A5A), row.place


def by_number(row: Row, others: list[Row]) -> list[Row]:
    """Those with its 身份证件号; where there are none, those with its 全国学籍号."""
    for column in NUMBERS:
        found = [other for other in others if same_known(row[column], other[column])]
        if found:
            return found
    return []


# ---- names ----


def alike(left: str, right: str) -> bool:
    """疑似同一人的姓名: equal toneless pinyin, one edit apart (or none), or a long one that begins the other."""
    if len(left) < 2 or len(right) < 2:
        return False
    return lazy_pinyin(left) == lazy_pinyin(right) or one_edit(left, right) or cut_off(left, right)


def one_edit(left: str, right: str) -> bool:
    """Edit distance 0 or 1."""
    if len(left) > len(right):
        left, right = right, left
    if len(left) == len(right):
        return sum(a != b for a, b in zip(left, right, strict=True)) <= 1
    return any(right[:i] + right[i + 1 :] == left for i in range(len(right)))


def cut_off(left: str, right: str) -> bool:
    """One name of six characters or more is the beginning of the other."""
    short, long = sorted((left, right), key=len)
    return len(short) >= 6 and long.startswith(short)
