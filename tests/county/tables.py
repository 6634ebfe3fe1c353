"""Small counties from real CSV text, through the real intake."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from xueji_lib import intake
from xueji_lib.county import County
from xueji_lib.county.kleene import Truth
from xueji_lib.register.calendar import Calendar, previous_term_id
from xueji_lib.register.identity import check_digit
from xueji_lib.register.inspection import Yardstick
from xueji_lib.register.policy import Policy
from xueji_lib.store import Store

TERM = "2026-2027-1"
AS_OF = dt.date(2026, 11, 20)
ONE, TWO, THREE = "2164000001", "2164000002", "2164000003"
SCHOOLS = f"""学校标识码,学校名称,办学类型,城乡类别,所属乡镇,所属中心校
{ONE},中心小学,小学,镇区,柳林镇,
{TWO},上湾教学点,教学点,乡村,柳林镇,中心小学
{THREE},城关小学,小学,城区,城关镇,
"""


def number(place: int) -> str:
    """A made-up 身份证件号 with the right check digit."""
    first = f"64042220170312{place:03d}"
    return first + check_digit(first)


def hand_in(folder: Path, term: str = TERM, **tables: str) -> Store:
    """Take these tables (file name → CSV text) in for a term; the directory is ``SCHOOLS`` where none is given."""
    inbox = folder / f"inbox-{term}"
    inbox.mkdir(parents=True, exist_ok=True)
    for name, text in {"学校名录": SCHOOLS, **tables}.items():
        (inbox / f"{name}.csv").write_text(text, "utf-8")
    store = Store(folder / "store")
    intake.run(inbox, store, term, Calendar.load())
    return store


def before(folder: Path, **tables: str) -> Store:
    """The same for the term before."""
    return hand_in(folder, previous_term_id(TERM), **tables)


def load(store: Store, as_of: dt.date = AS_OF) -> County:
    """The county on a day."""
    calendar = Calendar.load()
    return County.load(store, Yardstick(calendar.term(TERM), as_of, Policy.load(), calendar))


def county(folder: Path, **tables: str) -> County:
    """The county that these tables make."""
    return load(hand_in(folder, **tables))


def words(answer: Truth) -> list[str]:
    """是, 否 or 未知, a row each."""
    pairs = zip(answer.yes.tolist(), answer.unknown.tolist(), strict=True)
    return ["是" if yes else "未知" if unknown else "否" for yes, unknown in pairs]


def of_names(county: County, table: str, answer: Truth) -> dict[str, str]:
    """Name → word. Every name stands once."""
    names = county[table].strings("name").tolist()
    assert len(set(names)) == len(names)
    return dict(zip(names, words(answer), strict=True))
