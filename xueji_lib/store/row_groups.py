"""Reading some schools' rows of a Parquet file that is sorted by school, without the rest of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_ID = "school_id"


def read(file: Path, columns: Sequence[str] | None = None, schools: Collection[str] | None = None) -> pa.Table:
    """These columns (default: all) of these schools' rows (default: of all), in the file's order.

    Only row groups that may hold such rows are read. Raises OSError and pyarrow's errors for a file that is none.
    """
    with pq.ParquetFile(file) as parquet:
        names = list(columns or parquet.schema_arrow.names)
        # "schools" in the file's own words: how many it holds; where all are asked for nothing need be sifted.
        held = int((parquet.metadata.metadata or {}).get(b"schools", b"-1"))
        if schools is None or held == len(schools):
            return parquet.read(columns=names)
        groups = [i for i in range(parquet.num_row_groups) if _may_hold(parquet.metadata.row_group(i), schools)]
        part = parquet.read_row_groups(groups, columns=[*names, *({_ID} - set(names))])
    wanted = pa.array(list(schools), pa.large_string())
    return part.filter(pc.is_in(part[_ID].cast(pa.large_string()), wanted)).select(names)


def _may_hold(group: Any, schools: Collection[str]) -> bool:
    for i in range(group.num_columns):
        column = group.column(i)
        if column.path_in_schema == _ID and column.is_stats_set and column.statistics.has_min_max:
            least, most = column.statistics.min, column.statistics.max
            return any(least <= school <= most for school in schools)
    return True
