"""Imported before Jupyter's libraries: they start a second sooner without what the kit never asks of them.

jsonschema builds a grammar of internationalized addresses as it is imported, where the grammar's package is installed
(the Jupyter server brings it). Notebooks are checked against a schema that has no such addresses.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

_GRAMMAR: Final = "rfc3987_syntax"

if "jsonschema" not in sys.modules and _GRAMMAR not in sys.modules:
    modules: dict[str, Any] = sys.modules
    modules[_GRAMMAR] = None  # for jsonschema, as if it were not installed
    try:
        importlib.import_module("jsonschema")
    finally:
        del modules[_GRAMMAR]
