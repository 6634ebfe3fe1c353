"""What several commands ask for and need: term, day, edition, the store, a school."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from xueji_lib.cli.chinese import App, Day
from xueji_lib.support.errors import UsageError

if TYPE_CHECKING:
    from xueji_lib.store import Store

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]
Report: TypeAlias = Callable[[int, int, str], None]


def term_option() -> Decorator:
    return click.option("--term", metavar="学期", required=True, help="学年学期，如 2026-2027-1")


def as_of_option() -> Decorator:
    return click.option("--as-of", type=Day(), help="检查基准日，如 2026-11-20；逾期都按这一天算。默认今天")


def edition_option() -> Decorator:
    return click.option("--edition", metavar="版", default="", help="按哪一版检查目录判。默认是学期开学时施行的那一版")


def engine_option(default: str) -> Decorator:
    kinds = click.Choice(["stock", "warm"])
    said = "运行笔记本的方式：warm 在备好的进程里连续运行，快十几倍；stock 每次另开一个内核。结果相同"
    return click.option("--engine", type=kinds, default=default, show_default=True, help=said)


def out_option(kind: click.ParamType[Any] | None = None) -> Decorator:
    folder = kind or click.Path(path_type=Path, file_okay=False)
    return click.option("--out", type=folder, metavar="文件夹", default="out", show_default=True, help="结果放在哪里")


def open_store(app: App, term: str) -> Store:
    """The store, where the calendar knows the term and the store has it."""
    from xueji_lib.register.calendar import Calendar
    from xueji_lib.store import Store

    Calendar.load().term(term)
    app.bring()
    store = Store.open(app.store)
    if term not in store.terms():
        raise UsageError(f"数据仓 {app.store} 里没有 {term} 学期的数据。现有：{'、'.join(store.terms()) or '（空）'}")
    return store


def school_of(store: Store, term: str, text: str) -> str:
    """The id of the school meant by an id or a name. Raises UsageError naming up to ten close ones."""
    from xueji_lib.notebook.audit import find_school

    return find_school(store.directory(term), text.strip())
