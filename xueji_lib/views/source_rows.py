"""The records that a finding rests on, as people may see them: the rows that it names, personal values masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from xueji_lib.register import labels
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.masking import mask_text
from xueji_lib.register.schema import TABLES, Column, Private, Table
from xueji_lib.rules.evidence_text import BLANK, MASKS, UNKNOWN
from xueji_lib.store import Store

_PREVIOUS: Final = "previous_"
_WHO: Final = ("姓名", "年级", "班号", "身份证件号")
"""Shown of every pupil's row, besides what the check looks at."""
_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row: ``table`` its Chinese name, ``where`` file, sheet and line, ``cells`` header → text."""

    table: str
    where: str
    cells: Mapping[str, str]


def source_rows(
    store: Store, term: str, school_id: str, columns: Mapping[str, Sequence[str]], sources: str
) -> list[SourceRow]:
    """The rows of the school that ``sources`` (of a finding: ``file:sheet:row | …``) names, in the order of ``columns``
    (table id → headers that the check looks at; previous_register is the register of the term before); at most 12."""
    wanted = set(filter(None, sources.split(" | ")))
    lines = {int(line) for _, _, line in (source.rpartition(":") for source in wanted) if line.isdigit()}
    listed: list[SourceRow] = []
    for table_id, headers in columns.items():
        table = TABLES.get(table_id.removeprefix(_PREVIOUS))
        of_term = previous_term_id(term) if table_id.startswith(_PREVIOUS) else term
        if table is None or not table.of_schools or not store.has(of_term, table.id):
            continue
        chosen = _columns(table, headers)
        rows = store.read(of_term, table.id, [column.id for column in chosen], [school_id])
        rows = rows[rows["_row"].isin(lines) & (rows["school_id"].astype(str) == school_id)]
        name = table.header if of_term == term else f"上学期{table.header}"
        for row in rows.to_dict("records"):
            source = mask_text(f"{row['_file']}:{row['_sheet']}:{row['_row']}")
            if source in wanted:
                listed.append(SourceRow(name, labels.sources(source), _cells(row, chosen)))
    return listed[:_MOST]


def _columns(table: Table, headers: Sequence[str]) -> list[Column]:
    who = _WHO if table.per_student else ()
    named = [column for column in table if column.header in {*who, *headers}]
    return [column for column in named if column.private is not Private.HIDDEN]


def _cells(row: Mapping[Any, Any], columns: Sequence[Column]) -> dict[str, str]:
    unknown = set() if pd.isna(row["_unknown"]) else set(str(row["_unknown"]).split())
    return {column.header: UNKNOWN if column.id in unknown else _shown(row[column.id], column) for column in columns}


def _shown(value: Any, column: Column) -> str:
    text = labels.text(value)
    if not text:
        return BLANK
    return text if column.private is None else MASKS[column.private](text)
