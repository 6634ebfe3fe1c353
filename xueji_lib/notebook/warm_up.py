"""Imported by a worker before its first school: everything a school's notebook and deliverables need, loaded."""

from __future__ import annotations

import matplotlib.figure
import pandas as pd

from xueji_lib import local_rules
from xueji_lib.judge import results
from xueji_lib.notebook import audit, runner, warm_engine
from xueji_lib.reports import chart, html, workbook

LOADED = (matplotlib.figure, pd, audit, local_rules, warm_engine, runner, results)
PIECES = (chart, html, workbook)
