"""Loads everything that a school's notebook and deliverables need, and compiles what is compiled at its first use.

Imported by a worker before its first school: it has the time while the county is judged.
"""

from __future__ import annotations

import contextlib

import matplotlib.figure
import pandas as pd

from xueji_lib import local_rules
from xueji_lib.judge import results
from xueji_lib.notebook import audit, kit_engine, runner
from xueji_lib.reports.letters import kinds
from xueji_lib.reports.pages import chart, piece, school_page
from xueji_lib.reports.workbooks import findings_book
from xueji_lib.support import paths

LOADED = (matplotlib.figure, pd, audit, local_rules, kit_engine, runner, results)
PIECES = (chart, piece, school_page, findings_book)


def compile_templates() -> None:
    """Compile a notebook's schema, the page and its parts, and the letters that every school has."""
    from papermill.iorw import load_notebook_node  # after the lean imports

    runner.NotebookRun(load_notebook_node(str(paths.notebooks("school_audit.ipynb"))), "").page("")
    piece.compile_all(piece.environment())
    for kind in (kinds.RECTIFY, kinds.PLEDGE):
        kind.check()


with contextlib.suppress(Exception):  # what is wrong with one of them is said where it is used
    compile_templates()
