"""Reading some schools' rows of a Parquet file that is sorted by school, without the rest of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_ID = "school_id"
UNREADABLE: Final = (
    pa.ArrowException, OSError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError, RuntimeError,
)  # fmt: skip
"""What reading a damaged file may raise: its lengths, offsets and texts may say anything."""


def read(file: Path, columns: Sequence[str] | None = None, schools: Collection[str] | None = None) -> pa.Table:
    """Those of these columns that the file has (default: all) of these schools' rows (default: of all), in the file's
    order.

    Only row groups that may hold such rows are read. Raises one of ``UNREADABLE`` for a file that is none.
    """
    return read_of(file, columns, schools)[0]


def read_of(
    file: Path, columns: Sequence[str] | None = None, schools: Collection[str] | None = None
) -> tuple[pa.Table, frozenset[str]]:
    """What ``read`` returns, and the names of all columns that the file has."""
    with pq.ParquetFile(file, page_checksum_verification=True) as parquet:
        stored_names = parquet.schema_arrow.names
        names = stored_names if columns is None else [name for name in dict.fromkeys(columns) if name in stored_names]
        # "schools" in the file's own words: how many it holds; where all are asked for nothing need be sifted.
        held = int((parquet.metadata.metadata or {}).get(b"schools", b"-1"))
        if schools is None or held == len(schools):
            return parquet.read(columns=names), frozenset(stored_names)
        groups = [i for i in range(parquet.num_row_groups) if _may_hold(parquet.metadata.row_group(i), schools)]
        part = parquet.read_row_groups(groups, columns=[*names, *({_ID} - set(names))])
    wanted = pa.array(list(schools), pa.large_string())
    rows = part.filter(pc.is_in(part[_ID].cast(pa.large_string()), wanted))
    return rows.select(names), frozenset(stored_names)


def _may_hold(group: Any, schools: Collection[str]) -> bool:
    for i in range(group.num_columns):
        column = group.column(i)
        if column.path_in_schema == _ID and column.is_stats_set and column.statistics.has_min_max:
            least, most = column.statistics.min, column.statistics.max
            return any(least <= school <= most for school in schools)
    return True
