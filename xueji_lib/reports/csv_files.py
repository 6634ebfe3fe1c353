"""findings.csv and coverage.csv: all rows, no cap, the same bytes for the same answer (data contract 4).

UTF-8 with BOM, so that Excel and WPS open them; CRLF; a cell that a spreadsheet would take for a formula
gets a leading apostrophe.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from xueji_lib.register import labels
from xueji_lib.rules.findings import FINDINGS
from xueji_lib.support.files import put_file

if TYPE_CHECKING:
    from xueji_lib.judge.engine import Check
    from xueji_lib.judge.results import Results

COVERAGE: Final = "school_id rule_id status population findings undecided reason".split()
_FORMULA = re.compile(r"^[=+\-@\t\r]")


def write_findings_csv(check: Check | Results, path: Path) -> None:
    """Write findings.csv. Raises UsageError where the file is held by another program."""
    _write(check.findings, FINDINGS, path)


def write_coverage_csv(check: Check | Results, path: Path) -> None:
    """Write coverage.csv. Raises UsageError where the file is held by another program."""
    _write(check.coverage, COVERAGE, path)


def safe(value: str) -> str:
    """The text, an apostrophe before a leading = + - @ tab or carriage return: no spreadsheet takes it for a
    formula."""
    return "'" + value if _FORMULA.match(value) else value


def unsafe(value: str) -> str:
    """What ``safe`` was given."""
    return value[1:] if value.startswith("'") and _FORMULA.match(value[1:]) else value


def _write(frame: pd.DataFrame, columns: list[str], path: Path) -> None:
    texts = pd.DataFrame({c: _texts(frame[c]) for c in columns}, columns=columns)
    put_file(path, b"\xef\xbb\xbf" + texts.to_csv(index=False, lineterminator="\r\n").encode())


def _texts(column: pd.Series) -> npt.NDArray[np.object_]:
    """A column's cells as text, (n,); each distinct value is converted once."""
    codes, values = pd.factorize(column, use_na_sentinel=False)
    distinct = np.array([safe(labels.text(value)) for value in values], dtype=object)
    return distinct[codes]
