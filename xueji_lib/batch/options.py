"""The options of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

from xueji_lib.batch.school_makers import default_jobs
from xueji_lib.support.errors import UsageError

LIMIT: Final = 600.0
"""Seconds a school may take."""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch is done; every option has a default that suits a whole county on one machine.

    ``jobs``: schools at a time; None as many as processors. ``only``: ids or exact names; the county's own files are of
    all schools all the same. ``force``: nothing is skipped. ``every_byte``: also a file of the recorded size and time
    is read and compared with its recorded digest. ``engine``: stock or warm (``runner.execute``). ``limit``: seconds a
    school may take before its worker is stopped, 0 = any. ``executor``: another pool than local processes (it is not
    shut down); it has to keep the limit itself (``cluster`` does). ``standing``: the findings enter the casebook
    although a later day did before.
    """

    jobs: int | None = None
    only: Sequence[str] | None = None
    force: bool = False
    every_byte: bool = False
    engine: str = "warm"
    limit: float = LIMIT
    executor: Executor | None = None
    standing: bool = False

    def job_count(self) -> int:
        """How many schools at a time. Raises UsageError for less than one."""
        jobs = default_jobs() if self.jobs is None else self.jobs
        if jobs < 1:
            raise UsageError("--jobs 至少是 1")
        return jobs
