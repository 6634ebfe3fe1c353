"""The headcount after inspectors called the roll and schools added their word.

A roll-call never replaces what the school reported. For the rules that ask where a pupil is, its row stands in place of
the school's row of the pupil it names, until a row of the school with a later 核对日期 stands in its place; of several
roll-calls the last. A school's later explanation fills 学校说明 (and 整改措施) where its headcount left them blank or
lacks the column; what both leave blank its 附件1 fills. Source: notice 二(一) 学校要逐一作出说明;
docs/reading-conditions.md, 13.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from xueji_lib.county.kleene import Flags, RowIndexes
from xueji_lib.county.matching import Pairs, match
from xueji_lib.county.persons import linked_persons
from xueji_lib.county.reconcile import Reconciled
from xueji_lib.county.registry import Registry
from xueji_lib.county.rows import KeyIndex, Keys, Rows, distinct_pairs, flagged
from xueji_lib.register import schema, unknown_cells
from xueji_lib.register.unknown_cells import UNKNOWN
from xueji_lib.register.vocabulary import Situation
from xueji_lib.store import Store
from xueji_lib.store.at_rest import from_records

_FILLED: Final = ("school_note", "measure")
_ADDED: Final = ("situation", "whereabouts", "moved_date", *_FILLED)
"""What an inspector left out, and the school's own row of the same pupil may say, who is where it said."""


def keep(
    store: Store, term: str, table: schema.Table, records: Sequence[Mapping[str, Any]], name: str, at: str
) -> None:
    """Make these records the table of their schools; the same ones again change nothing. ``name``: what a finding's
    sources call them. ``at``: ISO text. Raises StoreError."""
    frame = from_records(table, records, name, term)
    store.commit(term, {table.id: frame}, store.rejected(term).iloc[:0], {"time": at, "files": [name]})


def additions(
    store: Store, term: str, as_of: dt.date | None, only: Collection[str] | None = None
) -> dict[str, pd.DataFrame]:
    """``rollcalls`` (none of them later than ``as_of``; None: all), ``explanations`` and ``annex1`` of the term, where
    there are any. ``only``: of these schools."""
    tables = {
        table: store.read(term, table, schools=only)
        for table in (schema.ROLLCALLS.id, schema.EXPLANATIONS.id, schema.ANNEX1.id)
        if store.has(term, table)
    }
    rolls = tables.get(schema.ROLLCALLS.id)
    if rolls is not None and as_of is not None:
        tables[schema.ROLLCALLS.id] = rolls[rolls["check_date"] <= pd.Timestamp(as_of)].reset_index(drop=True)
    return {table: frame for table, frame in tables.items() if len(frame)}


@dataclass(frozen=True, slots=True)
class Seen:
    """``headcount``: the rows as the rules see them, a frame at rest; by row ``called`` (it is a roll-call's) and
    ``alone`` (a roll-call's, and the school had not said so itself)."""

    headcount: pd.DataFrame
    called: Flags
    alone: Flags


def as_seen(reported: Reconciled, additions: Mapping[str, pd.DataFrame]) -> Seen:
    """The school's own headcount with what people wrote in the kit (``additions``)."""
    own = reported.headcount
    rolls, explained = additions.get(schema.ROLLCALLS.id), additions.get(schema.EXPLANATIONS.id)
    nothing = np.zeros(len(own), dtype=bool)
    seen = Seen(own.frame, nothing, nothing)
    if rolls is not None:
        seen = with_rollcalls(reported, Rows(schema.HEADCOUNT, rolls, own.school_ids))
    if explained is not None:
        seen = replace(seen, headcount=with_explanations(seen.headcount, explained))
    annex1 = additions.get(schema.ANNEX1.id)
    return seen if annex1 is None else replace(seen, headcount=with_annex1(seen.headcount, annex1))


def with_rollcalls(reported: Reconciled, rolls: Rows) -> Seen:
    """The school's rows with the roll-calls' in their places. ``reported``: the school's own headcount."""
    own, registry = reported.headcount, reported.registry
    matched = match(rolls, registry, registry.by_number(rolls))
    link = registry.linked(len(rolls), matched.left, matched.right)
    persons = linked_persons(rolls, link.first >= 0, registry.persons[link.first] if len(registry.rows) else link.first)
    last = _last(rolls, persons)
    left, right = _named(reported, rolls, last, link.left, link.right)
    day, own_day = rolls["check_date"].values, own["check_date"].values
    later = flagged(len(rolls), left[own_day[right] > day[left]])  # a day that is not known is not later
    standing = last & ~later
    replaced = flagged(len(own), right[standing[left]])
    stands = np.flatnonzero(standing)
    at, of = left[standing[left]], right[standing[left]]
    same = _text(rolls, "presence", at) == _text(own, "presence", of)
    alike = same & (_situation(rolls, at) == _situation(own, of))
    frame = _added(rolls.frame, own.frame, at[same], of[same]).iloc[stands]
    headcount = _joined(own.frame[~replaced], frame)
    kept = int((~replaced).sum())
    called = np.arange(len(headcount)) >= kept
    alone = np.append(np.zeros(kept, dtype=bool), ~flagged(len(rolls), at[alike])[stands])
    return Seen(headcount, called, alone)


def _last(rolls: Rows, persons: RowIndexes) -> Flags:
    """A flag a row: of the last roll-call that names the pupil."""
    frame = pd.DataFrame(
        {"school": rolls.school, "person": persons, "day": rolls["check_date"].values.astype(np.int64)}
    )
    return np.asarray(frame["day"] == frame.groupby(["school", "person"])["day"].transform("max"), dtype=bool)


def _named(reported: Reconciled, rolls: Rows, last: Flags, on_roll: RowIndexes, pupils: RowIndexes) -> Pairs:
    """(roll-call's row, school's row) of one pupil: through the register, by number, by name."""
    own = reported.headcount
    of_pupil = reported.link
    a, b = KeyIndex(Keys(of_pupil.right + 1)).join(Keys(pupils + 1))
    through = on_roll[a], of_pupil.left[b]
    as_list = Registry(own)
    numbers = as_list.by_number(rolls)
    before = tuple(np.append(one, two) for one, two in zip(through, numbers, strict=True))
    # Who is on the register and named by nobody is not sought by a name that another has too.
    known = np.setdiff1d(of_pupil.left, before[1])
    by_name = match(rolls, as_list, (before[0], before[1]), ~last, flagged(len(own), known))
    alike = by_name.namesakes
    left, right = _one_to_one(alike.left, alike.left_group), _one_to_one(alike.right, alike.right_group)
    pairs = left.merge(right, on=["group", "rank"], suffixes=("", "_own"))
    both = np.concatenate(
        [np.stack([by_name.left, by_name.right]), pairs[["row", "row_own"]].to_numpy(dtype=np.int64).T], axis=1
    )
    return distinct_pairs(*both[:, last[both[0]]])


def _one_to_one(rows: RowIndexes, group: RowIndexes) -> pd.DataFrame:
    frame = pd.DataFrame({"row": rows, "group": group}).sort_values(["group", "row"])
    return frame.assign(rank=frame.groupby("group").cumcount())


def _text(rows: Rows, column: str, at: RowIndexes) -> Any:
    return np.array([text or "" for text in rows.strings(column, at)], dtype=object)


def _situation(rows: Rows, at: RowIndexes) -> Any:
    """情形; one that was left blank is 其他."""
    texts = _text(rows, "situation", at)
    return np.where(texts == "", Situation.OTHER.value, texts)


def _added(rolls: pd.DataFrame, own: pd.DataFrame, at: RowIndexes, of: RowIndexes) -> pd.DataFrame:
    """The roll-calls' rows, blank cells filled with what the school's row ``of`` says of the same pupil."""
    if not len(at):
        return rolls
    result, source = rolls.copy(), np.full(len(rolls), -1, dtype=np.int64)
    source[at[::-1]] = of[::-1]
    has = source >= 0
    taken = own.take(np.maximum(source, 0))
    lacking = taken[UNKNOWN].astype(object).to_numpy()
    unknown = {column: np.zeros(len(rolls), dtype=bool) for column in _ADDED}
    for column in _ADDED:
        fill = has & result[column].isna().to_numpy(dtype=bool)
        values = np.where(fill, taken[column].astype(object), result[column].astype(object))
        dtype = object if isinstance(rolls[column].dtype, pd.CategoricalDtype) else rolls[column].dtype
        result[column] = pd.Series(values, index=result.index).astype(dtype)
        says = {text: column in unknown_cells.columns_of(text) for text in set(lacking)}
        unknown[column] = fill & np.array([says[text] for text in lacking], dtype=bool)
    for column in rolls.columns[rolls.dtypes == "category"]:
        result[column] = result[column].astype("category")
    result[UNKNOWN] = unknown_cells.texts(unknown, len(rolls))  # a roll-call knows all that it says
    return result


def with_explanations(headcount: pd.DataFrame, explained: pd.DataFrame) -> pd.DataFrame:
    """Blank or unknown 学校说明 and 整改措施 of a student's rows, filled with what the school wrote later."""
    explanation_of = dict(zip(_people(explained), explained.index, strict=True))
    return _filled(headcount, explained, [explanation_of.get(key, -1) for key in _people(headcount)])


def with_annex1(headcount: pd.DataFrame, annex1: pd.DataFrame) -> pd.DataFrame:
    """The same with what a school's 附件1 says of a pupil: after the headcount and the page, it comes last."""
    if annex1.empty:
        return headcount
    row_of: dict[Hashable, int] = {}
    for keys, row in zip(_all_keys(annex1), annex1.index, strict=True):
        for key in keys:
            # Two of one name in one class: which of them is meant is not known.
            row_of[key] = -1 if key in row_of else int(row)
    columns = ["id_key", "register_key"]
    numbers = {int(row): pair for row, pair in zip(annex1.index, annex1[columns].to_numpy(), strict=True)}
    at: list[int] = []
    for keys, own in zip(_all_keys(headcount), headcount[columns].to_numpy(), strict=True):
        row = next((row_of[key] for key in keys if key in row_of), -1)
        differs = row >= 0 and any(a and b and a != b for a, b in zip(own, numbers[row], strict=True))
        at.append(-1 if differs else row)
    return _filled(headcount, annex1, at)


def _filled(headcount: pd.DataFrame, explained: pd.DataFrame, at: Sequence[int]) -> pd.DataFrame:
    """``at``: per row of the headcount the row that explains it, -1 for none."""
    is_explained = np.array(at, dtype=np.int64) >= 0
    if not is_explained.any():
        return headcount
    result = headcount.copy()
    for column in _FILLED:
        words = explained[column].reindex(list(at)).to_numpy(dtype=object)
        fill = is_explained & result[column].isna().to_numpy() & pd.notna(words)
        result[column] = np.where(fill, words, result[column].to_numpy(dtype=object))
        result[column] = result[column].astype(headcount[column].dtype)
        result[UNKNOWN] = unknown_cells.without([column], fill, result[UNKNOWN])
    return result


def _people(frame: pd.DataFrame) -> list[Hashable]:
    """Who a row is about within its school: by number, else by name and class."""
    columns = ["school_id", "id_key", "register_key", "name", "grade", "class_no"]
    keys: list[Hashable] = []
    for school, number, register_no, name, *class_parts in frame[columns].itertuples(index=False):
        if number or register_no:
            keys.append((school, "id", number) if number else (school, "no", register_no))
        else:
            keys.append((school, name, *(0 if pd.isna(part) else int(part) for part in class_parts)))
    return keys


def _all_keys(frame: pd.DataFrame) -> list[list[Hashable]]:
    """All that a row may be known by within its school, numbers first; the name counts within its class."""
    columns = ["school_id", "id_key", "register_key", "name", "grade", "class_no"]
    result: list[list[Hashable]] = []
    for school, number, register_no, name, grade, class_no in frame[columns].itertuples(index=False):
        keys: list[Hashable] = [(school, "id", number)] if number else []
        keys += [(school, "no", register_no)] if register_no else []
        if not (pd.isna(name) or pd.isna(grade) or pd.isna(class_no)):
            keys.append((school, name, int(grade), int(class_no)))
        result.append(keys)
    return result


def _joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Two frames at rest as one, categories united."""
    labels = [c for c in first if isinstance(first[c].dtype, pd.CategoricalDtype)]
    plain = [frame.astype(dict.fromkeys(labels, object)) for frame in (first, second)]
    return pd.concat(plain, ignore_index=True).astype(dict.fromkeys(labels, pd.CategoricalDtype()))
