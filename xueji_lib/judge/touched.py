"""What a change of some schools' data can change elsewhere: the schools whose answers it may touch.

An answer of one school depends on its own tables, on the county's, and on other schools' rows only through a number
that both have, through 同名同性别同生日 (R203), or through a transfer that names the school (R112). So a changed row
touches the schools that share such a thing with it, or with a row that the same school links otherwise because of it.
Whatever does not fit this picture (the directory, a table of the county, a table that was never there) touches all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from xueji_lib.register import schema
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.identity import clean_names
from xueji_lib.store import Store
from xueji_lib.store.at_rest import arrow_schema
from xueji_lib.support.errors import StoreError

State: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Term → table → school → what version of it is current (``Store.tables``)."""
Keys: TypeAlias = npt.NDArray[np.int64]

_NUMBERS: Final = ("id_key", "register_key")
_ALIKE: Final = ("name", "sex", "birth_date")
_PERSON: Final = ("name", "grade", "class_no")


@dataclass(frozen=True)
class Touched:
    """``schools``: whose answers may be others now; ``around``: those and whoever their answers look at."""

    schools: frozenset[str]
    around: frozenset[str]
    register: bool
    """The register of the term changed somewhere."""


def touched(store: Store, term: str, before: State, now: State) -> Touched | None:
    """What changed between two states of the store, as far as it can matter for the term; None: anything may."""
    changed = _changed(before, now)
    if changed is None:
        return None
    schools = sorted({school for _, _, school in changed})
    look = _Look(store, term, now)
    try:
        numbers, people = look.keys_near(schools, changed, before)
    except StoreError:  # an old version is gone
        return None
    found = set(schools) | look.with_numbers(numbers) | look.alike(people)
    if any(t == term and table == "transfers" for t, table, _ in changed):
        moved = {school for t, table, school in changed if t == term and table == "transfers"}
        found |= look.naming(moved) | look.named_by(moved)
        found |= look.named(_names_in(look.old(term, "transfers", moved, before)))
    around = found | look.with_numbers(look.numbers_of(found)) | look.alike(look.people_of(found))
    around |= look.naming(found) | look.named_by(found)
    return Touched(frozenset(found), frozenset(around), any(t == term and n == "register" for t, n, _ in changed))


def _changed(before: State, now: State) -> set[tuple[str, str, str]] | None:
    """(term, table, school) that have another version; None where a school's part is not all that changed."""
    if {t: set(tables) for t, tables in before.items()} != {t: set(tables) for t, tables in now.items()}:
        return None
    changed = set()
    for term, tables in now.items():
        for table, versions in tables.items():
            was = before[term][table]
            for school in versions.keys() | was.keys():
                new, old = versions.get(school), was.get(school)
                if new != old:
                    if not school or table == "schools":
                        return None
                    if table == "register" and bool(new and new["rows"]) != bool(old and old["rows"]):
                        return None  # whether every school has a register matters to all (R106, R710)
                    changed.add((term, table, school))
    return changed


class _Look:
    """Reads the current state of the store, a few columns at a time."""

    def __init__(self, store: Store, term: str, now: State) -> None:
        self.store, self.term, self.now = store, term, now
        self._read: dict[tuple[str, str, tuple[str, ...]], pd.DataFrame] = {}

    def tables(self) -> Iterator[tuple[str, str]]:
        """(term, table) that are looked at when the term is judged, and have a row a person."""
        previous = previous_term_id(self.term)
        for term, tables in self.now.items():
            for table in tables:
                of_term = term == self.term or (term == previous and table == "register")
                earlier = term < self.term and table == "changes"
                if (of_term or earlier) and schema.AT_REST[table].per_student and not schema.AT_REST[table].per_county:
                    yield term, table

    def columns(self, term: str, table: str, *names: str) -> pd.DataFrame:
        """school_id (text) and these columns, of all schools; a column that the table lacks is left out."""
        if (key := (term, table, names)) not in self._read:
            self._read[key] = _frame(self.store.columns(term, table, _there(table, names)))
        return self._read[key]

    def old(self, term: str, table: str, schools: set[str], state: State) -> list[pd.DataFrame]:
        """Whole tables of schools as they were in a state."""
        versions = state.get(term, {}).get(table, {})
        names = tuple(arrow_schema(schema.AT_REST[table]).names)
        return [
            _frame(self.store.version(term, table, version["segment"], school, names))
            for school in sorted(schools)
            if (version := versions.get(school)) and version["rows"]
        ]

    # ---- within the schools that changed ----

    def keys_near(
        self, schools: list[str], changed: set[tuple[str, str, str]], before: State
    ) -> tuple[dict[str, Keys], pd.DataFrame]:
        """The numbers of all rows that are new, gone, or may be linked otherwise now; and the register's rows of the
        term that are new or gone, by ``_ALIKE``."""
        parts, people = [], []
        for school in schools:
            rows = []
            for term, table in self.tables():
                new = self.old(term, table, {school}, self.now)
                was = self.old(term, table, {school}, before) if (term, table, school) in changed else new
                for frame, other in ((new, was), (was, new)) if was is not new else ((new, was),):
                    for part in frame:
                        differs = _not_in(part, other) if was is not new else np.zeros(len(part), dtype=bool)
                        rows.append(_person(part, differs))
                        if term == self.term and table == "register":
                            people.append(part.loc[differs, ["school_id", *_ALIKE]])
            if rows:
                parts.append(_linked(pd.concat(rows, ignore_index=True)))
        near = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(_NUMBERS), dtype="int64")
        numbers = {kind: np.setdiff1d(near[kind].to_numpy(dtype=np.int64), [0]) for kind in _NUMBERS}
        empty = pd.DataFrame(columns=["school_id", *_ALIKE])
        return numbers, pd.concat(people, ignore_index=True) if people else empty

    # ---- in the county ----

    def numbers_of(self, schools: set[str]) -> dict[str, Keys]:
        """All numbers that rows of these schools have."""
        found: dict[str, list[Keys]] = {kind: [] for kind in _NUMBERS}
        for term, table in self.tables():
            frame = self.columns(term, table, *_NUMBERS)
            theirs = frame[frame["school_id"].isin(schools)]
            for kind in _NUMBERS:
                if kind in theirs:
                    found[kind].append(theirs[kind].to_numpy(dtype=np.int64))
        return {kind: np.setdiff1d(np.concatenate(keys), [0]) if keys else np.zeros(0, np.int64)
                for kind, keys in found.items()}  # fmt: skip

    def with_numbers(self, numbers: dict[str, Keys]) -> set[str]:
        """Schools that have a row with one of these numbers, or with a number that stands beside one of them in some
        row (R305 looks for the number a student had before), and so on."""
        found: set[str] = set()
        asked = {kind: np.zeros(0, dtype=np.int64) for kind in _NUMBERS}
        while any(len(numbers[kind]) for kind in _NUMBERS):
            beside: dict[str, list[Keys]] = {kind: [numbers[kind]] for kind in _NUMBERS}
            for term, table in self.tables():
                frame = self.columns(term, table, *_NUMBERS)
                kinds = [kind for kind in _NUMBERS if kind in frame]
                hit = np.zeros(len(frame), dtype=bool)
                for kind in kinds:
                    hit |= frame[kind].isin(numbers[kind]).to_numpy()
                found |= set(frame.loc[hit, "school_id"].unique())
                for kind in kinds if len(kinds) > 1 else ():
                    beside[kind].append(frame.loc[hit, kind].to_numpy(dtype=np.int64))
            asked = {kind: np.union1d(asked[kind], numbers[kind]) for kind in _NUMBERS}
            numbers = {k: np.setdiff1d(np.concatenate(keys), np.append(asked[k], 0)) for k, keys in beside.items()}
        return found

    def people_of(self, schools: set[str]) -> pd.DataFrame:
        frame = self._people()
        return frame[frame["school_id"].isin(schools)]

    def alike(self, people: pd.DataFrame) -> set[str]:
        """Schools whose register has a row that may be one of these by ``_ALIKE``: what is unknown may be anything."""
        everyone, columns = self._people(), list(_ALIKE)
        found: set[str] = set()
        for known, theirs in _by_what_is_known(everyone):
            for known_too, mine in _by_what_is_known(people):
                shared = [column for column in columns if column in known and column in known_too]
                if not shared:
                    return set(everyone["school_id"].unique())
                found |= set(theirs.merge(mine[shared].drop_duplicates(), on=shared)["school_id"].unique())
        return found

    def _people(self) -> pd.DataFrame:
        if "register" not in self.now.get(self.term, {}):
            return pd.DataFrame(columns=["school_id", *_ALIKE])
        return self.columns(self.term, "register", *_ALIKE)

    # ---- transfers name schools ----

    def naming(self, schools: set[str]) -> set[str]:
        """Schools whose transfers name one of these."""
        rows = self._transfers()
        wanted = self._called(schools)
        hit = rows["from_school"].isin(wanted) | rows["to_school"].isin(wanted)
        return set(rows.loc[hit, "school_id"].unique())

    def named_by(self, schools: set[str]) -> set[str]:
        """Schools that the transfers of these name."""
        rows = self._transfers()
        return self.named(_names_in([rows[rows["school_id"].isin(schools)]]))

    def named(self, names: set[str]) -> set[str]:
        """The schools of the directory that are called so."""
        return {school for school, called in self._directory().items() if called & names}

    def _called(self, schools: set[str]) -> set[str]:
        directory = self._directory()
        return set().union(*(directory.get(school, set()) for school in schools))

    def _directory(self) -> dict[str, set[str]]:
        if not hasattr(self, "_names"):
            frame = self.store.directory(self.term)
            ids = frame["school_id"].astype(str).tolist()
            called = _clean(frame["school_name"])
            self._names = {school: {school, name} for school, name in zip(ids, called, strict=True)}
        return self._names

    def _transfers(self) -> pd.DataFrame:
        if not hasattr(self, "_moves"):
            columns = ["school_id", "from_school", "to_school"]
            if "transfers" not in self.now.get(self.term, {}):
                return pd.DataFrame(columns=columns)
            frame = self.columns(self.term, "transfers", *columns[1:])
            self._moves = frame.assign(**{c: _clean(frame[c]) for c in columns[1:]})
        return self._moves


def _by_what_is_known(people: pd.DataFrame) -> Iterator[tuple[frozenset[str], pd.DataFrame]]:
    """Rows with the same of ``_ALIKE`` known."""
    there = people[list(_ALIKE)].notna()
    for pattern in there.drop_duplicates().itertuples(index=False):
        known = frozenset(column for column, is_known in zip(_ALIKE, pattern, strict=True) if is_known)
        yield known, people[(there == list(pattern)).all(axis=1)]


def _names_in(frames: list[pd.DataFrame]) -> set[str]:
    return {name for frame in frames for c in ("from_school", "to_school") for name in _clean(frame[c]) if name}


def _clean(names: pd.Series) -> list[str]:
    texts = [name if isinstance(name, str) else "" for name in names]
    cleaned: list[str] = clean_names(pa.array(texts, pa.string())).to_pylist()
    return cleaned


def _there(table: str, names: tuple[str, ...]) -> tuple[str, ...]:
    stored = arrow_schema(schema.AT_REST[table]).names
    return ("school_id", *(name for name in names if name in stored))


def _frame(table: pa.Table) -> pd.DataFrame:
    """Plain columns: text instead of categories."""
    columns = {
        name: column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    frame: pd.DataFrame = pa.table(columns).to_pandas(types_mapper={pa.int32(): pd.Int32Dtype()}.get)
    return frame


def _not_in(rows: pd.DataFrame, others: list[pd.DataFrame]) -> npt.NDArray[np.bool_]:
    """Rows that the others do not hold just so. The place in a file counts: evidence names it."""
    mine = pd.util.hash_pandas_object(rows, index=False).to_numpy()
    theirs = [pd.util.hash_pandas_object(other, index=False).to_numpy() for other in others]
    return ~np.isin(mine, np.concatenate(theirs)) if theirs else np.ones(len(rows), dtype=bool)


def _person(rows: pd.DataFrame, differs: npt.NDArray[np.bool_]) -> pd.DataFrame:
    frame = pd.DataFrame({"changed": differs})
    for kind in _NUMBERS:
        frame[kind] = rows[kind].to_numpy(dtype=np.int64) if kind in rows else 0
    for column in _PERSON:
        frame[column] = rows[column].to_numpy(dtype=object) if column in rows else None
    return frame


def _linked(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of one school whose links a changed row may change: a number frees or takes a name, and so on; then,
    suspected pairs being sought last and in a class, the classes of all these."""
    near = rows["changed"].to_numpy(dtype=bool)
    known = {column: rows[column].notna().to_numpy() for column in _PERSON}
    while True:
        more = near | (known["name"] & rows["name"].isin(rows.loc[near & known["name"], "name"]).to_numpy())
        for kind in _NUMBERS:
            keys = rows[kind]
            more |= (keys != 0).to_numpy() & keys.isin(keys[near]).to_numpy()
        if (more == near).all():
            break
        near = more
    classed = known["grade"] & known["class_no"]
    places = pd.MultiIndex.from_frame(rows[["grade", "class_no"]])
    return rows[near | (classed & places.isin(places[near & classed]))]
