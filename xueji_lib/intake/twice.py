"""The same list twice counts once (D14): two files or sheets of one school that name the same pupils.

Which stands: what was not taken in before over what was, then the later date in title or name, then the larger, then
the first by path. Where what stands is only a part of the other, it updates it. Source: data contract, section 2.

More than 250 lines: one question asked of lists, of parts of lists and of single pupils, on the same table of rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from xueji_lib.intake import list_dates
from xueji_lib.intake.columns import Flags, Ints
from xueji_lib.intake.inbox import masked_name
from xueji_lib.intake.list_dates import Day
from xueji_lib.intake.raw_sheet import RawSheet
from xueji_lib.intake.report import Problem
from xueji_lib.intake.table import Built
from xueji_lib.intake.work import Setting, Trouble
from xueji_lib.register.schema import Table

CODE: Final = "D14"
LISTS: Final = ("register", "headcount")
"""Tables whose files are lists of a school's pupils; of the others only rows alike in every cell are repeated."""
_HALF: Final = 0.5
_WHOLE: Final = 0.9
"""Of the other's pupils: a list that names fewer is a part of it."""
_FEWEST: Final = 2
"""Pupils whom two schools share; one is no list."""
_CELL_CODES: Final = frozenset({"D04", "D05", "D06", "D09", "D11"})

FirstSeen = Callable[[int], int]
"""File → the number of the intake that first saw it; a large number where none did."""
NEVER_SEEN: Final = 1_000_000


@dataclass(slots=True)
class _List:
    """One sheet's rows of one school. ``people``: key of a pupil → its rows."""

    sheet: int
    school: str
    rows: Ints
    people: dict[str, list[int]]
    day: Day = list_dates.NO_DAY


class _Once:
    """The rows of one table as they are decided on: ``gone`` are those that count elsewhere."""

    def __init__(
        self, table: Table, built: Built, sheets: Sequence[RawSheet], setting: Setting, seen: FirstSeen
    ) -> None:
        self.table, self.built, self.sheets, self.setting, self.seen = table, built, sheets, setting, seen
        frame = built.frame
        self.gone: Flags = np.zeros(len(frame), dtype=bool)
        self.school = frame["school_id"].astype(object).to_numpy()
        self.grade = frame["grade"].to_numpy(dtype="float64", na_value=np.nan)
        self.class_no = frame["class_no"].to_numpy(dtype="float64", na_value=np.nan)
        ids, others = frame["id_key"].to_numpy(), frame["register_key"].to_numpy()
        self.number: Ints = np.where(ids != 0, ids, others).astype(np.int64)
        self.troubles: list[Trouble] = []

    # ---- lists ----

    def lists(self) -> dict[str, list[_List]]:
        """School → its lists, where there is more than one."""
        codes = self.built.frame["school_id"].cat.codes.to_numpy().astype(np.int64)
        pairs = np.unique(codes * (len(self.sheets) + 1) + self.built.sheet_of_row)
        schools, lists = np.unique(pairs // (len(self.sheets) + 1), return_counts=True)
        several = schools[lists > 1]
        if not len(several):
            return {}
        at = np.flatnonzero(np.isin(codes, several))
        by_name = self._schools_by_name(at)
        keys = self._people(at, by_name)
        grouped: dict[tuple[str, int], list[int]] = defaultdict(list)
        for row in at.tolist():
            grouped[self.school[row], int(self.built.sheet_of_row[row])].append(int(row))
        result: dict[str, list[_List]] = defaultdict(list)
        for (school, sheet), rows in grouped.items():
            people: dict[str, list[int]] = defaultdict(list)
            for row in rows:
                people[keys[row]].append(row)
            raw = self.sheets[sheet]
            texts = [*raw.context, raw.sheet, self.setting.names[raw.file].rpartition("/")[2]]
            day = list_dates.of(texts, self.setting.first_year)
            result[school].append(_List(sheet, school, np.array(rows, dtype=np.int64), dict(people), day))
        return dict(result)

    def _schools_by_name(self, at: Ints) -> set[str]:
        """Schools one of whose lists has mostly no numbers: their pupils are compared by name within the class."""
        part = pd.DataFrame(
            {"school": self.school[at], "sheet": self.built.sheet_of_row[at], "has": self.number[at] != 0}
        )
        share = part.groupby(["school", "sheet"])["has"].mean()
        return set(share[share < _HALF].index.get_level_values("school"))

    def _people(self, at: Ints, by_name: set[str]) -> dict[int, str]:
        """Who each row is about: by number, without one by name within the class."""
        names = self.built.frame["name"].astype(object).to_numpy()
        keys: dict[int, str] = {}
        for row in map(int, at):
            if self.number[row] and self.school[row] not in by_name:
                keys[row] = f"#{self.number[row]}"
            else:
                keys[row] = f"{names[row]}/{self.grade[row]:.0f}/{self.class_no[row]:.0f}"
        return keys

    # ---- which stands ----

    def settle(self) -> None:
        for of_school in self.lists().values():
            self._within_files(of_school)
            self._across_files(of_school)
            self._pupils(of_school)

    def _within_files(self, of_school: list[_List]) -> None:
        by_file: dict[int, list[_List]] = defaultdict(list)
        for one in of_school:
            by_file[self._file(one)].append(one)
        for lists in by_file.values():
            for first, second in _pairs(lists):
                if self._are_same(first, second):
                    self._decide([first], [second])

    def _across_files(self, of_school: list[_List]) -> None:
        """Two files are weighed with all their sheets that are in both: one file stands for all of them."""
        files = list(dict.fromkeys(self._file(one) for one in of_school))
        for n, first_file in enumerate(files):
            for second_file in files[n + 1 :]:
                first = [one for one in of_school if self._file(one) == first_file]
                second = [one for one in of_school if self._file(one) == second_file]
                same = [(a, b) for a in first for b in second if self._are_same(a, b)]
                if same:
                    a_lists = list({a.sheet: a for a, _ in same}.values())
                    self._decide(a_lists, list({b.sheet: b for _, b in same}.values()))

    def _are_same(self, first: _List, second: _List) -> bool:
        here, there = self._left(first), self._left(second)
        smaller = min(len(here), len(there))
        return smaller > 0 and len(here & there) >= _HALF * smaller

    def _left(self, one: _List) -> set[str]:
        """The pupils of a list that still count there."""
        return {key for key, rows in one.people.items() if not self.gone[rows].all()}

    def _file(self, one: _List) -> int:
        return self.sheets[one.sheet].file

    def _rank(self, lists: Sequence[_List]) -> tuple[int, Day, int, int, int]:
        file = self._file(lists[0])
        size = sum(len(one.rows) for one in lists)
        return (self.seen(file), max(one.day for one in lists), size, -file, -min(one.sheet for one in lists))

    def _decide(self, first: list[_List], second: list[_List]) -> None:
        standing, other = (first, second) if self._rank(first) > self._rank(second) else (second, first)
        named = set().union(*(self._left(one) for one in standing))
        others = set().union(*(self._left(one) for one in other))
        is_part = len(others & named) < _WHOLE * len(others)
        where = "、".join(self._place(one) for one in standing)
        for one in other:
            rows = self._superseded(one, standing, named) if is_part else one.rows[~self.gone[one.rows]]
            if not len(rows):
                continue
            self.gone[rows] = True
            if is_part:
                left = int((~self.gone[one.rows]).sum())
                why = (
                    f"与{where}是同一份名单，那份只有一部分学生：以那份为准的 {len(rows)} 行没有收，其余 {left} 行照收"
                )
            else:
                why = f"与{where}是同一份名单，以那份为准，这份的 {len(rows)} 行没有收。{_ONLY}"
            self._say(one, why)

    def _superseded(self, one: _List, standing: Sequence[_List], named: set[str]) -> Ints:
        """The rows of a list that a part of it, which stands, takes the place of: its pupils; of a headcount its
        classes."""
        rows = one.rows[~self.gone[one.rows]]
        if self.table.id == "register":
            mine = {row for key in named if key in one.people for row in one.people[key]}
            return np.array([row for row in rows if row in mine], dtype=np.int64)
        classes = {(self.grade[row], self.class_no[row]) for other in standing for row in other.rows}
        return np.array([row for row in rows if (self.grade[row], self.class_no[row]) in classes], dtype=np.int64)

    # ---- single pupils ----

    def _pupils(self, of_school: list[_List]) -> None:
        """Two lists that share less than half: a pupil of the same grade and class counts once."""
        lists_of: dict[str, list[_List]] = defaultdict(list)
        for one in of_school:
            for key in self._left(one):
                lists_of[key].append(one)
        repeated: dict[tuple[int, int], list[int]] = defaultdict(list)
        for key, lists in lists_of.items():
            if len(lists) < 2:
                continue
            ranked = sorted(lists, key=lambda one: self._rank([one]), reverse=True)
            for n, one in enumerate(ranked[1:], 1):
                earlier = [r for better in ranked[:n] for r in better.people[key] if not self.gone[r]]
                for row in one.people[key]:
                    same = next((r for r in earlier if self._same_class(row, r)), None)
                    if not self.gone[row] and same is not None:
                        earlier.remove(same)  # a namesake needs one of its own
                        self.gone[row] = True
                        repeated[one.sheet, ranked[0].sheet].append(row)
        for (sheet, better), rows in repeated.items():
            one = next(one for one in of_school if one.sheet == sheet)
            other = next(one for one in of_school if one.sheet == better)
            numbers = "、".join(str(self.built.frame["_row"].iat[row]) for row in rows[:5])
            more = f" 等 {len(rows)} 行" if len(rows) > 5 else ""
            self._say(one, f"第 {numbers}{more} 行的学生也在{self._place(other)}，年级、班级相同，只算一次")

    def _same_class(self, a: int, b: int) -> bool:
        """What is not known does not differ; two numbers are two pupils."""
        if self.number[a] and self.number[b] and self.number[a] != self.number[b]:
            return False
        return all(
            np.isnan(values[a]) or np.isnan(values[b]) or values[a] == values[b]
            for values in (self.grade, self.class_no)
        )

    # ---- what is said ----

    def _place(self, one: _List) -> str:
        raw = self.sheets[one.sheet]
        sheet = f"工作表“{masked_name(raw.sheet)}”" if raw.sheet else ""
        return f"“{self.setting.shown[raw.file]}”{sheet}"

    def _say(self, one: _List, message: str) -> None:
        self.troubles.append(self.problem(one.sheet, message))

    def problem(self, sheet: int, message: str) -> Trouble:
        raw = self.sheets[sheet]
        problem = Problem(self.setting.shown[raw.file], masked_name(raw.sheet), 0, "", CODE, message)
        return Trouble((0, -1, len(self.troubles)), sheet, problem)


_ONLY: Final = "请只留对的一份"


def once(table: Table, built: Built, sheets: Sequence[RawSheet], setting: Setting, seen: FirstSeen) -> Built:
    """The table without what stands in it a second time, and what is to be said of it."""
    work = _Once(table, built, sheets, setting, seen)
    work.settle()
    return without(built, work.gone, CODE, work.troubles)


def without(built: Built, gone: Flags, code: str, troubles: Sequence[Trouble]) -> Built:
    """The same without these rows, which are counted as refused; nothing is said of the cells of a sheet that is left
    out as a whole."""
    if not gone.any():
        return replace(built, troubles=[*built.troubles, *troubles]) if troubles else built
    lost = Counter(built.sheet_of_row[gone].tolist())
    accepted = [n - lost[sheet] for sheet, n in enumerate(built.accepted)]
    refused = [{**fates, code: lost[sheet]} if lost[sheet] else fates for sheet, fates in enumerate(built.refused)]
    empty = {sheet for sheet in lost if not accepted[sheet]}
    kept = [t for t in built.troubles if t.sheet not in empty or t.problem.code not in _CELL_CODES]
    return replace(
        built,
        frame=built.frame[~gone].reset_index(drop=True),
        accepted=accepted,
        refused=refused,
        troubles=[*kept, *troubles],
        sheet_of_row=built.sheet_of_row[~gone],
    )


def _pairs(lists: Sequence[_List]) -> Iterator[tuple[_List, _List]]:
    for n, first in enumerate(lists):
        for second in lists[n + 1 :]:
            yield first, second


# ---- the same list at two schools ----


def at_two_schools(
    built: Built, sheets: Sequence[RawSheet], setting: Setting, elsewhere: Mapping[str, set[int]]
) -> Built:
    """The register with a word on schools half of whose pupils are on another school's too: both stay.

    ``elsewhere``: school → numbers, of the registers that are in the store and not in this inbox.
    """
    frame = built.frame
    ids = frame["id_key"].to_numpy()
    key = np.where(ids != 0, ids, frame["register_key"].to_numpy())
    codes = frame["school_id"].cat.codes.to_numpy()
    names = [str(name) for name in frame["school_id"].cat.categories]
    sizes = {names[code]: int(n) for code, n in zip(*np.unique(codes[key != 0], return_counts=True), strict=True)}
    more = [(school, number) for school, numbers in elsewhere.items() for number in numbers]
    sizes.update({school: len(numbers) for school, numbers in elsewhere.items()})
    # Few numbers are there twice: only those are looked at.
    ordered = np.sort(key)
    repeated = np.unique(ordered[1:][(ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)])
    at = np.flatnonzero(np.isin(key, np.union1d(repeated, np.array([n for _, n in more], dtype=np.int64))))
    people = pd.DataFrame({"school_id": [names[codes[row]] for row in at], "key": key[at]})
    people = (
        pd.concat([people, pd.DataFrame(more, columns=["school_id", "key"])], ignore_index=True) if more else people
    )
    people = people.drop_duplicates()
    people = people[people.duplicated("key", keep=False)]
    if people.empty:
        return built
    both = people.merge(people, on="key", suffixes=("", "_other"))
    both = both[both["school_id"] < both["school_id_other"]]
    shared = both.groupby(["school_id", "school_id_other"], sort=True).size()
    first_sheet = {
        names[code]: built.sheet_of_row[row] for code, row in zip(*np.unique(codes, return_index=True), strict=True)
    }
    troubles: list[Trouble] = []
    for (a, b), n in zip(shared.index.tolist(), shared.tolist(), strict=True):
        if n < max(_FEWEST, _HALF * min(sizes[a], sizes[b])):
            continue
        for own, other in ((a, b), (b, a)):
            if own in first_sheet:
                sheet = int(first_sheet[own])
                raw = sheets[sheet]
                there = first_sheet.get(other)
                file = f"（“{setting.shown[sheets[int(there)].file]}”）" if there is not None else "（以前收的）"
                message = (
                    f"学校 {own} 的名册有 {n} 名学生也在学校 {other} 的名册里{file}，多半是学校标识码或文件名写错了。"
                    "两份都收了，请核对后只留对的"
                )
                problem = Problem(setting.shown[raw.file], masked_name(raw.sheet), 0, "", CODE, message)
                troubles.append(Trouble((0, -1, len(troubles)), sheet, problem))
    return replace(built, troubles=[*built.troubles, *troubles])
