"""click in Chinese: its own words, the ``--store`` option, dates, and the messages when something fails.

click asks gettext for its words, in the default domain; ``locale/zh_CN/LC_MESSAGES/messages.mo`` has them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gettext
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from xueji_lib.cli.chinese_help import Context
from xueji_lib.support.errors import UsageError, XuejiError
from xueji_lib.support.os_reasons import REASONS, reason_of
from xueji_lib.support.paths import DEFAULT_STORE
from xueji_lib.support.remote import Remote, is_url

if TYPE_CHECKING:
    from xueji_lib.casebook.workplace import Workplace

_FAR: Final = ("intake", "check", "audit", "batch", "doctor")
"""Commands that can work on a store behind a URL: they copy it to this machine, and copy back what they wrote."""
LOCALE: Final = Path(__file__).resolve().parent.parent / "locale"

DONE, BUG, WRONG_USAGE, UNUSABLE, LEFT_OUT, STOPPED = 0, 1, 2, 3, 4, 130
"""Exit statuses (data contract 3); 130 is a command stopped by Ctrl-C."""


def speak_chinese() -> None:
    """Make click's words Chinese in this process, and printing safe on consoles that lack a character."""
    os.environ["LANGUAGE"] = "zh_CN"
    gettext.bindtextdomain("messages", str(LOCALE))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # not every replaced stream can be set
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


# ---- the pieces of a command ----


def _casebook_of_environment() -> str:
    return os.environ.get("XUEJI_CASEBOOK", "")


@dataclass
class CommonOptions:
    """The values of the options common to all commands. ``named``: ``--store`` was written on the command line."""

    store: Path = Path(DEFAULT_STORE)
    named: bool = False
    far: Remote | None = None
    """The store behind a URL, where ``store`` is a copy of it on this machine."""
    casebook_url: str = field(default_factory=_casebook_of_environment)
    """The casebook's database, where it is elsewhere: ``--casebook``, else what ``XUEJI_CASEBOOK`` says as the command
    starts. Whatever a command calls is handed it: nothing below asks the environment."""

    def workplace(self) -> Workplace:
        """The store, which has to be there, and its casebook's address. Raises StoreError."""
        from xueji_lib.casebook.workplace import Workplace

        return Workplace.open(self.store, self.casebook_url, self.far)

    def bring(self) -> None:
        """Bring ``store`` up to date where it is a copy. Raises StoreError."""
        if self.far is not None:
            self.far.bring()


def _keep_store(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    app = ctx.ensure_object(CommonOptions)
    root = path_or_remote(value)
    app.far, app.store = (root, root.near) if isinstance(root, Remote) else (None, root)
    app.named = ctx.get_parameter_source(str(parameter.name)) is click.core.ParameterSource.COMMANDLINE


class PathOrUrl(click.Path):
    """A folder of this machine or a URL: converted to a Path or a Remote."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and is_url(value):
            return Remote(value)
        return super().convert(value, param, ctx)


def path_or_remote(text: str) -> Path | Remote:
    """A folder of this machine, or one behind a URL."""
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
        app = ctx.find_object(CommonOptions)
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
        match = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", str(value).strip())
        if match:
            with contextlib.suppress(ValueError):
                return dt.date(*map(int, match.groups()))
        self.fail(f"{value!r} 不是日期，应写成 2026-11-20 这样", param, ctx)


# ---- what is said when something fails ----


def run(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run ``command``; every failure becomes one line on stderr and an exit status, never a traceback."""
    speak_chinese()
    app = CommonOptions()
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
    from xueji_lib.register.masking import mask_sentence

    click.echo(f"错误：{mask_sentence(text)}", err=True)


def _crashed(error: Exception, app: CommonOptions) -> int:
    from platformdirs import user_data_path

    from xueji_lib.register.calendar import MissingHolidays
    from xueji_lib.support.crash import record_crash

    if isinstance(error, MissingHolidays):
        _say(f"{error}。请在 data/calendar 里补上 holidays-{error.year}.toml")
        return WRONG_USAGE
    if isinstance(error, OSError) and error.errno in REASONS:
        path = error.filename or f"{app.store} 或写结果的文件夹"
        _say(f"{path}：{reason_of(error)}")
        return UNUSABLE
    home = app.store if app.store.is_dir() else user_data_path("xueji", appauthor=False)
    reference = record_crash(home / "logs", error)
    where = f"记录在 {home / 'logs' / reference}.txt"
    _say(f"程序内部出错，编号 {reference}，{where}。请把这个文件交给维护人员（其中的号码已打码）")
    return BUG
