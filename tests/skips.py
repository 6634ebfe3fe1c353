"""A skipped test did not run. Where CI is set it is a failure, but for those that the machine cannot run at all."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Final

import pytest

ALLOWED: Final = {
    "tests/test_broken_places.py": "Windows has no limit of file sizes for one process",
    "tests/test_batch.py::test_ctrl_c_ends_with_what_is_in_hand_and_a_whole_manifest": (
        "Windows sends Ctrl-C to every program of the console, the tests too"
    ),
    "tests/test_store.py::test_a_kill_at_any_step_leaves_the_old_state_or_the_new": "Windows has no SIGKILL",
    "tests/test_private.py": "Windows has no bits that say who may read a file, and no SIGKILL",
    "tests/reports/test_workbooks.py::test_many_findings_stream": "the peak of memory can be read on Linux alone",
}
"""Test (or whole file) → what this machine cannot have. What can be installed (a browser, LibreOffice, PostgreSQL) is
not here: .ci/run installs it."""


def is_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _no_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _no_skip(report)
    return report


def _no_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """A skip becomes a failure that says why it was skipped; a failure that was expected stays what it is."""
    if report.skipped and is_ci() and not hasattr(report, "wasxfail") and not _may_skip(report.nodeid):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not take ({reason}). Make it run, or name it in tests/skips.py"


def _may_skip(nodeid: str) -> bool:
    return nodeid.partition("[")[0] in ALLOWED or nodeid.partition("::")[0] in ALLOWED
