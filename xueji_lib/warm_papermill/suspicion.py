"""Finds code in a notebook that may change a process in ways that cannot be seen afterwards.

A thin notebook imports and calls. One that sets attributes of what it imported, enters something into a library's
register, runs text as code or gives the shell orders may have changed a class or a library's inside: nothing finds that
again at a bearable price, so the process is given up after it (``clean_slate.Residue``).
"""

from __future__ import annotations

import ast
import re
from typing import Any, Final

_RISKY: Final = frozenset(
    "setattr delattr exec eval compile globals vars __import__ reload patch add_type addaudithook addsitedir dup2 nice "
    "set_event_loop_policy set_start_method setpriority setrlimit setsid".split()
)
_RISKY_MODULES: Final = frozenset("copyreg ctypes importlib unittest".split())
_ENTERED: Final = re.compile(r"(?:de|un)?register")
"""How the names of methods begin that enter something into a register."""
_ENTERED_BY_NAME: Final = re.compile(r"(?:de|un)?register_")
"""The same of functions that were imported by name; ``register`` alone may be anything's name."""
_TAKEN_BACK: Final = frozenset(
    "register_dataframe_accessor register_series_accessor register_index_accessor register_extension_dtype "
    "register_dialect unregister_dialect register_matplotlib_converters deregister_matplotlib_converters "
    "register_magic_function register_magics register_target".split()
)
"""Registers that are put back, or belong to the notebook's own shell."""
_TAKEN_BACK_OF: Final = frozenset("atexit codecs colormaps events".split())
"""Whose ``register`` is too."""
_HARMLESS_STORES: Final = frozenset("columns index name names".split())
"""Attributes that notebooks set on frames of their own."""
_SETTINGS: Final = frozenset("environ options rcParams".split())
"""Settings that are put back, whoever sets them."""
_HARMLESS_DUNDERS: Final = frozenset("__doc__ __file__ __name__ __version__".split())
_HARMLESS_MAGIC: Final = re.compile(
    r"^(\s*)%(?:matplotlib(?:\s+inline)?|config\s+InlineBackend\..*|time\b.*|precision\b.*|pwd|who|whos)\s*$",
    re.MULTILINE,
)
_HARMLESS_CELL_MAGIC: Final = re.compile(r"\A\s*%%(?:capture|time)\b.*")


def in_notebook(notebook: Any) -> list[str]:
    """The risky things in a notebook's code cells, each kind once; empty for a thin notebook."""
    risks: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            risks += in_code(cell.source)
    return list(dict.fromkeys(risks))


def in_code(source: str) -> list[str]:
    """The same for one cell. A cell that is not plain Python (most magics, a shell command) is risky as a whole."""
    plain = _HARMLESS_MAGIC.sub(r"\1pass", _HARMLESS_CELL_MAGIC.sub("", source))
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError):
        return ["not plain Python"]
    return [risk for node in ast.walk(tree) if (risk := _risk(node))]


def _risk(node: ast.AST) -> str:
    match node:
        case ast.Attribute(attr="__init__", value=ast.Call(func=ast.Name(id="super"))):
            return ""
        case ast.Attribute():
            return _attribute_risk(node)
        case ast.Subscript(ctx=ast.Store() | ast.Del(), value=ast.Attribute(attr=attribute)):
            return "" if attribute in _SETTINGS else "item of an attribute"
        case ast.Name(id=name) if name in _RISKY or (_ENTERED_BY_NAME.match(name) and name not in _TAKEN_BACK):
            return name
        case ast.Import(names=aliases):
            return _import_risk([alias.name for alias in aliases])
        case ast.ImportFrom(module=module):
            return _import_risk([module or ""])
    return ""


def _attribute_risk(node: ast.Attribute) -> str:
    name, owner = node.attr, node.value
    if isinstance(node.ctx, ast.Store | ast.Del):
        if name in _HARMLESS_STORES or _is_setting(owner) or (isinstance(owner, ast.Name) and owner.id == "self"):
            return ""
        return f"attribute {name}"
    if name.startswith("__") and name not in _HARMLESS_DUNDERS:
        return f"attribute {name}"
    if name in _RISKY:
        return f"call of {name}"
    put_back = name in _TAKEN_BACK or (name in ("register", "unregister") and _last_name(owner) in _TAKEN_BACK_OF)
    return f"call of {name}" if _ENTERED.match(name) and not put_back else ""


def _is_setting(owner: ast.expr) -> bool:
    """Whether it is, or is below, a library's settings: ``pd.options.display``."""
    while isinstance(owner, ast.Attribute):
        if owner.attr in _SETTINGS:
            return True
        owner = owner.value
    return False


def _last_name(owner: ast.expr) -> str:
    return owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""


def _import_risk(modules: list[str]) -> str:
    risky = [name for name in modules if name.partition(".")[0] in _RISKY_MODULES]
    return f"import {risky[0]}" if risky else ""
