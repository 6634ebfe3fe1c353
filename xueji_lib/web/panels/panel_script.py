"""A panel's script and styles, sent to the browser once for all panels of its kind: a checklist has fifteen of two
kinds, and each would bring 70 KB for the browser to read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import ipywidgets  # type: ignore[import-untyped]
import traitlets

from xueji_lib.web.panels import assets

LOADER: Final = Path(__file__).with_name("panel_loader.js").read_text("utf-8")
"""What anywidget loads for each panel: it takes the script from the panel's ``PanelScript``."""

_KEPT: Final[dict[str, PanelScript]] = {}


class PanelScript(ipywidgets.Widget):  # type: ignore[misc]
    """The model that holds them; nothing is shown of it."""

    source: Any = traitlets.Unicode().tag(sync=True)
    style: Any = traitlets.Unicode().tag(sync=True)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """A browser may not set a trait: what a page runs is told by Python alone."""


def panel_script(entry: str) -> PanelScript:
    """The script and styles of the panel whose module is ``assets/<entry>.js``, the same for all of them."""
    kept = _KEPT.get(entry)
    if kept is None or kept.comm is None:  # closed with the page that had it
        kept = _KEPT[entry] = PanelScript(source=assets.script(entry), style=assets.style(entry))
    return kept
