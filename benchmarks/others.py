"""Other tools on the same jobs, in an environment that is thrown away: none of them is ever installed in this one.

    python -m benchmarks.others

The same notebook by ploomber-engine, which also runs cells in its own process; ten checks by pandera and Great
Expectations (``ten_checks``), beside plain pandas in the same environment and the kit's engine here. Where no package
index can be reached, that is said and nothing is measured.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from benchmarks.measure import table

PLOOMBER = """
import sys, time
from ploomber_engine import execute_notebook
took = []
for _ in range(5):
    started = time.perf_counter()
    execute_notebook(sys.argv[1], sys.argv[2], verbose=False, progress_bar=False)
    took.append(time.perf_counter() - started)
print(sorted(took)[2])
"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="xueji-others-") as place:
        folder = Path(place)
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        rows = []
        for package, code in (("ploomber-engine", PLOOMBER),):
            install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", package, "ipykernel"]
            done = subprocess.run(install, capture_output=True, text=True)
            if done.returncode:
                print(f"{package} 装不上（没有网络，或没有可用的版本），没有测。")
                continue
            book = folder / "trivial.ipynb"
            _trivial(book)
            done = subprocess.run(
                [str(python), "-c", code, str(book), str(folder / "out.ipynb")], capture_output=True, text=True
            )
            said = f"{float(done.stdout):.3f}" if done.returncode == 0 else "没有运行成"
            rows.append([package, said])
        rows.append(["本工具箱的 warm 引擎，同一个笔记本", f"{_ours(folder):.3f}"])
        print(table(["一个很小的笔记本（五次的中位数）", "秒"], rows) + "\n", flush=True)
        _validators(folder, python)


def _validators(folder: Path, python: Path) -> None:
    """Ten checks of a county of 300 schools."""
    from benchmarks import rules, ten_checks
    from xueji_lib import demo

    tables = folder / "tables"
    tables.mkdir()
    store = rules.county_store(folder / "county", 300)
    for name in ("register", "headcount", "suspensions", "changes", "transfers"):
        frame = store.read(demo.TERM, name)
        kinds = {c: "str" for c in frame if str(frame[c].dtype) == "category"}
        frame.astype(kinds).to_parquet(tables / f"{name}.parquet")
    rows = []
    for tool in ten_checks.TOOLS:
        package = [tool] if tool != "pandas" else []
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "pandas",
            "pyarrow",
            *package,
        ]
        if subprocess.run(install, capture_output=True).returncode:
            rows.append([tool, "装不上", ""])
            continue
        done = subprocess.run(
            [str(python), ten_checks.__file__, tool, str(tables)], capture_output=True, text=True, encoding="utf-8"
        )
        rows.append([tool, *done.stdout.split()] if done.returncode == 0 else [tool, "没有运行成", ""])
    frames, ten = rules.load(store), rules.ten_of(rules.CATALOGUE)
    (times,) = rules.seconds([lambda: rules.ours(frames, ten)], 5)
    rows.append(
        ["本工具箱的引擎（含三值、证据、覆盖）", f"{statistics.median(times):.3f}", str(rules.ours(frames, ten))]
    )
    print(table(["十条检查，300 所学校（五次的中位数）", "秒", "列出的行"], rows))


def _trivial(file: Path) -> None:
    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"x = {n}\nx") for n in range(8)])
    nbformat.write(book, str(file))


def _ours(folder: Path) -> float:
    from xueji_lib import batch
    from xueji_lib.support import pool

    with pool.Workers(1, warm=batch.WARM) as workers:
        return sorted(workers.submit(warm_run, str(folder / "trivial.ipynb")).result() for _ in range(5))[2]


def warm_run(file: str) -> float:
    """In a worker."""
    import papermill
    from papermill.engines import papermill_engines

    from benchmarks.measure import took
    from xueji_lib.notebook.kit_engine import NAME, KitEngine

    papermill_engines.register(NAME, KitEngine)
    options = {"kernel_name": "python3", "language": "python", "progress_bar": False, "engine_name": NAME}
    return took(lambda: papermill.execute_notebook(file, file + ".out", **options)).wall


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from benchmarks import others

    others.main()
