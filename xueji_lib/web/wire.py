"""What may come out of a browser: every part of a message is taken through here, so that it has the type and the size
it should have before anything looks at it. A message can be forged by whoever holds the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from xueji_lib.support.errors import UsageError

TEXT_LIMIT: Final = 4000
MANY: Final = 2000


def text(message: Mapping[str, Any], name: str, limit: int = 200) -> str:
    """Raises UsageError where it is missing, no text, or longer than ``limit``."""
    value = message.get(name)
    if not isinstance(value, str) or len(value) > limit:
        raise UsageError(f"页面送来的 {name} 不对")
    return value


def whole(message: Mapping[str, Any], name: str, most: int) -> int:
    """A number from 0 to ``most``."""
    value = message.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise UsageError(f"页面送来的 {name} 不对")
    return value


def texts(value: Any, name: str, many: int = 50, limit: int = 200) -> list[str]:
    """A list of at most ``many`` texts."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) > many:
        raise UsageError(f"页面送来的 {name} 不对")
    if not all(isinstance(one, str) and len(one) <= limit for one in value):
        raise UsageError(f"页面送来的 {name} 不对")
    return list(value)


def fields(message: Mapping[str, Any], name: str = "body") -> dict[str, str]:
    """A form: at most 20 texts by name."""
    value = message.get(name)
    if not isinstance(value, Mapping) or len(value) > 20:
        raise UsageError(f"页面送来的 {name} 不对")
    if not all(isinstance(k, str) and len(k) <= 40 for k in value):
        raise UsageError(f"页面送来的 {name} 不对")
    return {key: text(value, key, TEXT_LIMIT) for key in value}


def chosen(message: Mapping[str, Any]) -> dict[str, list[str]]:
    """Row id → the heads seen."""
    value = message.get("chosen")
    if not isinstance(value, Mapping) or not 0 < len(value) <= MANY:
        raise UsageError("页面送来的选择不对")
    if not all(isinstance(key, str) and len(key) <= 200 for key in value):
        raise UsageError("页面送来的选择不对")
    return {key: texts(seen, "seen") for key, seen in value.items()}
