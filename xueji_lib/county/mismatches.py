"""人籍不一致, student by student, and the groups of children the notice names: what 附件1 and the county report list.

Both frames are masked when they are made: they are kept and printed. Nothing is judged here; the lists are the
reconciliation's (``reconcile``), in the notice's words. Source: notice 二(一), 二(五), 附件1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags, RowIndexes, yes
from xueji_lib.register import identity
from xueji_lib.register.vocabulary import DropoutOutcome

if TYPE_CHECKING:
    from xueji_lib.county import County
    from xueji_lib.county.rows import Ints, Rows

ABSENT: Final = "在籍不在校"
UNREGISTERED: Final = "在校不在籍"

COLUMNS: Final = (
    "school_id kind grade class student student_ref situation whereabouts moved_date reason measure groups sources"
).split()
"""One row a student. ``kind``: ABSENT or UNREGISTERED; ``groups``: those of GROUPS, joined by 、; dates ISO text."""

GROUPS: Final = ("残疾", "留守", "孤儿", "单亲")
"""The children the notice's 二(五) names. The register has no 单亲: those come from the bringing-back ledger alone."""

SPECIAL: Final = "school_id stage group asked students registered_absent dropouts not_returned".split()
"""A row a school, stage and group: on the register with the group's column known, of them in the group, of those
在籍不在校; in the ledger of those being brought back, of them not back. Nobody asked is not nobody there."""

_NO: Final = frozenset({"0", "否", "无", "非", "不是", "N", "n", "无残疾", "非残疾", "非留守", "非留守儿童", "健康"})
_HOUSE: Final = re.compile(r"\d+\s*(?:号|组|栋|幢|单元|室|弄|队)|[一二三四五六七八九十]+(?:组|队|社)")
_REGISTER_GROUPS: Final = {"残疾": "disability", "留守": "left_behind", "孤儿": "orphan"}


def find_mismatches(county: County) -> pd.DataFrame:
    """Columns ``COLUMNS``, ordered by school, kind, class and name. Certain ones only, as the class table counts."""
    parts = [_absent(county), _unregistered(county)]
    frame = pd.concat(parts, ignore_index=True) if any(map(len, parts)) else no_mismatches()
    order = ["school_id", "kind", "grade", "class", "student", "student_ref", "sources"]
    return frame.sort_values(order, ignore_index=True, na_position="last")[COLUMNS]


def no_mismatches() -> pd.DataFrame:
    """The frame of mismatches (columns ``COLUMNS``) without rows."""
    return pd.DataFrame({c: pd.Series(dtype="Int64" if c in ("grade", "class") else object) for c in COLUMNS})


def no_special() -> pd.DataFrame:
    """The frame of the groups (columns ``SPECIAL``) without rows."""
    counts = SPECIAL[3:]
    return pd.DataFrame({c: pd.Series(dtype="int64" if c in counts else object) for c in SPECIAL})


STAGES: Final = ("小学", "初中", "高中")


def stages(grades: Any) -> np.ndarray[Any, Any]:
    """小学, 初中, 高中 per grade (float, NaN where not known: then empty)."""
    values = np.asarray(grades, dtype=np.float64)
    return np.select([values <= 6, values <= 9, values <= 12], STAGES, "").astype(object)


# ---- the two lists ----


def _absent(county: County) -> pd.DataFrame:
    """A row a register student; what the headcount says of it is that of the first row by its source."""
    reconciled, register, headcount = county.reconciled, county.registry.rows, county["headcount"]
    right = np.flatnonzero(yes(county.tally.absent) & ~reconciled.suspected_register)
    left, of = reconciled.absent_pairs
    sources = headcount.sources(left)
    first = (
        pd.DataFrame({"right": of, "left": left, "source": sources})
        .sort_values(["right", "source"])
        .drop_duplicates("right")
    )
    rows = first.set_index("right")["left"].reindex(right).to_numpy(dtype=np.int64)
    headcount_texts = _headcount_texts(headcount, rows) | {"groups": _groups(register, right)}
    frame = _frame(county, ABSENT, register, right, headcount_texts)
    # Which of two namesakes it is, nobody can say.
    frame.loc[reconciled.interchangeable_registered[right], "student_ref"] = ""
    return frame


def _unregistered(county: County) -> pd.DataFrame:
    headcount = county["headcount"]
    rows = np.flatnonzero(yes(county.reconciled.present_unregistered))
    headcount_texts = _headcount_texts(headcount, rows) | {"groups": [""] * len(rows)}
    return _frame(county, UNREGISTERED, headcount, rows, headcount_texts)


def _frame(
    county: County, kind: str, who: Rows, row_indexes: RowIndexes, headcount_texts: dict[str, list[str]]
) -> pd.DataFrame:
    """One list as a frame with the columns ``COLUMNS``, a row for each of these rows of ``who``.

    ``headcount_texts``: column → what the headcount says of each row, and the groups it belongs to."""
    number, other = (who.strings(c, row_indexes) for c in ("id_number", "register_no"))
    number = np.where(pd.isna(number), other, number)
    grade, class_no = (pd.array(who[c].values[row_indexes], dtype="Int64") for c in ("grade", "class_no"))
    return pd.DataFrame(
        {
            "school_id": county.school_ids.to_numpy(dtype=object)[who.school[row_indexes]],
            "kind": kind,
            "grade": grade,
            "class": class_no,
            "student": [name or "" for name in who.strings("name", row_indexes)],
            "student_ref": [identity.mask_id(n) if isinstance(n, str) else "" for n in number],
            **headcount_texts,
        }
    )


def _headcount_texts(headcount: Rows, rows: RowIndexes) -> dict[str, list[str]]:
    """Column → what the headcount rows say, personal numbers masked; one text for each row."""
    texts = {c: headcount.strings(c, rows) for c in ("situation", "whereabouts", "school_note", "measure")}
    moved = headcount["moved_date"].take(rows)
    days = [str(v) if k else "" for v, k in zip(moved.values.astype("datetime64[D]"), moved.known, strict=True)]
    return {
        "situation": [t or "" for t in texts["situation"]],
        "whereabouts": [mask_place(t or "") for t in texts["whereabouts"]],
        "moved_date": days,
        "reason": [mask_place(t or "") for t in texts["school_note"]],
        "measure": [mask_place(t or "") for t in texts["measure"]],
        "sources": headcount.sources(rows),
    }


def mask_place(text: str) -> str:
    """Free text without numbers of persons; where it names a house, only down to the township."""
    masked = identity.mask_text(text)
    return identity.mask_address(masked) if _HOUSE.search(text) else masked


# ---- the groups ----


def find_special(county: County) -> pd.DataFrame:
    """Columns ``SPECIAL``, ordered. A row of the ledger whose student is not on the register has stage ""."""
    register, ledger = county.registry.rows, county["dropouts"]
    away = yes(county.tally.absent) & ~county.reconciled.suspected_register
    counted: list[pd.DataFrame] = []
    for group, flags in _register_groups(register).items():
        at = np.flatnonzero(~register[_REGISTER_GROUPS[group]].unknown)
        counts = {"asked": np.ones(len(at)), "students": flags[at], "registered_absent": flags[at] & away[at]}
        counted.append(_tally(county, group, register.school[at], register["grade"].values[at], counts))
    first = county.link("dropouts").first if len(ledger) and len(register) else np.full(len(ledger), -1)
    grade = np.full(len(ledger), np.nan)
    grade[first >= 0] = register["grade"].values[first[first >= 0]]
    category, outcome = ledger.strings("category"), ledger.strings("outcome")
    for group in GROUPS:
        at = np.flatnonzero(category == group)
        counts = {"dropouts": np.ones(len(at)), "not_returned": outcome[at] == DropoutOutcome.NOT_RETURNED}
        counted.append(_tally(county, group, ledger.school[at], grade[at], counts))
    frame = pd.concat(counted, ignore_index=True)
    if frame.empty:
        return no_special()
    summed = frame.groupby(SPECIAL[:3], as_index=False)[SPECIAL[3:]].sum()
    return summed.sort_values(SPECIAL[:3], ignore_index=True)[SPECIAL]


def _tally(county: County, group: str, school: Ints, grade: Any, counts: dict[str, Any]) -> pd.DataFrame:
    """Sums by school and stage. ``school``: codes, ``grade`` and ``counts``: a value a row of the group."""
    frame = pd.DataFrame({"school": school, "stage": stages(grade), "group": group})
    for name in SPECIAL[3:]:
        frame[name] = np.asarray(counts[name], dtype=np.int64) if name in counts else 0
    frame = frame[frame["school"] >= 0]
    frame = frame.groupby(["school", "stage", "group"], as_index=False)[SPECIAL[3:]].sum()
    frame.insert(0, "school_id", county.school_ids.to_numpy(dtype=object)[frame["school"]])
    return frame.drop(columns="school")


def _register_groups(register: Rows) -> dict[str, Flags]:
    """Per group a flag a register row: the column says so. A column that is not there says nothing."""
    return {g: _says_yes(register, column) for g, column in _REGISTER_GROUPS.items() if register.has(column)}


def _says_yes(register: Rows, column: str) -> Flags:
    values = pd.Series(register.frame[column])
    distinct = {v: str(v).strip() not in _NO for v in values.dropna().unique()}
    return (values.map(distinct) == True).to_numpy(dtype=bool)  # noqa: E712 a missing one is no yes


def _groups(register: Rows, row_indexes: RowIndexes) -> list[str]:
    flags = {g: f[row_indexes] for g, f in _register_groups(register).items()}
    return ["、".join(g for g in flags if flags[g][i]) for i in range(len(row_indexes))]
