"""A part of the county, loaded so that some schools' answers are those of the whole county."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from xueji_lib.county import ALL, County, Extent
from xueji_lib.county.mismatches import UNREGISTERED
from xueji_lib.register.inspection import Yardstick
from xueji_lib.rules.across import Across
from xueji_lib.store import Store


@dataclass(frozen=True)
class PartOfCounty:
    """Where a part is loaded from, and what it is judged by. ``columns``: register columns that local rules name;
    ``tables``: those that checks of schools may look at; ``crashes``: where their details go (None: the store's)."""

    store: Store
    yardstick: Yardstick
    columns: Sequence[str] = ()
    tables: Collection[str] = ALL
    crashes: Path | None = None

    @property
    def logs(self) -> Path:
        """The folder for the details of crashes."""
        return self.crashes or self.store.root / "logs"

    def around(self, schools: Collection[str], across: Collection[Across], mismatches: pd.DataFrame) -> County:
        """These schools' rows, the tables of the county, and the facts of the whole county that ``across`` names.

        ``schools``: those asked and all that their answers look at (``neighbours.around``). ``mismatches``: the list of
        the whole county (``Check.mismatches``), of a time when what is not loaded was as it is now.
        """
        county = self.load(self.tables, schools)
        if Across.REGISTERS in across:
            county.not_loaded = {"register": self.store.schools(self.yardstick.term.id, "register")}
        if Across.NUMBERLESS in across:
            county.numberless_elsewhere = int((~numberless(mismatches).isin(list(schools))).sum())
        return county

    def load(self, tables: Collection[str], schools: Collection[str] | None, register: Sequence[str] = ()) -> County:
        """These tables alone, of these schools (None: all); ``register``: these columns of the register alone."""
        return County.load(self.store, self.yardstick, self.columns, Extent(tables, schools, register))


def numberless(mismatches: pd.DataFrame) -> pd.Series:
    """The school of every 在校不在籍 row without a number."""
    rows = mismatches[(mismatches["kind"] == UNREGISTERED) & (mismatches["student_ref"] == "")]
    return rows["school_id"]
