"""Which table is this? A sheet is recognised by its header row, never by a file name.

A header is one row, or two where groups (成员1) stand above their fields (姓名, 关系). Aliases are data:
``data/codes/headers.toml``. Source: data contract, section 2.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from xueji_lib.register import schema
from xueji_lib.register.schema import Table
from xueji_lib.support import paths

SCHOOL_NAME = "_school_name"
"""The column 学校名称 of a table that has no such column of its own: it only helps to find the school."""

SEARCH_ROWS = 40
_LEAST = 3

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|<[^<>]*>|\{[^{}]*\}")
_NOISE = re.compile("[\\s*★☆#:='\"\u200b-\u200f\u2060\ufeff\u00ad]+")
_NUMBERING = re.compile(r"^\d{1,2}[.、]")
_CN = ("", "一", "二")
_STUDENT = frozenset({"姓名", "学生姓名", "全国学籍号", "学籍号", "国网学籍号"})
"""A table of schools or classes has none of these."""


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """A header cell, ready to compare: one width, no white space, stars, brackets or numbering."""
    text = unicodedata.normalize("NFKC", text)
    text = _NUMBERING.sub("", _BRACKETS.sub("", _NOISE.sub("", text)))
    return text.upper()


@dataclass(frozen=True, slots=True)
class Aliases:
    """Per table: plain header → (column id, rank); the canonical header has rank 0 and wins."""

    tables: Mapping[str, Mapping[str, tuple[str, int]]]
    anchors: Mapping[str, frozenset[str]]
    known: frozenset[str]
    serial: frozenset[str]


@cache
def aliases() -> Aliases:
    """Read ``headers.toml``."""
    raw: dict[str, Any] = tomllib.loads(paths.data("codes", "headers.toml").read_text("utf-8-sig"))
    tables: dict[str, dict[str, tuple[str, int]]] = {}
    for table in schema.TABLES.values():
        found: dict[str, tuple[str, int]] = {}

        def put(header: str, column: str, rank: int, found: dict[str, tuple[str, int]] = found) -> None:
            key = plain(header)
            if key not in found or rank < found[key][1]:
                found[key] = (column, rank)

        own = raw["tables"].get(table.id, {})
        for column in table:
            put(column.header, column.id, 0)
            for rank, alias in enumerate(own.get(column.header, ()), 1):
                put(alias, column.id, rank)
            for rank, alias in enumerate(raw["common"].get(column.header, ()), 30):
                put(alias, column.id, rank)
        if table.id == "register":
            for header, column_id, rank in _members(raw["member"]):
                put(header, column_id, rank)
        if table.of_schools and table.id != "schools":
            for rank, alias in enumerate(raw["school_name"]["aliases"]):
                put(alias, SCHOOL_NAME, 60 + rank)
        for rank, alias in enumerate(raw["school_name"].get(table.id, ())):
            put(alias, SCHOOL_NAME, 60 + rank)
        tables[table.id] = found
    anchors = {t: frozenset(schema.TABLES[t].by_header(h).id for h in heads) for t, heads in raw["anchors"].items()}
    known = frozenset(key for found in tables.values() for key in found)
    return Aliases(tables, anchors, known, frozenset(plain(h) for h in raw["serial"]["headers"]))


def _members(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    for n in (1, 2):
        for field, others in raw["fields"].items():
            column = schema.REGISTER.by_header(f"成员{n}{field}").id
            for rank, name in enumerate((field, *others)):
                for number in (str(n), _CN[n]):
                    for pattern in raw["patterns"]:
                        yield pattern.format(n=number, field=name), column, 10 + rank


@dataclass(frozen=True, slots=True)
class Header:
    """``first``: place of the header's first row; ``rows``: 1 or 2. ``columns``: id → place of the column.

    ``texts``: id → what the user wrote. ``ignored``: headers that no column answers to.
    """

    table: Table
    first: int
    rows: int
    columns: Mapping[str, int]
    texts: Mapping[str, str]
    ignored: tuple[str, ...]
    serial: frozenset[int]
    score: int

    @property
    def data(self) -> int:
        """Place of the first row below the header."""
        return self.first + self.rows


Merges = Sequence[tuple[tuple[int, int], tuple[int, int]]]
"""First and last (row, column) of merged cells, from 0."""


def find(rows: Sequence[Sequence[Any]], merges: Merges = ()) -> Header | None:
    """The header of a sheet, None where there is none within the first rows."""
    known = aliases().known
    for place in range(min(SEARCH_ROWS, len(rows))):
        row = rows[place]
        hits = sum(1 for cell in row if type(cell) is str and cell and plain(cell[:60]) in known)
        if hits < 1:
            continue
        best = _best(tuple(_cell(c) for c in row))
        first, height = place, 1
        # Records hold no words of a header: then there is no second header row to try.
        if place + 1 < len(rows) and any(type(c) is str and plain(c[:60]) in known for c in rows[place + 1]):
            two = _best(tuple(_joined(row, rows[place + 1], place, merges)))
            if two and (best is None or two.score > best.score):
                best, height = two, 2
            below = _best(tuple(_cell(c) for c in rows[place + 1]))
            if below and (best is None or below.score > best.score):
                best, first, height = below, place + 1, 1
        if best:
            return replace(best, first=first, rows=height)
    return None


def is_header(row: Sequence[Any], lead: str) -> bool:
    """The row alone is a table's header: three known headers or more, and little else. ``lead``: its first text."""
    found = aliases()
    first = plain(lead[:60])
    if first not in found.known and first not in found.serial:
        return False
    cells = [cell for cell in row if cell != ""]
    hits = sum(1 for cell in cells if type(cell) is str and plain(cell[:60]) in found.known)
    return hits >= _LEAST and 2 * hits > len(cells) and _best(tuple(_cell(c) for c in row)) is not None


def _cell(cell: Any) -> str:
    return cell.strip() if isinstance(cell, str) and len(cell) <= 60 else ""


def _joined(top: Sequence[Any], bottom: Sequence[Any], place: int, merges: Merges) -> list[str]:
    """Two rows as one header: a group's text runs to the right over its fields."""
    known = aliases().known
    width = max(len(top), len(bottom))
    upper = [_cell(top[i]) if i < len(top) else "" for i in range(width)]
    lower = [_cell(bottom[i]) if i < len(bottom) else "" for i in range(width)]
    group = list(upper)
    spans = {c0: c1 for (r0, c0), (r1, c1) in merges if r0 <= place <= r1 and c1 > c0}
    run, until = "", -1
    for i in range(width):
        if upper[i]:
            run, until = upper[i], spans.get(i, width if not spans else i)
        elif lower[i] and i <= until:
            group[i] = run
    names = []
    for above, below in zip(group, lower, strict=True):
        if above and below and plain(above + below) in known:
            names.append(above + below)
        elif below and plain(below) in known:
            names.append(below)
        else:
            names.append(below or above)
    return names


@lru_cache(maxsize=256)
def _best(names: tuple[str, ...]) -> Header | None:
    """The table that explains these headers best. Three hundred schools send the same few headers."""
    keys = [plain(name) if name else "" for name in names]
    found = aliases()
    if sum(key in found.known for key in keys) < 2:
        return None
    best: Header | None = None
    for table in schema.TABLES.values():
        header = _match(table, names, keys)
        if header and (best is None or header.score > best.score):
            best = header
    return best


def _match(table: Table, names: Sequence[str], keys: Sequence[str]) -> Header | None:
    found = aliases()
    lookup = found.tables[table.id]
    ranks: dict[str, int] = {}
    columns: dict[str, int] = {}
    for i, key in enumerate(keys):
        if not key or key not in lookup:
            continue
        column, rank = lookup[key]
        if column not in columns or rank < ranks[column]:
            columns[column], ranks[column] = i, rank
    own = columns.keys() - {SCHOOL_NAME}
    required = {c.id for c in table if c.required and c.id != "school_id"}
    missing = required - own
    anchors = found.anchors[table.id] & own
    # With nothing of its own a table must be complete, the school's code included.
    bare = not anchors and (bool(missing) or "school_id" not in own)
    few = 2 * len(missing) > len(required) and not (len(required) <= 2 and len(anchors) >= 2)
    if len(own) < 2 or bare or few:
        return None
    if not (table.per_student or table.per_county) and not _STUDENT.isdisjoint(keys):
        return None
    used = set(columns.values())
    ignored = tuple(name for i, name in enumerate(names) if name and i not in used and keys[i] not in found.serial)
    serial = frozenset(i for i, key in enumerate(keys) if key in found.serial)
    # A header that only other tables know speaks against this one (在校情况 in what else looks like a register).
    foreign = sum(1 for key in keys if key in found.known and key not in lookup)
    score = len(own) + 2 * len(anchors) - 2 * len(missing) - 2 * foreign
    texts = {column: names[i] for column, i in columns.items()}
    ordered = {c.id: columns[c.id] for c in table if c.id in columns}
    if SCHOOL_NAME in columns:
        ordered[SCHOOL_NAME] = columns[SCHOOL_NAME]
    return Header(table, 0, 1, ordered, texts, ignored, serial, score)
