"""What is asked for, and whether it can be had: the number is free, the tables and the edition are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from xueji_lib.register.policy import FIRST
from xueji_lib.register.schema import TABLES

SCOPES = ("student", "class", "school")


class Refused(Exception):
    """The skeletons cannot be written; the text says why."""


@dataclass(frozen=True, slots=True)
class NewRule:
    """What is asked for. ``module``: a file of xueji_lib/rules without its ending; "" chooses one with room."""

    id: str
    needs: tuple[str, ...] = ("register",)
    scope: str = "student"
    module: str = ""
    edition: str = FIRST

    @property
    def violation(self) -> int:
        return int(self.id[1])

    @property
    def function(self) -> str:
        return self.id.lower()


def check(rule: NewRule, root: Path) -> None:
    """Raises Refused where the number is malformed or taken, or a table or edition does not exist."""
    if not re.fullmatch(r"R[1-7]\d\d", rule.id):
        raise Refused(f"{rule.id} is no rule's number: R, the violation (1 to 7), two more digits, like R716")
    unknown = [name for name in rule.needs if name.removeprefix("previous_") not in TABLES]
    if unknown:
        raise Refused(f"No such table: {', '.join(unknown)}. There are: {', '.join(TABLES)}")
    if rule.module and not re.fullmatch(rf"v{rule.violation}_[a-z_]+", rule.module):
        raise Refused(f"--module {rule.module}: {rule.id} belongs in a file named v{rule.violation}_<what it is about>")
    if not (root / "data" / "catalogue" / f"{rule.edition}.yaml").is_file():
        raise Refused(f"There is no edition {rule.edition} in data/catalogue")
    if places := taken(rule.id, root):
        raise Refused(
            f"{rule.id} is taken; a number is never used twice, not even a withdrawn one: {', '.join(places)}"
        )


def taken(rule_id: str, root: Path) -> list[str]:
    """Where a number stands already: files and folders below the checkout."""
    word = re.compile(rf"\b{rule_id}\b")
    files = [
        *sorted((root / "data" / "catalogue").rglob("*.yaml")),
        *sorted((root / "xueji_lib" / "rules").glob("*.py")),
        *sorted((root / "tests" / "reference").glob("*.py")),
        *sorted((root / "xueji_lib" / "demo" / "plant").glob("*.py")),
    ]
    places = [file for file in files if word.search(file.read_text("utf-8"))]
    places += [folder for folder in sorted((root / "tests" / "rules").glob(f"{rule_id}*")) if folder.is_dir()]
    return [place.relative_to(root).as_posix() for place in places]
