"""A column's texts in one piece of bytes: what crosses from the process that read a file to the one that judges it.

A hundred thousand texts one by one would take longer to hand over than they took to read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from xueji_lib.intake.readers.grid import MOST_TEXT, OVERLONG, as_text

SEPARATOR: Final = "\x1e"


class PackedColumn(NamedTuple):
    """A tuple, which pickles at once: thousands cross.

    ``packed``: the texts of ``rows`` rows as UTF-8, parted by SEPARATOR; only one where all are the same."""

    rows: int
    packed: bytes
    is_same: bool = False


def pack(cells: Sequence[Any], convert: Callable[[Any], str] = as_text) -> PackedColumn:
    """The column of these cells. ``convert``: makes a text of one that is none."""
    texts = cells
    if cells and type(cells[0]) is str and cells[0] == cells[-1] and cells.count(cells[0]) == len(cells):
        texts = cells[:1]
    try:
        joined = SEPARATOR.join(texts)
    except TypeError:  # only a column with numbers or dates in it comes here
        texts = [cell if type(cell) is str else convert(cell) for cell in cells]
        joined = SEPARATOR.join(texts)
    if joined.count(SEPARATOR) >= max(len(texts), 1):
        joined = SEPARATOR.join(text.replace(SEPARATOR, " ") for text in texts)
    if len(joined) > MOST_TEXT and max(map(len, texts)) > MOST_TEXT:
        joined = SEPARATOR.join(OVERLONG if len(text) > MOST_TEXT else text for text in joined.split(SEPARATOR))
    return PackedColumn(len(cells), joined.encode("utf-8", "replace"), len(texts) < len(cells))
