"""How each stage grows: time and peak memory at several sizes of the same county.

    python -m benchmarks.growth [--sizes 6,300,4500]

Sizes are numbers of schools (about 267 students each): a few schools, a county, a region of 1.2 million (about
25 minutes, most of them to make it). Each stage runs in a process of its own, so that its peak memory is its own. A
stage whose time grows faster than n·log n from one size to the next is marked; the memory of the batch's parent should
not grow with the schools.
"""

from __future__ import annotations

import argparse
import itertools
import math
import multiprocessing
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.measure import machine, table, took
from xueji_lib import batch, demo, intake
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.register.calendar import Calendar
from xueji_lib.store import Store

Figures = dict[str, float]

STAGES = ("导入", "判定", "全县汇总", "各校")


def make(root: Path, schools: int) -> None:
    demo.make(root, schools=schools)


def take_in(root: Path) -> Figures:
    store, students = Store(root / "store"), 0
    seconds = 0.0
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        seconds += took(lambda t=term: intake.run(root / "inbox" / t, store, t, Calendar.load())).wall
        students = len(store.read(term, "register", columns=["school_id"]))
    return {"导入": seconds, "学生": students, "导入内存": peak()}


def judge_and_deliver(root: Path) -> Figures:
    """The whole batch; the county is judged in a process below this one, which takes more memory than any school."""
    done = batch.run(Workplace.open(root / "store"), demo.INSPECTION, root / "out", batch.BatchOptions(2))
    if done.failed:
        raise RuntimeError(str(done.failed[0]))
    return done.stages | {"父进程内存": peak(), "判定内存": peak(children=True)}


def peak(*, children: bool = False) -> float:
    """Peak resident MiB of this process, or of the largest of those it has waited for (not known on Windows: 0)."""
    if sys.platform == "win32":
        import psutil

        return 0.0 if children else float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF).ru_maxrss / unit


def alone(job: Callable[..., Any], *given: Any) -> Any:
    """What a job gives in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(job, *given).result()


def measured(schools: int) -> Figures:
    with tempfile.TemporaryDirectory(prefix="xueji-growth-") as place:
        root = Path(place)
        alone(make, root, schools)
        return alone(take_in, root) | alone(judge_and_deliver, root)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="6,30,300")
    options = parser.parse_args(argv)
    print(f"{machine()}\n")
    found = {schools: measured(schools) for schools in sorted(map(int, options.sizes.split(",")))}
    heads = ["学校", "学生", *(f"{stage}，秒" for stage in STAGES), "导入，MiB", "判定，MiB", "父进程，MiB"]
    memory = ("导入内存", "判定内存", "父进程内存")
    rows = [
        [f"{n}", f"{f['学生']:.0f}", *(f"{f[s]:.2f}" for s in STAGES), *(f"{f[m]:.0f}" for m in memory)]
        for n, f in found.items()
    ]
    print(table(heads, rows) + "\n")
    for small, large in itertools.pairwise(found.values()):
        times = large["学生"] / small["学生"]
        allowed = times * math.log(large["学生"]) / math.log(small["学生"])
        for stage in STAGES:
            grown = large[stage] / small[stage]
            verdict = "在" if grown <= allowed else "超出"
            print(f"{stage}：学生 {times:.1f} 倍，时间 {grown:.1f} 倍，{verdict} n·log n（{allowed:.1f} 倍）之内")


if __name__ == "__main__":
    from benchmarks import growth

    growth.main()
