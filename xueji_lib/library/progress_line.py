"""What is being done, in one line that a notebook shows while it lasts."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from xueji_lib.reports.pages.piece import line

__all__ = ["Progress"]


class Progress:
    """A line in a notebook, outside one nothing; empty again when the block ends."""

    def __init__(self) -> None:
        self._handle: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            self._handle.update(line(""))

    def say(self, what: str) -> None:
        """Show that this is being done. Outside a notebook nothing is shown."""
        from IPython import get_ipython
        from IPython.display import display

        shell: Any = get_ipython()
        if getattr(shell, "kernel", None) is None:
            return
        if self._handle is None:
            self._handle = display(line(f"正在{what}…"), display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(line(f"正在{what}…"))
