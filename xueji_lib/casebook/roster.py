"""The roster of a class, for a roll-call: who is on the register there, and whom else the school itself reported of it,
each as the school reported him, named on a page without numbers."""

from __future__ import annotations

import hmac
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd

from xueji_lib.casebook.log.book import Casebook
from xueji_lib.county.departures import split
from xueji_lib.county.reconcile import Reconciled
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import Rows
from xueji_lib.register import identity, labels, schema
from xueji_lib.register.vocabulary import Presence, Situation, StudentStatus
from xueji_lib.store import Store, empty

NOT_LOOKED_FOR: Final = "没有看"
"""A pupil whom the inspector did not look for: not examined, what the school reported stands."""
NOT_MET: Final = "没有见到"
"""A pupil who is not on the class's register, and whom the school reported to be there."""
_CLASS: Final = ("grade", "class_no")

Record: TypeAlias = Mapping[Hashable, Any]
"""A row of the register or of the headcount, full numbers, None where blank."""


@dataclass(frozen=True, slots=True)
class Student:
    """A pupil to be called. ``ref`` names the pupil on a page without saying a number. ``registered``: on the register,
    in this class. ``reported``: what the school reported, in Chinese ("" for 在校 in this class). ``preset``: as what
    the pupil is shown first: "" present, ``NOT_LOOKED_FOR``, ``NOT_MET``, or why absent."""

    ref: str
    name: str
    sex: str
    number_masked: str
    status: str
    registered: bool = True
    reported: str = ""
    preset: str = ""


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A class of a school."""

    school_id: str
    grade: int
    class_no: int

    @property
    def place(self) -> str:
        """七年级3班."""
        return labels.class_label(self.grade, self.class_no)


@dataclass(frozen=True, slots=True)
class Called:
    """A pupil to be called, with the row by which a roll-call names him: the school's own of the headcount where there
    is one (``by_school``), else the register's."""

    student: Student
    row: Record
    by_school: bool


def classes(store: Store, term: str, school_id: str) -> list[tuple[int, int, int]]:
    """(grade, class number, students 在读) of every class on the school's register, or of its headcount."""
    counts: dict[tuple[int, int], int] = {}
    frame = _register(store, term, school_id, (*_CLASS, "status"))
    status = frame["status"].astype(object)
    counted = own_headcount(store, term, school_id, _CLASS)
    for table, enrolled in ((frame, status == StudentStatus.ENROLLED), (counted, None)):
        known = table["grade"].notna() & table["class_no"].notna()
        for grade, number in table.loc[known, [*_CLASS]].drop_duplicates().itertuples(index=False):
            counts.setdefault((int(grade), int(number)), 0)
        if enrolled is not None:
            of_class = table[known & enrolled].groupby(["grade", "class_no"]).size().reset_index(name="n")
            counts |= {(int(g), int(number)): int(n) for g, number, n in of_class.itertuples(index=False)}
    return [(*place, counts[place]) for place in sorted(counts)]


def students(book: Casebook, store: Store, term: str, school_class: SchoolClass) -> list[Student]:
    """The pupils to be called in a class: those of its register by name, then whom else the school reported of it."""
    return [called.student for called in roll_of_class(book, store, term, school_class)]


def roll_of_class(book: Casebook, store: Store, term: str, school_class: SchoolClass) -> list[Called]:
    """The same, each with the row by which a roll-call names the pupil (full numbers)."""
    school_id = school_class.school_id
    register, own = _register(store, term, school_id), own_headcount(store, term, school_id)
    ids = pd.Index([school_id], dtype=object)
    reconciled = Reconciled(Registry(Rows(schema.REGISTER, register, ids)), Rows(schema.HEADCOUNT, own, ids))
    reported: dict[int, list[int]] = {}
    for hc, reg in zip(reconciled.link.left.tolist(), reconciled.link.right.tolist(), strict=True):
        reported.setdefault(reg, []).append(hc)
    listed, reported_rows = records(register), records(own)
    in_class, counted = _of_class(register, school_class), _of_class(own, school_class)
    namesakes = reconciled.interchangeable_registered
    refs = _Refs(book, school_id)
    result, named = [], set()
    for at in sorted(np.flatnonzero(in_class).tolist(), key=lambda row: _order(listed[row])):
        rows = [reported_rows[hc] for hc in reported.get(at, ())]
        named |= {hc for hc in reported.get(at, ()) if counted[hc]}
        if not rows and listed[at]["status"] == StudentStatus.SUSPENDED:
            preset, words = "", ""
        else:
            preset, words = _as_reported(rows, school_class, bool(counted.any()), bool(namesakes[at]))
        row = rows[0] if len(rows) == 1 and preset != NOT_LOOKED_FOR else listed[at]
        student = _student(refs.of(listed[at]), listed[at], preset=preset, reported=words)
        result.append(Called(student, row, row is not listed[at]))
    on_register = _registered_class(reconciled, listed)
    suspected = reconciled.suspected_headcount
    for hc in sorted(set(np.flatnonzero(counted).tolist()) - named, key=lambda row: _order(reported_rows[row])):
        row = reported_rows[hc]
        elsewhere = on_register.get(hc, "") or ("与名册疑似同一人" if suspected[hc] else "名册上没有")
        present = row["presence"] == Presence.PRESENT
        words = f"学校报{_words(row)}，{elsewhere}"
        preset = "" if present else NOT_MET
        if reconciled.interchangeable[hc]:
            preset, words = NOT_LOOKED_FOR, f"{words}，同名，分不清是谁"
        ref = refs.of(row, "核对表")
        result.append(Called(_student(ref, row, registered=False, preset=preset, reported=words), row, True))
    return result


def _as_reported(
    rows: Sequence[Record], school_class: SchoolClass, has_report: bool, namesake: bool
) -> tuple[str, str]:
    """What a pupil of the register is shown as at first, and what the school reported, in words."""
    if not rows:
        if namesake:
            return NOT_LOOKED_FOR, "同名，分不清学校报的是谁"
        return (NOT_LOOKED_FOR, "学校没有报") if has_report else ("", "")
    row = rows[-1]
    if len(rows) > 1:
        return NOT_LOOKED_FOR, f"学校报了 {len(rows)} 行"
    if (row["grade"], row["class_no"]) != (school_class.grade, school_class.class_no):
        return (
            NOT_LOOKED_FOR,
            f"学校报在{labels.class_label(row['grade'], row['class_no']) or '不知哪个班'}，{_words(row)}",
        )
    if row["presence"] == Presence.PRESENT:
        return "", ""
    if row["presence"] != Presence.ABSENT:
        return NOT_LOOKED_FOR, "学校没有写在校情况"
    return labels.text(row["situation"]) or Situation.OTHER, f"学校报{_words(row)}"


def _words(row: Record) -> str:
    """不在校，请假."""
    return "，".join(filter(None, (labels.text(row["presence"]), labels.text(row["situation"])))) or "在校情况不明"


def _registered_class(reconciled: Reconciled, listed: Sequence[Record]) -> dict[int, str]:
    """Headcount row → 名册在五年级2班, for who is on the register."""
    pairs = zip(reconciled.link.left.tolist(), reconciled.link.right.tolist(), strict=True)
    return {hc: f"名册在{labels.class_label(listed[reg]['grade'], listed[reg]['class_no'])}" for hc, reg in pairs}


def _student(ref: str, row: Record, *, registered: bool = True, preset: str, reported: str) -> Student:
    number = identity.mask_id(row["id_number"] or row["register_no"] or "")
    status = labels.text(row.get("status")) or StudentStatus.ENROLLED
    return Student(
        ref, row["name"] or "（无姓名）", row["sex"] or "", number, status, registered, reported, preset
    )  # fmt: skip


class _Refs:
    """Makes ``Student.ref``: of one number, or name, the first, the second, …"""

    def __init__(self, book: Casebook, school_id: str) -> None:
        self._salt, self._school_id = book.salt, school_id
        self._times_seen: dict[str, int] = {}

    def of(self, row: Record, table: str = "") -> str:
        """The reference of a row of the register, or of another ``table``."""
        key = f"{row['register_no'] or row['id_number'] or row['name'] or ''}" + (f"|{table}" if table else "")
        self._times_seen[key] = self._times_seen.get(key, 0) + 1
        text = f"{self._school_id}|{key}|{self._times_seen[key]}"
        return hmac.new(self._salt, text.encode(), "sha256").hexdigest()[:16]


def _order(row: Record) -> tuple[str, ...]:
    return tuple(labels.text(row[name]) or "\uffff" for name in ("name", "register_no", "id_number"))


def _of_class(frame: pd.DataFrame, school_class: SchoolClass) -> Any:
    grade, number = frame["grade"].eq(school_class.grade), frame["class_no"].eq(school_class.class_no)
    return (grade.fillna(False) & number.fillna(False)).to_numpy(dtype=bool)


def records(frame: pd.DataFrame) -> Sequence[Record]:
    """The rows of a frame, None where a cell is blank."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _register(store: Store, term: str, school_id: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The school's register without who has departed; ``columns`` of it, None for all."""
    if not store.has(term, "register"):
        return empty(schema.REGISTER, columns)
    return split(store.read(term, "register", columns, [school_id]))[0].reset_index(drop=True)


def own_headcount(store: Store, term: str, school_id: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The school's own 逐班核对表, without roll-calls; ``columns`` of it, None for all."""
    if not store.has(term, "headcount"):
        return empty(schema.HEADCOUNT, columns)
    return store.read(term, "headcount", columns, [school_id]).reset_index(drop=True)
