"""A school's checklist in a browser, against an empty page of stock Voila: ``python -m benchmarks.checklist_page``.

Both from the address to what can be used: the checklist until its last section is there; the empty page, a notebook of
one widget, until the widget is there. By turns, in one browser; medians. ``--store``: a store that was judged, with its
worst school; else a synthetic county of 60 schools.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import nbformat
from playwright.sync_api import Page, sync_playwright

from benchmarks.measure import machine, table
from tests.waiting import free_port, wait_for_server
from xueji_lib import demo, intake
from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store


@contextlib.contextmanager
def server(*command: str) -> Iterator[str]:
    """A server's address, ended afterwards."""
    port = free_port()
    process = subprocess.Popen(
        [*command, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        wait_for_server(port, 120, "127.0.0.1")
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(30)


def seconds(page: Page, address: str, ready: str) -> float:
    """Until the element is seen. Looked for at every frame: waiting for a selector looks twice a second in the end."""
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_function("ready => document.querySelector(ready)?.checkVisibility()", arg=ready, polling="raf")
    return time.perf_counter() - began


def county(folder: Path) -> Store:
    demo.make(folder, schools=60)
    store = Store(folder / "store")
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(folder / "inbox" / term, store, term, Calendar.load())
    return store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--turns", type=int, default=9)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp)
        store = Store(asked.store) if asked.store else county(folder)
        counts = judged(Workplace(store), demo.INSPECTION).findings["school_id"].value_counts()
        worst = str(counts.index[0])
        empty = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
            cells=[nbformat.v4.new_code_cell("import ipywidgets\nipywidgets.HTML('<b id=\"there\">.</b>')")]  # type: ignore[no-untyped-call]
        )
        nbformat.write(empty, folder / "empty.ipynb")  # type: ignore[no-untyped-call]
        run = [sys.executable, "-m"]
        with (
            server(*run, "xueji_lib", "--store", str(store.root), "serve") as ours,
            server(*run, "voila", "--no-browser", str(folder / "empty.ipynb")) as stock,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(120_000)
            checklist = f"{ours}voila/render/checklist.ipynb?school={worst}"
            jobs = {"checklist": (checklist, "#xj-sign"), "empty": (stock, "#there")}
            for address, ready in jobs.values():
                seconds(page, address, ready)  # the first of each pays for what is kept
            times: dict[str, list[float]] = {name: [] for name in jobs}
            for _ in range(asked.turns):
                for name, (address, ready) in jobs.items():
                    times[name].append(seconds(page, address, ready))
            browser.close()
    medians = {name: statistics.median(every) for name, every in times.items()}
    print(machine())
    print(f"The worst school has {counts.iloc[0]} findings.\n")
    rows = [[name, f"{medians[name]:.2f}", f"{min(every):.2f}—{max(every):.2f}"] for name, every in times.items()]
    print(table(["page", "median, s", "from—to, s"], rows))
    print(f"\nratio {medians['checklist'] / medians['empty']:.2f} (bound 1.3)")


if __name__ == "__main__":
    main()
