"""A table at rest: the frame every module reads, its Arrow schema, and digests of what it says.

docs/architecture.md, "A table at rest", is the contract; ``store`` keeps such tables, ``intake`` makes them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.register import identity
from xueji_lib.register.schema import Kind, Table

_ARROW: dict[Kind, pa.DataType] = {
    Kind.SCHOOL: pa.dictionary(pa.int32(), pa.large_string()),
    Kind.CODE: pa.dictionary(pa.int32(), pa.large_string()),
    Kind.DATE: pa.timestamp("s"),
    Kind.MONTH: pa.int32(),
    Kind.GRADE: pa.int32(),
    Kind.CLASS: pa.int32(),
    Kind.COUNT: pa.int32(),
}
_LABELS = pa.dictionary(pa.int32(), pa.large_string())


@cache
def arrow_schema(table: Table) -> pa.Schema:
    """Every column of a stored table, in order: the table's own, masks, provenance, parsed numbers."""
    fields = [pa.field(c.id, _ARROW.get(c.kind, pa.large_string())) for c in table]
    fields += [pa.field("_u0", pa.uint64()), pa.field("_u1", pa.uint64())]
    fields += [pa.field("_file", _LABELS), pa.field("_sheet", _LABELS), pa.field("_row", pa.int32())]
    ids = {c.id for c in table}
    if "id_number" in ids:
        fields += [
            pa.field("id_key", pa.int64()),
            pa.field("id_form", pa.int8()),
            pa.field("id_birth", pa.timestamp("s")),
            pa.field("id_check", pa.bool_()),
            pa.field("id_sex", _LABELS),
        ]
    if "register_no" in ids:
        fields.append(pa.field("register_key", pa.int64()))
    return pa.schema(fields)


_ALWAYS = ("school_id", "_u0", "_u1", "_file", "_sheet", "_row")
_PARSED = {"id_number": ("id_key", "id_form", "id_birth", "id_check", "id_sex"), "register_no": ("register_key",)}


def picked(table: Table, columns: Sequence[str] | None) -> list[str]:
    """The stored columns to read: those asked for, what was parsed of them, and what always comes along."""
    names = arrow_schema(table).names
    if columns is None:
        return list(names)
    wanted = set(columns) | set(_ALWAYS) | {p for c in columns for p in _PARSED.get(c, ())}
    return [name for name in names if name in wanted]


def to_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table of the stored schema as the pandas frame of docs/architecture.md."""
    integers = [f.name for f in table.schema if f.type == pa.int32() and f.name != "_row"]
    frame = table.drop_columns(integers).to_pandas(ignore_metadata=True)
    for name in integers:
        frame[name] = table.column(name).to_pandas(types_mapper={pa.int32(): pd.Int32Dtype()}.get)
    for field in table.schema:
        if pa.types.is_dictionary(field.type) and not len(frame[field.name].cat.categories):
            frame[field.name] = pd.Categorical.from_codes([-1] * len(frame), pd.Index([], dtype="str"))
    ordered: pd.DataFrame = frame[table.column_names]
    return ordered


def empty(table: Table, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The table without rows, with the right dtypes."""
    return to_frame(arrow_schema(table).empty_table().select(picked(table, columns)))


def from_records(table: Table, records: Sequence[Mapping[str, Any]], file: str, sheet: str) -> pd.DataFrame:
    """Rows made in the kit itself: what a record lacks is blank, nothing is unknown. Column ids → values of the kind's
    type; ``file`` and ``sheet`` say where a finding's evidence comes from."""
    n = len(records)
    arrays: dict[str, Any] = {c.id: [record.get(c.id) for record in records] for c in table}
    arrays |= {"_u0": np.zeros(n, dtype=np.uint64), "_u1": np.zeros(n, dtype=np.uint64)}
    arrays |= {"_file": [file] * n, "_sheet": [sheet] * n, "_row": np.arange(1, n + 1)}
    names = arrow_schema(table).names
    if "id_key" in names:
        ids = identity.parse_ids(arrays["id_number"])
        born = pa.array(ids.birth.astype("datetime64[s]"))
        arrays |= {"id_key": ids.key, "id_form": ids.form, "id_birth": born, "id_check": ids.check_ok}
        arrays["id_sex"] = list(ids.sex)
    if "register_key" in names:
        arrays["register_key"] = identity.keys(arrays["register_no"])
    columns = []
    for field in arrow_schema(table):
        labels = pa.types.is_dictionary(field.type)
        array = pa.array(arrays[field.name], pa.large_string() if labels else None)
        columns.append((array.dictionary_encode() if labels else array).cast(field.type))
    return to_frame(pa.table(columns, schema=arrow_schema(table)))


def to_arrow(table: Table, frame: pd.DataFrame) -> pa.Table:
    """A frame in the stored schema, sorted by school and provenance."""
    arrow = pa.Table.from_pandas(frame, schema=arrow_schema(table), preserve_index=False, safe=True)
    return in_order(arrow.replace_schema_metadata(None))


def in_order(arrow: pa.Table) -> pa.Table:
    keys = [n for n in ("school_id", "_file", "_sheet") if n in arrow.column_names]
    plain = pa.table({**{k: arrow.column(k).cast(pa.large_string()) for k in keys}, "_row": arrow.column("_row")})
    order = pc.sort_indices(plain, sort_keys=[(k, "ascending") for k in plain.column_names])
    if np.array_equal(order.to_numpy(), np.arange(len(order))):
        return arrow
    return arrow.take(order)


def typed(part: pa.Table, target: pa.Schema) -> pa.Table:
    """Parquet keeps no seconds and may split dictionaries: back to the one schema."""
    return part.replace_schema_metadata(None).cast(target).unify_dictionaries()


# ---- content ----


def by_school(table: Table, arrow: pa.Table) -> dict[str, tuple[int, int, str]]:
    """school → first row, row after the last, digest of what its rows say (not where they came from)."""
    n = arrow.num_rows
    if n == 0:
        return {}
    if table.per_county:
        bounds, names = [0, n], [""]
    else:
        ids = arrow.column("school_id").cast(pa.large_string()).to_numpy(zero_copy_only=False)
        starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
        bounds, names = [*starts.tolist(), n], [str(ids[i]) for i in starts]
    digests = [hashlib.blake2b(digest_size=16) for _ in names]
    for field in arrow_schema(table):
        if field.name in ("_file", "_sheet", "_row"):
            continue
        values, lengths = _plain(arrow.column(field.name))
        sizes = None if lengths is None else np.diff(lengths)
        for i, digest in enumerate(digests):
            start, stop = bounds[i], bounds[i + 1]
            if lengths is None or sizes is None:
                digest.update(values[start:stop])
            else:
                digest.update(values[lengths[start] : lengths[stop]])
                digest.update(sizes[start:stop])
    return {
        name: (bounds[i], bounds[i + 1], f"{bounds[i + 1] - bounds[i]}-{digests[i].hexdigest()}")
        for i, name in enumerate(names)
    }


def _plain(column: pa.ChunkedArray) -> tuple[Any, Any]:
    """The bytes of a column, the same for equal content; for text also where each value begins."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.large_string())
    if pa.types.is_large_string(column.type):
        array = pc.fill_null(column, "\x00").combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = array.chunk(0) if array.num_chunks else pa.array([], pa.large_string())
        _, offsets, data = array.buffers()
        places = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
        return memoryview(data or b""), places
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    filled = pc.fill_null(column, -(2**31)) if column.null_count else column
    return np.ascontiguousarray(filled.to_numpy()), None
