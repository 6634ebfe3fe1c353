"""Whom a question's sample is drawn from: the pupils of a school's ledgers, or its classes, each under its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from xueji_lib.casebook import roster
from xueji_lib.register import identity, labels, schema
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.sampling import BY_TABLE, CLASSES, SampledTable, Sampling
from xueji_lib.store import Store

ALL: Final = "全体"
"""The stratum, where there is only one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pupil or class that may be drawn. ``key`` is made of full numbers and never leaves the machine; ``item`` is
    what papers and the casebook have of it: name, place, masked number, and the records to be held against paper."""

    key: str
    stratum: str
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """Everybody who may be drawn. ``absent_tables``: ledgers of which the school has no row, by their Chinese names."""

    candidates: tuple[Candidate, ...]
    absent_tables: tuple[str, ...]


def frame_of(store: Store, term: str, school_id: str, sampling: Sampling) -> Frame:
    """The frame of a question at a school. Raises StoreError."""
    if sampling.unit == CLASSES:
        return Frame(tuple(_class(*of) for of in roster.classes(store, term, school_id)), ())
    pupils: dict[str, Candidate] = {}
    absent: list[str] = []
    for part in sampling.tables:
        table = schema.TABLES[part.table]
        rows = store.read(term, part.table, schools=[school_id]) if store.has(term, part.table) else pd.DataFrame()
        if rows.empty:
            absent.append(table.header)
            continue
        for row in roster.records(rows[_wanted(rows, part, term)]):
            key = str(row["id_number"] or row["register_no"] or "")
            key = key or "|".join(labels.text(row.get(name)) for name in ("name", "grade", "class_no"))
            shown = [[table[name].header, labels.text(row[name])] for name in part.show]
            record = {"table": table.header, "shown": shown}
            if key in pupils:
                pupils[key].item["records"].append(record)
                continue
            stratum = table.header if sampling.strata == BY_TABLE else labels.text(row.get(sampling.strata)) or ALL
            pupils[key] = Candidate(key, stratum, _pupil(row) | {"records": [record]})
    return Frame(tuple(pupils.values()), tuple(absent))


def _class(grade: int, class_no: int, enrolled: int) -> Candidate:
    item = {"name": "", "place": labels.class_label(grade, class_no), "ref": "", "grade": grade, "class_no": class_no,
            "records": [{"table": "学籍名册", "shown": [["在读人数", str(enrolled)]]}]}  # fmt: skip
    return Candidate(f"{grade}-{class_no}", ALL, item)


def _pupil(row: Mapping[Any, Any]) -> dict[str, Any]:
    number = str(row["id_number"] or row["register_no"] or "")
    place = labels.class_label(row.get("grade"), row.get("class_no"))
    where = {name: int(row[name]) for name in ("grade", "class_no") if row.get(name) is not None}
    return {"name": str(row["name"] or "（无姓名）"), "place": place, "ref": identity.mask_id(number), **where}


def _wanted(rows: pd.DataFrame, part: SampledTable, term: str) -> Any:
    """Which rows are of the term (or of an unknown day) and have the words asked for."""
    chosen = np.ones(len(rows), dtype=bool)
    for column, words in part.where.items():
        chosen &= rows[column].astype(object).isin(words).to_numpy()
    if part.dated:
        calendar = Calendar.load()
        days = rows[part.dated].to_numpy("datetime64[D]")
        _, of_term = calendar.handed_in(days)
        chosen &= np.isnat(days) | (of_term == list(calendar.terms).index(term))
    return chosen
