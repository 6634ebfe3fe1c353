"""Jupyter's libraries imported without two parts that the kit never uses, a second faster. Import this first.

jsonschema builds a grammar of internationalized addresses as it is imported, where the grammar's package is installed
(the Jupyter server brings it), but a notebook's schema has no such addresses. ipykernel loads a debugger into every
kernel, and nobody can sit before a notebook that runs in a batch.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any


def _load(name: str, without: str) -> None:
    """Import a module as if another were not installed; one that is loaded already stays as it is."""
    if name in sys.modules or without in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules[without] = None
    try:
        importlib.import_module(name)
    finally:
        del modules[without]


_load("jsonschema", without="rfc3987_syntax")
_load("ipykernel.debugger", without="debugpy")
