"""What the desks of a school's page and of the bureau's page share: the clock, the logs, and what was read last."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from xueji_lib.casebook.desk import Desk

T = TypeVar("T")


@dataclass(eq=False)
class PageDesk(Desk):
    """A person at work on a page that stays open while others change the casebook."""

    _kept: dict[str, tuple[str, Any]] = field(default_factory=dict, init=False)
    _moment: str | None = field(default=None, init=False)

    def now(self) -> str:
        """The casebook's clock: UTC, ISO."""
        return self.book.now()

    @property
    def logs(self) -> Path:
        """The folder for crash reports."""
        return self.store.root / "logs"

    def mark(self) -> str:
        """A text that changes whenever something that the page shows may have changed."""
        return self._present_mark() if self._moment is None else self._moment

    @abstractmethod
    def _present_mark(self) -> str:
        """The mark, asked of the casebook now."""

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """Within the block, in which nothing is saved, everything is shown as of its beginning: the casebook is asked
        once whether it changed. What others save meanwhile, the page hears of at its next look."""
        self._moment = self._present_mark()
        try:
            yield
        finally:
            self._moment = None

    def _fresh(self, name: str, read: Callable[[], T]) -> T:
        """What ``read`` returned last, read again only where ``mark`` has changed since."""
        mark = self.mark()
        entry = self._kept.get(name)
        if entry is None or entry[0] != mark:
            entry = self._kept[name] = (mark, read())
        value: T = entry[1]
        return value
