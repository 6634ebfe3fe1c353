"""Measures how long the steps of a job take."""

from __future__ import annotations

import time
from collections.abc import Mapping


class Clock:
    """Adds the seconds since the last lap to ``stages``; without one, to nothing."""

    def __init__(self, stages: dict[str, float] | None = None) -> None:
        self.stages = {} if stages is None else stages
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Add the seconds since the last lap to this stage."""
        now = time.perf_counter()
        self.stages[stage] = self.stages.get(stage, 0.0) + now - self._last
        self._last = now


def add(total: dict[str, float], more: Mapping[str, float]) -> None:
    """Add the seconds of one job to those of all."""
    for stage, seconds in more.items():
        total[stage] = total.get(stage, 0.0) + seconds


def spoken(seconds: float) -> str:
    """A duration in Chinese words: 3.2 秒, 45 秒, 2 分 5 秒."""
    if seconds < 9.95:
        return f"{seconds:.1f} 秒"
    whole = round(seconds)
    return f"{whole // 60} 分 {whole % 60} 秒" if whole >= 60 else f"{whole} 秒"
