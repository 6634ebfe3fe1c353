"""Parameters that papermill hands to a notebook, held against those the notebook knows.

papermill puts a cell below the parameter cell and only warns of a name that the notebook does not have: a mistyped
``trem`` would leave the term blank, and another term would be judged.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

from rapidfuzz import process

from xueji_lib.support.errors import UsageError

_FIRST_LINE: Final = "# Parameters"
"""papermill's first line of the cell it adds."""
_LIKE: Final = 50
"""Names at least so alike (of 100) are offered."""


def refuse_unknown(cells: Iterable[str] | None = None) -> None:
    """Raise UsageError where papermill was given a name that the notebook's parameter cell does not have; near ones are
    offered.

    ``cells``: the sources of the cells that ran before, in order; by default those of this kernel. papermill's cell
    stands right below the parameter cell; a notebook without one takes any name.
    """
    for parameter_cell, cell in pairwise(_cells_before() if cells is None else cells):
        known = _assigned(parameter_cell)
        for name in _assigned(cell) if known and cell.startswith(_FIRST_LINE) else ():
            if name not in known:
                near = [match[0] for match in process.extract(name, known, score_cutoff=_LIKE, limit=2)]
                offer = f"是不是想写 {' 或 '.join(near)}？" if near else ""
                raise UsageError(f"这个笔记本没有参数 {name}。{offer}可用的参数：{'、'.join(known)}")


def _assigned(cell: str) -> list[str]:
    """Names that the cell's lines give a value to."""
    try:
        statements = ast.parse(cell).body
    except SyntaxError:
        return []
    targets = [target for line in statements if isinstance(line, ast.Assign) for target in line.targets]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _cells_before() -> list[str]:
    from IPython import get_ipython  # here: a command that needs no notebook loads none

    shell: Any = get_ipython()
    return [] if shell is None else [str(cell) for cell in shell.user_ns.get("In", ())]
