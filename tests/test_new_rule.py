"""A new rule's skeletons, written into a copy of the project: they parse, and say what is still to be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.new_rule.__main__ import main
from xueji_lib.register.schema import TABLES

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow
FREE = [f"R{violation}99" for violation in range(1, 8)]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a rule stands in."""
    copy = tmp_path / "checkout"
    leave = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in ("data", "xueji_lib", "tests/rules", "tests/reference", "tests/new_rule"):
        shutil.copytree(ROOT / name, copy / name, ignore=leave)
    tests = [f"tests/{file.name}" for file in (ROOT / "tests").glob("*.py")]
    for name in ("pyproject.toml", *tests):
        shutil.copy(ROOT / name, copy / name)
    return copy


def content(checkout: Path) -> dict[str, bytes]:
    return {str(file.relative_to(checkout)): file.read_bytes() for file in checkout.rglob("*") if file.is_file()}


def in_checkout(checkout: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONUTF8": "1", "XUEJI_HOME": str(checkout)}
    return subprocess.run(
        [sys.executable, *command], cwd=checkout, env=environment, capture_output=True, encoding="utf-8", check=False
    )


def test_the_skeletons_of_every_violation_are_clean_and_only_add(checkout: Path) -> None:
    before = content(checkout)
    for rule_id in FREE:
        assert main([rule_id, "--root", str(checkout)]) == 0
    after = content(checkout)
    assert set(before) <= set(after)
    for name in before:
        if before[name] != after[name]:
            lost = set(before[name].decode().splitlines()) - set(after[name].decode().splitlines())
            assert all("PLANTINGS" in line for line in lost), (name, lost)
    for kind in ("plain", "misjudged"):
        for rule_id in FREE:
            keys = list(
                yaml.safe_load((checkout / "data" / "catalogue" / kind / f"v{rule_id[1]}.yaml").read_text("utf-8"))
            )
            assert rule_id in keys and keys == sorted(keys)
    entries = yaml.safe_load((checkout / "data" / "catalogue" / "2020-154.yaml").read_text("utf-8"))
    ids = [entry["id"] for entry in entries["rules"]]
    assert set(FREE) <= set(ids) and ids == sorted(ids)
    style = in_checkout(checkout, "-m", "ruff", "check", "xueji_lib", "tests/reference", "tests/rules")
    assert style.returncode == 0, style.stdout
    style = in_checkout(checkout, "-m", "ruff", "format", "--check", "xueji_lib", "tests/reference", "tests/rules")
    assert style.returncode == 0, style.stdout
    known = in_checkout(
        checkout, "-c",
        "from xueji_lib.rules import IMPLEMENTED; from tests.reference.compare import BOOK, CATALOGUE; "
        "from xueji_lib.demo import plant; print(*(set(IMPLEMENTED) & set(BOOK.rules) & set(CATALOGUE.entries)))",
    )  # fmt: skip
    assert set(FREE) <= set(known.stdout.split()), known.stderr


def test_its_proof_fails_because_it_is_not_written_yet(checkout: Path) -> None:
    """Also in a module of its own, with a table of the term before, and for the school itself."""
    assert main(["R799", "--root", str(checkout), "--module", "v7_trial", "--needs", *"schools custody".split()]) == 0
    needs = ["register", "previous_register", "transfers"]
    assert main(["R198", "--root", str(checkout), "--needs", *needs, "--scope", "student"]) == 0
    for rule_id in ("R799", "R198"):
        proof = in_checkout(
            checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/rules/test_proofs.py", "-k", f"[{rule_id}]"
        )
        assert f"NotImplementedError: {rule_id} is not written yet" in proof.stdout, proof.stdout + proof.stderr
        assert "1 failed, 1 passed" in proof.stdout


def test_intake_takes_every_example_row(checkout: Path, tmp_path: Path) -> None:
    assert main(["R799", "--root", str(checkout), "--needs", *TABLES]) == 0
    program = (
        "import sys; from pathlib import Path; from tests.rules import proofs; "
        "proofs.taken_in('R799', Path(sys.argv[1])); from xueji_lib.store import Store; "
        "store = Store(Path(sys.argv[1]) / 'store'); "
        "print(*(len(store.read('2026-2027-1', table)) for table in sys.argv[2:]))"
    )
    taken = in_checkout(checkout, "-c", program, str(tmp_path / "run"), *TABLES)
    rows = dict(zip(TABLES, taken.stdout.split(), strict=True))
    assert set(rows.values()) == {"3"}, (rows, taken.stderr)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["R713"], "R713 is taken"),
        (["R990"], "R990 is no rule's number"),
        (["R7xx"], "R7xx is no rule's number"),
        (["r716"], "r716 is no rule's number"),
        (["R799", "--needs", "pupils"], "No such table: pupils"),
        (["R799", "--module", "v6_people"], "R799 belongs in a file named v7_"),
        (["R799", "--edition", "1999-001"], "There is no edition 1999-001"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_changes(
    checkout: Path, arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(checkout)
    assert main([*arguments, "--root", str(checkout)]) == 1
    assert reason in capsys.readouterr().err
    assert content(checkout) == before


def test_a_number_that_only_has_proof_tables_is_taken_too(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "tests" / "rules" / "R799.第二学期").mkdir()
    assert main(["R799", "--root", str(checkout)]) == 1
    assert "tests/rules/R799.第二学期" in capsys.readouterr().err
