"""Options and look-ups that several commands share: term, day, edition, the store, a school."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from xueji_lib.cli.chinese import CommonOptions, Day
from xueji_lib.support.errors import UsageError

if TYPE_CHECKING:
    from xueji_lib.casebook.workplace import Workplace
    from xueji_lib.store import Store

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]
Report: TypeAlias = Callable[[int, int, str], None]


def term_option() -> Decorator:
    """``--term``, required."""
    return click.option("--term", metavar="学期", required=True, help="学年学期，如 2026-2027-1")


def as_of_option() -> Decorator:
    """``--as-of``, the day that due dates are counted from."""
    return click.option("--as-of", type=Day(), help="检查基准日，如 2026-11-20；逾期都按这一天算。默认今天")


def edition_option() -> Decorator:
    """``--edition`` of the catalogue."""
    return click.option("--edition", metavar="版", default="", help="按哪一版检查目录判。默认是学期开学时施行的那一版")


def inspection_options(*, edition: bool = True) -> Decorator:
    """``--term``, ``--as-of`` and, where asked for, ``--edition``; the command is handed them as one ``inspection``."""
    options = [term_option(), as_of_option(), *([edition_option()] if edition else [])]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_inspection(*args: Any, term: str, as_of: dt.date | None, edition: str = "", **named: Any) -> Any:
            from xueji_lib.register.inspection import Inspection

            return command(*args, inspection=Inspection(term, as_of or dt.date.today(), edition), **named)

        wrapped: Callable[..., Any] = with_inspection
        for option in reversed(options):
            wrapped = option(wrapped)
        return wrapped

    return decorate


def engine_option(default: str) -> Decorator:
    """``--engine``: stock or warm."""
    kinds = click.Choice(["stock", "warm"])
    help_text = "运行笔记本的方式：warm 在备好的进程里连续运行，快十几倍；stock 每次另开一个内核。结果相同"
    return click.option("--engine", type=kinds, default=default, show_default=True, help=help_text)


def out_option(kind: click.ParamType[Any] | None = None) -> Decorator:
    """``--out``, a folder; ``kind``: another type than a path of this machine."""
    folder = kind or click.Path(path_type=Path, file_okay=False)
    return click.option("--out", type=folder, metavar="文件夹", default="out", show_default=True, help="结果放在哪里")


def open_workplace(app: CommonOptions, term: str) -> Workplace:
    """The store and its casebook's address. Raises UsageError where the calendar or the store does not have the term,
    StoreError."""
    from xueji_lib.register.calendar import Calendar

    Calendar.load().term(term)
    app.bring()
    workplace = app.workplace()
    terms = workplace.store.terms()
    if term not in terms:
        raise UsageError(f"数据仓 {app.store} 里没有 {term} 学期的数据。现有：{'、'.join(terms) or '（空）'}")
    return workplace


def school_of(store: Store, term: str, text: str) -> str:
    """The id of the school with this id or name. Raises UsageError naming up to ten similar ones."""
    from xueji_lib.notebook.audit import find_school

    return find_school(store.directory(term), text.strip())
