"""身份证件号 of 15 digits as those of 18 that they became, and what a number says of its holder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from xueji_lib.county.cells import Cells
from xueji_lib.county.kleene import Truth, truth
from xueji_lib.county.rows import Ints, Rows
from xueji_lib.register import identity

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


def long_number(number: str) -> str:
    """The 18 digits of a number of 15 (GB 11643—1999: the century, and the check digit)."""
    body = f"{number[:6]}19{number[6:]}"
    return body + _CHECK[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def long_keys(rows: Rows) -> Ints:
    """``id_key`` a row, that of 18 digits where the row has 15: equal for both forms of one number."""
    keys = rows.key("id_key")
    if "id_form" not in rows.frame:
        return keys
    short = np.flatnonzero(rows.frame["id_form"].to_numpy() == 15)
    if len(short):
        keys = keys.copy()
        keys[short] = identity.keys([long_number(str(text)) for text in rows.strings("id_number", short)])
    return keys


def numbers_say(numbers: Sequence[str | None], birth: Cells, sex: Cells) -> tuple[Truth, Truth]:
    """Per row: the number has this birth date; it is of this sex. Undecided where one of the two is not known."""
    parsed = identity.parse_ids(list(numbers))
    unread = np.array([number is None for number in numbers], dtype=bool)
    same_birth = parsed.birth.astype("datetime64[D]") == birth.values.astype("datetime64[D]")
    same_sex = np.asarray(parsed.sex == sex.strings, dtype=bool) & ~pd.isna(parsed.sex)
    return truth(same_birth, unread | ~birth.known), truth(same_sex, unread | ~sex.known)
