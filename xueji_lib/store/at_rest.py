"""A table at rest: the frame every module reads, and its Arrow schema.

docs/architecture.md, "A table at rest", is the contract; ``store`` keeps such tables, ``intake`` makes them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.register import identity
from xueji_lib.register.schema import Kind, Table
from xueji_lib.register.unknown_cells import ALL_KNOWN, UNKNOWN, columns_of, text_of

_LABELS: Final = pa.dictionary(pa.int32(), pa.large_string())
_ARROW: Final[Mapping[Kind, pa.DataType]] = {
    Kind.SCHOOL: _LABELS,
    Kind.CODE: _LABELS,
    Kind.DATE: pa.timestamp("s"),
    Kind.MONTH: pa.int32(),
    Kind.GRADE: pa.int32(),
    Kind.CLASS: pa.int32(),
    Kind.COUNT: pa.int32(),
}
PROVENANCE: Final[Mapping[str, pa.DataType]] = {"_file": _LABELS, "_sheet": _LABELS, "_row": pa.int32()}
PARSED: Final[Mapping[str, Mapping[str, pa.DataType]]] = {
    "id_number": {
        "id_key": pa.int64(),
        "id_form": pa.int8(),
        "id_birth": pa.timestamp("s"),
        "id_check": pa.bool_(),
        "id_sex": _LABELS,
    },
    "register_no": {"register_key": pa.int64()},
}
"""Column → the stored columns that were parsed of it."""
DEFAULTS: Final[Mapping[str, Any]] = {"id_key": 0, "id_form": 0, "id_check": False, "register_key": 0}
"""What a parsed column says where there is no number; the others are null."""


@cache
def arrow_schema(table: Table) -> pa.Schema:
    """Every column of a stored table, in order: the table's own, what is unknown, provenance, parsed numbers."""
    types = {c.id: _ARROW.get(c.kind, pa.large_string()) for c in table}
    types |= {UNKNOWN: _LABELS, **PROVENANCE}
    for column in table:
        types |= PARSED.get(column.id, {})
    return pa.schema([pa.field(name, kind) for name, kind in types.items()])


def picked(table: Table, columns: Sequence[str] | None) -> list[str]:
    """The stored columns to read: those asked for, school_id, what was parsed of them, and what always comes along."""
    names = arrow_schema(table).names
    if columns is None:
        return list(names)
    parsed = {name for column in columns for name in PARSED.get(column, {})}
    wanted = {"school_id", UNKNOWN, *columns, *PROVENANCE, *parsed}
    return [name for name in names if name in wanted]


def completed(part: pa.Table, table: Table, names: Sequence[str], lacking: Collection[str]) -> pa.Table:
    """These stored columns, with the types of the schema, of rows of a segment that has no columns called as
    ``lacking``: those are unknown in every row."""
    n, shape, stored_names = part.num_rows, arrow_schema(table), set(part.column_names)
    columns = []
    for name in names:
        kind = shape.field(name).type
        if name == UNKNOWN:
            columns.append(_unknown_texts(table, part.column(name), lacking).cast(kind))
        elif name in stored_names:
            columns.append(part.column(name).cast(kind))
        elif name in DEFAULTS:
            columns.append(pa.repeat(pa.scalar(DEFAULTS[name], kind), n))
        else:
            columns.append(pa.nulls(n, kind))
    # Parquet may split dictionaries.
    return pa.table(columns, schema=pa.schema([shape.field(name) for name in names])).unify_dictionaries()


def _unknown_texts(table: Table, unknown: pa.ChunkedArray, lacking: Collection[str] = ()) -> pa.Array:
    """The texts of what is unknown, as they tell of the table's columns: those that it has now and no others, in the
    order of their ids, the ``lacking`` among them. Raises ValueError for a row without a text."""
    codes, stored_texts = coded(unknown)
    own = {column.id for column in table}
    texts = [text_of(own & {*columns_of(text), *lacking}) for text in stored_texts]
    distinct = list(dict.fromkeys(texts))
    code_of = {text: n for n, text in enumerate(distinct)}
    return labels(np.array([code_of[text] for text in texts], dtype=np.int32)[codes], distinct)


def coded(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], list[str]]:
    """A category column as codes and what they stand for. Raises ValueError for a missing value."""
    array = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    if array.null_count:
        raise ValueError("a missing value")
    codes = [chunk.indices.to_numpy() for chunk in array.chunks]
    values: list[str] = array.chunk(0).dictionary.to_pylist() if codes else []
    return np.concatenate(codes).astype(np.int64) if codes else np.zeros(0, dtype=np.int64), values


def labels(codes: npt.NDArray[Any], values: Sequence[str]) -> pa.Array:
    """A category column of codes and what they stand for."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(values, pa.large_string()))


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
    arrays[UNKNOWN] = [ALL_KNOWN] * n
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
    """A frame in the stored schema, sorted by school and provenance. Raises ValueError for a row that does not say what
    is unknown."""
    arrow = pa.Table.from_pandas(frame, schema=arrow_schema(table), preserve_index=False, safe=True)
    column_index = arrow.column_names.index(UNKNOWN)
    arrow = arrow.set_column(
        column_index, arrow_schema(table).field(UNKNOWN), _unknown_texts(table, arrow.column(UNKNOWN))
    )
    return in_order(arrow.replace_schema_metadata(None))


def in_order(arrow: pa.Table) -> pa.Table:
    """The same rows sorted by school, file, sheet and row."""
    keys = [n for n in ("school_id", "_file", "_sheet") if n in arrow.column_names]
    plain = pa.table({**{k: arrow.column(k).cast(pa.large_string()) for k in keys}, "_row": arrow.column("_row")})
    order = pc.sort_indices(plain, sort_keys=[(k, "ascending") for k in plain.column_names])
    if np.array_equal(order.to_numpy(), np.arange(len(order))):
        return arrow
    return arrow.take(order)
