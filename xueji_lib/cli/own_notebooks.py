"""``xueji new-notebook``, and the part of ``xueji batch`` that runs somebody's own notebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xueji_lib.cli.chinese import DONE, LEFT_OUT, Command
from xueji_lib.cli.printing import show
from xueji_lib.cli.shared_options import Decorator, Report
from xueji_lib.support.errors import UsageError
from xueji_lib.support.remote import Remote

if TYPE_CHECKING:
    from xueji_lib.batch import BatchOptions
    from xueji_lib.casebook.workplace import Workplace
    from xueji_lib.register.inspection import Inspection


def own_notebook_options() -> Decorator:
    """``--notebook``, ``--each`` and ``-p``."""
    options = [
        click.option(
            "--notebook",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="笔记本.ipynb",
            help="不做各校的成果，改为逐个运行自己的笔记本（xueji new-notebook 起一个）",
        ),
        click.option(
            "--each",
            type=click.Choice(["school", "township", "term"]),
            default=None,
            help="自己的笔记本：每所学校、每个乡镇还是每个学期一份。默认 school",
        ),
        click.option("-p", "values", multiple=True, metavar="名字=值", help="自己的笔记本的参数；可写几次"),
    ]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def run_own_notebook(
    file: Path,
    each: str,
    values: Sequence[str],
    workplace: Workplace,
    inspection: Inspection,
    out: Path | Remote,
    options: BatchOptions,
    report: Report,
) -> Callable[[], int]:
    """Run it; the function returned prints what was done, and returns the exit status. Raises UsageError."""
    from xueji_lib.batch.own_runs import OwnRequest, run_own
    from xueji_lib.notebook.own_notebook import read_own

    if isinstance(out, Remote) or workplace.far is not None:
        raise UsageError("自己的笔记本要在磁盘上的数据仓和成果文件夹里运行，--store、--out 不能是网址")
    notebook = read_own(file)
    request = OwnRequest(notebook, each, notebook.with_values(values))
    result = run_own(workplace, inspection, out, request, options, report)

    def say() -> int:
        show(result.lines())
        if result.look:
            click.echo(result.look, err=True)
        for title, why in result.failed.items():
            click.echo(f"没有做成：{title}：{why}", err=True)
        return LEFT_OUT if result.left_out else DONE

    return say


@click.command("new-notebook", cls=Command)
@click.argument("name", metavar="名字")
def new_notebook(name: str) -> int:
    """起一个自己的笔记本：有参数格、一张表、一张图，马上能运行；改好后用 batch --notebook 逐校运行。"""
    from xueji_lib.support import paths
    from xueji_lib.support.safe_write import write_aside

    file = Path(name if name.endswith(".ipynb") else f"{name}.ipynb")
    if not file.stem or file.stem == "failed" or file.name.startswith("."):
        raise UsageError(f"笔记本不能叫 {file.name}，请换个名字")
    if file.exists():
        raise UsageError(f"{file} 已经有了。请换个名字，或先把它移走")
    if not file.parent.is_dir():
        raise UsageError(f"没有文件夹 {file.parent}")
    text = paths.templates("notebooks", "starter.ipynb").read_text("utf-8")
    with write_aside(file) as aside:
        aside.write_text(text.replace("我的笔记本", file.stem.replace('"', "”").replace("\\", "＼")), "utf-8")
    show(
        [
            f"已生成：{file}",
            f"先看一遍：jupyter lab {file}",
            f"逐校运行：xueji batch --term 学期 --notebook {file}",
        ]
    )
    return DONE
