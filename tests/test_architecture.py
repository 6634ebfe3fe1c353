"""The library is what docs/architecture.md says: its packages, and imports that only go downwards in that order."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from docs import picture
from xueji_lib.register.policy import Policy

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "xueji_lib"
LONGEST = 250
"""Lines of a file; a longer one gives its reason in its docstring."""
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


def test_the_picture_shows_the_packages_of_the_table_in_its_order() -> None:
    assert picture.packages() == documented()


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


def test_the_warm_engine_is_a_package_of_its_own() -> None:
    """It could be published as it is: all that it knows of the kit it is told by arguments."""
    files = list((LIBRARY / "warm_papermill").rglob("*.py"))
    trees = [ast.parse(file.read_text("utf-8")) for file in files]
    outwards = [
        node.module for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) if node.level > 1
    ]
    words = {"xueji", "school", "county"}
    naming = [file.name for file in files if words & set(re.findall(r"[a-z]+", file.read_text("utf-8").lower()))]
    assert files
    assert (outwards, naming) == ([], [])
    assert {to for _, package, to in imports() if package == "warm_papermill"} == set()


def identifiers(file: Path) -> set[str]:
    """Every name that a module defines, takes in or uses; of a package also the names of what is in it."""
    found = {child.stem for child in file.parent.iterdir()} if file.name == "__init__.py" else set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Name(id=name) | ast.Attribute(attr=name):
                found.add(name)
            case ast.arg(arg=name) | ast.alias(asname=str(name)):
                found.add(name)
            case ast.alias(name=name):
                found.add(name.split(".")[-1])
    return found


def test_what_docstrings_and_comments_point_to_is_there() -> None:
    """``module.name``: a name that was moved or dropped leads its reader nowhere."""
    modules: dict[str, set[str]] = {}
    files = sorted(LIBRARY.rglob("*.py"))
    for file in files:
        name = file.parent.name if file.name == "__init__.py" else file.stem
        modules.setdefault(name, set()).update(identifiers(file))
    modules["policy"] |= Policy.load().figures.keys()
    stale = []
    for file in files:
        for module, name in re.findall(r"``(\w+)\.(\w+)(?:\.\w+)*``", file.read_text("utf-8")):
            known = modules.get(module)
            if known is not None and name not in known and name not in {"py", "json", "toml", "csv", "html", "ipynb"}:
                stale.append(f"{file.relative_to(ROOT)}: {module}.{name}")
    assert not stale


def is_there(dotted: str) -> bool:
    """A module of the kit, or a name that its module knows."""
    place = ROOT
    parts = dotted.split(".")
    for number, part in enumerate(parts):
        if (place / part).is_dir():
            place = place / part
        elif (place / f"{part}.py").is_file():
            return len(parts) <= number + 1 or parts[number + 1] in identifiers(place / f"{part}.py")
        else:
            return part.startswith("__") or part in identifiers(place / "__init__.py")
    return True


def test_programs_in_strings_import_modules_that_are_there() -> None:
    """What a test starts in another process is text to every other tool: a module that moved is noticed here."""
    files = [file for part in ("xueji_lib", "tests", "benchmarks", "docs") for file in (ROOT / part).rglob("*.py")]
    gone = {
        f"{file.relative_to(ROOT)}: {dotted}"
        for file in files
        for dotted in re.findall(r"(?:from|import|-m) (xueji_lib(?:\.\w+)+)", file.read_text("utf-8"))
        if not is_there(dotted)
    }
    assert not gone


def classes() -> Iterator[tuple[str, str]]:
    """(name, file) of every public class at the top of a module."""
    for file in sorted(LIBRARY.rglob("*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, file.relative_to(ROOT).as_posix()


def test_a_class_name_has_one_meaning() -> None:
    files: dict[str, list[str]] = {}
    for name, file in classes():
        files.setdefault(name, []).append(file)
    assert {name: where for name, where in files.items() if len(where) > 1} == {}


def test_a_module_name_has_one_meaning() -> None:
    files: dict[str, list[str]] = {}
    for file in sorted(LIBRARY.rglob("*.py")):
        if not file.stem.startswith("__"):
            files.setdefault(file.stem, []).append(file.relative_to(ROOT).as_posix())
    assert {name: where for name, where in files.items() if len(where) > 1} == {}


def modules_imported() -> dict[str, set[str]]:
    """Module → the kit's modules that it imports, wherever in the file, its own package's file apart."""
    names = {}
    for file in LIBRARY.rglob("*.py"):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        names[name] = ast.parse(file.read_text("utf-8"))
    graph: dict[str, set[str]] = {name: set() for name in names}
    for name, tree in names.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                targets = {f"{node.module}.{alias.name}" for alias in node.names}
                graph[name] |= {target if target in names else node.module for target in targets}
            elif isinstance(node, ast.Import):
                graph[name] |= {alias.name for alias in node.names}
        graph[name] = {target for target in graph[name] if target in names and target != name}
    return graph


def test_no_modules_import_one_another_in_a_circle() -> None:
    try:
        tuple(TopologicalSorter(modules_imported()).static_order())
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from None


def test_a_long_file_says_why_it_is_one_file() -> None:
    silent = []
    for file in sorted(LIBRARY.rglob("*.py")):
        text = file.read_text("utf-8")
        if text.count("\n") > LONGEST and "250 lines" not in (ast.get_docstring(ast.parse(text)) or ""):
            silent.append(file.relative_to(ROOT).as_posix())
    assert not silent
