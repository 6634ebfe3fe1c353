"""Stock papermill, nbconvert, Voila and JupyterLab on the kit's notebooks, by the lines that README.md gives."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser
from requests import get

from tests.waiting import free_port, wait_for_server
from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.notebook.injected import refuse_unknown
from xueji_lib.store import Store
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError

TOOLS = Path(sys.executable).parent
HEADING = "## 只用 Jupyter 的人"


def lines() -> dict[str, list[str]]:
    """README's lines for who uses Jupyter alone: the tool → the whole line, split."""
    part = paths.home().joinpath("README.md").read_text("utf-8").split(HEADING)[1].split("\n## ")[0]
    commands = [shlex.split(line) for line in re.findall(r"```\n(.*?)```", part, re.S)[0].splitlines()]
    return {command[1] if command[0] == "jupyter" else command[0]: command for command in commands}


@pytest.fixture
def folder(tmp_path: Path, sample_store: Store) -> Path:
    """A copy of the kit's folder as a user has it, with a data store in it."""
    home = tmp_path / "kit"
    for name in ("notebooks", "templates", "data"):
        shutil.copytree(paths.home() / name, home / name)
    shutil.copy(paths.home() / "voila.json", home)
    shutil.copytree(sample_store.root, home / "xueji-store")
    return home


def environment(folder: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("XUEJI_", "HTTP_"))}
    return inherited | {"XUEJI_HOME": str(folder), "PYTHONPATH": str(paths.home()), "PYTHONUTF8": "1"}


def run(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    tool, *arguments = command
    return subprocess.run(
        [str(TOOLS / tool), *arguments], cwd=folder, env=environment(folder), capture_output=True, text=True
    )


@contextmanager
def listening(folder: Path, command: list[str], *more: str) -> Iterator[str]:
    """The tool started as a server, for as long as the block lasts; its address."""
    port = free_port()
    tool, *arguments = command
    started = [str(TOOLS / tool), *arguments, "--no-browser", f"--port={port}", *more]
    log = (folder.parent / "server.log").open("wb")
    with subprocess.Popen(started, cwd=folder, env=environment(folder), stdout=log, stderr=log) as process:
        try:
            wait_for_server(port, 60)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


@pytest.mark.slow
def test_papermill_takes_the_id_for_the_number_it_makes_of_it(folder: Path, sample: ModuleType) -> None:
    command = [sample.BIG if part.isdigit() and len(part) == 10 else part for part in lines()["papermill"]]
    assert sample.BIG in command
    done = run(folder, command)
    assert done.returncode == 0, done.stderr
    assert "西乡县第一小学" in (folder / "一所学校.ipynb").read_text("utf-8")


@pytest.mark.slow
def test_papermill_is_refused_a_parameter_that_the_notebook_does_not_have(folder: Path) -> None:
    done = run(folder, [*lines()["papermill"], "-p", "trem", "2026-2027-1"])
    assert done.returncode != 0
    assert "这个笔记本没有参数 trem。是不是想写 term" in done.stderr


def test_only_what_papermill_hands_in_is_held_against_the_parameter_cell() -> None:
    own = 'school_id = ""  # 学校标识码\nterm = ""\nlimit = 3'
    by_hand = "terms = ['2026-2027-1']\nschools = 3"
    refuse_unknown([by_hand, own, '# Parameters\nterm = "2026-2027-1"\nlimit = 5\n', by_hand])
    refuse_unknown(["# Parameters\nanything = 1\n", by_hand])
    with pytest.raises(UsageError, match="没有参数 schoolid。是不是想写 school_id？"):
        refuse_unknown([own, '# Parameters\nschoolid = "1"\n'])


@pytest.mark.slow
def test_nbconvert_runs_it_top_to_bottom(folder: Path) -> None:
    done = run(folder, lines()["nbconvert"])
    assert done.returncode == 0, done.stderr
    assert "西乡县第一小学" in (folder / "school_audit.html").read_text("utf-8")


@pytest.mark.slow
def test_jupyter_lab_opens_the_folder(folder: Path) -> None:
    with listening(folder, lines()["lab"], "--allow-root", "--IdentityProvider.token=") as address:
        names = {entry["name"] for entry in get(f"{address}api/contents", timeout=60).json()["content"]}
    assert {"school_audit.ipynb", "checklist.ipynb", "county.ipynb"} <= names


def test_voila_reads_the_same_settings_wherever_it_is_started() -> None:
    assert paths.home().joinpath("voila.json").read_bytes() == paths.notebooks("voila.json").read_bytes()


def test_voila_opens_the_pages_on_this_machine_and_asks_nothing_outside(folder: Path, browser: Browser) -> None:
    with listening(folder, lines()["voila"]) as address:
        context = browser.new_context()
        page, asked = context.new_page(), set[str]()
        page.on("request", lambda request: asked.add(request.url))
        page.goto(address)
        page.get_by_role("link", name="现场核查清单").click()
        page.get_by_text("西乡县第一小学").first.wait_for(timeout=60_000)
        page.goto(f"{address}voila/render/county.ipynb")
        page.get_by_text("全县学籍核查").first.wait_for(timeout=60_000)
        assert page.get_by_text("账号、退出").count() == 0
        context.close()
    assert {url for url in asked if not url.startswith((address, "data:", "blob:"))} == set()


@pytest.mark.parametrize("notebook", ["checklist", "county", "principal", "school_audit"])
def test_voila_refuses_where_somebody_has_an_account(folder: Path, browser: Browser, notebook: str) -> None:
    with Casebook.open(Store(folder / "xueji-store")) as book:
        Accounts(book).add("wu", "inspector", "", "Chang-Jia-3-shi")
    with listening(folder, lines()["voila"]) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}voila/render/{notebook}.ipynb")
        page.locator(".xj-error").wait_for(timeout=60_000)
        assert "西乡县" not in page.content()
        context.close()


def test_voila_refuses_a_name_that_is_not_this_machine_s(folder: Path, browser: Browser) -> None:
    with listening(folder, lines()["voila"], "--Voila.ip=0.0.0.0") as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}voila/render/checklist.ipynb")
        page.locator(".xj-error").wait_for(timeout=60_000)
        assert "只能在本机的浏览器里打开" in page.inner_text("body")
        context.close()
