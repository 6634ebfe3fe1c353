"""The index page of somebody's own notebook: a line for each run, what became of it, and where it stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from xueji_lib.batch.own_records import DONE, RunRecord
from xueji_lib.batch.own_units import Unit
from xueji_lib.notebook.own_notebook import OwnNotebook
from xueji_lib.reports.pages import piece
from xueji_lib.support.files import put_file

FILE: Final = "index.html"


def write(
    folder: Path, notebook: OwnNotebook, units: Sequence[Unit], runs: Mapping[str, RunRecord], as_of: dt.date
) -> None:
    """Write the page into ``folder``: every unit, also those that were not run yet. Raises UsageError where another
    program holds it."""
    rows = [_row(unit, runs.get(unit.key), notebook.name, folder) for unit in units]
    figures = {
        "done": sum(row["status"] == DONE for row in rows),
        "failed": sum(bool(row["error"]) for row in rows),
        "missing": sum(not row["status"] for row in rows),
        "masked": sum(run.masked for run in runs.values()),
    }
    template = piece.environment().get_template("own_index.html.j2")
    page = template.render(
        name=notebook.name, rows=rows, figures=figures, as_of=as_of, refused=notebook.refused, style=piece.style()
    )
    put_file(folder / FILE, page)


def _row(unit: Unit, run: RunRecord | None, name: str, folder: Path) -> dict[str, object]:
    own = (f"{name}.html", f"{name}.ipynb")
    files = sorted(run.files) if run else []
    stopped = f"failed/{unit.key}.ipynb"
    failed = run is not None and run.status != DONE and (folder / stopped).is_file()
    return {
        "key": unit.key,
        "title": unit.title,
        "status": run.status if run else "",
        "error": run.error.partition("。停在出错处的笔记本")[0] if run else "",
        "stopped": quote(stopped) if failed else "",
        "page": f"{quote(unit.key)}/{quote(own[0])}" if own[0] in files else "",
        "notebook": f"{quote(unit.key)}/{quote(own[1])}" if own[1] in files else "",
        "others": [(file, f"{quote(unit.key)}/{quote(file)}") for file in files if file not in own],
        "masked": run.masked if run else 0,
        "seconds": f"{run.seconds:.1f}" if run else "",
    }
