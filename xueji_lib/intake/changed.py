"""修改前 and 修改后 of the ledger of changes: what they hold depends on 修改项目 of the row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xueji_lib.intake import values
from xueji_lib.intake.columns import Encoded, Flags
from xueji_lib.intake.work import Work
from xueji_lib.register.schema import Column, Kind

_NUMBER = Column("number", "身份证件号", Kind.ID)
_DAY = Column("day", "出生日期", Kind.DATE)
_TEXT = Column("text", "")


def cells(work: Work, encoded: Encoded) -> tuple[pa.Array, npt.NDArray[np.int8]]:
    """Values and faults of all rows. Numbers are cleaned, dates written one way; a ruined number is no value.

    A number or date that is merely wrong stays as it was written: it is what the school put down.
    """
    text, number, day = (values.parse(c, encoded.distinct) for c in (_TEXT, _NUMBER, _DAY))
    fault = encoded.spread(text.fault, 0).astype(np.int8)
    result = encoded.take(text.values)
    is_number, is_day = _says(work, "身份证件号"), _says(work, "出生日期")

    lost = np.isin(number.fault, [values.RUINED_NUMBER, values.MASKED])
    ruined = values.prepare(encoded.distinct).ruined
    bad = (is_number & encoded.spread(lost, False)) | encoded.spread(ruined, False)
    kinds = np.where(is_number, encoded.spread(number.fault, 0), values.RUINED_NUMBER)
    fault = np.where(bad & (fault == 0), kinds, fault).astype(np.int8)

    clean = is_number & encoded.spread(number.fault == 0, False)
    result = pc.if_else(pa.array(clean.astype(bool)), encoded.take(number.values), result)
    dated = is_day & encoded.spread(day.fault == 0, False)
    result = pc.if_else(pa.array(dated.astype(bool)), encoded.take(day.values).cast(pa.large_string()), result)
    return pc.if_else(pa.array(fault > 0), pa.scalar(None, result.type), result), fault


def _says(work: Work, label: str) -> Flags:
    """Per row: 修改项目 is this one."""
    if not work.has("field"):
        return np.zeros(len(work.stack), dtype=bool)
    encoded = work.stack["field"]
    labels = values.parse(work.table["field"], encoded.distinct).values.to_pylist()
    flags: Flags = encoded.spread(np.array([x == label for x in labels], dtype=bool), False).astype(bool)
    return flags
