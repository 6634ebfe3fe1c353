"""Whether a value of a package has the form that it should have: each function makes such a check, or is one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

Check: TypeAlias = Callable[[Any], bool]

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def text(limit: int) -> Check:
    """A text of at most ``limit`` characters that may be printed."""
    return lambda value: isinstance(value, str) and len(value) <= limit and not _CONTROL.search(value)


def like(pattern: re.Pattern[str]) -> Check:
    """A text that the pattern matches as a whole."""
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def one_of(values: Any) -> Check:
    """One of these values."""
    return lambda value: isinstance(value, str) and value in values


def many(check: Check, most: int) -> Check:
    """A list of at most ``most`` values, each of which passes."""
    return lambda value: isinstance(value, list) and len(value) <= most and all(map(check, value))


def whole_number(most: int) -> Check:
    """A whole number from 0 on."""
    return lambda value: type(value) is int and 0 <= value <= most


def record(**fields: Check) -> Check:
    """An object with these fields and no others; any may be missing."""
    return lambda value: (
        isinstance(value, dict) and all(name in fields and fields[name](content) for name, content in value.items())
    )


def is_date(value: Any) -> bool:
    """A day, ISO."""
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def counts(value: Any) -> bool:
    """Names and how many of each."""
    return isinstance(value, dict) and all(text(60)(name) and whole_number(10**6)(n) for name, n in value.items())


def or_none(check: Check) -> Check:
    """None, or what passes."""
    return lambda value: value is None or check(value)
