"""One table of a sheet as it crosses from the process that read it: columns of text, and what is known of the whole."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from xueji_lib.intake.packed_column import PackedColumn


@dataclass(slots=True)
class RawSheet:
    """One sheet, read. ``columns``: id → text of each record ("" blank). ``rows``: Excel row numbers.

    ``file``: its number in the inbox, -1 until it is known. ``read`` = records + skipped. ``context``: title texts
    above the header, which may name the school. ``table`` None: not a table; then ``why`` says what the user should
    know (empty: nothing to say).
    """

    sheet: str
    file: int = -1
    table: str | None = None
    header_row: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    columns: dict[str, PackedColumn] = field(default_factory=dict)
    rows: array[int] = field(default_factory=lambda: array("i"))
    read: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    context: tuple[str, ...] = ()
    why: str = ""
    beyond: int = 0
    own: bool = False
    """A page of the kit's own, not for import."""
    hidden: bool = False
    hidden_rows: int = 0
    """Records that are hidden, by hand or by a filter; they are taken in."""
    above: int = 0
    """Rows above the header that look like records, but not under its columns; they were not read."""
    doubtful: array[int] = field(default_factory=lambda: array("i"))
    """Places among the records of those below the list that may be no pupils; they are taken in."""
    filled: dict[str, int] = field(default_factory=dict)
    """Column → rows that say what the row above them says, since nothing is written there."""
    foreign: str = ""
    """Why it is another list than its columns look like; empty where it is none."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a table stands in: the sheet's name, the file's, how many rows are above its grid, the tables above it."""

    sheet: str
    file: str
    start: int
    above: Sequence[RawSheet]
