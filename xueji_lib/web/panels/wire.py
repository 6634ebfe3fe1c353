"""Messages from a browser, checked: each function returns one part of a message and raises UsageError where it has not
the type and size it should have. Whoever has the page open can forge a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from xueji_lib.support.errors import UsageError

TEXT_LIMIT: Final = 4000
MANY: Final = 2000


def text(message: Mapping[str, Any], name: str, limit: int = 200) -> str:
    """A text of at most ``limit`` characters. Raises UsageError."""
    value = message.get(name)
    if not isinstance(value, str) or len(value) > limit:
        raise UsageError(f"页面送来的 {name} 不对")
    return value


def whole(message: Mapping[str, Any], name: str, most: int) -> int:
    """A whole number from 0 to ``most``. Raises UsageError."""
    value = message.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise UsageError(f"页面送来的 {name} 不对")
    return value


def texts(value: Any, name: str, many: int = 50, limit: int = 200) -> list[str]:
    """A list of at most ``many`` texts of at most ``limit`` characters. Raises UsageError."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) > many:
        raise UsageError(f"页面送来的 {name} 不对")
    if not all(isinstance(item, str) and len(item) <= limit for item in value):
        raise UsageError(f"页面送来的 {name} 不对")
    return list(value)


def fields(message: Mapping[str, Any], name: str = "body") -> dict[str, str]:
    """A form: at most 20 texts by the name of their field. Raises UsageError."""
    value = message.get(name)
    if not isinstance(value, Mapping) or len(value) > 20:
        raise UsageError(f"页面送来的 {name} 不对")
    if not all(isinstance(key, str) and len(key) <= 40 for key in value):
        raise UsageError(f"页面送来的 {name} 不对")
    return {key: text(value, key, TEXT_LIMIT) for key in value}


def chosen(message: Mapping[str, Any]) -> dict[str, list[str]]:
    """Row id → the newest events that the page had seen of it. Raises UsageError."""
    value = message.get("chosen")
    if not isinstance(value, Mapping) or not 0 < len(value) <= MANY:
        raise UsageError("页面送来的选择不对")
    if not all(isinstance(key, str) and len(key) <= 200 for key in value):
        raise UsageError("页面送来的选择不对")
    return {key: texts(seen, "seen") for key, seen in value.items()}
