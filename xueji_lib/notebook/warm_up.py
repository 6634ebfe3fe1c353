"""Imported by a worker before its first school: everything a school's notebook and deliverables need, loaded, and what
is compiled at its first use, compiled. The worker has the time while the county is judged."""

from __future__ import annotations

import contextlib

import matplotlib.figure
import pandas as pd

from xueji_lib import local_rules
from xueji_lib.judge import results
from xueji_lib.notebook import audit, runner, warm_engine
from xueji_lib.reports import chart, html, letter_kinds, workbook
from xueji_lib.support import paths

LOADED = (matplotlib.figure, pd, audit, local_rules, warm_engine, runner, results)
PIECES = (chart, html, workbook)


def compile_templates() -> None:
    """The schema of a notebook, the page, its pieces, the letters that every school has."""
    from papermill.iorw import load_notebook_node  # after the lean imports

    runner.Done(load_notebook_node(str(paths.notebooks("school_audit.ipynb"))), "").page("")
    pieces = html.environment()
    for name in pieces.list_templates(filter_func=lambda name: name.endswith(".j2") and "/" not in name):
        pieces.get_template(name)
    for kind in (letter_kinds.RECTIFY, letter_kinds.PLEDGE):
        kind.check()


with contextlib.suppress(Exception):  # what is wrong with one of them is said where it is used
    compile_templates()
