"""Seconds by the clock and of processor time, of this process and the children it has waited for; Markdown tables."""

from __future__ import annotations

import datetime as dt
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Took(Generic[T]):
    """What a job took and gave. On a machine that does other things too, ``cpu`` is the steadier figure."""

    wall: float
    cpu: float
    value: T


def took(job: Callable[[], T]) -> Took[T]:
    before, started = _cpu(), time.perf_counter()
    value = job()
    return Took(time.perf_counter() - started, _cpu() - before, value)


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows])


def machine() -> str:
    """The machine in general words, how busy it is, and the day."""
    load = f"，开始时负载 {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    python = platform.python_version()
    return f"{dt.date.today()}，{platform.system()}，{os.cpu_count()} 个处理器核，Python {python}{load}"
