"""``xueji lab`` in a real browser: JupyterLab speaks Chinese, asks nothing, and sets names to the left."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Page, expect

from tests.waiting import free_port, wait_for_server
from xueji_lib.store import Store
from xueji_lib.support import paths

TOKEN = "lab-of-the-test"
CELL = "import pandas as pd\npd.DataFrame({'姓名': ['马小明'], '人数': [3], '日期': pd.to_datetime(['2026-09-01'])})"


@contextmanager
def lab(store: Path, home: Path) -> Iterator[str]:
    """``xueji lab`` for as long as the block lasts; its address."""
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("XUEJI_")}
    own = {"HOME": str(home), "JUPYTER_TOKEN": TOKEN, "PYTHONPATH": str(paths.home()), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "xueji_lib", "--store", str(store), "lab", "--no-browser", f"--port={port}"]
    with (home / "lab.log").open("wb") as log:
        process = subprocess.Popen(command, env=inherited | own, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for_server(port, 180)
        yield f"http://127.0.0.1:{port}/"
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def alignment(page: Page, selector: str) -> str:
    aligned: str = page.locator(selector).first.evaluate("cell => getComputedStyle(cell).textAlign")
    return aligned


def test_menus_are_chinese_nothing_is_asked_and_names_stand_on_the_left(
    sample_store: Store, tmp_path: Path, browser: Browser
) -> None:
    folder = sample_store.root / "lab"
    folder.mkdir(exist_ok=True)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)], metadata=kernel)
    (folder / "表.ipynb").write_text(nbformat.writes(notebook), "utf-8")
    with lab(sample_store.root, tmp_path) as address:
        context = browser.new_context(viewport={"width": 1300, "height": 900})
        page, asked = context.new_page(), set[str]()
        page.on("request", lambda request: asked.add(request.url))
        page.goto(f"{address}lab/tree/表.ipynb?token={TOKEN}")
        page.locator(".jp-Notebook").wait_for(timeout=90_000)
        menus = page.locator("#jp-MainMenu .lm-MenuBar-itemLabel").all_inner_texts()
        assert {"文件", "编辑", "运行", "内核", "帮助"} <= set(menus)
        assert not [name for name in menus if re.search("[A-Za-z]", name)], menus
        expect(page.get_by_text("| 空闲").first).to_be_visible(
            timeout=90_000
        )  # before its kernel is there nothing runs
        page.locator(".jp-Cell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        expect(page.locator(".jp-OutputArea td").first).to_be_visible(timeout=60_000)
        if shots := os.environ.get("XUEJI_SHOTS"):
            page.screenshot(path=f"{shots}/lab.png")
        cells = [alignment(page, f".jp-OutputArea tbody td:nth-child({n})") for n in (2, 3, 4)]
        assert cells == ["left", "right", "left"]
        assert page.locator(".jp-toast, .Toastify__toast").count() == 0
        context.close()
    assert {url for url in asked if not url.startswith((address, "data:", "blob:"))} == set()
