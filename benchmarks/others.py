"""Other tools on the same jobs, in an environment that is thrown away: none of them is ever installed in this one.

    python -m benchmarks.others

The same notebook by ploomber-engine, which also runs cells in its own process. Where no package index can be
reached, that is said and nothing is measured.
"""

from __future__ import annotations

import os
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
        print(table(["一个很小的笔记本（五次的中位数）", "秒"], rows))


def _trivial(file: Path) -> None:
    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"x = {n}\nx") for n in range(8)])
    nbformat.write(book, str(file))


def _ours(folder: Path) -> float:
    from xueji_lib import batch, pool

    with pool.Workers(1, warm=batch.WARM) as workers:
        return sorted(workers.submit(warm_run, str(folder / "trivial.ipynb")).result() for _ in range(5))[2]


def warm_run(file: str) -> float:
    """In a worker."""
    import papermill
    from papermill.engines import papermill_engines

    from benchmarks.measure import took
    from xueji_lib.notebook_engine import NAME, WarmEngine

    papermill_engines.register(NAME, WarmEngine)
    options = {"kernel_name": "python3", "language": "python", "progress_bar": False, "engine_name": NAME}
    return took(lambda: papermill.execute_notebook(file, file + ".out", **options)).wall


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from benchmarks import others

    others.main()
