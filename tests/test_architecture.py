"""The library is what docs/architecture.md says: its packages, and imports that only go downwards in that order."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "xueji_lib"
BESIDE = {"demo"}
"""Takes from below and is taken by the command line alone."""


def documented() -> list[str]:
    """The packages in the order of the table."""
    table = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("an import goes only downwards\n")[2]
    return re.findall(r"^\| `(\w+)(?:/|\.py)` \|", table, re.MULTILINE)


def imports() -> Iterator[tuple[Path, str, str]]:
    """(file, its package, a package of the kit that it imports), wherever in the file."""
    for file in LIBRARY.rglob("*.py"):
        package = file.relative_to(LIBRARY).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "xueji_lib":
                yield from ((file, package, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xueji_lib."):
                yield file, package, str(node.module).split(".")[1]
            elif isinstance(node, ast.Import):
                names = [alias.name.split(".") for alias in node.names]
                yield from ((file, package, name[1]) for name in names if name[0] == "xueji_lib" and len(name) > 1)


def test_every_package_is_in_the_table_and_the_other_way_round() -> None:
    there = {path.stem for path in LIBRARY.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert there - {"__init__", "__main__"} - BESIDE == set(documented())


def test_imports_go_only_downwards() -> None:
    order = ["__main__", *documented()]
    upwards = [
        f"{file.relative_to(ROOT)} → {to}"
        for file, package, to in imports()
        if package in order and to in order and order.index(to) < order.index(package)
    ]
    assert not upwards


def test_the_made_up_county_knows_nothing_of_the_rules_and_serves_the_command_line_alone() -> None:
    found = {(package, to) for _, package, to in imports() if package != to and BESIDE & {package, to}}
    assert found == {("cli", "demo"), ("demo", "register"), ("demo", "support")}
