"""Whose row is it, and is it taken? The rows that are refused, and why.

Rejected are a table without 姓名 or school (D03), a row of an unknown school (D08), without name and number (D10), and
what is there twice in a file (D07) or, of a ledger, in two files (D14). Source: data contract, section 2.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from xueji_lib.intake import rows_alike
from xueji_lib.intake.columns import Encoded, Flags, Ints, first_of_equal
from xueji_lib.intake.header import SCHOOL_NAME
from xueji_lib.intake.inbox import masked_name
from xueji_lib.intake.schools import NONE, UNKNOWN, school_id
from xueji_lib.intake.work import ACCEPTED, Work

_D03, _D07, _D08, _D10, _D14 = 3, 7, 8, 10, 14
_LISTS = ("register", "headcount")
"""Tables whose files are lists of a school's pupils (``twice``)."""
_IDENTITY = ("register_no", "id_number", "name")
"""Who a row is about; numbers first, for hardly a row is without one."""
_NAMES_COMPARED = 200
"""Unknown names of schools that are compared with the directory; more are a file of another county."""


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
    school_numbers = np.array([find(str(t)) for t in encoded.distinct.to_pylist()], dtype=np.int64)
    row_schools: Ints = encoded.spread(school_numbers, NONE).astype(np.int64)
    return row_schools


def refuse(work: Work, school: Ints) -> None:
    """Set the fate of every row that is not taken, and say why."""
    _sheets(work, school)
    if work.table.id == "schools":
        _bad_codes(work)
    else:
        strange = school < 0 if work.table.of_schools else school == UNKNOWN
        _unknown_schools(work, np.flatnonzero((work.fate == ACCEPTED) & strange), school)
    if work.table.per_student:
        row_indices = np.flatnonzero(work.fate == ACCEPTED)
        for column in _IDENTITY:
            if work.has(column):
                row_indices = row_indices[work.stack.says_nothing(column, row_indices)]
        work.fate[row_indices] = _D10
        work.add_rows(row_indices, "", "D10", "这一行没有姓名也没有号码，未收")
    _doubles(work)
    if work.table.id == "schools":
        _second_entries(work)
    elif work.table.id not in _LISTS:
        _repeated(work, school)


def _sheets(work: Work, school: Ints) -> None:
    """Without 姓名, or without a school from any source, a sheet is no table."""
    has_name = any(c.id == "name" for c in work.table)
    for n, raw in enumerate(work.sheets):
        sheet_rows = slice(int(work.stack.starts[n]), int(work.stack.starts[n + 1]))
        if has_name and "name" not in raw.columns:
            header, message = "姓名", "没有“姓名”列，整张表未收"
        elif work.table.of_schools and len(raw.rows) and _nowhere(raw.columns.keys(), school[sheet_rows]):
            header = "学校标识码"
            message = "看不出是哪所学校：没有“学校标识码”或“学校名称”列，文件名、文件夹名里也没有，整张表未收"
        else:
            continue
        work.fate[sheet_rows] = _D03
        work.missing[n].append(header)
        work.add(n, raw.header_row, header, "D03", message)


def _nowhere(columns: object, school: Ints) -> bool:
    names = set(columns)  # type: ignore[call-overload]
    return not names & {"school_id", SCHOOL_NAME} and bool((school == NONE).all())


def _bad_codes(work: Work) -> None:
    if not work.has("school_id"):
        return
    school_ids = work.stack["school_id"]
    bad = np.array([school_id(str(t)) is None for t in school_ids.distinct.to_pylist()], dtype=bool)
    row_indices = np.flatnonzero((work.fate == ACCEPTED) & school_ids.spread(bad, True).astype(bool))
    work.fate[row_indices] = _D08
    work.add_rows(row_indices, "school_id", "D08", "学校标识码不是 10 位数字，这一行未收", school_ids)


def _unknown_schools(work: Work, row_indices: Ints, school: Ints) -> None:
    work.fate[row_indices] = _D08
    by_code = np.array([work.text("school_id", p) != "" for p in row_indices], dtype=bool)
    by_name = np.array([work.text(SCHOOL_NAME, p) != "" for p in row_indices], dtype=bool) & ~by_code
    rest = ~(by_code | by_name)
    if by_code.any():
        message = "学校标识码不在学校名录里，这一行未收"
        work.add_rows(row_indices[by_code], "school_id", "D08", message, work.stack["school_id"])
    if by_name.any():
        _unknown_names(work, row_indices[by_name])
    nowhere = rest & (school[row_indices] == NONE)
    work.add_rows(row_indices[nowhere], "", "D08", "这一行没有写学校，文件名和文件夹名里也看不出，未收")
    named = row_indices[rest & ~nowhere]
    for sheet in np.unique(work.stack.sheet[named]):
        raw = work.sheets[sheet]
        texts = [*work.setting.names[raw.file].split("/"), raw.sheet, *raw.context]
        message = f"文件名或文件夹名里的学校标识码 {work.setting.directory.stranger(texts)} 不在学校名录里，这一行未收"
        work.add_rows(named[work.stack.sheet[named] == sheet], "", "D08", message)


def _unknown_names(work: Work, row_indices: Ints) -> None:
    """One message a name, with the schools whose names are near to it."""
    encoded = work.stack[SCHOOL_NAME]
    codes = encoded.codes[row_indices]
    for number, code in enumerate(np.unique(codes)):
        near = work.setting.directory.near(str(encoded.distinct[int(code)])) if number < _NAMES_COMPARED else []
        hint = f"，相近的有：{'、'.join(near)}" if near else ""
        message = f"学校名称在学校名录里找不到（或有重名）{hint}。这一行未收"
        work.add_rows(row_indices[codes == code], SCHOOL_NAME, "D08", message, encoded)


def _doubles(work: Work) -> None:
    """The same row twice in one file, every cell of it, however it is written. Of a headcount, rows without a number
    are namesakes."""
    stack = work.stack
    first = rows_alike.first_that_says_the_same(work)
    row_indices = np.flatnonzero((first != np.arange(len(first))) & (work.fate == ACCEPTED))
    if work.table.id == "headcount" and len(row_indices):
        without = np.ones(len(row_indices), dtype=bool)
        for column in _IDENTITY[:2]:
            if work.has(column):
                without &= stack.says_nothing(column, row_indices)
        row_indices = row_indices[~without]
    if work.table.id in _LISTS and len(row_indices):
        row_indices = row_indices[~_of_copied_sheets(work, first, row_indices)]
    work.fate[row_indices] = _D07
    literal = rows_alike.word_for_word(work, row_indices, first[row_indices])
    for row_index, is_literal in zip(row_indices.tolist(), literal.tolist(), strict=True):
        original = int(first[row_index])
        where = f"第 {stack.row[original]} 行"
        if stack.sheet[original] != stack.sheet[row_index]:
            where = f"工作表“{work.sheets[stack.sheet[original]].sheet}”{where}"
        message = f"与{where}{'完全相同' if is_literal else '说的相同，只是写法不同'}，只算一次"
        work.add(int(stack.sheet[row_index]), int(stack.row[row_index]), "", "D07", message, left_out=False)


def _of_copied_sheets(work: Work, first: Ints, row_indices: Ints) -> Flags:
    """Per row: half of its sheet, or of the one where it stands before, is the same: a list handed in twice, of which
    ``twice`` has more to say."""
    stack = work.stack
    here, there = stack.sheet[row_indices], stack.sheet[first[row_indices]]
    pairs, inverse, shared = np.unique(here * len(work.sheets) + there, return_inverse=True, return_counts=True)
    lengths = stack.lengths
    smaller = np.minimum(lengths[pairs // len(work.sheets)], lengths[pairs % len(work.sheets)])
    flags: Flags = (here != there) & (2 * shared >= smaller)[inverse]
    return flags


def _repeated(work: Work, school: Ints) -> None:
    """A row of a ledger that stands in another file of the same school too, alike in every cell, counts once."""
    stack = work.stack
    if len(np.unique(stack.file)) < 2:
        return
    taken = np.flatnonzero(work.fate == ACCEPTED)
    compared = [column for column in rows_alike.telling_first(work) if column not in ("school_id", SCHOOL_NAME)]
    alike = (rows_alike.meaning(work, column, missing_is_blank=True) for column in compared)
    chosen = (Encoded(cells.codes[taken], cells.distinct) for cells in alike)
    first = first_of_equal(school[taken] - min(UNKNOWN, NONE), chosen)
    twice = np.flatnonzero(first != np.arange(len(first)))
    pairs: dict[tuple[int, int], list[int]] = {}
    for place in twice:
        row_index, original = int(taken[place]), int(taken[first[place]])
        if stack.file[row_index] != stack.file[original]:
            pairs.setdefault((int(stack.sheet[row_index]), int(stack.sheet[original])), []).append(row_index)
    for (sheet, original_sheet), row_indices in pairs.items():
        work.fate[row_indices] = _D14
        numbers = "、".join(str(stack.row[row_index]) for row_index in row_indices[:5])
        more = f" 等 {len(row_indices)} 行" if len(row_indices) > 5 else ""
        other = work.sheets[original_sheet]
        where = f"“{work.setting.shown[other.file]}”" + (f"工作表“{masked_name(other.sheet)}”" if other.sheet else "")
        work.add(sheet, 0, "", "D14", f"第 {numbers}{more} 行与{where}里的行每一格都相同，只算一次。请只留一份")


def _second_entries(work: Work) -> None:
    """A school stands in the directory once; which of two different lines holds is not for us to guess: the first."""
    seen: dict[str, int] = {}
    for row_index in np.flatnonzero(work.fate == ACCEPTED):
        school = school_id(work.text("school_id", int(row_index))) or ""
        original = seen.setdefault(school, int(row_index))
        if original == row_index:
            continue
        work.fate[row_index] = _D07
        raw = work.sheets[work.stack.sheet[original]]
        where = f"{work.setting.shown[raw.file]} 第 {work.stack.row[original]} 行"
        message = f"学校 {school} 已在 {where}，两行内容不同，取那一行，这一行未收。请只留对的一行"
        work.add(int(work.stack.sheet[row_index]), int(work.stack.row[row_index]), "school_id", "D07", message)
