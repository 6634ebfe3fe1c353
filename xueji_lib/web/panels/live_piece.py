"""A piece of a page whose figures follow every decision, and whose links go to other parts of the same page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from xueji_lib.reports.pages.piece import HtmlPiece
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.panel import Handler, Keeper, Panel, Reply


class MarkedKeeper(Keeper, Protocol):
    """A desk that says when something changed."""

    def mark(self) -> str:
        """Changes whenever the figures may have changed."""
        ...


class LivePiece(Panel):
    """The widget: what ``make`` gives, made anew when ``desk.mark()`` has changed.

    ``skips``: (label, CSS selector) of the places that the keyboard may jump to from here. The HTML comes from the
    page's own templates, in which everything from data is escaped.
    """

    entry = "live_piece"

    def __init__(
        self, desk: MarkedKeeper, key: str, make: Callable[[], HtmlPiece], skips: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._desk, self._make = desk, make
        mark = desk.mark()
        self.html = make().html
        super().__init__(desk, key, {"mark": mark, "html": self.html, "skips": [list(skip) for skip in skips]})

    def handlers(self) -> Mapping[str, Handler]:
        return {"html": self._html}

    def _html(self, message: Mapping[str, Any], _: object) -> Reply:
        mark = self._desk.mark()
        if wire.text(message, "mark") == mark:
            return {"kind": "data", "mark": mark}
        self.html = self._make().html
        return {"kind": "data", "mark": mark, "html": self.html}
