"""Imported by a worker before its first school: everything a school's notebook and deliverables need, loaded."""

from __future__ import annotations

import matplotlib.figure
import pandas as pd

from xueji_lib import audit, local_rules, notebook_engine, notebook_run, results
from xueji_lib.reports import chart, html, workbook

LOADED = (matplotlib.figure, pd, audit, local_rules, notebook_engine, notebook_run, results)
PIECES = (chart, html, workbook)
