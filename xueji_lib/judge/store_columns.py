"""The store read a few columns at a time, as all schools have them now; and one school's tables as they were."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from xueji_lib.register import schema
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.school_references import school_groups
from xueji_lib.store import Store
from xueji_lib.store.at_rest import arrow_schema

State: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Term → table → school → what version of it is current (``Store.tables``)."""


class StoreColumns:
    """What is looked at when ``term`` is judged. ``now``: the state that counts as current."""

    def __init__(self, store: Store, term: str, now: State) -> None:
        self.store, self.term, self.now = store, term, now
        self._frames: dict[tuple[str, str, tuple[str, ...]], pd.DataFrame] = {}

    def of_students(self) -> Iterator[tuple[str, str]]:
        """(term, table) that have a row a student: those of the term, the last register and
        transfers, all earlier changes."""
        previous = previous_term_id(self.term)
        for term, tables in self.now.items():
            for table in tables:
                of_term = term == self.term or (term == previous and table in ("register", "transfers"))
                earlier = term < self.term and table == "changes"
                if (of_term or earlier) and schema.AT_REST[table].per_student and not schema.AT_REST[table].per_county:
                    yield term, table

    def read(self, term: str, table: str, *names: str) -> pd.DataFrame:
        """school_id (text) and these columns, of all schools; a column that the table lacks is left out, and a table
        that is not there has no rows."""
        if table not in self.now.get(term, {}):
            return pd.DataFrame(columns=["school_id", *names])
        if (key := (term, table, names)) not in self._frames:
            stored = arrow_schema(schema.AT_REST[table]).names
            wanted = ("school_id", *(name for name in names if name in stored))
            self._frames[key] = _plain(self.store.columns(term, table, wanted))
        return self._frames[key]

    def versions(self, term: str, table: str, schools: Collection[str], state: State) -> list[pd.DataFrame]:
        """Whole tables of schools as they were in a state, one a school that had rows. Raises StoreError where a
        version is gone."""
        versions = state.get(term, {}).get(table, {})
        names = tuple(arrow_schema(schema.AT_REST[table]).names)
        return [
            _plain(self.store.version(term, table, version["segment"], school, names))
            for school in sorted(schools)
            if (version := versions.get(school)) and version["rows"]
        ]

    @cached_property
    def directory(self) -> pd.DataFrame:
        """学校名录 of the term: school_id, school_name and central_school."""
        return self.store.directory(self.term, ["school_id", "school_name", "central_school"])

    @cached_property
    def central_groups(self) -> Mapping[str, int]:
        """School of the directory → a number that the schools of one 中心校 share and no others."""
        directory, ids = self.directory, self.directory["school_id"].astype(str).tolist()
        group = school_groups(directory["central_school"].astype(object), ids, directory["school_name"].tolist())
        return dict(zip(ids, group.tolist(), strict=True))


def _plain(table: pa.Table) -> pd.DataFrame:
    """Plain columns: text instead of categories."""
    columns = {
        name: column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    frame: pd.DataFrame = pa.table(columns).to_pandas(types_mapper={pa.int32(): pd.Int32Dtype()}.get)
    return frame
