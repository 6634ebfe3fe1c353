"""The current rows of a term's tables as resources of the data package: masked, typed, each with a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pandas as pd

from xueji_lib.exchange.masked_tables import UNKNOWN_CELLS, analyst_table
from xueji_lib.exchange.table_schema import INTEGER, ForeignKey, Resource, TableField, of_column
from xueji_lib.register import schema
from xueji_lib.register.schema import Table
from xueji_lib.store import Store

ROW_NO: Final = "row_no"
"""The key of a table's row: its place among the current rows of the term. It changes with the data."""
_SCHOOLS: Final = "schools"
LISTED: Final = "in_directory"
_WHERE_FROM: Final = (
    TableField(
        UNKNOWN_CELLS, "未知的列",
        description="这一行里不知道的列，空格隔开：文件里没有，或那一格没有收下。没有值而不在这里的，是真的空着",
    ),
    TableField("_file", "文件", description="这一行从哪个文件来"),
    TableField("_sheet", "工作表", description="哪张工作表；文本文件空着"),
    TableField("_row", "行", INTEGER, "第几行，照 Excel 从 1 数", {"minimum": 0}),
)  # fmt: skip


def register_tables(store: Store, term: str) -> Iterator[Resource]:
    """The tables that the term has (``schema.AT_REST``), but the directory."""
    for table in schema.AT_REST.values():
        if table.id != _SCHOOLS and store.has(term, table.id):
            yield _resource(table, analyst_table(table, store.read(term, table.id)))


def with_row_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with ``ROW_NO`` in front."""
    numbered = rows.reset_index(drop=True)
    numbered.insert(0, ROW_NO, pd.Series(range(1, len(numbered) + 1), dtype="Int64"))
    return numbered


def _resource(table: Table, rows: pd.DataFrame) -> Resource:
    rows = with_row_numbers(rows)
    columns = [of_column(column, rows[column.id]) for column in table if column.id in rows]
    key = TableField(ROW_NO, "行号", INTEGER, "本次导出里的行号，数据变了会变", {"required": True, "unique": True})
    to_school = (ForeignKey("school_id", _SCHOOLS, "school_id"),) if table.of_schools else ()
    fields = (key, *columns, *_WHERE_FROM)
    return Resource(table.id, table.header, f"{table.header}，本学期现行的行", fields, rows, (ROW_NO,), to_school)


def directory(store: Store, term: str, named: set[str]) -> Resource:
    """学校名录, a row a school, with the schools of ``named`` that it lacks behind it: every school_id of the package
    is in it once."""
    table = schema.SCHOOLS
    rows = analyst_table(table, store.directory(term))
    rows["school_id"] = rows["school_id"].astype("str")
    rows = rows.drop_duplicates("school_id").sort_values("school_id", ignore_index=True)
    rows[LISTED] = True
    lacking = sorted(named - set(rows["school_id"]) - {""})
    if lacking:
        more = pd.DataFrame({"school_id": pd.Series(lacking, dtype="str"), LISTED: False})
        rows = pd.concat([rows, more.reindex(columns=rows.columns)], ignore_index=True).astype({LISTED: "bool"})
    columns = [of_column(column, rows[column.id]) for column in table if column.id in rows]
    key = TableField("school_id", "学校标识码", constraints={"required": True, "unique": True, "pattern": r"\d{10}"})
    listed = TableField(LISTED, "在名录里", "boolean", "false：别的表里有这个标识码，名录里没有", {"required": True})
    fields = (key, *(column for column in columns if column.name != "school_id"), *_WHERE_FROM, listed)
    ordered = rows[[field.name for field in fields]]
    return Resource(_SCHOOLS, table.header, "每所学校一行；别的表的学校标识码都在这里", fields, ordered, ("school_id",))
