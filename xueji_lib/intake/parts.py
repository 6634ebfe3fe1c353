"""A file that comes later and holds only a part of a school's list updates the list; the rest of it stays.

Of the register the pupils it names, of the headcount the classes it holds, of the replies the findings it holds. Of the
other tables a file replaces the school's table, and what vanishes by it is counted. Source: data contract 2, "A part
sent later". All schools at once: what is stored is read once a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.intake.part_outcomes import Updated, Vanished
from xueji_lib.intake.same_rows import Flags, Marks, marks, named, surplus
from xueji_lib.register import schema
from xueji_lib.register.schema import Table
from xueji_lib.register.unknown_cells import UNKNOWN
from xueji_lib.store import Store, empty
from xueji_lib.support.errors import StoreError

WHOLE: Final = 0.9
"""Of a school's pupils; a file that names as many is the list itself."""
VANISHED: Final = 0.1
"""Of a table's rows; more that are gone are named in the report."""
_BY: Final[Mapping[str, Sequence[str]]] = {
    "register": (),
    "headcount": ("school_id", "grade", "class_no"),
    "replies": ("school_id", "finding_id"),
}
"""Tables that a part updates: the columns that tell what of the list it holds; none: the pupils it names."""
_SAME: Final[Mapping[str, Sequence[str]]] = {
    "classes": ("grade", "class_no"),
    "custody": ("school_year",),
    "disclosures": ("given_date", "receiver"),
    "reports": ("term",),
    "complaints": ("received_date", "school_id", "category"),
}
"""By what a row of a table that names no pupil is known again."""
_WHO: Final = ("school_id", "name", "grade", "class_no", "id_number", "register_no", "finding_id")


@dataclass
class Settled:
    """Tables as they are to be stored, and what came of the parts. ``damaged``: sentences about lists in the store
    that cannot be read, so that what came stands alone."""

    tables: dict[str, pd.DataFrame]
    rejected: pd.DataFrame
    updated: list[Updated] = field(default_factory=list)
    vanished: list[Vanished] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def settle(store: Store, term: str, tables: Mapping[str, pd.DataFrame], rejected: pd.DataFrame) -> Settled:
    """The tables that an inbox brought, completed with what stays of those in the store."""
    settled = Settled(dict(tables), rejected)
    for name, frame in tables.items():
        if name == "schools" or not len(frame) or not store.has(term, name):
            continue
        stored = _Stored(store, term, schema.TABLES[name], settled)
        if name in _BY:
            _update(settled, stored)
        else:
            settled.vanished += _vanished(stored.table, stored.rows(frame, stored.telling), frame)
    return settled


@dataclass
class _Stored:
    """What the store has of a table. Lists that are damaged are left out, and said: what came heals them."""

    store: Store
    term: str
    table: Table
    settled: Settled

    @property
    def telling(self) -> list[str]:
        """The columns by which rows are known again."""
        wanted = {*_WHO, *_SAME.get(self.table.id, ())}
        return [column.id for column in self.table if column.id in wanted or column.required]

    def rows(self, of: pd.DataFrame, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The rows of the schools in ``of``."""
        if self.table.per_county:
            return self._read(None, columns)
        return self._read(sorted({str(school) for school in of["school_id"].dropna().unique()}), columns)

    def _read(self, schools: Sequence[str] | None, columns: Sequence[str] | None) -> pd.DataFrame:
        try:
            return self.store.read(self.term, self.table.id, columns, schools, raw=True)
        except StoreError:
            if schools is None or len(schools) == 1:
                whose = schools[0] if schools else "全县"
                sentence = f"{whose} 的{self.table.header}在数据仓里已损坏，没法在上面更新，这次收的就是整张表"
                self.settled.damaged += [] if sentence in self.settled.damaged else [sentence]
                return empty(self.table, columns)
        return together(self.table, [self._read([school], columns) for school in schools], columns)


# ---- a part updates ----


def _update(settled: Settled, stored: _Stored) -> None:
    table, new = stored.table, settled.tables[stored.table.id]
    schools = _with_a_part(table, stored.rows(new, stored.telling), new)
    if not schools:
        return
    part = new[new["school_id"].isin(schools)]
    old = stored.rows(part)
    goes = named(old, part, by_class=True) if table.id == "register" else _held(table, old, part)
    same = _saying_the_same(table, old[goes], part)
    settled.tables[table.id] = together(
        table, [new[~new["school_id"].isin(same)], old[~goes | old["school_id"].isin(same).to_numpy()]]
    )
    settled.rejected = _rejected(settled.rejected, stored.store.rejected(stored.term), table.id, schools)
    settled.updated += _account(table, old, part, goes)


def _with_a_part(table: Table, old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """The schools of whose stored pupils (of the replies: findings) the new rows name less than nine tenths."""
    if old.empty:
        return []
    again = _held(table, old, new) if table.id == "replies" else named(old, new, by_class=False)
    shares = pd.Series(again).groupby(_schools(old)).mean()
    return sorted(str(school) for school in shares.index[shares < WHOLE])


def _held(table: Table, old: pd.DataFrame, new: pd.DataFrame) -> Flags:
    """Per stored row: the part holds its class, or its finding."""
    columns = _BY[table.id]
    held: Flags = np.isin(marks(old, columns), marks(new, columns))
    return held


def _saying_the_same(table: Table, old: pd.DataFrame, new: pd.DataFrame) -> set[str]:
    """The schools whose part says what the list said: then the list stays as it is, its order and origins too."""
    columns = [*(column.id for column in table), UNKNOWN]
    contents = [_by_school(frame, marks(frame, columns)) for frame in (old, new)]
    return {school for school, rows in contents[1].items() if contents[0].get(school) == rows}


def _by_school(frame: pd.DataFrame, of_rows: Marks) -> dict[str, list[int]]:
    """School → its rows' marks, sorted."""
    contents: dict[str, list[int]] = {}
    for school, mark in sorted(zip(_schools(frame).tolist(), of_rows.tolist(), strict=True)):
        contents.setdefault(school, []).append(mark)
    return contents


def _account(table: Table, old: pd.DataFrame, new: pd.DataFrame, goes: Flags) -> list[Updated]:
    columns = _BY[table.id]
    units = new[~pd.Series(marks(new, columns), index=new.index).duplicated()] if columns else new
    counts = [_count(units), _count(old[goes]), _count(new), _count(old[~goes])]
    return [
        Updated(table.id, school, *(int(count.get(school, 0)) for count in counts))
        for school in sorted(counts[2].index)
    ]


def _rejected(new: pd.DataFrame, old: pd.DataFrame, table: str, schools: Sequence[str]) -> pd.DataFrame:
    """What was refused of the list so far stays remembered; the same part again adds nothing to it."""
    before = old[(old["table"] == table) & old["school_id"].isin(schools)]
    if before.empty:
        return new
    both = pd.concat([new, before], ignore_index=True)
    largest: pd.DataFrame = both.groupby(["table", "school_id", "code"])["rows"].max().reset_index()
    return largest


# ---- a list replaces ----


def _vanished(table: Table, old: pd.DataFrame, new: pd.DataFrame) -> list[Vanished]:
    if old.empty:
        return []
    whose = np.full(len(old), "", dtype=object) if table.per_county else _schools(old)
    counts = pd.DataFrame({"school": whose, "gone": _gone(table, old, new)}).groupby("school")["gone"]
    numbers = zip(counts.sum().items(), counts.size(), strict=True)
    return [
        Vanished(table.id, str(school), int(rows), int(before))
        for (school, rows), before in numbers
        if rows > VANISHED * before
    ]


def _gone(table: Table, old: pd.DataFrame, new: pd.DataFrame) -> Flags:
    """Per stored row: the new rows have no such row, or fewer of the kind."""
    if table.per_student:
        of_school = ("school_id",) if table.of_schools else ()
        return ~named(old, new, by_class=False) | surplus(*_of_kind((*of_school, "name"), old, new), known_only=True)
    own = _SAME.get(table.id) or [column.id for column in table if column.required]
    columns = own if table.per_county else list(dict.fromkeys(["school_id", *own]))
    return surplus(*_of_kind(columns, old, new))


def _of_kind(columns: Sequence[str], old: pd.DataFrame, new: pd.DataFrame) -> tuple[Marks, Marks]:
    return marks(old, columns), marks(new, columns)


# ---- rows ----


def _schools(frame: pd.DataFrame) -> npt.NDArray[Any]:
    return frame["school_id"].astype(object).to_numpy()


def _count(frame: pd.DataFrame) -> pd.Series[int]:
    """Rows by school."""
    return pd.Series(_schools(frame), dtype=object).value_counts()


def together(table: Table, frames: Sequence[pd.DataFrame], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Frames at rest as one, its categories those of all."""
    labels = [name for name, kind in empty(table, columns).dtypes.items() if str(kind) == "category"]
    plain = [frame.astype(dict.fromkeys(labels, object)) for frame in frames if len(frame)]
    if not plain:
        return empty(table, columns)
    return pd.concat(plain, ignore_index=True).astype(dict.fromkeys(labels, "category"))
