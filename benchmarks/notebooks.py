"""Notebooks and the county: the warm engine beside stock papermill, and the floors of both.

    python -m benchmarks.notebooks [--schools 300] [--sample 10] [--cluster]

(a) a school: stock papermill, then nbconvert, as a script would call them, against ours; and the bare writers: the same
pieces and files without any notebook. (b) the county from the inbox to every file, against a plain loop of stock
papermill over the same notebook (a sample of schools, times their number). (f) once more with nothing and with one
school changed. (g) one worker, two, and a Dask cluster of two.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import papermill

from benchmarks.measure import Took, machine, table, took
from xueji_lib import batch, demo, intake
from xueji_lib.batch.result import BatchResult
from xueji_lib.batch.school_task import Task, deliver
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import results, shelf
from xueji_lib.notebook import audit, notebook_page
from xueji_lib.register.calendar import Calendar
from xueji_lib.reports import csv_files, deliverables
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.store import Store
from xueji_lib.support import paths, pool

BOOK = "school_audit.ipynb"


def stock(answer: results.Results, store: Path, school_id: str, out: Path) -> None:
    """As a script would do it: papermill writes the notebook, nbconvert the page."""
    folder = out / school_id
    folder.mkdir(parents=True, exist_ok=True)
    given = {"school_id": school_id, "term": answer.term_id, "as_of": answer.as_of.isoformat(), "store": str(store)}
    given |= {"out": str(folder), "judged": answer.fingerprint}
    file = str(folder / "audit.ipynb")
    papermill.execute_notebook(str(paths.notebooks(BOOK)), file, given, kernel_name="python3", progress_bar=False)
    body = notebook_page.page(nbformat.read(file, as_version=4), "audit")  # nbconvert, with the kit's template
    (folder / "audit.html").write_text(body, "utf-8")


def bare(answer: results.Results, store: Store, school_id: str, out: Path) -> None:
    """The floor: the same pieces and files, no notebook, no page made of it but the pieces one after the other."""
    folder = out / school_id
    folder.mkdir(parents=True, exist_ok=True)
    school = answer.school(school_id)
    asked = audit.NotebookParameters(school_id, answer.inspection, Workplace(store), None, "", "")
    shown = audit.Audit(asked, school)
    pieces = [shown.heading(), shown.examined(), shown.overview(), shown.findings(), shown.classes()]
    text = "\n".join(piece.html for piece in pieces)
    (folder / "audit.html").write_text(text, "utf-8")
    (folder / "audit.ipynb").write_text(text, "utf-8")
    deliverables.write_school(school, LetterFacts.load(), folder)


def per_school(root: Path, store: Store, sample: list[str]) -> tuple[list[list[str]], float, float]:
    """(a). Returns the rows, and the seconds by the clock of a stock and of a bare school."""
    answer = shelf.obtain(store, demo.INSPECTION)
    tasks = [_task(answer, store.root, root / "ours", school_id) for school_id in sample]
    rounds: dict[str, list[Took[Any]]] = {"stock": [], "ours": [], "bare": []}
    with pool.Workers(1, warm=batch.WARM) as ours, pool.Workers(1, warm=batch.WARM) as bares:
        for workers, job in ((ours, deliver), (bares, bare_school)):  # warm, as all but a county's first school are
            workers.submit(job, tasks[0]).result()
        for task in tasks:  # they take turns: a busy minute strikes them all alike
            rounds["stock"].append(took(lambda t=task: stock(answer, store.root, t.school_id, root / "stock")))
            rounds["ours"].append(ours.submit(timed, deliver, task).result())
            rounds["bare"].append(bares.submit(timed, bare_school, task).result())
    failed = [t.value.error for t in rounds["ours"] if t.value.error]
    if failed:
        raise SystemExit(failed[0])
    wall = {name: statistics.median(t.wall for t in times) for name, times in rounds.items()}
    cpu = {name: statistics.median(t.cpu for t in times) for name, times in rounds.items()}
    said = {
        "stock": ("stock papermill + nbconvert + 同样的文书", ""),
        "ours": (
            "本工具箱（warm）",
            f"快 {wall['stock'] / wall['ours']:.1f} 倍，按处理器 {cpu['stock'] / cpu['ours']:.1f} 倍（要求 12）",
        ),
        "bare": (
            "下限：同样的内容和文件，不经笔记本",
            f"本工具箱是它的 {wall['ours'] / wall['bare']:.2f} 倍，按处理器 {cpu['ours'] / cpu['bare']:.2f} 倍",
        ),
    }
    rows = [[what, f"{wall[name]:.3f}", f"{cpu[name]:.3f}", note] for name, (what, note) in said.items()]
    return rows, wall["stock"], wall["bare"]


def timed(job: Callable[[Task], Any], task: Task) -> Took[Any]:
    """In a worker: what it took there."""
    return took(lambda: job(task))


def bare_school(task: Task) -> None:
    opened = Store(task.store)
    bare(shelf.obtain(opened, task.inspection, pinned=task.judged), opened, task.school_id, task.out / "bare")


def _task(answer: results.Results, store: Path, out: Path, school_id: str) -> Task:
    return Task(store, school_id, "", answer.term_id, answer.as_of, out, answer.fingerprint, "")


def county(root: Path, schools: int, stock_school: float, bare_school: float, cluster: bool) -> list[list[str]]:
    """(b), (f), (g) on a county of its own."""
    store, out = Store(root / "store"), root / "out"

    def go(where: Path, **more: Any) -> Took[BatchResult]:
        return took(lambda: batch.run(Workplace(store), demo.INSPECTION, where, batch.BatchOptions(**more)))

    taken = took(lambda: _take_in(root, store))
    made = go(out, jobs=2)
    answer = shelf.obtain(store, demo.INSPECTION)
    floor_county = took(lambda: _bare_county(answer, store, root / "floor"))
    judged, ours = made.value.stages["判定"], taken.wall + made.wall
    loop = taken.wall + judged + stock_school * schools
    floor = taken.wall + judged + floor_county.wall + bare_school * schools / 2
    stages = "，".join(f"{name} {seconds:.1f}" for name, seconds in made.value.stages.items())
    rows = [
        _row(
            f"{schools} 所，收件夹到全部成果，2 个进程", ours, taken.cpu + made.cpu, f"导入 {taken.wall:.1f}，{stages}"
        ),
        _row(
            "同一笔记本，stock papermill 逐校循环（抽样推算）",
            loop,
            None,
            f"本工具箱快 {loop / ours:.1f} 倍（要求 10）",
        ),
        _row("下限：导入、判定、光写文件（2 个进程）", floor, None, f"本工具箱是它的 {ours / floor:.2f} 倍（要求 2）"),
    ]
    again = go(out, jobs=2)
    rows.append(_row("什么都没变，再运行", again.wall, again.cpu, f"全程的 {100 * again.wall / ours:.1f}%"))
    _change_one(store)
    one = go(out, jobs=2)
    share = f"全程的 {100 * one.wall / ours:.1f}%（要求 3%），其中判定 {one.value.stages['判定']:.1f} 秒"
    rows.append(_row(f"一所学校改了一格，再运行（重做 {len(one.value.done)} 所）", one.wall, one.cpu, share))
    single = go(root / "jobs1", jobs=1)
    rows.append(_row("只算各校，1 个进程", single.value.stages["各校"], single.cpu, ""))
    double = go(root / "jobs2", jobs=2)
    times = single.value.stages["各校"] / double.value.stages["各校"]
    rows.append(
        _row(
            "只算各校，2 个进程", double.value.stages["各校"], double.cpu, f"快 {times:.2f} 倍（要求 1.7，两核空闲时）"
        )
    )
    if cluster:
        from xueji_lib.batch import cluster as clusters

        with clusters.connect(clusters.LOCAL, 2, 0) as executor:
            dask = go(root / "dask", executor=executor)
        times = single.value.stages["各校"] / dask.value.stages["各校"]
        rows.append(_row("只算各校，Dask，本机 2 个 worker", dask.value.stages["各校"], None, f"快 {times:.2f} 倍"))
    return rows


def _row(what: str, wall: float, cpu: float | None, note: str) -> list[str]:
    return [what, f"{wall:.1f}", "" if cpu is None else f"{cpu:.1f}", note]


def _take_in(root: Path, store: Store) -> None:
    for term in (demo.PREVIOUS_TERM, demo.TERM):
        intake.run(root / "inbox" / term, store, term, Calendar.load())


def _bare_county(answer: results.Results, store: Store, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    csv_files.write_findings_csv(answer, folder / "findings.csv")
    csv_files.write_coverage_csv(answer, folder / "coverage.csv")
    deliverables.write_county(answer, LetterFacts.load(), folder, {}, shelf.earlier(store, demo.TERM))


def _change_one(store: Store) -> None:
    """One child of one school is of the other sex now: findings of one school."""
    school_id = store.schools(demo.TERM, "register")[0]
    rows = store.read(demo.TERM, "register", schools=[school_id])
    rows.loc[0, "sex"] = "女" if rows.loc[0, "sex"] == "男" else "男"
    none = store.rejected(demo.TERM).iloc[:0]
    store.commit(demo.TERM, {"register": rows}, none, {"time": "2026-11-20T09:00:00", "files": []})


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schools", type=int, default=300)
    parser.add_argument("--sample", type=int, default=10, help="how many schools stock papermill is measured on")
    parser.add_argument("--cluster", action="store_true")
    options = parser.parse_args(argv)
    os.environ["IPYTHONDIR"] = tempfile.mkdtemp(prefix="xueji-ipython-")
    with tempfile.TemporaryDirectory(prefix="xueji-bench-") as place:
        root = Path(place)
        print(f"{machine()}\n")
        demo.make(root, schools=options.schools)
        sampled = Store(root / "sampled")
        _take_in(root, sampled)
        answer = shelf.obtain(sampled, demo.INSPECTION)
        ids = answer.schools["school_id"].tolist()
        step = max(len(ids) // options.sample, 1)
        rows, stock_school, bare_school = per_school(root, sampled, ids[::step][: options.sample])
        print(table(["每所学校，做完一所再做一所（中位数）", "秒", "处理器秒", ""], rows) + "\n", flush=True)
        rows = county(root, options.schools, stock_school, bare_school, options.cluster)
        print(table(["全县", "秒", "处理器秒", ""], rows), flush=True)
    shutil.rmtree(os.environ["IPYTHONDIR"], ignore_errors=True)


if __name__ == "__main__":
    from benchmarks import notebooks  # by its own name: what workers are asked to do must be importable there

    notebooks.main()
