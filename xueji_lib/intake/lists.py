"""The lists of a school's pupils once all files are read: last term's held out, each list once, 附件1 held beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from xueji_lib.intake import last_term, twice
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.intake.reading import ReadFile
from xueji_lib.intake.table import Built
from xueji_lib.intake.work import Setting
from xueji_lib.register import schema
from xueji_lib.register.calendar import previous_term_id
from xueji_lib.register.schema import Table
from xueji_lib.store import Store
from xueji_lib.support.errors import StoreError

_NAMED: Final = 10
"""Pupils that a note names; more are counted."""


def settled(
    built: Built,
    sheets: Sequence[RawSheet],
    setting: Setting,
    store: Store,
    term: str,
    files: Sequence[ReadFile],
) -> Built:
    """A register or headcount in which every list counts once, and none that is of another term."""
    table: Table = schema.REGISTER if "status" in built.frame else schema.HEADCOUNT
    before = previous_term_id(term)
    if table is schema.REGISTER and before[:9] != term[:9]:
        built = last_term.held_out(built, sheets, setting, store, before)
    built = twice.once(table, built, sheets, setting, _Seen(store, term, files).first)
    if table is schema.REGISTER:
        built = twice.at_two_schools(built, sheets, setting, _elsewhere(built.frame, store, term))
    return built


class _Seen:
    """When the files of this inbox were first seen in an intake of the term; looked up only where it is asked."""

    def __init__(self, store: Store, term: str, files: Sequence[ReadFile]) -> None:
        self._store, self._term, self._files = store, term, files
        self._first: dict[str, int] | None = None

    def first(self, file: int) -> int:
        """The number of the intake, NEVER_SEEN where there was none."""
        if self._first is None:
            self._first = {}
            for intake in self._history():
                for digest in intake[1]:
                    self._first.setdefault(digest, intake[0])
        one = self._files[file]
        # A release that kept no digests kept names.
        return self._first.get(one.read.digest.hex(), self._first.get(f"name:{one.file.shown}", twice.NEVER_SEEN))

    def _history(self) -> list[tuple[int, list[str]]]:
        try:
            numbers = [intake.number for intake in self._store.history(self._term)]
            reports = [(number, self._store.report(self._term, number)) for number in numbers]
        except StoreError:
            return []
        return [(number, _marks(report)) for number, report in reports]


def _marks(report: Mapping[str, Any]) -> list[str]:
    digests = report.get("digests")
    if digests is not None:
        return [str(digest) for digest in digests if digest]
    return [f"name:{name}" for name in report.get("files", ())]


def _elsewhere(frame: pd.DataFrame, store: Store, term: str) -> dict[str, set[int]]:
    """School → numbers of its register in the store, of schools that this inbox brings no register of, as far as they
    stand in this inbox too."""
    try:
        if not store.has(term, "register"):
            return {}
        rows = store.columns(term, "register", ["school_id", "id_key"]).to_pandas()
    except StoreError:
        return {}  # it is said where that register is read
    brought = set(frame["school_id"].astype(str))
    rows = rows.astype({"school_id": str})
    rows = rows[~rows["school_id"].isin(brought) & (rows["id_key"] != 0)]
    shared = set(rows.loc[rows["id_key"].isin(frame["id_key"]), "school_id"])
    return {school: set(keys) for school, keys in rows[rows["school_id"].isin(shared)].groupby("school_id")["id_key"]}


def only_in_annex1(frames: Mapping[str, pd.DataFrame], store: Store, term: str) -> list[str]:
    """A sentence for each school whose 附件1 names pupils who are on no register and in no headcount of it."""
    if "annex1" not in frames or frames["annex1"].empty:
        return []
    annex = frames["annex1"]
    schools = list(dict.fromkeys(annex["school_id"].astype(str)))
    known: set[tuple[Any, ...]] = set()
    for name in twice.LISTS:
        for frame in _of_schools(frames.get(name), store, term, name, schools):
            known.update(_keys(frame))
    names: dict[str, list[str]] = {}
    columns = (annex[c].astype(object) for c in ("school_id", "name", "grade", "class_no"))
    for school, name, grade, class_no, keys in zip(*columns, _own_keys(annex), strict=True):
        if not keys & known:
            place = "" if pd.isna(grade) else f"（{grade} 年级" + ("）" if pd.isna(class_no) else f" {class_no} 班）")
            people = names.setdefault(str(school), [])
            if f"{name}{place}" not in people:
                people.append(f"{name}{place}")
    return [
        f"学校 {school} 的人籍不一致统计表（附件1）里，{'、'.join(people[:_NAMED])}"
        + (f" 等 {len(people)} 人" if len(people) > _NAMED else "")
        + " 不在学籍名册里，也不在逐班核对表里：附件1 不算名册也不算核对表，请在逐班核对表里补上"
        for school, people in sorted(names.items())
    ]


def _of_schools(
    brought: pd.DataFrame | None, store: Store, term: str, name: str, schools: Sequence[str]
) -> list[pd.DataFrame]:
    """What this inbox brings of the schools, and for those it brings nothing of what the store has."""
    parts = [] if brought is None else [brought[brought["school_id"].astype(str).isin(schools)]]
    have = set(parts[0]["school_id"].astype(str)) if parts else set()
    missing = [school for school in schools if school not in have]
    columns = ["name", "id_number", "register_no", "grade", "class_no"]
    try:
        if missing and store.has(term, name):
            parts.append(store.read(term, name, columns, missing, raw=True))
    except StoreError:
        pass  # it is said where that table is read
    return parts


def _keys(frame: pd.DataFrame) -> set[tuple[Any, ...]]:
    return set().union(*_own_keys(frame)) if len(frame) else set()


def _own_keys(frame: pd.DataFrame) -> list[set[tuple[Any, ...]]]:
    """Per row all that it can be known by: numbers; the name within the class, and where the class is not known within
    the school."""
    keys = []
    columns = (frame[c].astype(object) for c in ("school_id", "id_key", "register_key", "name", "grade", "class_no"))
    for school, number, register_no, name, grade, class_no in zip(*columns, strict=True):
        own: set[tuple[Any, ...]] = {(school, name, None if pd.isna(grade) or pd.isna(class_no) else (grade, class_no))}
        own |= {(school, "id", number)} if number else set()
        own |= {(school, "no", register_no)} if register_no else set()
        keys.append(own)
    return keys
