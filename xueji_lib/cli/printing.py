"""What commands print: lines on standard output, progress on standard error."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence

import click


def show(lines: Sequence[str]) -> None:
    """Print lines on standard output."""
    click.echo("\n".join(lines))


@contextlib.contextmanager
def progress(label: str) -> Iterator[Callable[[int, int, str], None]]:
    """A callback (done, total, what) that shows progress on stderr: a bar on a terminal, otherwise a line every tenth.

    Where the amount is not known, ``total`` is 0, and only ``what`` is shown.
    """
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done, total, what: bar.update(
                task, completed=done, total=total or None, description=f"{label} {what}" if total else what
            )
        return
    tenth = -1

    def line(done: int, total: int, what: str) -> None:
        nonlocal tenth
        if not total:
            click.echo(what, err=True)
            return
        now = 10 * done // max(total, 1)
        if now != tenth:
            tenth = now
            click.echo(f"{label} {done}/{total} {what}".rstrip(), err=True)

    yield line
