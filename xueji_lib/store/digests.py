"""Digests of what a school's rows say: equal for equal content, wherever it came from and however a table is laid out.

A column is told by its name, in the order of the names; one that is unknown in all of a school's rows is not told at
all. So a digest stays the same when lines of the schema change places and when a table gains a column.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.register.schema import Table
from xueji_lib.register.unknown_cells import UNKNOWN, columns_of
from xueji_lib.store.at_rest import PARSED, coded


@dataclass(frozen=True, slots=True)
class SchoolRows:
    """One school's rows of a sorted table: from ``start`` to before ``stop``. ``digest``: of what they say."""

    start: int
    stop: int
    digest: str

    def __len__(self) -> int:
        return self.stop - self.start


def rows_of(digest: str) -> int:
    """How many rows a digest speaks of, whichever release worked it out; 0 where there is none. Raises ValueError."""
    return int(digest.replace("-", ":").partition(":")[0] or 0)


def bounds(table: Table, arrow: pa.Table) -> tuple[list[str], list[int]]:
    """The schools of a table sorted by school ("" for a county table), and where the rows of each begin and end."""
    if arrow.num_rows == 0:
        return [], [0]
    if table.per_county:
        return [""], [0, arrow.num_rows]
    ids = arrow.column("school_id").cast(pa.large_string()).to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
    return [str(ids[i]) for i in starts], [*starts.tolist(), len(ids)]


def by_school(table: Table, arrow: pa.Table) -> dict[str, SchoolRows]:
    """School → its rows and their digest. ``arrow``: a table of the stored schema, sorted (``at_rest.to_arrow``)."""
    names, edges = bounds(table, arrow)
    digests = [hashlib.blake2b(digest_size=16) for _ in names]
    unknown = _Unknown(arrow, edges)
    for column in sorted(c.id for c in table):
        school_indexes = unknown.speaking(column)
        if not school_indexes:
            continue
        for name in (column, *PARSED.get(column, ())):
            Plain.of(arrow.column(name)).tell(name, digests, edges, school_indexes)
        for i, flags in unknown.partly(column, school_indexes):
            digests[i].update(f"{column}? {len(flags)}\n".encode())
            digests[i].update(flags.data)
    sizes = np.diff(edges).tolist()
    return {
        name: SchoolRows(edges[i], edges[i + 1], f"{sizes[i]}:{digests[i].hexdigest()}") for i, name in enumerate(names)
    }


class _Unknown:
    """What is unknown in the rows of each school. ``edges``: where the schools' rows begin and end."""

    def __init__(self, arrow: pa.Table, edges: Sequence[int]) -> None:
        self._arrow, self._edges = arrow, np.asarray(edges)
        self._codes, texts = coded(arrow.column(UNKNOWN))
        self._named = [columns_of(text) for text in texts]
        school, shape = np.repeat(np.arange(len(edges) - 1), np.diff(edges)), (len(edges) - 1, len(texts))
        self._rows = np.bincount(school * shape[1] + self._codes, minlength=shape[0] * shape[1]).reshape(shape)
        """Rows of a school that have a text."""

    def speaking(self, column: str) -> list[int]:
        """Indexes of the schools (in ``edges``) that say something in a column: not every cell of it is unknown."""
        known = self._rows[:, ~self._naming(column)].sum(axis=1) > 0
        if not known.all():  # what is unknown has no value; one that is there all the same is told
            values = np.append(0, np.cumsum(pc.is_valid(self._arrow.column(column)).to_numpy(), dtype=np.int64))
            known |= np.diff(values[self._edges]) > 0
        return np.flatnonzero(known).tolist()

    def partly(self, column: str, schools: Sequence[int]) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
        """(index of a school, a flag a row) for those of these schools in some of whose rows a column is unknown."""
        naming = self._naming(column)
        some = self._rows[:, naming].sum(axis=1) > 0
        for i in schools:
            if some[i]:
                yield i, naming[self._codes[self._edges[i] : self._edges[i + 1]]]

    def _naming(self, column: str) -> npt.NDArray[np.bool_]:
        return np.array([column in named for named in self._named], dtype=bool)


@dataclass(frozen=True, slots=True)
class Plain:
    """The bytes of a column, the same for equal content. ``offsets``: of text, where each value begins."""

    values: Any
    offsets: npt.NDArray[np.int64] | None

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> Plain:
        """The bytes of a column of any stored type."""
        if pa.types.is_dictionary(column.type):
            column = column.cast(pa.large_string())
        if pa.types.is_large_string(column.type):
            array = (pc.fill_null(column, "\x00") if column.null_count else column).combine_chunks()
            if isinstance(array, pa.ChunkedArray):
                array = array.chunk(0) if array.num_chunks else pa.array([], pa.large_string())
            _, offset_buffer, data = array.buffers()
            offsets = np.frombuffer(offset_buffer, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
            return cls(memoryview(data or b""), offsets)
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("s")).cast(pa.int64())
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        filled = pc.fill_null(column, -(2**31)) if column.null_count else column
        return cls(np.ascontiguousarray(filled.to_numpy()), None)

    def tell(self, name: str, digests: Sequence[Any], edges: Sequence[int], school_indexes: Sequence[int]) -> None:
        """Tell the digests of these schools what their rows say. Lengths are worked out once for all of them."""
        values, offsets = memoryview(self.values), self.offsets
        if offsets is None:
            for i in school_indexes:
                start, stop = edges[i], edges[i + 1]
                digests[i].update(b"%b %d\n" % (name.encode(), stop - start))
                digests[i].update(values[start:stop])
            return
        lengths, begins = np.diff(offsets).data, offsets[np.asarray(edges)].tolist()
        for i in school_indexes:
            part = values[begins[i] : begins[i + 1]]
            digests[i].update(b"%b %d\n" % (name.encode(), len(part)))
            digests[i].update(part)
            digests[i].update(lengths[edges[i] : edges[i + 1]])

    def bytes_of(self, start: int, stop: int) -> tuple[Any, ...]:
        """The bytes of these rows: their values, and for text the length of each."""
        if self.offsets is None:
            return (self.values[start:stop],)
        values = self.values[self.offsets[start] : self.offsets[stop]]
        return values, np.diff(self.offsets[start : stop + 1])
