"""Records of cells as a table at rest (docs/architecture.md), with what intake parses of a number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tests.reference.three_valued import UNKNOWN, known
from xueji_lib.register import identity
from xueji_lib.register.schema import Table
from xueji_lib.store import arrow_schema, to_frame


def stored(table: Table, records: list[dict[str, Any]]) -> pd.DataFrame:
    """One record a row: column id → a value, BLANK or UNKNOWN; every column is given."""
    arrays: dict[str, Any] = {c.id: [r[c.id] if known(r[c.id]) else None for r in records] for c in table}
    arrays["_unknown"] = [" ".join(sorted(c.id for c in table if r[c.id] is UNKNOWN)) for r in records]
    arrays |= {"_file": [f"{r.get('school_id', '')}{table.header}.xlsx" for r in records]}
    arrays |= {"_sheet": ["Sheet1"] * len(records), "_row": np.arange(2, len(records) + 2)}
    if "id_number" in arrays:
        ids = identity.parse_ids(arrays["id_number"])
        born = pa.array(ids.birth.astype("datetime64[s]"))
        arrays |= {"id_key": ids.key, "id_form": ids.form, "id_birth": born, "id_check": ids.check_ok}
        arrays["id_sex"] = list(ids.sex)
    if "register_no" in arrays:
        arrays["register_key"] = identity.keys(arrays["register_no"])
    columns = []
    for field in arrow_schema(table):
        dictionary = pa.types.is_dictionary(field.type)
        array = pa.array(arrays[field.name], pa.large_string() if dictionary else None)
        columns.append((array.dictionary_encode() if dictionary else array).cast(field.type))
    return to_frame(pa.table(columns, schema=arrow_schema(table)))
