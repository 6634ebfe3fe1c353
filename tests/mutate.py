"""Mutation testing, by hand: does a proof table notice when a condition is changed?

    pip install cosmic-ray && python -m tests.mutate [--every N] xueji_lib/rules/v5_wrong_signatures.py [...]

cosmic-ray's operators (and the comparisons that the rules write as calls) change one place at a time. Each mutant
lives in a forked child, which judges the proof tables of the rule it touches (of all rules of the module, for a
helper); a module with tests of its own name (identity, calendar) is held against those. --every N tries a part.
Prints the share killed and every survivor. Unix only.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from tests.rules import proofs, test_proofs
from xueji_lib.county import County
from xueji_lib.rules import IMPLEMENTED
from xueji_lib.rules.marking import collect

ROOT = Path(__file__).resolve().parents[1]
OPERATORS = [
    f"core/{name}"
    for name in (
        "ReplaceComparisonOperator_Lt_LtE ReplaceComparisonOperator_LtE_Lt ReplaceComparisonOperator_Gt_GtE "
        "ReplaceComparisonOperator_GtE_Gt ReplaceComparisonOperator_Eq_NotEq ReplaceComparisonOperator_NotEq_Eq "
        "ReplaceBinaryOperator_BitAnd_BitOr ReplaceBinaryOperator_BitOr_BitAnd ReplaceBinaryOperator_Add_Sub "
        "ReplaceBinaryOperator_Sub_Add ReplaceUnaryOperator_Delete_Invert ReplaceUnaryOperator_Delete_Not "
        "ReplaceTrueWithFalse ReplaceFalseWithTrue ReplaceAndWithOr ReplaceOrWithAnd NumberReplacer"
    ).split()
]
CALLS = {".lt(": ".le(", ".le(": ".lt(", ".gt(": ".ge(", ".ge(": ".gt(", ".eq(": ".ne(", ".ne(": ".eq("}
SECONDS = 60


def mutants(file: Path) -> Iterator[tuple[str, str]]:
    """(what was changed, the module's text so)."""
    source = file.read_text("utf-8")
    for name in OPERATORS:
        operator = get_operator(name)()
        for occurrence in range(10_000):
            text = mutate_code(source, operator, occurrence)
            if text is None:
                break
            # zip's strict only guards against ourselves, and nothing runs what annotations say.
            if text.replace("strict=False", "strict=True").replace(" & None", " | None") != source:
                yield name.split("/")[1], text
    for call, other in CALLS.items():
        for found in re.finditer(re.escape(call), source):
            yield f"{call} → {other}", source[: found.start()] + other + source[found.end() :]


def changed_line(old: str, new: str) -> int:
    """The first line, from 1, that differs."""
    for number, (a, b) in enumerate(zip(old.splitlines(), new.splitlines(), strict=False), 1):
        if a != b:
            return number
    return 0


def rules_at(source: str, line: int) -> list[str]:
    """The rule whose function holds the line; every rule of the module for a helper in it; all where it has none."""
    every = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            own = [
                str(ast.literal_eval(d.args[0]))
                for d in node.decorator_list
                if isinstance(d, ast.Call) and getattr(d.func, "id", "") == "rule"
            ]
            start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if own and start <= line <= (node.end_lineno or 0):
                return own
            every += own
    return every or sorted(IMPLEMENTED)


def survives(module: ModuleType, text: str, counties: dict[str, County], rules: list[str], tests: list[str]) -> bool:
    """Judge in a forked child; a crash, a disagreement or no end is a kill."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) == 0
    signal.alarm(SECONDS)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        before = dict(vars(module))
        exec(compile(text, str(module.__file__), "exec"), module.__dict__)
        _repoint(module, before)
        IMPLEMENTED.update(collect(module))
        for case, county in counties.items():
            if not tests and proofs.rule_of(case) in rules:
                test_proofs.agree(case, *proofs.judged(case, county, Path(tempfile.gettempdir()) / "mutant-logs"))
        if tests and pytest.main(["-q", "-x", "-p", "no:cacheprovider", *tests]) != 0:
            os._exit(1)
    except BaseException:  # noqa: BLE001  whatever it is, the mutant was noticed
        os._exit(1)
    os._exit(0)


def _repoint(module: ModuleType, before: dict[str, object]) -> None:
    """Modules that imported a name of this one get the mutated one, be it a function or a table."""
    changed = {name: old for name, old in before.items() if not name.startswith("__") and vars(module)[name] is not old}
    for other in [m for n, m in sys.modules.items() if n.startswith("xueji_lib") and m is not module]:
        for name, old in changed.items():
            if vars(other).get(name) is old:
                setattr(other, name, vars(module)[name])


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        counties = {case: proofs.taken_in(case, Path(folder) / case) for case in proofs.cases()}
        parser = argparse.ArgumentParser()
        parser.add_argument("--every", type=int, default=1)
        parser.add_argument("files", nargs="+")
        options = parser.parse_args()
        for name in options.files:
            file = ROOT / name
            module = importlib.import_module(name.removesuffix(".py").replace("/", "."))
            source = file.read_text("utf-8")
            own_tests = ROOT / "tests" / f"test_{file.stem}.py"
            tests = [str(own_tests)] if own_tests.is_file() else []
            if not survives(module, source, counties, sorted(IMPLEMENTED), tests):
                sys.stdout.write(f"{name}: unchanged, it fails already; a kill would prove nothing\n")
                continue
            total, alive = 0, []
            for what, text in list(mutants(file))[:: options.every]:
                line = changed_line(source, text)
                total += 1
                if survives(module, text, counties, rules_at(source, line), tests):
                    alive.append(line)
                    sys.stdout.write(f"  {line}: {what}: {text.splitlines()[line - 1].strip()}\n")
                    sys.stdout.flush()
            sys.stdout.write(f"{name}: {total - len(alive)} of {total} killed\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
