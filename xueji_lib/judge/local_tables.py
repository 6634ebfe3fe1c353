"""What a local rule is handed: the county's tables as plain pandas frames of its own.

Every frame is a copy: whatever a rule does to it, no other rule sees it.
"""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from xueji_lib.county import County
from xueji_lib.county.rows import Ints, Rows
from xueji_lib.local_rules import READ
from xueji_lib.register.calendar import Term
from xueji_lib.register.policy import Policy
from xueji_lib.support.errors import UsageError

PARSED = ("id_form", "id_birth", "id_check", "id_sex")
"""What an ID number says, beside it: 18, 15 or 0; the date in it; its check digit is right; 男 or 女."""


class NoSuchTable(UsageError, AttributeError):
    """``t.`` with a name that is no table."""


class Tables:
    """``t.register``, ``t.headcount``, … and ``t.as_of``, ``t.term``, ``t.policy``.

    A frame has the table's columns by ASCII id (schema.py), codes and school ids as text, and besides

    - ``<table>_row``: the row's number, by which the rule's answer is taken back to the records; keep it;
    - ``person`` (tables that name a student): one number for one student in all tables;
    - with ``id_number``: ``id_form``, ``id_birth``, ``id_check``, ``id_sex``.

    A missing value is NaN/NaT/NA whether the cell is blank or unknown; ``unknown`` tells which.
    """

    def __init__(self, county: County, frame: type[pd.DataFrame] = pd.DataFrame) -> None:
        self._county = county
        self._type = frame
        self._frames: dict[str, pd.DataFrame] = {}
        self._people = pd.Index([], dtype=np.int64)

    @property
    def as_of(self) -> dt.date:
        """检查基准日."""
        return self._county.as_of

    @property
    def term(self) -> Term:
        """The term judged: ``t.term.id``, ``.start``, ``.end``."""
        return self._county.term

    @property
    def policy(self) -> Policy:
        """The figures in force, e.g. ``t.policy["report_days"]``; a copy."""
        policy = self._county.policy
        return replace(policy, figures=MappingProxyType(copy.deepcopy(dict(policy.figures))))

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name not in READ:
            raise NoSuchTable(f"没有 {name} 这张表。可用的：{'、'.join(READ)}")
        if name not in self._frames:
            self._frames[name] = self._copy(name)
        return self._frames[name]

    def __dir__(self) -> list[str]:
        return [*READ, "as_of", "term", "policy", "unknown", "blank"]

    def unknown(self, table: str, column: str) -> pd.Series:
        """A flag a row: the cell is unknown (no such column in the file, or its content was rejected)."""
        return self._flags(table, column, "unknown")

    def blank(self, table: str, column: str) -> pd.Series:
        """A flag a row: the column is there and the cell was left empty."""
        return self._flags(table, column, "blank")

    def _flags(self, table: str, column: str, kind: str) -> pd.Series:
        if table not in READ:
            raise NoSuchTable(f"没有 {table} 这张表。可用的：{'、'.join(READ)}")
        rows = self._county[table]
        if column not in {c.id for c in rows.table}:
            raise UsageError(f"{table} 没有 {column} 这一列")
        if not rows.has(column):
            raise UsageError(f"{table} 的 {column} 没有读入：请把列名直接写在检查的代码里")
        return pd.Series(np.array(getattr(rows[column], kind)), name=column)

    def _copy(self, name: str) -> pd.DataFrame:
        rows = self._county[name]
        wanted = [c.id for c in rows.table if rows.has(c.id)] + [c for c in PARSED if rows.has(c)]
        frame = rows.frame[wanted].reset_index(drop=True).copy(deep=True)
        # Categories compare and group in ways of their own; text does as one expects.
        labels = [c for c in wanted if isinstance(frame[c].dtype, pd.CategoricalDtype)]
        frame = frame.astype(dict.fromkeys(labels, "str"))
        if rows.table.per_student:
            frame["person"] = self._numbered(rows)
        frame[f"{name}_row"] = np.arange(len(frame))
        return self._type(frame)

    def _numbered(self, rows: Rows) -> Ints:
        """The county's keys of persons hold the ID number; so a rule gets their positions in a list instead."""
        keys: Any = self._county.persons(rows)
        fresh = pd.Index(pd.unique(keys)).difference(self._people, sort=False)
        self._people = self._people.append(fresh)
        return np.asarray(self._people.get_indexer(keys), dtype=np.int64)
