"""The processes that read an inbox's files, kept from one intake of the tests to the next.

Starting one takes most of a second of processor time, more than reading a small inbox; there are hundreds of these in
the tests. The processes are the real ones, with the limits that were asked for.
"""

from __future__ import annotations

from typing import Any, Final

from xueji_lib.support.pool import Workers

_KEPT: Final[dict[tuple[object, ...], KeptWorkers]] = {}


class KeptWorkers(Workers):
    """Goes on after the block that uses it, unless that ended in an error."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if not wait:
            for limits in [limits for limits, workers in _KEPT.items() if workers is self]:
                del _KEPT[limits]
            super().shutdown(wait, cancel_futures=cancel_futures)

    def end(self) -> None:
        super().shutdown()


def kept_workers(processes: int, limit: float, warm: tuple[str, ...], **more: Any) -> Workers:
    """As ``Workers``: the one of before with the same limits, where there is one."""
    limits = (processes, limit, warm, *sorted(more.items()))
    if limits not in _KEPT:
        _KEPT[limits] = KeptWorkers(processes, limit, warm, **more)
    return _KEPT[limits]


def end_all() -> None:
    """End the processes."""
    for workers in _KEPT.values():
        workers.end()
    _KEPT.clear()
