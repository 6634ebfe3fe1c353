"""What a change of some schools' data can change elsewhere: the schools whose answers it may touch.

An answer of one school depends on its own tables, on the county's, and on other schools' rows only in the ways that the
rules name (``across``). So a change touches the schools that one of these ways leads to. Whatever does not fit this
picture (the directory, a table of the county, a table that was never there) touches all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from xueji_lib.judge import change as changes
from xueji_lib.judge.change import DataChange
from xueji_lib.judge.neighbours import around, ways
from xueji_lib.judge.store_columns import State, StoreColumns
from xueji_lib.rules.across import Across
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError

COUNTY_TABLES: Final = (
    "register", "previous_register", "residents", "headcount", "transfers", "suspensions", "dropouts", "changes",
)  # fmt: skip
"""What the checks that the county itself is charged with may look at."""


@dataclass(frozen=True)
class Touched:
    """``schools``: whose answers may be others now; ``around``: those and whoever their answers look at."""

    schools: frozenset[str]
    around: frozenset[str]
    county: bool
    """A table of ``COUNTY_TABLES`` changed somewhere."""


def touched(store: Store, term: str, before: State, now: State, across: Collection[Across]) -> Touched | None:
    """What changed between two states of the store, as far as it can matter to a school's answers for the term; None:
    anything may. ``across``: what the rules look at in other schools."""
    change = changes.between(before, now)
    if change is None or Across.COUNTY in across:
        return None
    if Across.REGISTERS in across and change.registers_come_or_go():
        return None
    columns = StoreColumns(store, term, now)
    try:
        leading = ways(across, columns)
        schools = change.schools.union(*(way.touched(change) for way in leading))
    except StoreError:  # an old version is gone
        return None
    return Touched(schools, around(leading, schools), _for_county(change, term))


def _for_county(change: DataChange, term: str) -> bool:
    tables = {*COUNTY_TABLES, "rollcalls"}
    return any(
        part.table in tables and (part.term == term or part.table in ("register", "changes")) for part in change.parts
    )
