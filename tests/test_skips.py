"""What CI does with a test that was skipped."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skips import ALLOWED

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
CONFTEST = "from tests.skips import pytest_make_collect_report, pytest_runtest_makereport\n"
SKIPPING = """
import pytest

@pytest.mark.skip(reason="no browser")
def test_marked(): ...

def test_in_the_middle():
    pytest.skip("no database")

@pytest.mark.parametrize("which", [])
def test_of_nothing(which): ...

@pytest.mark.xfail
def test_expected_to_fail():
    assert False

def test_that_runs(): ...
"""
MODULE = "import pytest\npytest.skip('no office', allow_module_level=True)\n"
NAMED = """
import pytest

@pytest.mark.parametrize("die", [1])
def test_a_kill_at_any_step_leaves_the_old_state_or_the_new(die):
    pytest.skip("no SIGKILL")
"""


def run(root: Path, ci: str, *files: str) -> tuple[int, str]:
    (root / "conftest.py").write_text(CONFTEST, "utf-8")
    plain = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", "--rootdir", str(root), *files],
        cwd=root,
        env={**plain, "CI": ci, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_skip_is_a_failure_in_ci_alone(tmp_path: Path, workers: tuple[str, ...]) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPING, "utf-8")
    status, said = run(tmp_path, "", *workers)
    assert (status, "1 passed, 3 skipped, 1 xfailed" in said) == (0, True), said
    status, said = run(tmp_path, "true", *workers)
    assert (status, "1 failed, 1 passed, 1 xfailed, 2 errors" in said) == (1, True), said
    assert "no browser" in said
    assert "no database" in said


def test_a_file_that_is_skipped_whole_is_one_too(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(MODULE, "utf-8")
    status, said = run(tmp_path, "1")
    assert (status != 0, "no office" in said) == (True, True), said


def test_what_a_machine_cannot_have_is_named_and_still_there(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_store.py").write_text(NAMED, "utf-8")
    status, said = run(tmp_path, "true")
    assert (status, "1 skipped" in said) == (0, True), said
    for test, why in ALLOWED.items():
        file, _, name = test.partition("::")
        functions = [n.name for n in ast.parse((ROOT / file).read_text("utf-8")).body if isinstance(n, ast.FunctionDef)]
        assert why
        assert not name or name in functions, f"{test} is no test any more"
