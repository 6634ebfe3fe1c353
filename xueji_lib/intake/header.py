"""Which table is this? A sheet is recognised by its header row, never by a file name.

A header is one row, or more where groups (成员1) stand above their fields (姓名, 关系). Aliases are data:
``data/codes/headers.toml``. Source: data contract, section 2.

More than 250 lines: the search for a header, and all that speaks for and against a table, on one set of aliases.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import product
from typing import Any, Final

from xueji_lib.register import schema
from xueji_lib.register.schema import Table
from xueji_lib.support import paths

SCHOOL_NAME = "_school_name"
"""The column 学校名称 of a table that has no such column of its own: it only helps to find the school."""

TAUGHT_RANK = -1
"""Before a column's own name: somebody said so."""
SEARCH_ROWS = 40
_LEAST = 3

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|<[^<>]*>|\{[^{}]*\}")
_NOISE = re.compile("[\\s*★☆#:='\"\u200b-\u200f\u2060\ufeff\u00ad]+")
_NUMBERING = re.compile(r"^\d{1,2}[.、]")
_CN = ("", "一", "二")
_REASON: Final = frozenset({"原因", "不一致原因", "具体原因", "人籍不一致原因", "原因说明"})
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
    parents: tuple[tuple[str, ...], ...]
    """Words for the father and for the mother."""
    telling: Mapping[str, frozenset[str]]
    """Of the tables of a school's pupils: the columns that it must have and a register has not."""
    sole: frozenset[str]
    """Headers that one table alone knows, without those that a register may have too."""


Taught = tuple[tuple[str, str], ...]
"""Headers that people taught: what they write, and the known header that it stands for."""
_TAUGHT: Final[ContextVar[Taught]] = ContextVar("taught headers", default=())


@contextmanager
def knowing(taught: Taught) -> Iterator[None]:
    """Within the block, the taught headers are known as well."""
    token = _TAUGHT.set(taught)
    try:
        yield
    finally:
        _TAUGHT.reset(token)


def meanings(known_header: str) -> dict[str, str]:
    """Table → the column that a known header stands for in it; empty where no table knows it."""
    key = plain(known_header)
    return {table: columns[key][0] for table, columns in _aliases(()).tables.items() if key in columns}


def aliases() -> Aliases:
    """What ``headers.toml`` says, and what was taught."""
    return _aliases(_TAUGHT.get())


@cache
def _aliases(taught: Taught) -> Aliases:
    raw: dict[str, Any] = tomllib.loads(paths.data("codes", "headers.toml").read_text("utf-8-sig"))
    tables: dict[str, dict[str, tuple[str, int]]] = {}
    for table in schema.TABLES.values():
        ranked_columns: dict[str, tuple[str, int]] = {}

        def put(
            header: str, column: str, rank: int, ranked_columns: dict[str, tuple[str, int]] = ranked_columns
        ) -> None:
            key = plain(header)
            if key not in ranked_columns or rank < ranked_columns[key][1]:
                ranked_columns[key] = (column, rank)

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
        for written, known_header in taught:
            if (meant := ranked_columns.get(plain(known_header))) is not None:
                ranked_columns[plain(written)] = (meant[0], TAUGHT_RANK)
        tables[table.id] = ranked_columns
    anchors = {t: frozenset(schema.TABLES[t].by_header(h).id for h in heads) for t, heads in raw["anchors"].items()}
    parents = tuple(tuple(words) for words in raw["member"]["parents"])
    counts = Counter(key for ranked_columns in tables.values() for key in ranked_columns)
    sole = frozenset(key for key, count in counts.items() if count == 1) - {
        plain(h) for h in raw.get("vague", {}).get("headers", ())
    }
    serial = frozenset(plain(h) for h in raw["serial"]["headers"])
    return Aliases(tables, anchors, frozenset(counts), serial, parents, _telling(), sole)


def _telling() -> dict[str, frozenset[str]]:
    registers = {column.id for column in schema.REGISTER}
    return {
        table.id: frozenset(column.id for column in table if column.required and column.id not in registers)
        for table in schema.TABLES.values()
        if table.per_student and not table.per_county and table is not schema.REGISTER
    }


def _members(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """(header, column, rank) of the members' columns: by number, or by what they are to the pupil."""
    for n in (1, 2):
        for field, others in raw["fields"].items():
            column = schema.REGISTER.by_header(f"成员{n}{field}").id
            for rank, name in enumerate((field, *others)):
                for number, pattern in product((str(n), _CN[n]), raw["patterns"]):
                    yield pattern.format(n=number, field=name), column, 10 + rank
                for parent, pattern in product(raw["parents"][n - 1], raw["parent_patterns"]):
                    yield pattern.format(parent=parent, field=name), column, 40 + rank
        for parent in raw["parents"][n - 1]:
            yield parent, schema.REGISTER.by_header(f"成员{n}姓名").id, 50


@dataclass(frozen=True, slots=True)
class Header:
    """``first``: place of the header's first row; ``rows``: 1 to 3. ``columns``: id → place of the column.

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
    tells: bool = False
    """It has what its table alone asks about pupils (``_tells_itself``): then it is no register."""

    @property
    def data(self) -> int:
        """Place of the first row below the header."""
        return self.first + self.rows


def parents_columns(head: Header) -> frozenset[str]:
    """The members' columns that are told by what they are to the pupil (父亲姓名, 母亲电话)."""
    words = [word for parent in aliases().parents for word in parent]
    return frozenset(
        column
        for column, text in head.texts.items()
        if column.startswith("member") and any(word in plain(text)[: len(word) + 3] for word in words)
    )


Merges = Sequence[tuple[tuple[int, int], tuple[int, int]]]
"""First and last (row, column) of merged cells, from 0."""


def find(rows: Sequence[Sequence[Any]], merges: Merges = (), table: str = "") -> Header | None:
    """The header of a sheet, None where there is none within the first rows. ``table``: of this table, which is known
    by something else; a name and two columns more are then enough."""
    for row_index in range(min(SEARCH_ROWS, len(rows))):
        if not _has_known_word(rows[row_index]):
            continue
        candidates = []
        for first, height in _candidates(rows, row_index):
            names = _joined(rows[first : first + height], first, merges) if height > 1 else map(_cell, rows[first])
            if candidate := _best(tuple(names), table):
                candidates.append(replace(candidate, first=first, rows=height))
        if best := _choice(candidates):
            return best
    return None


def _choice(headers: Sequence[Header]) -> Header | None:
    """The header that fits best, the first of several. A register has all the columns of pupils: it loses to a table
    that tells itself, however many of them that one has too."""
    best = max(headers, key=lambda header: header.score, default=None)
    if best is not None and best.table is schema.REGISTER:
        return max((header for header in headers if header.tells), key=lambda header: header.score, default=best)
    return best


def _candidates(rows: Sequence[Sequence[Any]], row_index: int) -> Iterator[tuple[int, int]]:
    """(first row, rows) of the headers that may begin at a row with a word of a header: it alone, it with one or two
    rows below, or the row below alone. Records hold no words of a header: then there is no second header row."""
    yield row_index, 1
    if row_index + 1 < len(rows) and _has_known_word(rows[row_index + 1]):
        yield row_index, 2
        yield row_index + 1, 1
        if row_index + 2 < len(rows) and _has_known_word(rows[row_index + 2]):
            yield row_index, 3


def _has_known_word(row: Sequence[Any]) -> bool:
    known = aliases().known
    return any(type(cell) is str and cell and plain(cell[:60]) in known for cell in row)


def is_known(text: str) -> bool:
    """The text is a header of some table."""
    return plain(text[:60]) in aliases().known


def is_header(row: Sequence[Any], lead: str) -> bool:
    """The row alone is a table's header: three known headers or more, and little else. ``lead``: its first text."""
    words = aliases()
    first = plain(lead[:60])
    if first not in words.known and first not in words.serial:
        return False
    cells = [cell for cell in row if cell != ""]
    hits = sum(1 for cell in cells if type(cell) is str and plain(cell[:60]) in words.known)
    return hits >= _LEAST and 2 * hits > len(cells) and _best(tuple(_cell(c) for c in row)) is not None


def keys(rows: Sequence[Sequence[Any]], head: Header, merges: Merges = ()) -> list[str]:
    """What a header says column by column, ready to compare; empty where it says nothing."""
    lines = rows[head.first : head.data]
    names = _joined(lines, head.first, merges) if head.rows > 1 else map(_cell, lines[0])
    return [plain(name) if name else "" for name in names]


def _cell(cell: Any) -> str:
    return cell.strip() if isinstance(cell, str) and len(cell) <= 60 else ""


def _joined(rows: Sequence[Sequence[Any]], first: int, merges: Merges) -> Iterator[str]:
    """Several rows as one header: a group's text runs to the right over its fields.

    A column's name is what its texts make together, from as far up as makes a known word; else its lowest text.
    """
    known = aliases().known
    width = max(map(len, rows))
    levels = [[_cell(row[i]) if i < len(row) else "" for i in range(width)] for row in rows]
    spread = [_spread(level, levels[n + 1 :], first + n, merges) for n, level in enumerate(levels[:-1])]
    for column, texts in enumerate(zip(*spread, levels[-1], strict=True)):
        column_texts = [text for text in texts if text]
        tails = ("".join(column_texts[start:]) for start in range(len(column_texts)))
        # A group's text that only runs over a column is no name of it.
        own = next((level[column] for level in reversed(levels) if level[column]), "")
        yield next((tail for tail in tails if plain(tail) in known), own)


def _spread(level: list[str], below: list[list[str]], row_index: int, merges: Merges) -> list[str]:
    """A row of groups: each runs over the columns to its right that are blank in it and have a text below."""
    spans = {c0: c1 for (r0, c0), (r1, c1) in merges if r0 <= row_index <= r1 and c1 > c0}
    group = list(level)
    run, until = "", -1
    for i, text in enumerate(level):
        if text:
            run, until = text, spans.get(i, len(level) if not spans else i)
        elif i <= until and any(row[i] for row in below):
            group[i] = run
    return group


def _best(names: tuple[str, ...], only: str = "") -> Header | None:
    return _best_of(names, only, _TAUGHT.get())


@lru_cache(maxsize=256)
def _best_of(names: tuple[str, ...], only: str, taught: Taught) -> Header | None:
    """The table that explains these headers best. Three hundred schools send the same few headers."""
    keys = [plain(name) if name else "" for name in names]
    words = _aliases(taught)
    if sum(key in words.known for key in keys) < 2:
        return None
    if only:
        return _match(schema.TABLES[only], names, keys, _SPEAKS_AGAINST_A_KNOWN)
    headers = (_match(table, names, keys) for table in schema.TABLES.values())
    return _choice([header for header in headers if header])


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a table's columns fit a row of headers. ``columns``: id → place; ``own``: without the school's name;
    ``missing``: required columns that are not there; ``anchors``: columns that only this table has; ``foreign``:
    headers that only other tables know; ``tells``: the table tells itself."""

    table: Table
    keys: Sequence[str]
    columns: Mapping[str, int]
    own: frozenset[str]
    required: frozenset[str]
    anchors: frozenset[str]
    foreign: int
    tells: bool = False

    @property
    def missing(self) -> frozenset[str]:
        return self.required - self.own

    @property
    def score(self) -> int:
        """What only other tables know speaks against this one (在校情况 in what else looks like a register)."""
        return len(self.own) + 2 * len(self.anchors) - 2 * len(self.missing) - 2 * self.foreign


def _has_few_columns(fit: _Fit) -> bool:
    return len(fit.own) < 2


def _has_nothing_of_its_own(fit: _Fit) -> bool:
    """With no column of its own a table must be complete, the school's code included."""
    return not fit.anchors and (bool(fit.missing) or "school_id" not in fit.own)


def _lacks_too_much(fit: _Fit) -> bool:
    """More than half of what is required, unless two telling columns make up for it in a table of few."""
    tells = len(fit.required) <= 2 and len(fit.anchors) >= 2
    return 2 * len(fit.missing) > len(fit.required) and not tells


def _is_about_pupils(fit: _Fit) -> bool:
    """A table of schools or classes has no columns of pupils."""
    return not (fit.table.per_student or fit.table.per_county) and not _STUDENT.isdisjoint(fit.keys)


def _has_no_names(fit: _Fit) -> bool:
    """Nobody is named, or nothing is said of those who are."""
    return "name" not in fit.own or len(fit.own) < _LEAST


_SPEAKS_AGAINST: Final = (_has_few_columns, _has_nothing_of_its_own, _lacks_too_much, _is_about_pupils)
"""Any of these, and the row is not this table's header."""
_SPEAKS_AGAINST_A_KNOWN: Final = (_has_no_names,)


def _match(
    table: Table,
    names: Sequence[str],
    keys: Sequence[str],
    objections: Sequence[Callable[[_Fit], bool]] = _SPEAKS_AGAINST,
) -> Header | None:
    """The row as this table's header; None where something speaks against it."""
    known = aliases()
    lookup = known.tables[table.id]
    columns = _columns(lookup, keys)
    if table.id == schema.ANNEX1.id:
        _add_reason(columns, keys)
    own = frozenset(columns) - {SCHOOL_NAME}
    tells = _tells_itself(table, known, columns, keys)
    others = [key for key in keys if key in known.known and key not in lookup]
    fit = _Fit(
        table,
        keys,
        columns,
        own,
        required=frozenset(c.id for c in table if c.required and c.id != "school_id"),
        anchors=known.anchors[table.id] & own,
        foreign=sum(1 for key in others if not (tells and key in known.tables[schema.REGISTER.id])),
        tells=tells,
    )
    if any(objection(fit) for objection in objections):
        return None
    used = set(columns.values())
    ignored = tuple(name for i, name in enumerate(names) if name and i not in used and keys[i] not in known.serial)
    ordered = {column: columns[column] for column in (*(c.id for c in table), SCHOOL_NAME) if column in columns}
    texts = {column: names[column_index] for column, column_index in columns.items()}
    serial = frozenset(i for i, key in enumerate(keys) if key in known.serial)
    return Header(table, 0, 1, ordered, texts, ignored, serial, fit.score, tells)


_TELLING: Final = 2
"""Columns of its own by which a ledger tells itself, where it must have as many."""


def _tells_itself(table: Table, known: Aliases, columns: Mapping[str, int], keys: Sequence[str]) -> bool:
    """A table of pupils has what it must have beyond a register's columns (of several two), one of it an anchor in a
    word that no other table knows: who writes 在校情况 beside a register's columns answers the headcount."""
    telling = known.telling.get(table.id, frozenset())
    there = telling & columns.keys()
    anchors = there & known.anchors[table.id]
    return len(there) >= min(_TELLING, len(telling)) and any(keys[columns[column]] in known.sole for column in anchors)


def _columns(lookup: Mapping[str, tuple[str, int]], keys: Sequence[str]) -> dict[str, int]:
    """Id → place of each column; of two headers for one column the one that is nearer to its own name."""
    ranks: dict[str, int] = {}
    columns: dict[str, int] = {}
    for column_index, key in enumerate(keys):
        if key and key in lookup:
            column, rank = lookup[key]
            if column not in columns or rank < ranks[column]:
                columns[column], ranks[column] = column_index, rank
    return columns


def _add_reason(columns: dict[str, int], keys: Sequence[str]) -> None:
    """附件1 has 情形, or 原因, or both: a school's 原因 is its word (学校说明) where no column of its own has that."""
    reason = next((i for i, key in enumerate(keys) if key in _REASON), None)
    if reason is not None:
        columns.setdefault("school_note", reason)
