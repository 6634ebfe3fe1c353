"""click in Chinese: its own words, the ``--store`` option, dates, and what is said when something fails.

click asks gettext for its words, in the default domain; ``locale/zh_CN/LC_MESSAGES/messages.mo`` has them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import gettext
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from xueji_lib.cli.chinese_help import Context
from xueji_lib.support.errors import UsageError, XuejiError
from xueji_lib.support.remote import Remote, is_url

DEFAULT_STORE: Final = "xueji-store"
_FAR: Final = ("intake", "check", "audit", "batch")
"""Commands that bring a store behind a URL near, and give back what they wrote."""
LOCALE: Final = Path(__file__).resolve().parent.parent / "locale"

DONE, BUG, WRONG_USAGE, UNUSABLE, LEFT_OUT, STOPPED = 0, 1, 2, 3, 4, 130
"""Exit statuses (data contract 3); 130 is a command stopped by Ctrl-C."""

_REASONS: Final = {
    errno.EACCES: "没有权限，或文件正被别的程序打开。请关闭它后再试",
    errno.EPERM: "没有权限",
    errno.ENOSPC: "磁盘满了",
    errno.EROFS: "所在磁盘只读",
    errno.ENOENT: "找不到",
    errno.ENOTDIR: "路径里有一段是文件，不是文件夹",
    errno.EISDIR: "是文件夹，不是文件",
    errno.EEXIST: "已有同名的文件",
    errno.ENAMETOOLONG: "路径太长，请换一个短的文件夹",
}


def speak_chinese() -> None:
    """Make click's words Chinese in this process, and printing safe on consoles that lack a character."""
    os.environ["LANGUAGE"] = "zh_CN"
    gettext.bindtextdomain("messages", str(LOCALE))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # not every replaced stream can be set
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


# ---- the pieces of a command ----


@dataclass
class App:
    """What the options common to all commands say. ``named``: ``--store`` was written on the command line."""

    store: Path = Path(DEFAULT_STORE)
    named: bool = False
    far: Remote | None = None
    """Where the store is in truth, if ``store`` is only its copy near by."""

    def bring(self) -> None:
        """Bring the copy in step, where it is one. Raises StoreError."""
        if self.far is not None:
            self.far.bring()


def _keep_store(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    app = ctx.ensure_object(App)
    place = place_of(value)
    app.far, app.store = (place, place.near) if isinstance(place, Remote) else (None, place)
    app.named = ctx.get_parameter_source(str(parameter.name)) is click.core.ParameterSource.COMMANDLINE


class Place(click.Path):
    """A folder here, or a URL: a Path or a Remote."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and is_url(value):
            return Remote(value)
        return super().convert(value, param, ctx)


def place_of(text: str) -> Path | Remote:
    return Remote(text) if is_url(text) else Path(text)


def store_option(root: bool) -> click.Option:
    """``--store DIR``, before the command's name (``root``) or after it."""
    return click.Option(
        ["--store"],
        metavar="文件夹",
        envvar="XUEJI_STORE" if root else None,
        expose_value=False,
        callback=_keep_store,
        help=f"数据仓所在的文件夹，或 s3:// 之类的地址；不写就用环境变量 XUEJI_STORE，也没有就用 ./{DEFAULT_STORE}",
    )


class Command(click.Command):
    """A command with ``--store`` and Chinese placeholders."""

    context_class = Context

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"options_metavar": "[选项]", **kwargs})
        self.params.append(store_option(root=False))

    def invoke(self, ctx: click.Context) -> Any:
        app = ctx.find_object(App)
        if app is not None and app.far is not None and self.name not in _FAR:
            raise UsageError(f"{self.name} 只能用本机文件夹里的数据仓，不能用 {app.far}：写进副本的会丢")
        return super().invoke(ctx)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command
    context_class = Context
    is_root = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        words = {"options_metavar": "[选项]", "subcommand_metavar": "命令 [参数]…"}
        super().__init__(*args, **{**words, **kwargs})
        self.params.append(store_option(root=self.is_root))


class Root(Group):
    """The whole command line."""

    is_root = True
    group_class = Group


class Day(click.ParamType[dt.date]):
    """A date: 2026-11-20, also 2026/11/20, 2026.11.20, 20261120, 2026年11月20日."""

    name = "日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", str(value).strip())
        if found:
            with contextlib.suppress(ValueError):
                return dt.date(*map(int, found.groups()))
        self.fail(f"{value!r} 不是日期，应写成 2026-11-20 这样", param, ctx)


# ---- what is said when something fails ----


def run(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run ``command``; every failure becomes one line on stderr and an exit status, never a traceback."""
    speak_chinese()
    app = App()
    try:
        status = command.main(
            None if arguments is None else list(arguments), prog_name="xueji", standalone_mode=False, obj=app
        )
        return status if isinstance(status, int) else DONE
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return WRONG_USAGE
    except click.ClickException as error:
        path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "xueji"
        _say(f"{' '.join(error.format_message().split()).rstrip('.')}（{path} --help 看用法）")
        return WRONG_USAGE
    except XuejiError as error:
        _say(str(error))
        return error.exit_status
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中止。再运行一次会接着做", err=True)
        return STOPPED
    except BrokenPipeError:  # `xueji rules list | head`: whoever reads has enough
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback on the screen
        return _crashed(error, app)


def _say(text: str) -> None:
    click.echo(f"错误：{text}", err=True)


def _crashed(error: Exception, app: App) -> int:
    from xueji_lib.register.calendar import MissingHolidays
    from xueji_lib.support.crash import record_crash

    if isinstance(error, MissingHolidays):
        _say(f"{error}。请在 data/calendar 里补上 holidays-{error.year}.toml")
        return WRONG_USAGE
    home = app.store if app.store.is_dir() else Path(tempfile.gettempdir()) / "xueji"
    reference = record_crash(home / "logs", error)
    where = f"记录在 {home / 'logs' / reference}.txt"
    if isinstance(error, OSError) and error.filename and error.errno in _REASONS:
        _say(f"{error.filename}：{_REASONS[error.errno]}（{where}）")
        return UNUSABLE
    _say(f"程序内部出错，编号 {reference}，{where}。请把这个文件交给维护人员（其中的号码已打码）")
    return BUG


# ---- what is printed ----


def show(lines: Sequence[str]) -> None:
    """Lines on stdout."""
    click.echo("\n".join(lines))


@contextlib.contextmanager
def progress(label: str) -> Iterator[Callable[[int, int, str], None]]:
    """A callback (done, total, what) that draws a bar on a terminal, and a line every tenth otherwise (stderr). Where
    nobody can tell how much there is, ``total`` is 0: only what is being done is shown."""
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
