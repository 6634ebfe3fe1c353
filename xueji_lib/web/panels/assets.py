"""The pages' scripts and styles, as one text each: no build step, nothing fetched by the browser.

The files in ``assets/`` are plain ES modules. A panel names the module that holds its widget; the imports in it say
which others it needs. Put one after another, each after those it imports, they are one module. Their top-level names
then stand side by side, so two modules that declare the same name are refused. A module's styles, where it has any,
lie beside it under the same name and come in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("assets")
_IMPORT: Final = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
_DECLARATION: Final = re.compile(
    r"^(export )?(?:async )?(?:function\*?|class|const|let|var) ([\w$]+)(?!,)\b", re.MULTILINE
)
_OTHER: Final = re.compile(
    r"^import\b.*"  # a form that _IMPORT does not know
    r"|^.*\bimport\(.*"  # fetched while the page runs
    r"|^export (?!default |(?:async )?(?:function\*?|class|const|let|var) ).*"  # names listed, or handed on
    r"|^(?:export )?(?:const|let|var) (?:[{[]|[\w$]+,).*",  # several names at once
    re.MULTILINE,
)


class AssetError(Exception):
    """The modules of a panel cannot be put together: a mistake in the modules, not in what somebody does with them."""


@dataclass(frozen=True, slots=True)
class _Module:
    """``imports``: module → the names taken from it. ``declared``: the top-level names. ``exported``: those of them
    that others may import. ``body``: the text without its imports and without the word export."""

    name: str
    imports: Mapping[str, frozenset[str]]
    declared: frozenset[str]
    exported: frozenset[str]
    has_default: bool
    body: str


def script(entry: str, folder: Path = _FOLDER) -> str:
    """One module: ``entry`` (a name without .js), after all it imports, directly or not. Raises AssetError."""
    return "\n".join(f"// {module.name}.js\n{module.body}" for module in _in_order(entry, folder))


def style(entry: str, folder: Path = _FOLDER) -> str:
    """The style sheets beside the modules of ``script``, in the same order. Raises AssetError."""
    sheets = [folder / f"{module.name}.css" for module in _in_order(entry, folder)]
    return "\n".join(sheet.read_text("utf-8") for sheet in sheets if sheet.is_file())


@cache
def _in_order(entry: str, folder: Path) -> tuple[_Module, ...]:
    """``entry`` and what it imports, each once, each after those it imports."""
    ordered: dict[str, _Module] = {}
    _add(entry, (), folder, ordered)
    owners: dict[str, str] = {}
    for module in ordered.values():
        if module.has_default and module.name != entry:
            raise AssetError(f"{module.name}.js has a default export; it is imported for {entry}.js, which has one too")
        for name in sorted(module.declared):
            if name in owners:
                raise AssetError(f"{owners[name]}.js and {module.name}.js both declare {name}: rename one of them")
            owners[name] = module.name
    return tuple(ordered.values())


def _add(name: str, importers: tuple[str, ...], folder: Path, ordered: dict[str, _Module]) -> None:
    """Put a module and what it imports at the end of ``ordered``. ``importers``: who imports it, outermost first."""
    if name in importers:
        circle = [*importers[importers.index(name) :], name]
        raise AssetError(f"modules import one another in a circle: {' → '.join(f'{module}.js' for module in circle)}")
    if name in ordered:
        return
    if not (folder / f"{name}.js").is_file():
        raise AssetError(f"{f'{importers[-1]}.js imports ' if importers else ''}{name}.js: there is no such file")
    module = _read(name, folder)
    for imported, names in module.imports.items():
        _add(imported, (*importers, name), folder, ordered)
        missing = sorted(names - ordered[imported].exported)
        if missing:
            raise AssetError(f"{name}.js imports {missing[0]} from {imported}.js, which exports no such name")
    ordered[name] = module


def _read(name: str, folder: Path) -> _Module:
    """A module's file, taken apart. Top-level code starts in the first column: the formatter sees to that."""
    text = (folder / f"{name}.js").read_text("utf-8")
    imports: dict[str, frozenset[str]] = {}
    for listed, imported in _IMPORT.findall(text):
        names = frozenset(part.strip() for part in listed.split(",") if part.strip())
        if any(" as " in imported_name for imported_name in names):
            raise AssetError(f"{name}.js renames what it imports from {imported}.js: use the name it has there")
        imports[imported] = names
    body = _IMPORT.sub("", text)
    if other := _OTHER.search(body):
        raise AssetError(f"{name}.js cannot be put together with others because of this line: {other[0]}")
    declarations = [(bool(word), declared) for word, declared in _DECLARATION.findall(body)]
    return _Module(
        name=name,
        imports=imports,
        declared=frozenset(declared for _, declared in declarations),
        exported=frozenset(declared for is_exported, declared in declarations if is_exported),
        has_default=bool(re.search(r"^export default ", body, re.MULTILINE)),
        body=re.sub(r"^export (?!default )", "", body, flags=re.MULTILINE),
    )
