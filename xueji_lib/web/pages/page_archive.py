"""The bureau's page or a principal's, run by papermill and written as a notebook and one HTML file, for the archive."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from xueji_lib.casebook.workplace import Workplace
from xueji_lib.notebook.audit import AuditFailed, parameters
from xueji_lib.register.inspection import Inspection
from xueji_lib.support import paths
from xueji_lib.support.errors import StoreError
from xueji_lib.support.files import put_file

_PAGES: Final = {"county": "局里的页面", "principal": "校长的页面"}


def run(workplace: Workplace, inspection: Inspection, out: Path, school_id: str = "") -> list[Path]:
    """Write a page under OUT/<term>/archive/ and return its files.

    The bureau's page; with ``school_id`` (or the school's exact name) that principal's. Raises UsageError for an
    unknown school or term, StoreError where the store cannot be used, AuditFailed where a cell fails otherwise.
    """
    from xueji_lib.notebook import runner  # papermill takes a second to import; the pages need it not

    request = parameters(school_id, inspection.term_id, inspection.as_of, str(workplace.store.root))
    term, day = request.inspection.term_id, request.inspection.as_of
    name = "principal" if school_id else "county"
    cell_parameters = {"term": term, "as_of": day.isoformat(), "store": str(workplace.store.root.resolve())}
    cell_parameters |= {"school_id": request.school_id} if school_id else {}
    environment = {"XUEJI_CASEBOOK": workplace.casebook_url}  # no parameter: it may hold a password
    notebook_run = runner.execute(
        paths.notebooks(f"{name}.ipynb"), cell_parameters, ("store",), environment=environment
    )
    if notebook_run.error:
        kind = StoreError if notebook_run.error_kind == StoreError.__name__ else AuditFailed
        raise kind(f"{_PAGES[name]}的{notebook_run.error}，没有存档")
    stem = f"{name}-{request.school_id}-{day}" if school_id else f"{name}-{day}"
    folder = out / term / "archive"
    files = {
        folder / f"{stem}.ipynb": notebook_run.text(),
        folder / f"{stem}.html": notebook_run.page(f"{_PAGES[name]} {day}"),
    }
    for file, content in files.items():
        put_file(file, content)
    return list(files)
