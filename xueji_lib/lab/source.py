"""Turns a function of a notebook into a program of its own: its source, and whatever else it needs."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import symtable
import textwrap
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, Final

from xueji_lib.support.errors import UsageError

_MISSING: Final = object()


def program(function: Callable[..., Any], head: str) -> str:
    """The text of a file with this function: ``head``, imports, constants, helpers, the function.

    Raises UsageError (Chinese) where it needs something of the notebook that a file cannot have.
    """
    parts = _Parts()
    parts.take(function)
    blocks = [head, "\n".join(sorted(parts.imports)), "\n".join(parts.constants), *parts.sources]
    return "\n\n\n".join(block.strip("\n") for block in blocks if block).replace("\r\n", "\n") + "\n"


class _Parts:
    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.constants: list[str] = []
        self.sources: list[str] = []
        self._seen: set[str] = set()

    def take(self, function: Callable[..., Any]) -> None:
        """Add everything that the function needs, then the function."""
        name = function.__name__
        self._seen.add(name)
        source = _source(function)
        if getattr(function, "__closure__", None):
            raise UsageError(f"{name} 写在另一个函数里面，用到了那里的变量。请把它单独写成一格里的函数")
        around: dict[str, Any] = getattr(function, "__globals__", {})
        for needed in sorted(_names(source) - self._seen):
            value = around.get(needed, _MISSING)
            if value is _MISSING and hasattr(builtins, needed):
                continue
            self._seen.add(needed)
            self._bring(name, needed, value)
        self.sources.append(source)

    def _bring(self, user: str, name: str, value: Any) -> None:
        if value is _MISSING:
            raise UsageError(f"{user} 用到了 {name}，可是笔记本里没有它。请先运行写着它的那一格，或改掉这个名字")
        if isinstance(value, ModuleType):
            module = value.__name__
            self.imports.add(f"import {module}" if module == name else f"import {module} as {name}")
        elif (path := _importable(value)) is not None:
            own = value.__qualname__
            self.imports.add(f"from {path} import {own}" + ("" if own == name else f" as {name}"))
        elif isinstance(value, FunctionType) and value.__name__ == name:
            self.take(value)
        elif _is_literal(value):
            self.constants.append(f"{name} = {value!r}")
        else:
            kind = type(value).__name__
            raise UsageError(f"{user} 用到了笔记本里的 {name}（{kind}），存成文件后就没有它了。请写进函数里")


def _source(function: Callable[..., Any]) -> str:
    try:
        return textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        raise UsageError("取不到这条检查的源代码。请在笔记本的一格里用 def 写它，运行那一格以后再存") from None


def _names(source: str) -> set[str]:
    """The names that the source uses and does not define."""
    names: set[str] = set()

    def walk(scope: symtable.SymbolTable, top: bool) -> None:
        names.update(s.get_name() for s in scope.get_symbols() if s.is_referenced() and (top or s.is_global()))
        for child in scope.get_children():
            walk(child, False)

    walk(symtable.symtable(source, "<rule>", "exec"), True)
    return names


def _importable(value: Any) -> str | None:
    """The module that a class or function can be imported from; None for one of the notebook itself."""
    path, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(path, str) or not isinstance(name, str) or path in ("__main__", "builtins"):
        return None
    try:
        return path if getattr(importlib.import_module(path), name, None) is value else None
    except ImportError:
        return None


def _is_literal(value: Any) -> bool:
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
