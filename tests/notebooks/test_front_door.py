"""The kit's notebooks come in by the front door alone, and the door opens no more than a page needs."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import xueji_lib as xj
from xueji_lib.support import paths

NOTEBOOKS = sorted(paths.notebooks().glob("*.ipynb"))


def code(notebook: Path) -> Iterator[ast.AST]:
    """Every node of a notebook's code cells."""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            yield from ast.walk(ast.parse("".join(cell["source"])))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_a_notebook_imports_the_front_door_alone_and_uses_public_names(notebook: Path) -> None:
    imports, used = [], set()
    for node in code(notebook):
        match node:
            case ast.Import(names=names):
                imports += [(alias.name, alias.asname) for alias in names]
            case ast.ImportFrom(module=module):
                imports.append((f"from {module}", ""))
            case ast.Attribute(value=ast.Name(id="xj"), attr=name):
                used.add(name)
    assert imports == [("xueji_lib", "xj")]
    assert used and used <= set(xj.__all__)
    assert not [node.attr for node in code(notebook) if isinstance(node, ast.Attribute) and node.attr.startswith("_")]


def test_the_door_loads_what_a_page_needs_when_it_is_opened() -> None:
    """The checklist waits for nothing that it does not show: the door itself has neither frames nor drawings."""
    look = "import sys, xueji_lib as xj; xj.pages.checklist; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert not {"numpy", "pandas", "pyarrow", "matplotlib", "sqlalchemy", "IPython", "yaml"} & set(done.stdout.split())
