"""A widget that checks every message of the browser: one comm (Jupyter's channel), small messages, numbered answers.

A message is ``{op, n, …}``. The answer is ``{re: n, kind, …}``: saved, data (nothing was to be saved), refused,
conflict (someone else was quicker), failed (could not be stored: try again) or broken (a bug, see the store's logs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

import anywidget
import ipywidgets  # type: ignore[import-untyped]
import traitlets

from xueji_lib.casebook.log.book import Conflict
from xueji_lib.register import labels
from xueji_lib.register.masking import mask_sentence
from xueji_lib.support.crash import record_crash
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.panel_script import LOADER, PanelScript, panel_script

Reply = dict[str, Any]
Handler = Callable[[Mapping[str, Any], Sequence[memoryview]], Reply]

_QUIET: Final = frozenset({"_view_count"})
"""Traits that a browser sets by itself; they change nothing."""


def shared_layout() -> Any:
    """One layout for all the panels of a page: each has a comm of its own otherwise."""
    return anywidget.AnyWidget.class_traits()["layout"].klass()


class Keeper(Protocol):
    """What a panel needs of its desk: a clock, the log of refused messages, the folder for crash reports."""

    def now(self) -> str:
        """UTC, ISO."""
        ...

    def refused(self, why: str) -> None:
        """Write down that a message was refused."""
        ...

    @property
    def logs(self) -> Path:
        """The folder for crash reports."""
        ...


class Panel(anywidget.AnyWidget):
    """A widget of a page. ``spec``: what the page is told once, plain data. ``key``: names the drafts this browser
    keeps for this user and this panel; whoever logs in next does not see them."""

    entry: ClassVar[str]
    """The module in ``assets/`` that draws the panel, without .js."""
    _esm = LOADER
    spec: Any = traitlets.Dict().tag(sync=True)
    key: Any = traitlets.Unicode().tag(sync=True)
    script: Any = traitlets.Instance(PanelScript).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, keeper: Keeper, key: str, spec: Mapping[str, Any], layout: Any = None, **more: Any) -> None:
        self._keeper = keeper
        shared = {"script": panel_script(self.entry), **({"layout": layout} if layout is not None else {})}
        super().__init__(spec=dict(spec), key=key, **shared, **more)
        self.on_msg(self._receive)

    def handlers(self) -> Mapping[str, Handler]:
        """The ``op`` of a message → the function that answers it."""
        return {}

    def fresh(self, _message: Mapping[str, Any]) -> Reply:
        """What the answer to a conflict carries besides the sentence: the present state."""
        return {}

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """A browser may not set a trait: what a page shows is told by Python alone."""
        if set(sync_data) - _QUIET:
            self._refuse("改写页面状态")

    def _receive(self, _: object, message: Any, buffers: Sequence[memoryview] | None = None) -> None:
        number = message.get("n") if isinstance(message, Mapping) else None
        reply = self.answer(message, buffers or ())
        binary = reply.pop("buffers", None)
        self.send({"re": number if isinstance(number, str) and len(number) <= 40 else "", **reply}, binary)

    def answer(self, message: Any, buffers: Sequence[memoryview] = ()) -> Reply:
        """The answer to a message. Never raises: whatever goes wrong is an answer too."""
        return self.guarded(message, self._handled, buffers)

    def _handled(self, message: Mapping[str, Any], buffers: Sequence[memoryview]) -> Reply:
        if not isinstance(message, Mapping):
            raise UsageError("页面送来的消息不对")
        handler = self.handlers().get(wire.text(message, "op", 20))
        if handler is None:
            raise UsageError("页面送来的操作不认识")
        return handler(message, buffers)

    def guarded(self, message: Any, handler: Handler, buffers: Sequence[memoryview] = ()) -> Reply:
        """What a handler answers, or what went wrong, as an answer."""
        try:
            reply = handler(message, buffers)
            return {"at": labels.moment(self._keeper.now())[11:], **reply}
        except Conflict as error:
            return {"kind": "conflict", "message": mask_sentence(str(error)), **self._safely(message)}
        except StoreError as error:
            return {"kind": "failed", "message": mask_sentence(str(error))}
        except UsageError as error:
            self._refuse(str(error))
            return {"kind": "refused", "message": mask_sentence(str(error)), **self._safely(message)}
        except Exception as error:  # noqa: BLE001 - a page must be told, and a traceback would quote a record
            reference = record_crash(self._keeper.logs, error)
            return {"kind": "broken", "message": f"程序内部出错，编号 {reference}。这一步没有存"}

    def _safely(self, message: Any) -> Reply:
        try:
            return self.fresh(message) if isinstance(message, Mapping) else {}
        except Exception:  # noqa: BLE001 - the first error is the one to tell
            return {}

    def _refuse(self, why: str) -> None:
        try:
            self._keeper.refused(why)
        except StoreError:  # the log cannot be written: the message changes nothing all the same
            pass
