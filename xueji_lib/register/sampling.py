"""What an on-site question wants drawn, as its catalogue entry says it (``sample:`` under ``on_site``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.register import schema
from xueji_lib.support.errors import UsageError

PUPILS, CLASSES, GUARDIANS = "学生", "班", "家长"
UNITS: Final = (PUPILS, CLASSES, GUARDIANS)
BY_TABLE: Final = "台账"
"""The strata are the tables themselves."""
_TABLES: Final = ("transfers", "suspensions", "changes", "dropouts", "headcount")


@dataclass(frozen=True, slots=True)
class SampledTable:
    """A ledger from which is drawn. ``dated``: the column whose day has to be of the term, "" for all rows. ``where``:
    column → the words that it may have. ``show``: the columns that are held against paper. All are column ids."""

    table: str
    dated: str
    where: Mapping[str, tuple[str, ...]]
    show: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many of which ``unit`` are drawn, for what. ``strata``: BY_TABLE, a column's id, or "" for none.
    ``against``: what is held against the records, in Chinese."""

    unit: str
    count: int
    strata: str
    against: str
    tables: tuple[SampledTable, ...]


def sampling(question: str, raw: Mapping[str, Any]) -> Sampling:
    """What a question's ``sample`` means. Raises UsageError where it is not well written, or would show what no paper
    may show."""
    unit, count = raw.get("unit"), raw.get("n")
    if unit not in UNITS or not isinstance(count, int) or not 0 < count <= 100:
        raise UsageError(f"检查目录里 {question} 的 sample：unit 是{'、'.join(UNITS)}，n 是 1 到 100 的整数")
    tables = tuple(_table(question, part) for part in raw.get("from", ()))
    if (unit == CLASSES) == bool(tables):
        raise UsageError(f"检查目录里 {question} 的 sample：抽学生、家长要写 from（从哪几个台账抽），抽班不写")
    strata = str(raw.get("strata", ""))
    if strata not in ("", BY_TABLE):
        (strata,) = {_column(question, part.table, strata) for part in tables}
    return Sampling(unit, count, strata, str(raw.get("against", "")), tables)


def _table(question: str, raw: Mapping[str, Any]) -> SampledTable:
    name = next((n for n in _TABLES if raw.get("table") in (n, schema.TABLES[n].header)), "")
    if not name:
        known = "、".join(schema.TABLES[n].header for n in _TABLES)
        raise UsageError(f"检查目录里 {question} 的 sample：table 是 {known}")
    where = {
        _column(question, name, header): tuple([words] if isinstance(words, str) else words)
        for header, words in raw.get("where", {}).items()
    }
    dated = _column(question, name, raw["dated"]) if raw.get("dated") else ""
    return SampledTable(name, dated, where, tuple(_column(question, name, header) for header in raw.get("show", ())))


def _column(question: str, table: str, header: str) -> str:
    try:
        column = schema.TABLES[table].by_header(header)
    except KeyError:
        raise UsageError(
            f"检查目录里 {question} 的 sample：{schema.TABLES[table].header}没有“{header}”这一列"
        ) from None
    if column.private:
        raise UsageError(f"检查目录里 {question} 的 sample：“{header}”是个人信息，不能印在抽样清单上")
    return column.id
