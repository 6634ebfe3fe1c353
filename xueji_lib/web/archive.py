"""The bureau's and the principals' pages run by papermill, to be filed: a notebook and one HTML file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

from xueji_lib.notebook.audit import AuditFailed, parameters
from xueji_lib.support import paths
from xueji_lib.support.files import put_file

_PAGES: Final = {"county": "局里的页面", "principal": "校长的页面"}


def run(store: Path, term: str, as_of: dt.date, out: Path, school_id: str = "") -> list[Path]:
    """File a page under OUT/<term>/archive/: the bureau's, or (with ``school_id``, or the exact name) a school's.

    Returns the files. Raises UsageError for an unknown school or term, AuditFailed where a cell fails.
    """
    from xueji_lib.notebook import runner  # papermill takes a second to import; the pages need it not

    asked = parameters(school_id, term, as_of, str(store))
    name = "principal" if school_id else "county"
    given = {"term": asked.term, "as_of": asked.as_of.isoformat(), "store": str(asked.store.root.resolve())}
    given |= {"school_id": asked.school_id} if school_id else {}
    done = runner.execute(paths.notebooks(f"{name}.ipynb"), given, ("store",))
    if done.error:
        raise AuditFailed(f"{_PAGES[name]}的{done.error}，没有存档")
    stem = f"{name}-{asked.school_id}-{asked.as_of}" if school_id else f"{name}-{asked.as_of}"
    folder = out / asked.term / "archive"
    files = {folder / f"{stem}.ipynb": done.text(), folder / f"{stem}.html": done.page(f"{_PAGES[name]} {asked.as_of}")}
    for file, content in files.items():
        put_file(file, content)
    return list(files)
