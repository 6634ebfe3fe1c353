"""The cells of one column: distinct texts in, typed values and faults out.

A fault makes the cell unknown and is reported; a blank is no fault. Whole columns are worked on at once, and only
their distinct texts. Kinds and dtypes: schema.py, docs/architecture.md.

More than 250 lines: one parser for each kind of column, all on the same prepared texts and with the same faults.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.intake import dates, dirty_names, dirty_numbers
from xueji_lib.intake.readers.grid import BROKEN, OVERLONG, RUINED, UNSEEN, plain_cell
from xueji_lib.register import identity
from xueji_lib.register.code_words import code_sets, says_nothing
from xueji_lib.register.schema import Column, Kind

Flags = npt.NDArray[np.bool_]

FAULTS: tuple[tuple[str, str], ...] = (
    ("", ""),
    ("D04", "号码被 Excel 改坏了（当数字存，后几位已丢失）。请从平台重新导出，该列设为文本"),
    ("D05", "不是日期，或没有这一天"),
    ("D06", "不在规定的写法之内"),
    ("D09", "有乱码（字符已损坏）。请按原件改正"),
    ("D11", "号码打了星号，认不出是谁。请交没有遮盖的号码"),
    ("D06", "公式没有算出结果或出错。请在 Excel 里重算，粘贴为数值后重交"),
    ("D06", "里面没有号码"),
    ("D06", "看不出这一格是空的，还是公式没有算出结果。请在 Excel 里打开，另存为 xlsx 后重交"),
    ("D06", "一格里的字太多（超过 32767 个），不像表格里的内容"),
    ("D06", "必填的格里写的是“没有”。请补上，或删去这一行"),
    ("D06", "里面只有号码，没有名字。号码请写在号码列里"),
    ("D11", "姓名打了星号，认不出是谁。请交没有遮盖的姓名"),
    ("D06", "里面不止一个号码。一格只写一个，别的写在各自的列里"),
    ("D06", "号码后面的话说它可能不是本人的，或还没有核实。请只写本人的号码"),
)
"""(intake code, meaning); a fault is a place in this list, 0 is none."""

(
    _OK, RUINED_NUMBER, NOT_A_DATE, OUTSIDE, DAMAGED, MASKED, FORMULA, NO_NUMBER, NOT_SEEN, TOO_LONG, NOT_GIVEN,
    NO_NAME, MASKED_NAME, TWO_NUMBERS, DOUBTED,
) = range(len(FAULTS))  # fmt: skip

DAMAGED_TEXT = "\ufffd"
"""Stands for a cell that held something which is lost."""

# GB18030's code points for these characters in the private use area, from before Unicode had them.
_PRIVATE = dict(
    zip(
        "\ue816\ue817\ue818\ue81e\ue826\ue82b\ue82c\ue831\ue832\ue83b\ue843\ue854\ue855\ue863\ue864",
        "\U00020087\U00020089\U000200cc\u9fb4\u9fb5\u9fb6\u9fb7\U000215d7\u9fb8\U0002298f\u9fb9\u9fba\U000241fe\u4dae\u9fbb",
        strict=True,
    )
)
_DAMAGE = "[\ufffd\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
_LEGACY = "[" + "".join(_PRIVATE) + "]"
_WIDE = {c: c - 0xFEE0 for c in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_INVISIBLE = f"[{identity.UNSEEN}]+"
_SPACES = f"[{identity.SPACES}{identity.UNSEEN}]*[{identity.SPACES}][{identity.SPACES}{identity.UNSEEN}]*"
# Whatever ``prepare`` would change; most columns hold nothing of it, and one look is enough.
_SUSPECT = f"[{identity.SPACES}{identity.UNSEEN}０-９Ａ-Ｚａ-ｚ" + _DAMAGE[1:] + "|^['`’‘=#]|^Err:"
_SCIENTIFIC = r"^-?\d(?:\.\d+)?E\+?\d+$"
_FLOATED = r"^[GLJ]?\d{15,}\.0+$"
_DIGITS_ALONE = "^[GLJ]?[0-9]{1,19}X?$"
"""Right or wrong, it is one number."""
_NUMBER_FAULTS = {
    dirty_numbers.State.NUMBER: _OK,
    dirty_numbers.State.NONE: NO_NUMBER,
    dirty_numbers.State.MASKED: MASKED,
    dirty_numbers.State.SEVERAL: TWO_NUMBERS,
    dirty_numbers.State.DOUBTED: DOUBTED,
}
_MARKED = {BROKEN: FORMULA, UNSEEN: NOT_SEEN, OVERLONG: TOO_LONG}
_UNSOLVED = (
    r"^(?:#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|FIELD!|名称\?|GETTING_DATA.*)|Err:\d{3}"
    r"|=.*(?:[A-Z]+\(|\b\$?[A-Z]{1,3}\$?\d{1,7}\b).*)$"
)
"""What a formula that gives an error leaves where a sheet is saved as text, and a formula that was written as text."""
_LONGEST_SIGN = 40
"""Bytes of a sign for nothing, at most."""
_LONGEST_VALUE = 200
"""Characters; a longer text is no date, code or number."""
_MASK = r"(?i)[*]|X{2,}|●|☆|★|＊|×{2,}|#{2,}|[○◯〇□■◆◇…]{2,}|\.{4,}"


@dataclass(frozen=True, slots=True)
class Parsed:
    """One entry a distinct text: value (null: blank or faulty) and fault."""

    values: pa.Array
    fault: npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Texts:
    """Distinct texts, cleaned of what is never meant; ``""`` for a blank. ``plain``: ASCII without white space."""

    values: pa.Array
    fault: npt.NDArray[np.int8]
    ruined: Flags
    plain: bool = False

    @property
    def blank(self) -> Flags:
        return _flags(pc.equal(self.values, ""))


def _flags(array: pa.Array) -> Flags:
    flags: Flags = array.to_numpy(zero_copy_only=False).astype(bool)
    return flags


def prepare(distinct: pa.Array) -> Texts:
    """Trim, drop a leading apostrophe and characters without width, narrow wide letters and digits."""
    fault = np.zeros(len(distinct), dtype=np.int8)
    text = distinct
    ruined = np.zeros(len(distinct), dtype=bool)
    if not _any(text, _SUSPECT):
        return Texts(text, fault, ruined, plain=bool(pc.all(pc.string_is_ascii(text)).as_py()))
    if _any(text, "^[\x01-\x04]"):
        for mark, kind in _MARKED.items():
            fault[_flags(pc.equal(text, mark))] = kind
        ruined = _flags(pc.starts_with(text, RUINED))
        text = pc.replace_substring_regex(text, "^[\x01-\x04]+", "")
    if _any(text, '="'):
        text = _map(text, plain_cell)
    if not bool(pc.all(pc.string_is_ascii(text)).as_py()):
        if _any(text, _LEGACY):
            text = _map(text, lambda t: "".join(_PRIVATE.get(c, c) for c in t))
        fault[_flags(pc.match_substring_regex(text, _DAMAGE))] = DAMAGED
        if _any(text, "[０-９Ａ-Ｚａ-ｚ]"):
            text = _map(text, lambda t: t.translate(_WIDE))
    text = pc.replace_substring_regex(text, _SPACES, " ")
    text = pc.replace_substring_regex(text, _INVISIBLE, "")
    text = pc.replace_substring_regex(text, "^[ '`’‘]+|[ ]+$", "")
    fault[_flags(pc.match_substring_regex(text, _UNSOLVED))] = FORMULA
    return Texts(text, fault, ruined)


def _any(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())


def _map(texts: pa.Array, change: Callable[[str], str]) -> pa.Array:
    return pa.array([change(t) for t in texts.to_pylist()], pa.large_string())


def _finish(values: pa.Array, texts: Texts, fault: npt.NDArray[np.int8]) -> Parsed:
    """Faulty and blank cells hold no value; damage of the file comes before any other fault."""
    fault = np.where(texts.fault > 0, texts.fault, fault).astype(np.int8)
    empty = texts.blank | (fault > 0)
    if empty.any():
        values = pc.if_else(pa.array(~empty), values, pa.scalar(None, values.type))
    return Parsed(values, fault)


# ---- one function a kind ----


def parse(column: Column, distinct: pa.Array) -> Parsed:
    """Distinct texts of a column, of any kind but GRADE, CLASS and SCHOOL (those need their row)."""
    texts = without_signs(column, prepare(distinct))
    none = np.zeros(len(distinct), dtype=np.int8)
    match column.kind:
        case Kind.ID | Kind.REGISTER_NO:
            return _numbers(texts)
        case Kind.PHONE:
            return _phones(texts)
        case Kind.NAME:
            return _names(texts)
        case Kind.CODE:
            return _codes(texts, column.codes or "")
        case Kind.DATE:
            return _each(texts, dates.date, pa.date32(), NOT_A_DATE)
        case Kind.MONTH:
            return _each(texts, dates.month, pa.int32(), NOT_A_DATE)
        case Kind.COUNT:
            return _each(texts, _count, pa.int32(), OUTSIDE)
        case Kind.TERM:
            return _each(texts, dates.term, pa.large_string(), OUTSIDE)
        case Kind.SCHOOL_YEAR:
            return _each(texts, dates.school_year, pa.large_string(), OUTSIDE)
        case _:
            return _finish(texts.values, texts, none)


def without_signs(column: Column, texts: Texts) -> Texts:
    """Signs for nothing (/, 无, NULL) are blanks in a cell that may be left empty, unless its code set has the word;
    in one where a person's name must stand they are none."""
    if column.required and column.kind is not Kind.NAME:
        return texts
    nothing = _may_be_sign(texts)
    if nothing.any():
        nothing[nothing] = _flags(says_nothing(texts.values.filter(pa.array(nothing))))
    if column.codes and nothing.any():
        words = code_sets()[column.codes]
        nothing[nothing] = [words.known(str(t)) is None for t in texts.values.filter(pa.array(nothing)).to_pylist()]
    if not nothing.any():
        return texts
    if column.required:
        texts.fault[nothing & (texts.fault == 0)] = NOT_GIVEN
        return texts
    return replace(texts, values=pc.if_else(pa.array(nothing), "", texts.values))


def _may_be_sign(texts: Texts) -> Flags:
    """Not blank, and short, but not of the length of a number: few texts of a long column."""
    length = pc.binary_length(texts.values).to_numpy(zero_copy_only=False)
    flags: Flags = (length > 0) & (length <= _LONGEST_SIGN) & (length != 18) & (length != 19)
    return flags


def _each(texts: Texts, read: Callable[[str], Any], kind: pa.DataType, fault: int) -> Parsed:
    results = [read(t) if t and len(t) <= _LONGEST_VALUE else None for t in texts.values.to_pylist()]
    bad = np.fromiter((v is None for v in results), dtype=bool, count=len(results)) & ~texts.blank
    return _finish(pa.array(results, kind), texts, np.where(bad, fault, 0).astype(np.int8))


def _names(texts: Texts) -> Parsed:
    """Without blanks inside, with one kind of dot; a question mark stands for a character that was lost."""
    odd = ~_flags(pc.match_substring_regex(texts.values, "^[一-鿿]*$"))
    if not odd.any():
        return _finish(texts.values, texts, np.zeros(len(odd), dtype=np.int8))
    damaged = _flags(pc.match_substring_regex(texts.values, "[?？]"))
    text = texts.values
    masked = np.zeros(len(odd), dtype=bool)
    marked = _flags(pc.match_substring_regex(text, dirty_names.SUSPECT))
    if marked.any():
        names = [dirty_names.plain(str(t)) for t in text.filter(pa.array(marked)).to_pylist()]
        masked[marked] = [name is None for name in names]
        text = pc.replace_with_mask(text, pa.array(marked), pa.array([name or "" for name in names], text.type))
    names = identity.clean_names(text)
    nameless = _flags(pc.equal(names, "")) & ~texts.blank
    fault = np.select([damaged, masked, nameless], [DAMAGED, MASKED_NAME, NO_NAME], 0).astype(np.int8)
    return _finish(names, texts, fault)


def _numbers(texts: Texts) -> Parsed:
    """ID and register numbers: kept as written (a wrong one is a finding, not a fault), or unknown."""
    text = pc.utf8_upper(texts.values) if texts.plain else identity.clean_numbers(texts.values)
    fault = np.zeros(len(text), dtype=np.int8)
    ruined = texts.ruined.copy()
    odd = ~_flags(pc.match_substring_regex(text, dirty_numbers.FORMS)) & ~texts.blank
    if odd.any():
        text = _mended(text, odd & ~ruined)
        strange = text.filter(pa.array(odd))
        unlike = ~_flags(pc.match_substring_regex(strange, _DIGITS_ALONE))
        states = [dirty_numbers.state(str(t)) for t in strange.filter(pa.array(unlike)).to_pylist()]
        fault[np.flatnonzero(odd)[unlike]] = [_NUMBER_FAULTS[state] for state in states]
        ruined[odd] |= _flags(pc.match_substring_regex(strange, f"{_SCIENTIFIC}|{_FLOATED}"))
    # Saved as text after Excel had cut it to 15 digits: three zeros, and a check digit that does not fit.
    zeros = _flags(pc.match_substring_regex(text, r"^[GL]?\d{15}000$"))
    if zeros.any():
        zero_rows = np.flatnonzero(zeros)
        cut = identity.parse_ids([str(t)[-18:] for t in text.take(pa.array(zero_rows)).to_pylist()])
        temporary = _flags(pc.starts_with(text, "L"))[zero_rows]  # an L number has no check digit
        ruined[zero_rows[~cut.check_ok & ~temporary]] = True
    fault[ruined] = RUINED_NUMBER
    fault[texts.blank] = 0
    return _finish(text, texts, fault)


def _mended(text: pa.Array, odd: Flags) -> pa.Array:
    """The texts with those that are in no known form rid of their dirt, where that gives them one."""
    better = pa.array([dirty_numbers.mended(str(t)) for t in text.filter(pa.array(odd)).to_pylist()], text.type)
    return pc.replace_with_mask(text, pa.array(odd), better)


def _phones(texts: Texts) -> Parsed:
    """Digits, with the - and / and 、 that part several numbers."""
    text = texts.values if texts.plain else identity.squeeze(texts.values)
    text = pc.replace_substring_regex(text, r"\.0+$", "")
    fault = np.zeros(len(text), dtype=np.int8)
    fault[~_flags(pc.match_substring_regex(text, "[0-9]"))] = NO_NUMBER
    fault[_flags(pc.match_substring_regex(text, _MASK))] = MASKED
    fault[texts.ruined | _flags(pc.match_substring_regex(text, "(?i)" + _SCIENTIFIC))] = RUINED_NUMBER
    fault[texts.blank] = 0
    return _finish(text, texts, fault)


def _count(text: str) -> int | None:
    text = unicodedata.normalize("NFKC", text).replace(" ", "").replace(",", "").rstrip("次人名个位")
    text = text[:-2] if text.endswith(".0") else text
    return int(text) if text.isdecimal() and len(text) <= 7 else None


def _codes(texts: Texts, name: str) -> Parsed:
    return _each(texts, code_sets()[name].label, pa.large_string(), OUTSIDE)
