"""The casebook: the life of a finding, what people saw at a school, and who did what when.

Machine and people write to different tables: ``sightings`` is the machine's and is replaced by every run, ``events``
are people's and are only ever added to. Source: the notice, 三(四); data contract 3.

``Casebook`` and ``Workplace`` may be imported from here by programs beside the kit (docs/architecture.md, "Public
names"). They are looked up when they are asked for: a database library takes a moment to import, and most of the
package's modules need none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xueji_lib.casebook.log.book import Casebook
    from xueji_lib.casebook.workplace import Workplace

__all__ = ["Casebook", "Workplace"]

_DEFINED_IN = {"Casebook": "xueji_lib.casebook.log.book", "Workplace": "xueji_lib.casebook.workplace"}


def __getattr__(name: str) -> Any:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_DEFINED_IN[name]), name)
