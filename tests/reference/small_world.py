"""Counties of a few rows, for the reference's own tests: what a row does not say is blank."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from tests.reference.archive import Archive
from tests.reference.compare import BOOK, CATALOGUE, archive_of, disagreements, expected_of, natures
from tests.reference.random_cells import fixed
from tests.reference.random_county import RandomCounty
from tests.reference.stored import stored
from tests.reference.three_valued import BLANK
from xueji_lib.judge.engine import judge
from xueji_lib.register import schema
from xueji_lib.register.calendar import Calendar, previous_term_id
from xueji_lib.register.identity import check_digit
from xueji_lib.register.policy import Policy

TERM = "2026-2027-1"
AS_OF = dt.date(2026, 11, 20)
ONE, TWO, THREE, SPECIAL = "2264000201", "2264000203", "2264000205", "2264000209"
KINDS = {ONE: "小学", TWO: "小学", THREE: "教学点", SPECIAL: "特殊教育学校"}
Cells = dict[str, Any]


def number(order: int, birth: str = "20170605") -> str:
    """A right 身份证件号 of a boy or a girl."""
    first = f"640422{birth}{order:03d}"
    return first + check_digit(first)


def pupil(name: str, order: int = 11, **cells: Any) -> Cells:
    """A row that names a student of 三年级1班 of the first school, with both numbers."""
    named = {"school_id": ONE, "name": name, "grade": 3, "class_no": 1, "sex": "男"}
    return named | {"id_number": number(order), "register_no": "G" + number(order)} | cells


def numberless(name: str, **cells: Any) -> Cells:
    return pupil(name, **({"id_number": BLANK, "register_no": BLANK} | cells))


def school(code: str, **cells: Any) -> Cells:
    return {"school_id": code, "school_name": f"{code}小学", "school_kind": KINDS[code], "area": "镇区"} | cells


def day(month: int, date: int, year: int = 2026) -> dt.date:
    return dt.date(year, month, date)


def world(as_of: dt.date = AS_OF, earlier_changes: list[Cells] | None = None, **tables: list[Cells]) -> Archive:
    """The county on a day, as the reference sees it."""
    return archive_of(made(as_of, earlier_changes, **tables))


def made(as_of: dt.date = AS_OF, earlier_changes: list[Cells] | None = None, **tables: list[Cells]) -> RandomCounty:
    """The county on a day; without a directory the three schools and the special one."""
    directory = tables.pop("schools", [school(code) for code in KINDS])
    tables = {name: list(rows) for name, rows in tables.items()}
    # A bystander on every register and in every headcount, so that no school lacks them.
    for table in ("register", "headcount"):
        if table in tables:
            for n, row in enumerate(directory):
                bystander = pupil(
                    f"旁人{'甲乙丙丁'[n]}", 101 + 2 * n, school_id=row["school_id"], presence="在校", grade=2
                )
                tables[table].append(bystander)
    frames = {name: frame(name, rows) for name, rows in {"schools": directory, **tables}.items()}
    earlier = frame("changes", earlier_changes or [])
    calendar = Calendar.load()
    return RandomCounty(
        frames,
        earlier.assign(_term=previous_term_id(TERM)),
        pd.DataFrame([], columns=["table", "school_id", "code", "rows"]),
        calendar.term(TERM),
        as_of,
        Policy.load(),
        calendar,
    )


def settled_by_both(rule: str, county: RandomCounty, folder: Path) -> dict[str, str]:
    """School → the status that engine and reference give it; the two say the same in all."""
    catalogue = replace(CATALOGUE, entries={rule: CATALOGUE.entries[rule]})
    check, expected = judge(county.county(), catalogue, folder), expected_of(county, [rule])
    assert disagreements(check, expected) == []
    return {code: outcome.status for code, outcome in expected[rule].items()}


def frame(name: str, rows: list[Cells]) -> pd.DataFrame:
    table = schema.TABLES["register" if name == "previous_register" else name]
    return stored(table, [{c.id: fixed(table, c, row.get(c.id, BLANK)) for c in table} for row in rows])


def found(county: Archive, rule: str, code: str = ONE) -> list[tuple[Any, str]]:
    """Name and nature of what the reference finds at a school."""
    outcome = BOOK.judge(rule, county)[code]
    return [(min(hit), nature) for hit, nature in zip(outcome.hits, natures(rule, outcome), strict=True)]


def status(county: Archive, rule: str, code: str = ONE) -> str:
    return BOOK.judge(rule, county)[code].status
