"""Numbers of persons typed where none belongs: behind a name, into a remark. Each is reported, masked; out of a name it
is taken (``identity.clean_names``), elsewhere the cell is kept as it is and masked by whoever reads it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow.compute as pc

from xueji_lib.intake.columns import Encoded, Flags, Ints
from xueji_lib.intake.work import Work
from xueji_lib.register.masking import holds_number
from xueji_lib.register.schema import Column, Kind

_FIVE: Final = r"(?s)(?:\pN.*){4}\pN"
"""Texts with fewer digits hold no number of a person."""


def report(work: Work, column: Column, encoded: Encoded, row_indices: Ints) -> None:
    """Say of which of these rows the column holds a person's number. ``row_indices``: rows that are taken and whose
    cell is no other problem."""
    flags = _flags(column, encoded)
    if not flags.any():
        return
    rows = row_indices[encoded.spread(flags, False)[row_indices].astype(bool)]
    if column.kind is Kind.NAME:
        message = "名字里写了号码，已去掉号码，只收名字。号码请写在号码列里"
        work.add_rows(rows, column.id, "D06", message, encoded)
    else:
        message = "里面写了个人的号码，不该写在这一列。这一格照收，到处都遮盖着显示；请删去号码"
        work.add_rows(rows, column.id, "D06", message, encoded, left_out=False)


def _flags(column: Column, encoded: Encoded) -> Flags:
    """Per distinct text."""
    flags = np.zeros(len(encoded.distinct), dtype=bool)
    if column.is_free and len(flags):
        suspects = pc.match_substring_regex(encoded.distinct, _FIVE)
        places = np.flatnonzero(suspects.to_numpy(zero_copy_only=False))
        texts = encoded.distinct.filter(suspects).to_pylist()
        flags[places] = [holds_number(text, is_name=column.kind is Kind.NAME) for text in texts]
    return flags
