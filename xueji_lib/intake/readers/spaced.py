"""Columns parted by spaces, as terminal systems print them.

Where every line has as many words as the header, the words are the cells. Else a cell is blank somewhere, and only
the places of the columns tell which; where these do not agree in all lines, nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from xueji_lib.intake import header
from xueji_lib.intake.readers.grid import Unreadable

_WORD: Final = re.compile("[^ \u3000\t]+")
_LEAST: Final = 4
"""Columns; fewer words in a line are a sentence."""
UNCLEAR: Final = "列与列之间是空格，分不清哪一格在哪一列。请在原系统里导出 Excel，或另存为用逗号分隔的文本后重交"


def is_table(head: str) -> bool:
    """A header comes out where lines are cut at spaces."""
    return _header_line(head.splitlines()) >= 0


def rows(text: str) -> list[list[str]]:
    """The lines, cut into cells. Raises Unreadable where it is not clear where to cut."""
    lines = [line.rstrip() for line in text.splitlines()]
    at = _header_line(lines)
    below = [line for line in lines[at + 1 :] if line.strip()]
    count = len(_words(lines[at]))
    if all(len(_words(line)) == count for line in below):
        return [_words(line) for line in lines]
    for measure in (_characters, _display):
        starts = _starts(lines[at], measure)
        if all(_fits(line, starts, measure) for line in below):
            return [[line] if n < at else _cut(line, starts, measure) for n, line in enumerate(lines)]
    raise Unreadable(UNCLEAR)


def _words(line: str) -> list[str]:
    return _WORD.findall(line)


def _header_line(lines: list[str]) -> int:
    """Number of the line that is a known header; -1 where there is none."""
    for number, line in enumerate(lines[: header.SEARCH_ROWS]):
        words = _words(line)
        if len(words) >= _LEAST and header.find([words]) is not None:
            return number
    return -1


Place = Callable[[str], list[int]]
"""A line → where each of its characters begins."""


def _characters(line: str) -> list[int]:
    return list(range(len(line) + 1))


def _display(line: str) -> list[int]:
    """A Chinese character is as wide as two letters."""
    offsets = [0]
    for character in line:
        offsets.append(offsets[-1] + (2 if unicodedata.east_asian_width(character) in "WF" else 1))
    return offsets


def _starts(line: str, measure: Place) -> list[int]:
    offsets = measure(line)
    return [offsets[word.start()] for word in _WORD.finditer(line)]


def _fits(line: str, starts: list[int], measure: Place) -> bool:
    """Every word begins where a column does."""
    return set(_starts(line, measure)) <= set(starts)


def _cut(line: str, starts: list[int], measure: Place) -> list[str]:
    cells = [""] * len(starts)
    for start, word in zip(_starts(line, measure), _words(line), strict=True):
        cells[starts.index(start)] = word
    return cells
