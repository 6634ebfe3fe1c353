"""Time and memory of 1, 10 and 50 principals at once: ``python -m benchmarks.visitors [--schools N] [--plain]``.

Each opens his page and waits until his kernel answers over the websocket: all in the same second, and then one more
page while all the others are open. Memory is what a kernel holds for itself
alone (Private of /proc/…/smaps_rollup) and its share of all (Pss). ``--plain``: kernels that are not forked.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from argon2 import PasswordHasher

from tests.web.client import Server, Visitor, listen, message
from xueji_lib import demo, intake
from xueji_lib.casebook.access import school_view
from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store
from xueji_lib.support import paths

GIVEN, OWN = "kou-ling-ge-ni-1", "zi-ji-ding-de-7"


def county(folder: Path, schools: int) -> tuple[Store, list[str]]:
    """A synthetic county taken in and judged, with an account for each school's principal."""
    demo.make(folder, schools=schools, seed=2026)
    store, calendar = Store(folder / "store"), Calendar.load()
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(folder / "inbox" / term, store, term, calendar)
    ids = sorted(store.directory(demo.TERM)["school_id"].astype(str))
    with Casebook.open(store) as book:
        accounts = Accounts(book, PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
        for school in ids:
            accounts.add(f"校长{school}", "principal", school, GIVEN)
            accounts.change(f"校长{school}", GIVEN, OWN)
    return store, ids


def visit(visitor: Visitor) -> float:
    """Seconds until the page is there and its kernel has answered."""
    began = time.perf_counter()
    text, kernel = visitor.page("principal.ipynb")
    assert 'class="xj-error" role' not in text, text[text.index('class="xj-error" role') :][:400]
    socket = visitor.socket(kernel)
    socket.send(message("kernel_info_request", {}))
    answers = listen(socket, "language_info", 120)
    assert any("language_info" in str(answer["content"]) for answer in answers)
    visitor.socket_kept = socket  # type: ignore[attr-defined]
    return time.perf_counter() - began


def memory(pid: int) -> tuple[float, float]:
    """(private, proportional) MiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    said = {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+) kB", text, re.M)}
    return (said["Private_Clean"] + said["Private_Dirty"]) / 1024, said["Pss"] / 1024


def children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == pid:
            found += [int(entry.name), *children(int(entry.name))]
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=50)
    parser.add_argument("--visitors", default="1,10,50")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--home", type=Path, default=paths.home(), help="a kit whose notebooks are served")
    parser.add_argument("--county", type=Path, help="keep the county here, and use it again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temp:
        folder = asked.county or Path(temp)
        os.environ["XUEJI_HOME"] = str(asked.home)
        if (folder / "store" / "xueji-store.json").exists():
            store = Store(folder / "store")
            ids = sorted(store.directory(demo.TERM)["school_id"].astype(str))
        else:
            store, ids = county(folder, asked.schools)
        began = time.perf_counter()
        for school in ids:
            school_view.refresh(Workplace(store), school, dt.date.today())
        print(f"views of {len(ids)} schools: {time.perf_counter() - began:.1f} s, judging included", file=sys.stderr)
        print("| visitors | one more while all are open, s | all in the same second: median, s | slowest, s | "
              "private MiB each | largest | server + parent MiB |")  # fmt: skip
        print("|---:|---:|---:|---:|---:|---:|---:|")
        for number in map(int, asked.visitors.split(",")):
            server = Server(store.root, asked.home, fork=not asked.plain)
            try:
                visitors = [Visitor(server) for _ in range(number)]
                for visitor, school in zip(visitors, ids, strict=False):
                    assert visitor.log_in(f"校长{school}", OWN).status == 302
                warm = Visitor(server, dict(visitors[0].cookies))
                _, kernel = warm.page("principal.ipynb")  # the first kernel waits for the parent
                warm.post(f"voila/api/shutdown/{kernel}")
                time.sleep(2)
                with ThreadPoolExecutor(number) as pool:
                    seconds = list(pool.map(visit, visitors))
                time.sleep(2)
                processes = children(server.process.pid)
                kernels = processes if asked.plain else processes[1:]
                private = [memory(pid)[0] for pid in kernels]
                assert len(kernels) == number, (len(kernels), number)
                more = statistics.median(visit(visitors[0]) for _ in range(3))
                rest = [server.process.pid, *(() if asked.plain else processes[:1])]
                print(
                    f"| {number} | {more:.2f} | {statistics.median(seconds):.2f} | {max(seconds):.2f} | "
                    f"{statistics.mean(private):.0f} | {max(private):.0f} | {sum(memory(p)[1] for p in rest):.0f} |",
                    flush=True,
                )
            finally:
                server.stop()


if __name__ == "__main__":
    main()
