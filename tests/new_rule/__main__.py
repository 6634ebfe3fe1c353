"""The skeletons of a new rule, each in its place; what is still to be written fails its test.

    python -m tests.new_rule R7xx [--needs register transfers] [--scope student] [--module v7_people]

Writes the entry in data/catalogue with its two texts, the function in xueji_lib/rules, the proof tables in
tests/rules/<id>/, the reference judge's function and the planting of the made-up county. A number that is malformed or
stands anywhere already is refused, and no file is overwritten: either all is written or nothing.
docs/how-to-add.md says what comes next.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from tests.new_rule.catalogue_texts import catalogue_texts
from tests.new_rule.code_stubs import code_stubs
from tests.new_rule.proof_tables import proof_tables
from tests.new_rule.request import SCOPES, NewRule, Refused, check
from xueji_lib.register.policy import FIRST

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the skeletons and print where they are; 1 and the reason where they are refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.new_rule", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("id", help="R, the violation (1 to 7), two more digits")
    parser.add_argument("--needs", nargs="+", default=["register"], help="tables of xueji_lib/register/schema.py")
    parser.add_argument("--scope", choices=SCOPES, default="student", help="whom one finding is about")
    parser.add_argument("--module", default="", help="a file of xueji_lib/rules, v7_people; a new one is made")
    parser.add_argument("--edition", default=FIRST, help="the edition of the catalogue that the rule comes with")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    asked = parser.parse_args(arguments)
    try:
        rule = NewRule(asked.id, tuple(asked.needs), asked.scope, asked.module, asked.edition)
        written = write(rule, asked.root)
    except Refused as reason:
        click.echo(reason, err=True)
        return 1
    click.echo("\n".join(file.relative_to(asked.root).as_posix() for file in written))
    click.echo('Next: docs/how-to-add.md, "A rule"')
    return 0


def write(rule: NewRule, root: Path = ROOT) -> list[Path]:
    """Write all skeletons; returns the files. Raises Refused before anything is written."""
    check(rule, root)
    texts = {
        **catalogue_texts(rule, root),
        **code_stubs(rule, root),
        **proof_tables(rule, root),
    }
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")
    code = [str(file) for file in texts if file.suffix == ".py"]
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *code], check=True, cwd=root)
    return list(texts)


if __name__ == "__main__":
    sys.exit(main())
