"""居民身份证号: what is right about one (R205, R206)."""

from __future__ import annotations

import datetime as dt

from xueji_lib.register.identity import check_digit


def wrong_number(number: str, as_of: dt.date) -> bool:
    """校验不通过."""
    if len(number) == 15 and number.isdigit():
        return day_of("19" + number[6:12], as_of) is None
    if len(number) != 18 or not number[:17].isdigit() or number[17] not in "0123456789X":
        return True
    return day_of(number[6:14], as_of) is None or check_digit(number[:17]) != number[17]


def day_of(digits: str, as_of: dt.date) -> dt.date | None:
    """The date, where there is such a one between 1900 and ``as_of``."""
    try:
        day = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return day if dt.date(1900, 1, 1) <= day <= as_of else None
