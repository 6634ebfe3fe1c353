"""Files of an inbox → tables of a term: recognise, clean, account for, commit.

This door loads nothing: the processes that read files come through it too, and need none of what judges them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from xueji_lib.intake.reading import Limits, Progress, Reading
    from xueji_lib.intake.report import Report
    from xueji_lib.register.calendar import Calendar
    from xueji_lib.store import Store

__all__ = ["run"]


def run(
    inbox_folder: Path | Reading,
    store: Store,
    term_id: str,
    calendar: Calendar,
    *,
    progress: Progress | None = None,
    now: dt.datetime | None = None,
    limits: Limits | None = None,
    replace: bool = False,
) -> Report:
    """Take an inbox into the store as ``term_id``.

    ``inbox_folder``: or its files, where their reading was begun before. ``progress(done, total, what)`` is called as
    files are read; ``now`` dates the intake in the history; ``limits``: of the processes that read; ``replace``: a
    part of a school's list is the whole list.
    Raises StoreError where there is nothing to take in or no school directory at all, UsageError for an unknown term.
    """
    from xueji_lib.intake import taking

    return taking.take_in(
        inbox_folder, store, term_id, calendar, progress=progress, now=now, limits=limits, replace=replace
    )


def __getattr__(name: str) -> Any:
    """``Report`` and ``Problem``, which the result is made of."""
    if name in ("Report", "Problem"):
        from xueji_lib.intake import report

        return getattr(report, name)
    raise AttributeError(name)
