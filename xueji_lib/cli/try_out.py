"""``xueji demo`` and ``xueji lab``: a synthetic county to look at, and JupyterLab to try rules in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from xueji_lib.cli import serve
from xueji_lib.cli.chinese import DONE, LEFT_OUT, Command, CommonOptions
from xueji_lib.cli.printing import progress, show


@click.command(cls=Command)
@click.option(
    "--schools", type=click.IntRange(6, 1000), metavar="校数", default=20, show_default=True, help="造几所学校"
)
@click.option("--seed", type=int, metavar="整数", default=2026, show_default=True, help="同一个数造出同一个县")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="文件夹",
    default="xueji-demo",
    show_default=True,
    help="放在哪里；里面以前的演示会被换掉",
)
@click.option("--no-serve", is_flag=True, help="只生成，不打开")
@click.pass_obj
def demo(app: CommonOptions, schools: int, seed: int, folder: Path, no_serve: bool) -> int:
    """造一个假想的县，导入、核查，给出全部结果。人名、号码都是编的。"""
    from xueji_lib.cli import showcase
    from xueji_lib.demo import TERM

    demo_folder = showcase.prepare(folder, app.store if app.named else None)
    result = showcase.run(demo_folder, schools, seed, click.echo, progress)
    show(result.lines())
    results = demo_folder.out / TERM
    click.echo(
        f"\n全县汇总：{results / 'county.xlsx'}\n各校结果：{results / 'schools'}\n埋了哪些问题：{demo_folder.truth}"
    )
    if not no_serve:
        from xueji_lib.web.door.app import Options

        open_folder(results)
        serve.open_pages(Options(demo_folder.store, port=0), browser=True)
    return LEFT_OUT if result.failed else DONE


@click.command(cls=Command)
@click.option("--no-browser", is_flag=True, help="不打开浏览器，只给出网址")
@click.option("--port", type=click.IntRange(1024, 65535), metavar="端口", default=8888, show_default=True, help="端口")
@click.pass_obj
def lab(app: CommonOptions, no_browser: bool, port: int) -> int:
    """打开 JupyterLab，里面是全部笔记本的副本（审核、统计表、规则实验室……），数据仓已接好。按 Ctrl-C 结束。"""
    from xueji_lib.lab import jupyterlab
    from xueji_lib.lab.working_copies import working_copies
    from xueji_lib.support import paths

    store = app.store.resolve()
    folder = working_copies(paths.notebooks(), store)
    click.echo(f"用的是副本，在 {folder}；程序自带的笔记本不会被改动")
    command = jupyterlab.command(folder, port, browser=not no_browser)
    process = subprocess.Popen(command, env=jupyterlab.environment(os.environ, store))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # Ctrl-C reaches JupyterLab as well, and it asks
            continue


def open_folder(folder: Path) -> None:
    """Show a folder in the desktop's file manager, where there is one."""
    if sys.platform == "win32":
        os.startfile(folder)
    elif sys.platform == "darwin":
        subprocess.run(["open", str(folder)], check=False)
    elif os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        subprocess.run(["xdg-open", str(folder)], check=False, stderr=subprocess.DEVNULL)
