"""The segment files of a term: written once, read as what was written, or refused.

The digest of every segment stands in ``current.json``. It is worked out anew when a process first reads the file, and
every page that is read after that has a checksum of its own. A segment of 0.1.0 has no such digest until the next
intake; until then its rows are held against the digests of their content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xueji_lib.register import identity, schema
from xueji_lib.register.schema import Kind, Table
from xueji_lib.register.unknown_cells import UNKNOWN, columns_of, text_of
from xueji_lib.store import damage, format_1, row_groups
from xueji_lib.store.at_rest import DEFAULTS, PARSED, coded, completed, labels
from xueji_lib.store.former_texts import as_codes
from xueji_lib.support.checked import is_whole, sha256_of
from xueji_lib.support.errors import StoreError
from xueji_lib.support.safe_write import write_aside

_ROW_GROUP: Final = 4000  # rows; small enough that one school is read without the county
_FORMAT: Final = "2"
_RARELY_TWICE: Final = frozenset({Kind.ID, Kind.REGISTER_NO, Kind.NAME, Kind.PHONE})

Versions = Mapping[str, Mapping[str, Any]]
"""School → its version of a table: segment, rows, hash of what it says, rejected rows by code."""

_sound: dict[Path, str] = {}
"""Segments of 0.1.0 whose rows were held against the digests of their content, and what their bytes were."""


def path(folder: Path, number: int, table: str) -> Path:
    """The segment of a table in a term's folder."""
    return folder / "segments" / f"{number:06d}-{table}.parquet"


# ---- writing ----


def write(file: Path, table: Table, part: pa.Table, schools: int) -> str:
    """Write rows of the stored schema, sorted by school; the file's SHA-256."""
    lean = _lean(table, part).replace_schema_metadata({"schools": str(schools), "format": _FORMAT})
    with write_aside(file) as aside:
        # Reading asks for schools only: no other column needs its smallest and largest value.
        statistics = ["school_id"] if "school_id" in lean.column_names else False
        pq.write_table(
            lean, aside, compression="lz4", row_group_size=_ROW_GROUP, write_statistics=statistics,
            write_page_checksum=True, use_dictionary=_repeating(table, lean.column_names),
        )  # fmt: skip
        return sha256_of(aside)


def _repeating(table: Table, names: Sequence[str]) -> list[str]:
    """The columns whose values come again and again: only for them is a dictionary worth its making."""
    rare = {column.id for column in table if column.kind in _RARELY_TWICE}
    return [name for name in names if name not in rare and name not in identity.NUMBER_KEYS]


def _lean(table: Table, part: pa.Table) -> pa.Table:
    """Without what ``completed`` puts back: the columns that are unknown in every row."""
    codes, texts = coded(part.column(UNKNOWN))
    named = [columns_of(texts[code]) for code in np.unique(codes)]
    everywhere = frozenset.intersection(*named) & {c.id for c in table} if named else frozenset[str]()
    lacking = [column for column in sorted(everywhere) if part.column(column).null_count == len(part)]
    parsed = [name for column in lacking for name in PARSED.get(column, ()) if _is_default(part, name)]
    unknown_texts = labels(codes, [text_of(columns_of(text) - set(lacking)) for text in texts])
    return part.set_column(part.column_names.index(UNKNOWN), UNKNOWN, unknown_texts).drop_columns([*lacking, *parsed])


def _is_default(part: pa.Table, parsed: str) -> bool:
    column = part.column(parsed)
    if parsed in DEFAULTS:
        return bool(pc.all(pc.equal(column, pa.scalar(DEFAULTS[parsed], column.type))).as_py())
    return int(column.null_count) == len(column)


# ---- reading ----


class Segments:
    """A term's segments, and what ``current`` (``current.json``) says of them. ``root``: the store's."""

    def __init__(self, root: Path, term: str, current: Mapping[str, Any]) -> None:
        self.root = root
        self.term = term
        self._current = current

    def read(self, table: Table, number: int, schools: Sequence[str], names: Sequence[str]) -> pa.Table:
        """These stored columns of these schools' rows. Raises StoreError."""
        file = path(self.root / self.term, number, table.id)
        if not self.is_whole(table, number):
            raise damage.of_segment(self.root, self.term, table, file)
        try:
            return _rows(file, table, names, None if table.per_county else schools)
        except row_groups.UNREADABLE as error:
            if isinstance(error, MemoryError):
                raise StoreError(f"内存不足，读不了 {file}。请关掉别的程序，再运行一次") from None
            raise damage.of_segment(self.root, self.term, table, file) from None

    def trouble(self, name: str, number: int) -> StoreError | None:
        """What is wrong with a segment of the table called so; None where it is what was written, or no table of
        today."""
        table = schema.AT_REST.get(name)
        if table is None or self.is_whole(table, number):
            return None
        return damage.of_segment(self.root, self.term, table, path(self.root / self.term, number, name))

    def is_whole(self, table: Table, number: int) -> bool:
        """Whether the segment is what was written."""
        file = path(self.root / self.term, number, table.id)
        digest = self._current["segments"].get(str(number), {}).get(table.id)
        if digest is not None:
            return is_whole(file, digest)
        try:
            sha256 = sha256_of(file)
            if _sound.get(file) == sha256:
                return True
            if not _says(file, table, self._contents(table, number)):
                return False
        except row_groups.UNREADABLE:
            return False
        _sound[file] = sha256
        return True

    def resting(self) -> list[tuple[str, int]]:
        """(table, number) of the segments that something current rests on."""
        return sorted(
            {
                (table, version["segment"])
                for table, versions in self._current["tables"].items()
                for version in versions.values()
                if version["rows"]
            }
        )

    def undigested(self) -> list[tuple[str, int]]:
        """(table, number) of the segments of ``resting`` that have no digest yet."""
        digests = self._current["segments"]
        return [(table, number) for table, number in self.resting() if table not in digests.get(str(number), {})]

    def _contents(self, table: Table, number: int) -> dict[str, str]:
        """School → the digest of its rows, of the schools whose current version lies in a segment."""
        versions: Versions = self._current["tables"].get(table.id, {})
        return {s: v["hash"] for s, v in versions.items() if v["rows"] and v["segment"] == number}


def _rows(file: Path, table: Table, names: Sequence[str], schools: Sequence[str] | None) -> pa.Table:
    part, stored_names = row_groups.read_of(file, [*names, *format_1.MASKS, "_row"], schools)
    if set(format_1.MASKS) <= stored_names:
        part = format_1.with_texts(part, table.id)
    part = as_codes(part, table)
    return completed(part, table, names, {column.id for column in table} - stored_names)


def _says(file: Path, table: Table, digests: Mapping[str, str]) -> bool:
    """A segment of 0.1.0 holds rows of these schools whose content has these digests. Raises one of UNREADABLE."""
    whole = row_groups.read(file)
    if not set(format_1.MASKS) <= set(whole.column_names):
        return False  # of a later release, whose segments all have a digest
    content_digests = format_1.content_digests(table, format_1.with_texts(whole, table.id))
    return all(content_digests.get(school) == digest for school, digest in digests.items())
