"""How each stage grows: time and peak memory of the batch's parent at several sizes of the same county.

    python -m benchmarks.growth [--sizes 5,20,80]

Sizes are numbers of schools (about 267 students each). Each is run in a process of its own, so that its peak memory is
its own. A stage whose time grows faster than n·log n is marked; the parent's memory should not grow with the schools.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import machine, table, took
from xueji_lib import batch, demo, intake
from xueji_lib.calendar import Calendar
from xueji_lib.store import Store

BATCH = ("判定", "全县汇总", "比对", "各校")


def _measure(schools: int, out: multiprocessing.SimpleQueue[dict[str, float]]) -> None:
    with tempfile.TemporaryDirectory(prefix="xueji-growth-") as place:
        root = Path(place)
        demo.make(root, schools=schools)
        store = Store(root / "store")
        stages: dict[str, float] = {}
        for term in (demo.PREVIOUS_TERM, demo.TERM):
            taken = took(lambda t=term: intake.run(root / "inbox" / t, store, t, Calendar.load()))
            stages["导入"] = stages.get("导入", 0.0) + taken.wall
        stages["学生"] = float(len(store.read(demo.TERM, "register", columns=["school_id"])))
        done = batch.run(store.root, demo.TERM, demo.AS_OF, root / "out", 2)
        stages |= done.stages
        stages["内存"] = peak()
    out.put(stages)


def peak() -> float:
    """Peak resident MiB of this process."""
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="6,30,150,300")
    options = parser.parse_args(argv)
    print(f"{machine()}\n")
    context = multiprocessing.get_context("spawn")
    found: dict[int, dict[str, float]] = {}
    for schools in map(int, options.sizes.split(",")):
        queue: multiprocessing.SimpleQueue[dict[str, float]] = context.SimpleQueue()
        process = context.Process(target=_measure, args=(schools, queue))
        process.start()
        found[schools] = queue.get()
        process.join()
    rows = [
        [
            str(schools),
            f"{took_['学生']:.0f}",
            *(f"{took_[stage]:.2f}" for stage in ("导入", *BATCH)),
            f"{took_['内存']:.0f}",
        ]
        for schools, took_ in found.items()
    ]
    print(table(["学校", "学生", "导入，秒", *(f"{stage}，秒" for stage in BATCH), "父进程内存峰值，MiB"], rows))
    small, large = min(found), max(found)
    times = large / small * math.log(large) / math.log(small)
    for stage in ("导入", *BATCH):
        grown = found[large][stage] / max(found[small][stage], 0.05)
        verdict = "在" if grown <= times else "超出"
        print(
            f"\n{stage}：学校 {large / small:.0f} 倍，时间 {grown:.1f} 倍，{verdict} n·log n（{times:.0f} 倍）之内",
            end="",
        )
    print()


if __name__ == "__main__":
    from benchmarks import growth

    growth.main()
