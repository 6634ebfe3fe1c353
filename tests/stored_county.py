"""Random counties (``tests.reference``) laid into a store, and small changes to what lies there."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd

from tests.reference.random_county import RandomCounty, random_county
from xueji_lib.register import schema
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.unknown_cells import columns_of, text_of
from xueji_lib.store import Store

_NOTE = {"time": "2026-11-20T09:00:00", "files": []}
_WHO = ("id_number", "id_key", "id_form", "id_birth", "id_check", "id_sex")
_WHICH = ("register_no", "register_key")


def lay(root: Path, seed: int, counties: int) -> tuple[Store, RandomCounty]:
    """Some random counties side by side in one store: their people know each other, their schools are their own.
    Term, day, figures and calendar are those of the first, which is returned."""
    parts = [random_county(seed * 100 + n) for n in range(counties)]
    first, store = parts[0], Store(root)
    tables: dict[str, dict[str, list[pd.DataFrame]]] = {}
    for n, part in enumerate(parts):
        before = previous_term_id(first.term.id)
        for name, frame in part.frames.items():
            term, table = (before, "register") if name == "previous_register" else (first.term.id, name)
            tables.setdefault(term, {}).setdefault(table, []).append(_elsewhere(frame, n))
        earlier = part.earlier_changes
        for other in earlier["_term"].unique() if len(earlier) else ():
            rows = earlier[earlier["_term"] == other].drop(columns="_term")
            if other < first.term.id:
                tables.setdefault(other, {}).setdefault("changes", []).append(_elsewhere(rows, n))
    none = store.rejected(first.term.id)
    for term, named in sorted(tables.items()):
        store.commit(term, {table: _one(table, frames) for table, frames in named.items()}, none, _NOTE)
    return store, first


def change(store: Store, term: str, rng: random.Random) -> str:
    """One or a few small changes to one school's table of the term or the one before; returns what was changed."""
    where = [
        (t, table)
        for t in (term, term, term, previous_term_id(term))
        for table in schema.TABLES
        if store.has(t, table)
        and not schema.TABLES[table].per_county
        and table != "schools"
        and store.schools(t, table)
    ]
    at, table = rng.choice(where)
    school = rng.choice(store.schools(at, table))
    rows = store.read(at, table, schools=[school])
    everyone = store.read(at, table)
    for _ in range(rng.randint(1, 3)):
        rows = _changed(rows, everyone, school, rng)
    store.commit(at, {table: rows}, store.rejected(at).iloc[:0], _NOTE)
    return f"{at} {table} {school}"


def _changed(rows: pd.DataFrame, everyone: pd.DataFrame, school: str, rng: random.Random) -> pd.DataFrame:
    what, place = rng.choice(("drop", "bring", "cell", "blank", "unknown")), rng.randrange(max(len(rows), 1))
    other = everyone.iloc[[rng.randrange(len(everyone))]]
    if what == "bring" or not len(rows):
        brought = other.copy()
        brought["school_id"] = pd.Categorical([school])
        brought["_row"] = int(rows["_row"].max() or 1) + 1 if len(rows) else 2
        return _joined([rows, brought])
    if what == "drop" and len(rows) > 1:
        return rows.drop(index=place).reset_index(drop=True)
    columns = [c for c in rows if not c.startswith(("_", "id_")) and c not in ("school_id", "register_key")]
    column = rng.choice([*columns, "id_number"] if "id_number" in rows else columns)
    together = next((group for group in (_WHO, _WHICH) if column in group), (column,))
    records, given = rows.to_dict("records"), other.to_dict("records")[0]
    for name in together:
        blank = 0 if name in ("id_key", "register_key", "id_form") else False if name == "id_check" else None
        records[place][name] = given[name] if what == "cell" else blank
    unknown = set(columns_of(records[place]["_unknown"])) - {together[0]}
    records[place]["_unknown"] = text_of({*unknown, together[0]} if what == "unknown" else unknown)
    return _like(pd.DataFrame(records, columns=rows.columns), rows)


def _like(frame: pd.DataFrame, model: pd.DataFrame) -> pd.DataFrame:
    kinds = {c: "str" if isinstance(t, pd.CategoricalDtype) else t for c, t in model.dtypes.items()}
    return frame.astype(kinds).astype(
        {c: "category" for c, t in model.dtypes.items() if isinstance(t, pd.CategoricalDtype)}
    )


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    kinds = {c: "str" for c, t in frames[0].dtypes.items() if isinstance(t, pd.CategoricalDtype)}
    return _like(pd.concat([frame.astype(kinds) for frame in frames], ignore_index=True), frames[0])


def _one(table: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
    return _joined(frames)


def _elsewhere(frame: pd.DataFrame, n: int) -> pd.DataFrame:
    """The same rows at other schools: 346400000x becomes 34640n000x."""
    if "school_id" not in frame:
        return frame
    ids = frame["school_id"].astype("str").str.replace(r"^34640", f"3464{n}", regex=True)
    named = frame.assign(school_id=ids.astype("category"))
    if "central_school" in frame:
        named = _with_centres(named, n)
    if "school_name" in frame:
        named["school_name"] = named["school_name"].astype("str") + ("" if n == 0 else f"{n}校区")
    return named


def _with_centres(directory: pd.DataFrame, n: int) -> pd.DataFrame:
    """In every county but the first, some schools name another as their 中心校, by its code or its name."""
    rng, ids = random.Random(n), directory["school_id"].astype("str").tolist()
    centres: list[str | None] = [None] * len(ids)
    if n and len(ids) > 1:
        for place in rng.sample(range(1, len(ids)), len(ids) // 2):
            centres[place] = rng.choice((ids[0], rng.choice(ids)))
    return directory.assign(central_school=pd.Series(centres, dtype="str", index=directory.index))
