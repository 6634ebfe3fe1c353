"""Finds code in a notebook that may change a process in ways that cannot be seen afterwards.

A thin notebook imports and calls. One that sets attributes of what it imported, runs text as code or gives the shell
orders may have changed a class or a library's inside: nothing finds that again at a bearable price, so the process
is given up after it (``clean_slate.Residue``).
"""

from __future__ import annotations

import ast
from typing import Any, Final

_RISKY: Final = frozenset("setattr delattr exec eval compile globals vars __import__ reload patch".split())


def in_notebook(notebook: Any) -> list[str]:
    """The risky things in a notebook's code cells, each kind once; empty for a thin notebook."""
    risks: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            risks += in_code(cell.source)
    return list(dict.fromkeys(risks))


def in_code(source: str) -> list[str]:
    """The same for one cell. A cell that is not plain Python (a magic, a shell command) is risky as a whole."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ["not plain Python"]
    return [risk for node in ast.walk(tree) if (risk := _risk(node))]


def _risk(node: ast.AST) -> str:
    stored = isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
    if isinstance(node, ast.Attribute) and (stored or node.attr.startswith("__")):
        return f"attribute {node.attr}"
    if isinstance(node, ast.Subscript) and stored and isinstance(node.value, ast.Attribute):
        return "item of an attribute"
    if isinstance(node, ast.Name) and node.id in _RISKY:
        return node.id
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        risky = [name for name in names if name.partition(".")[0] in ("ctypes", "importlib", "unittest")]
        return f"import {risky[0]}" if risky else ""
    return ""
