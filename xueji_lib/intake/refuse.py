"""Whose row is it, and is it taken? The rows that are refused, and why.

Rejected are a table without 姓名 or school (D03), a row of an unknown school (D08), without name and number (D10), and
what is there twice (D07). Source: data contract, section 2.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from xueji_lib.intake.columns import Ints
from xueji_lib.intake.header import SCHOOL_NAME
from xueji_lib.intake.schools import NONE, UNKNOWN, school_id
from xueji_lib.intake.work import ACCEPTED, Work

_D03, _D07, _D08, _D10 = 3, 7, 8, 10
_IDENTITY = ("name", "id_number", "register_no")


def owners(work: Work) -> Ints:
    """Per row a place in the directory, or NONE or UNKNOWN: by code, else by name, else by what the file says."""
    stack, directory = work.stack, work.setting.directory
    if work.table.id == "residents":
        return np.full(len(stack), NONE, dtype=np.int64)
    by_file = not (work.table.per_county or work.table.id == "schools")
    of_sheet = np.array(
        [directory.of_file(work.setting.names[s.file], s.sheet, s.context) if by_file else NONE for s in work.sheets],
        dtype=np.int64,
    )[stack.sheet]
    by_id = _resolved(work, "school_id", directory.by_id)
    by_name = _resolved(work, SCHOOL_NAME, directory.by_name)
    return np.where(by_id != NONE, by_id, np.where(by_name != NONE, by_name, of_sheet)).astype(np.int64)


def _resolved(work: Work, column: str, find: Callable[[str], int]) -> Ints:
    if not work.has(column):
        return np.full(len(work.stack), NONE, dtype=np.int64)
    encoded = work.stack[column]
    places = np.array([find(str(t)) for t in encoded.distinct.to_pylist()], dtype=np.int64)
    found: Ints = encoded.spread(places, NONE).astype(np.int64)
    return found


def refuse(work: Work, school: Ints) -> None:
    """Set the fate of every row that is not taken, and say why."""
    _sheets(work, school)
    if work.table.id == "schools":
        _bad_codes(work)
    else:
        strange = school < 0 if work.table.of_schools else school == UNKNOWN
        _unknown_schools(work, np.flatnonzero((work.fate == ACCEPTED) & strange), school)
    if work.table.per_student:
        nobody = work.fate == ACCEPTED
        for column in _IDENTITY:
            if work.has(column):
                nobody &= work.stack.blank(column)
        places = np.flatnonzero(nobody)
        work.fate[places] = _D10
        work.add_rows(places, "", "D10", "这一行没有姓名也没有号码，未收")
    _doubles(work)
    _copies(work, school)
    if work.table.id == "schools":
        _second_entries(work)


def _sheets(work: Work, school: Ints) -> None:
    """Without 姓名, or without a school from any source, a sheet is no table."""
    has_name = any(c.id == "name" for c in work.table)
    for n, raw in enumerate(work.sheets):
        here = slice(int(work.stack.starts[n]), int(work.stack.starts[n + 1]))
        if has_name and "name" not in raw.columns:
            header, message = "姓名", "没有“姓名”列，整张表未收"
        elif work.table.of_schools and len(raw.rows) and _nowhere(raw.columns.keys(), school[here]):
            header = "学校标识码"
            message = "看不出是哪所学校：没有“学校标识码”或“学校名称”列，文件名、文件夹名里也没有，整张表未收"
        else:
            continue
        work.fate[here] = _D03
        work.missing[n].append(header)
        work.add(n, raw.header_row, header, "D03", message)


def _nowhere(columns: object, school: Ints) -> bool:
    names = set(columns)  # type: ignore[call-overload]
    return not names & {"school_id", SCHOOL_NAME} and bool((school == NONE).all())


def _bad_codes(work: Work) -> None:
    if not work.has("school_id"):
        return
    given = work.stack["school_id"]
    bad = np.array([school_id(str(t)) is None for t in given.distinct.to_pylist()], dtype=bool)
    places = np.flatnonzero((work.fate == ACCEPTED) & given.spread(bad, True).astype(bool))
    work.fate[places] = _D08
    work.add_rows(places, "school_id", "D08", "学校标识码不是 10 位数字，这一行未收", given)


def _unknown_schools(work: Work, places: Ints, school: Ints) -> None:
    work.fate[places] = _D08
    by_code = np.array([work.text("school_id", p) != "" for p in places], dtype=bool)
    by_name = np.array([work.text(SCHOOL_NAME, p) != "" for p in places], dtype=bool) & ~by_code
    rest = ~(by_code | by_name)
    if by_code.any():
        message = "学校标识码不在学校名录里，这一行未收"
        work.add_rows(places[by_code], "school_id", "D08", message, work.stack["school_id"])
    if by_name.any():
        message = "学校名称在学校名录里找不到（或有重名），这一行未收"
        work.add_rows(places[by_name], SCHOOL_NAME, "D08", message, work.stack[SCHOOL_NAME])
    nowhere = rest & (school[places] == NONE)
    work.add_rows(places[nowhere], "", "D08", "这一行没有写学校，文件名和文件夹名里也看不出，未收")
    named = places[rest & ~nowhere]
    for sheet in np.unique(work.stack.sheet[named]):
        raw = work.sheets[sheet]
        texts = [*work.setting.names[raw.file].split("/"), raw.sheet, *raw.context]
        message = f"文件名或文件夹名里的学校标识码 {work.setting.directory.stranger(texts)} 不在学校名录里，这一行未收"
        work.add_rows(named[work.stack.sheet[named] == sheet], "", "D08", message)


def _doubles(work: Work) -> None:
    """The same row twice in one file."""
    stack = work.stack
    first = stack.first_of_equal()
    places = np.flatnonzero((first != np.arange(len(first))) & (work.fate == ACCEPTED))
    work.fate[places] = _D07
    for place in places:
        original = int(first[place])
        where = f"第 {stack.row[original]} 行"
        if stack.sheet[original] != stack.sheet[place]:
            where = f"工作表“{work.sheets[stack.sheet[original]].sheet}”{where}"
        message = f"与{where}完全相同，只算一次"
        work.add(int(stack.sheet[place]), int(stack.row[place]), "", "D07", message, left_out=False)


def _copies(work: Work, school: Ints) -> None:
    """A file that is there twice counts once, if both are of the same school."""
    place_of = {(s.file, s.sheet): n for n, s in enumerate(work.sheets)}
    starts = work.stack.starts
    for n, raw in enumerate(work.sheets):
        original = place_of.get((work.setting.copies.get(raw.file, -1), raw.sheet))
        if original is None or len(raw.rows) != len(work.sheets[original].rows):
            continue
        here, there = np.arange(starts[n], starts[n + 1]), np.arange(starts[original], starts[original + 1])
        same = here[(work.fate[here] == ACCEPTED) & (school[here] == school[there])]
        if len(same):
            work.fate[same] = _D07
            other = work.setting.shown[work.sheets[original].file]
            message = f"与文件“{other}”内容完全相同，{len(same)} 行只算一次"
            work.add(n, 0, "", "D07", message, left_out=False)


def _second_entries(work: Work) -> None:
    """A school stands in the directory once; which of two different lines holds is not for us to guess: the first."""
    seen: dict[str, int] = {}
    for place in np.flatnonzero(work.fate == ACCEPTED):
        school = school_id(work.text("school_id", int(place))) or ""
        original = seen.setdefault(school, int(place))
        if original == place:
            continue
        work.fate[place] = _D07
        raw = work.sheets[work.stack.sheet[original]]
        where = f"{work.setting.shown[raw.file]} 第 {work.stack.row[original]} 行"
        message = f"学校 {school} 已在 {where}，两行内容不同，取那一行，这一行未收。请只留对的一行"
        work.add(int(work.stack.sheet[place]), int(work.stack.row[place]), "school_id", "D07", message)
