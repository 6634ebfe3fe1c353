"""A rule's three functions: the check, the reference judge's and the planting of the made-up county."""

from __future__ import annotations

import re
from pathlib import Path

from tests.new_rule.request import NewRule, Refused

LONGEST = 250  # lines of a file that holds one idea


def code_stubs(rule: NewRule, root: Path) -> dict[Path, str]:
    """File → its text with the rule's function in it. Raises Refused where a file of rules is full."""
    return {**_function(rule, root), **_reference(rule, root), **_planting(rule, root)}


def _function(rule: NewRule, root: Path) -> dict[Path, str]:
    folder = root / "xueji_lib" / "rules"
    stub = (
        f'\n\n@rule("{rule.id}")\ndef {rule.function}(inquiry: Inquiry) -> Verdict:\n    """待写。"""\n'
        f'    raise NotImplementedError("{rule.id} is not written yet")\n'
    )
    module = rule.module or min(folder.glob(f"v{rule.violation}_*.py"), key=_lines).stem
    file = folder / f"{module}.py"
    if file.is_file():
        if _lines(file) + stub.count("\n") > LONGEST:
            raise Refused(f"{file.name} is full ({LONGEST} lines): name another or a new file with --module")
        return {file: file.read_text("utf-8").rstrip() + "\n" + stub}
    heading = (
        '"""待写：这个文件查哪一类问题。"""\n\nfrom __future__ import annotations\n\n'
        "from xueji_lib.rules.inquiry import Inquiry\nfrom xueji_lib.rules.marking import rule\n"
        "from xueji_lib.rules.verdict import Verdict\n"
    )
    door = folder / "__init__.py"
    return {file: heading + stub, door: _named_in_the_door(door.read_text("utf-8"), module)}


def _named_in_the_door(text: str, module: str) -> str:
    """rules/__init__.py with a module more, in its import and in what it collects."""
    for opening in ("from xueji_lib.rules import (\n", "collect(\n"):
        head, tail = text.split(opening, 1)
        listed, rest = tail.split("\n)", 1)
        names = sorted([*listed.splitlines(), f"    {module},"])
        text = head + opening + "\n".join(names) + "\n)" + rest
    return text


def _lines(file: Path) -> int:
    return file.read_text("utf-8").count("\n")


def _reference(rule: NewRule, root: Path) -> dict[Path, str]:
    file = root / "tests" / "reference" / f"reference_v{rule.violation}.py"
    text = file.read_text("utf-8").rstrip()
    world = "World" if re.search(r"import .*\bWorld\b", text) else "Archive"
    stub = (
        f'\n\n\n@BOOK.rule("{rule.id}", "{" ".join(rule.needs)}")\n'
        f"def {rule.function}(world: {world}, school: str) -> Reply:\n"
        f'    raise NotImplementedError("{rule.id} is not written yet")\n'
    )
    return {file: text + stub}


def _planting(rule: NewRule, root: Path) -> dict[Path, str]:
    """Plants nothing yet, so that the made-up county can still be made; tests/demo says that it is missing."""
    file = root / "xueji_lib" / "demo" / "plant" / f"plant_v{rule.violation}.py"
    text = file.read_text("utf-8")
    head, listed = text.rsplit("PLANTINGS = (", 1)
    stub = (
        f'def {rule.function}(f: PlantingGround) -> None:\n    """Not written yet: plants nothing."""\n'
        f"    for _ in f:\n        pass\n\n\n"
    )
    names = listed.strip().removesuffix(")").rstrip(", \n")
    return {file: f"{head}{stub}PLANTINGS = ({names}, {rule.function})\n"}
