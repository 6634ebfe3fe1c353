"""The notice's duties that are kept as a table, a row a school and school year: pledge of secrecy, training, registrar.

What the schools handed in is laid out; what the rules say of it (R701, R703, R704 …) stands in the findings.
Source: notice 三(一), 三(二).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from xueji_lib.register import labels
from xueji_lib.register.calendar import TERM_ID
from xueji_lib.register.vocabulary import SchoolKind
from xueji_lib.store import Store


@dataclass(frozen=True, slots=True)
class DutyColumn:
    """A column of the table, wherever it is shown. ``name``: where it is ``recorded``, the column's id in the table
    custody; ``width``: in a workbook, in characters; ``short`` heading, ``unit`` and ``one_line`` (never broken): on
    the bureau's page."""

    name: str
    heading: str
    width: int
    recorded: bool = False
    short: str = ""
    unit: str = ""
    one_line: bool = False


COLUMNS: Final = (
    DutyColumn("school_id", "学校标识码", 13),
    DutyColumn("school", "学校", 30),
    DutyColumn("township", "乡镇", 12),
    DutyColumn("registrar", "学籍管理员", 12, recorded=True),
    DutyColumn("registrar_since", "任职日期", 12, recorded=True, short="任职", one_line=True),
    DutyColumn("vice_principal", "分管副校长", 12, recorded=True),
    DutyColumn("pledge_date", "保密承诺书签订", 16, recorded=True, short="承诺书", one_line=True),
    DutyColumn("trainings", "培训次数", 10, recorded=True, short="培训", unit=" 次"),
    DutyColumn("lacking", "还缺", 30),
)
"""A line more shows a column more of custody: in the workbook, on the bureau's page and on the principal's."""
RECORDED: Final = tuple(column for column in COLUMNS if column.recorded)
_ALSO_IN_DIRECTORY: Final = ("registrar", "registrar_since", "vice_principal")
"""Who is responsible also stands in the directory."""
NO_RECORD: Final = "没有交记录"


@dataclass(frozen=True, slots=True)
class Duty:
    """One school in one school year. ``cells``: text by the name of each of ``COLUMNS``, "" where nothing was written;
    ``lacking``: what is still missing, also joined in the cell of that name."""

    school_id: str
    lacking: tuple[str, ...]
    cells: Mapping[str, str]


def years(store: Store) -> list[str]:
    """School years with data, the latest first."""
    names = {f"{m[1]}-{m[2]}" for term in store.terms() if (m := TERM_ID.match(term))}
    return sorted(names, reverse=True)


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
        record = records.setdefault(str(row["school_id"]), {})
        for column in RECORDED:
            if text := labels.text(row[column.name]):
                record[column.name] = text


def _duty(row: dict[object, object], records: dict[str, dict[str, str]]) -> Duty:
    school = str(row["school_id"])
    record = records.get(school)
    values = {column.name: "" for column in RECORDED} | (record or {})
    for name in _ALSO_IN_DIRECTORY:
        values[name] = values[name] or labels.text(row[name])
    lacking = [NO_RECORD] if record is None else []
    if record is not None and not values["pledge_date"]:
        lacking.append("保密承诺书")
    if record is not None and values["trainings"] in ("", "0"):
        lacking.append("培训")
    lacking += [] if values["registrar"] else ["学籍管理员"]
    lacking += (
        []
        if values["vice_principal"] or labels.text(row["school_kind"]) == SchoolKind.TEACHING_POINT
        else ["分管副校长"]
    )
    values |= {
        "school_id": school,
        "school": labels.text(row["school_name"]) or school,
        "township": labels.text(row["township"]),
        "lacking": "、".join(lacking),
    }
    return Duty(school, tuple(lacking), values)
