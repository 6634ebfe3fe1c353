"""The kit's engine, loaded late: what papermill's entry point names (its door into this package).

papermill loads every engine's module when it is imported itself; the real one is loaded when it is first used, so that
neither import has to come first.
"""

from __future__ import annotations

from typing import Any


class _Door:
    """Stands for ``kit_engine.KitEngine``."""

    def __getattr__(self, name: str) -> Any:
        from xueji_lib.notebook.kit_engine import KitEngine

        return getattr(KitEngine, name)


warm = _Door()
