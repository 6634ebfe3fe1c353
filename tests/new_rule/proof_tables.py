"""A rule's proof tables: the header and three rows that intake takes, to be replaced by the writer's own."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from tests.new_rule.request import NewRule
from xueji_lib.register.codes import code_sets
from xueji_lib.register.identity import check_digit
from xueji_lib.register.schema import TABLES, Column, Kind, Table

SCHOOLS = (("2164000001", "城关一小"), ("2164000002", "兴隆小学"), ("2164000003", "山庄教学点"))
EXAMPLES = (
    ("命中", "是", "待写：刚好违反的一行"),
    ("不命中", "是", "待写：刚好不违反的一行"),
    ("无法判定", "", "待写：要看的一格不清楚"),
)
EXPECTATIONS = ("期望", "边界", "说明", "证据含", "状态")


def proof_tables(rule: NewRule, root: Path) -> dict[Path, str]:
    """A table for each that the rule needs; the expectations stand in the first."""
    folder = root / "tests" / "rules" / rule.id
    texts = {}
    for position, name in enumerate(rule.needs):
        table = TABLES[name.removeprefix("previous_")]
        place = folder / "上学期" if name.startswith("previous_") else folder
        texts[place / f"{table.header}.csv"] = _proof_table(table, expects=position == 0)
    return texts


def _proof_table(table: Table, *, expects: bool) -> str:
    columns = [column for column in table if column.required or column.kind in (Kind.ID, Kind.GRADE, Kind.CLASS)]
    named = [] if any(column.header == "学校名称" for column in columns) or not table.of_schools else ["学校名称"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(EXPECTATIONS if expects else ()), *(column.header for column in columns), *named])
    for row_index, (expected, boundary, why) in enumerate(EXAMPLES):
        expectation = (expected, boundary, why, "", "") if expects else ()
        cells = [_cell(column, row_index) for column in columns]
        writer.writerow([*expectation, *cells, *(SCHOOLS[row_index][1] for _ in named)])
    return out.getvalue()


def _cell(column: Column, row_index: int) -> str:
    """A made-up value that intake takes; each row is another school's and another child's."""
    if column.header == "学校名称":
        return SCHOOLS[row_index][1]
    if column.kind is Kind.CODE:
        return next(iter(code_sets()[column.codes or ""].labels.values()))
    first17 = f"64042220150{row_index + 1}0100{row_index + 1}"
    return {
        Kind.SCHOOL: SCHOOLS[row_index][0],
        Kind.NAME: f"马例{'甲乙丙'[row_index]}",
        Kind.ID: first17 + check_digit(first17),
        Kind.GRADE: "3",
        Kind.CLASS: "1",
        Kind.DATE: "2026-09-10",
        Kind.MONTH: "2024-09",
        Kind.COUNT: "1",
        Kind.TERM: "2026-2027-1",
        Kind.SCHOOL_YEAR: "2026-2027",
    }.get(column.kind, "待写")
