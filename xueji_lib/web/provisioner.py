"""Kernels forked from a warm parent."""

from __future__ import annotations

from typing import Final

NAME: Final = "xueji-fork"


def ready() -> bool:
    return False
