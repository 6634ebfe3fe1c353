"""The rows of a sheet in the plain dialect, a row at a time: what does not fit to the letter is ``NotPlain``.

A row of texts is taken apart by two replacements and one split, several times as fast as going from element to element.
Source: ECMA-376, part 1, 18.3.1 and 18.18.11.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

from xueji_lib.intake.readers.grid import Merge
from xueji_lib.intake.readers.plain_text import NotPlain, plain_text
from xueji_lib.intake.readers.sheet_xml import column_number

_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
_ROW: Final = re.compile(rb'<row r="([1-9]\d{0,6})"([^<>]*)>')
_HIDDEN: Final = re.compile(rb'\bhidden="(?:1|true)"')
_STYLED_TEXT: Final = re.compile(rb'" s="\d{1,5}" t="s">')
_STYLED_BLANK: Final = re.compile(rb'<c r="[A-Z]{1,3}[1-9]\d{0,6}" s="\d{1,5}"/>')
_FIRST_CELL, _LAST_CELL = b'<c r="', b"</v></c>"
_CELL: Final = re.compile(
    r'<c r="(?P<column>[A-Z]{1,3})(?P<row>[1-9]\d{0,6})"(?: s="(?P<style>\d{1,5})")?(?:/>'
    r'|(?: t="n")?>(?:<v>(?P<number>-?\d{1,40}(?:\.\d{1,40})?(?:[eE][-+]?\d{1,3})?)</v>)?</c>'
    r'| t="s"><v>(?P<shared>\d{1,9})</v></c>| t="inlineStr"></c>'
    r'| t="inlineStr"><is><t(?: xml:space="preserve")?>(?P<inline>[^<>]*)</t></is></c>)'
)
ROW_END: Final = b"</row>"


@dataclass(frozen=True)
class Referred:
    """What cells refer to. ``texts``: number of a shared text, as it is written → the text; ``is_number``: a style, by
    its number, shows neither days nor times."""

    texts: Mapping[str, str]
    is_number: Callable[[int], bool]


@dataclass
class PlainSheet:
    """``rows``: number of a row as the user sees it → its cells, up to the last with anything in it; ``width``: the
    longest of them."""

    rows: dict[int, list[str | float]] = field(default_factory=dict)
    width: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    merges: list[Merge] = field(default_factory=list)

    @property
    def extent(self) -> int:
        """Cells in the rectangle up to the last that is used."""
        return max(self.rows, default=0) * self.width

    def filled(self) -> list[list[str | float]]:
        """All rows up to the last one, all of one length."""
        rows: list[list[str | float]] = []
        for number in range(1, max(self.rows, default=0) + 1):
            row = self.rows.get(number, [])
            rows.append(row if len(row) == self.width else [*row, *[""] * (self.width - len(row))])
        return rows


class PlainRows:
    """Takes the rows of a sheet, one after the other."""

    def __init__(self, referred: Referred) -> None:
        self.sheet = PlainSheet()
        self._referred = referred
        self._text = referred.texts.__getitem__
        self._letters: list[str] = []
        """Of the columns of the last full row, A to its last: the next one is mostly alike."""
        self._last = 0

    def take(self, lines: bytes) -> None:
        """Rows without the end of the last. Raises NotPlain."""
        if b"\0" in lines:
            raise NotPlain
        if b'" s="' in lines:
            lines = _STYLED_TEXT.sub(b'" t="s">', lines)
            lines = _STYLED_BLANK.sub(b"", lines)
        for line in lines.split(ROW_END):
            opening = self.take_blank(line)
            if opening is None:
                raise NotPlain
            number = opening[1]
            cells = line[opening.end() :]
            if cells and not self._take_texts(number, cells):
                self._take_any(int(number), cells)

    def take_blank(self, line: bytes) -> re.Match[bytes] | None:
        """Rows that end where they begin; the opening of the row behind them, None where there is none. Raises
        NotPlain."""
        at = 0
        while at < len(line):
            opening = _ROW.match(line, at)
            if opening is None:
                raise NotPlain
            number = int(opening[1])
            if not self._last < number <= _MOST_ROWS:
                raise NotPlain
            self._last = number
            if b"hidden" in opening[2] and _HIDDEN.search(opening[2]):
                self.sheet.hidden_rows.add(number)
            if not opening[2].endswith(b"/"):
                return opening
            at = opening.end()
        return None

    def _take_texts(self, number: bytes, cells: bytes) -> bool:
        """A row of shared texts and nothing else; whether it is one."""
        if not (cells.startswith(_FIRST_CELL) and cells.endswith(_LAST_CELL)):
            return False
        parted = cells.replace(number + b'" t="s"><v>', b"\0").replace(b'</v></c><c r="', b"\0")
        parts = parted[len(_FIRST_CELL) : -len(_LAST_CELL)].decode("latin-1").split("\0")
        letters = parts[::2]
        try:
            values: list[str | float] = list(map(self._text, parts[1::2]))
        except KeyError:
            return False
        if len(letters) != len(values):
            return False
        if letters != self._letters:
            columns = list(map(column_index, letters))
            if columns == list(range(len(columns))):
                self._letters = letters
            else:
                values = _spread(columns, values)
        self._put(int(number), values)
        return True

    def _take_any(self, number: int, cells: bytes) -> None:
        """A row with numbers and texts of its own among the cells."""
        try:
            text = cells.decode("utf-8")
        except UnicodeDecodeError:
            raise NotPlain from None
        columns: list[int] = []
        values: list[str | float] = []
        at = 0
        while at < len(text):
            cell = _CELL.match(text, at)
            if cell is None or int(cell["row"]) != number:
                raise NotPlain
            at = cell.end()
            value = self._value(cell)
            if value is not None:
                columns.append(column_index(cell["column"]))
                values.append(value)
        if columns:
            self._put(number, _spread(columns, values))

    def _value(self, cell: re.Match[str]) -> str | float | None:
        """None for a blank."""
        if cell["shared"] is not None:
            try:
                return self._text(cell["shared"])
            except KeyError:
                raise NotPlain from None
        if cell["inline"] is not None:
            return plain_text(cell["inline"])
        if cell["number"] is None:
            return None
        if cell["style"] is not None and not self._referred.is_number(int(cell["style"])):
            raise NotPlain
        return float(cell["number"])

    def _put(self, number: int, values: list[str | float]) -> None:
        self.sheet.rows[number] = values
        self.sheet.width = max(self.sheet.width, len(values))


def _spread(columns: list[int], values: list[str | float]) -> list[str | float]:
    """The values in their columns. Raises NotPlain where these do not follow one another."""
    if any(left >= right for left, right in pairwise(columns)):
        raise NotPlain
    row: list[str | float] = [""] * (columns[-1] + 1)
    for column, value in zip(columns, values, strict=True):
        row[column] = value
    return row


@lru_cache(maxsize=1024)
def column_index(letters: str) -> int:
    """A → 0. Raises NotPlain for what is no column."""
    if letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) <= 3:
        number = column_number(letters)
        if number < _MOST_COLUMNS:
            return number
    raise NotPlain
