"""The notice's duties that are kept as a table, a row a school and school year: pledge of secrecy, training, registrar.

What the schools handed in is laid out; what the rules say of it (R701, R703, R704 …) stands in the findings.
Source: notice 三(一), 三(二).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from xueji_lib.register import labels
from xueji_lib.register.calendar import TERM_ID
from xueji_lib.store import Store

HEADS: Final = {
    "school_id": "学校标识码", "school": "学校", "township": "乡镇", "registrar": "学籍管理员", "since": "任职日期",
    "vice_principal": "分管副校长", "pledge": "保密承诺书签订", "trainings": "培训次数", "lacking": "还缺",
}  # fmt: skip
NO_RECORD: Final = "没有交记录"


@dataclass(frozen=True, slots=True)
class Duty:
    """One school in one school year; all text, "" where nothing was written. ``lacking``: what is still missing."""

    school_id: str
    school: str
    township: str
    registrar: str
    since: str
    vice_principal: str
    pledge: str
    trainings: str
    lacking: tuple[str, ...]


def years(store: Store) -> list[str]:
    """School years with data, the latest first."""
    found = {f"{m[1]}-{m[2]}" for term in store.terms() if (m := TERM_ID.match(term))}
    return sorted(found, reverse=True)


def of_year(store: Store, year: str, only: str = "") -> list[Duty]:
    """A row for every school of the directory (``only``: that one); of several records the latest term's counts, and
    what it left blank is taken from the earlier."""
    terms = [term for term in store.terms() if term.startswith(f"{year}-")]
    if not terms:
        return []
    directory = store.directory(terms[-1])
    records: dict[str, dict[str, str]] = {}
    schools = [only] if only else None
    for term in terms:
        if store.has(term, "custody"):
            _gather(records, store.read(term, "custody", schools=schools), year)
    listed = directory.to_dict("records")
    return [_duty(row, records) for row in listed if not only or str(row["school_id"]) == only]


def _gather(records: dict[str, dict[str, str]], custody: pd.DataFrame, year: str) -> None:
    rows = custody[custody["school_year"].astype(object) == year]
    for row in rows.to_dict("records"):
        kept = records.setdefault(str(row["school_id"]), {})
        for name in ("registrar", "registrar_since", "vice_principal", "pledge_date", "trainings"):
            if text := labels.text(row[name]):
                kept[name] = text


def _duty(row: dict[object, object], records: dict[str, dict[str, str]]) -> Duty:
    school = str(row["school_id"])
    record = records.get(school)
    said = record or {}
    # Who is responsible also stands in the directory.
    registrar = said.get("registrar") or labels.text(row["registrar"])
    since = said.get("registrar_since") or labels.text(row["registrar_since"])
    vice = said.get("vice_principal") or labels.text(row["vice_principal"])
    lacking = [NO_RECORD] if record is None else []
    if record is not None and "pledge_date" not in said:
        lacking.append("保密承诺书")
    if record is not None and said.get("trainings", "0") == "0":
        lacking.append("培训")
    lacking += [] if registrar else ["学籍管理员"]
    lacking += [] if vice or labels.text(row["school_kind"]) == "教学点" else ["分管副校长"]
    return Duty(
        school, labels.text(row["school_name"]) or school, labels.text(row["township"]), registrar, since, vice,
        said.get("pledge_date", ""), said.get("trainings", ""), tuple(lacking),
    )  # fmt: skip
