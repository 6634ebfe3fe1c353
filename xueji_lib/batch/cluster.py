"""Batch over Dask: the same tasks, the same code, on a scheduler's workers.

A Dask worker runs no notebook itself. It keeps a process for each of its threads (``pool.Workers``), so that time
limits, recycling and isolation are those of a single machine, and a worker that is lost loses them too. They start
with the first school and end when none has come for a while, so a batch that is killed leaves nothing behind, and a
worker that joins late takes part. Dask does a task again whose worker died; after three deaths the school is named as
failed. Every machine needs the same kit, and must reach the store and the output by the same name: docs/scale.md.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import distributed

from xueji_lib.batch.school_makers import WARM
from xueji_lib.judge import shelf
from xueji_lib.support import pool
from xueji_lib.support.errors import StoreError, UsageError

R = TypeVar("R")

_dask: Any = distributed  # it has types for some functions only

LOCAL: Final = "local"
"""Instead of an address: a cluster of this machine, for as long as the batch lasts."""
GIVE_UP: Final = 40.0
"""Seconds without an answer of the scheduler, or without a worker, after which the cluster counts as gone."""
IDLE: Final = 15.0
"""Seconds without a school after which a worker's processes end."""


class _Client(_dask.Client):  # type: ignore[misc]
    """A client that is closed by whoever made it: one that never came to be would wait for its end as it is thrown
    away, and then print a traceback."""

    def __del__(self) -> None:
        pass


class OtherKit(Exception):
    """A Dask worker has another version of the kit than the batch that asks it."""


@dataclass(frozen=True, slots=True)
class _WorkerSetup:
    """The processes that a batch needs on every worker: kit version, seconds a task may take, modules to import
    first."""

    kit: str
    limit: float
    warm: tuple[str, ...]


class Cluster(Executor):
    """An executor over the workers of a Dask client. Once the cluster is lost, it takes no more tasks."""

    at_once: Final = 64
    """How many tasks to hand over at a time: enough that no worker waits, few enough for a scheduler to hold."""

    def __init__(self, client: Any, setup: _WorkerSetup) -> None:
        self._pool = client.get_executor(pure=False)
        self._client, self._setup = client, setup
        self._away_since: float | None = None
        self._lost = False

    def is_lost(self) -> bool:
        """Whether scheduler or workers have been away for longer than a client tries to reach them again."""
        if self._is_there():
            self._away_since = None
            return False
        self._away_since = self._away_since or time.monotonic()
        self._lost = time.monotonic() - self._away_since > GIVE_UP
        return self._lost

    def _is_there(self) -> bool:
        try:
            return self._client.status == "running" and bool(_in_time(GIVE_UP / 8, self._client.nthreads))
        except Exception:  # noqa: BLE001 a client that breaks has lost its scheduler, whatever it says
            return False

    def submit(self, function: Callable[..., R], /, *arguments: Any, **keywords: Any) -> Future[R]:
        """Raises ConnectionError where the cluster is gone."""
        if self._lost or self._client.status != "running":
            raise ConnectionError("the cluster is gone")
        try:
            future: Future[R] = self._pool.submit(_apart, self._setup, function, arguments, keywords)
        except Exception as error:  # noqa: BLE001 Dask has many names for it
            raise ConnectionError(type(error).__name__) from None
        return future


@contextlib.contextmanager
def connect(address: str, processes: int, limit: float) -> Iterator[Cluster]:
    """The cluster at ``address`` (``tcp://…``, ``tls://…``), or one of ``processes`` workers here (``LOCAL``).

    Raises UsageError where a worker has another kit, StoreError where nobody answers.
    """
    for name in ("distributed", "distributed.client", "distributed.core", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said by the batch
    with contextlib.ExitStack() as stack:
        scheduler: Any = address
        if address == LOCAL:
            options: dict[str, Any] = {"dashboard_address": None, "silence_logs": logging.CRITICAL}
            scheduler = stack.enter_context(_dask.LocalCluster(n_workers=processes, threads_per_worker=1, **options))
        try:
            client = _in_time(GIVE_UP, lambda: _Client(scheduler, timeout=GIVE_UP / 2, set_as_default=False))
        except (OSError, ValueError, ImportError, TypeError, RuntimeError) as error:
            raise StoreError(f"连不上调度器 {address}（{type(error).__name__}）。请检查地址、网络和证书") from None
        stack.callback(_quietly, lambda: client.close(5))
        try:
            client.wait_for_workers(1, timeout=GIVE_UP / 2)
        except (TimeoutError, OSError):
            advice = "没有 worker。请先在各台机器上起 dask worker（见 docs/scale.md）"
            raise StoreError(f"调度器 {address} 上{advice}") from None
        setup = _WorkerSetup(shelf.kit_mark(), limit, WARM)
        try:
            kits = _in_time(GIVE_UP, lambda: client.run(shelf.kit_mark))
        except OSError:
            raise StoreError(f"调度器 {address} 没有回应。请看它是不是还在运行，再来一次") from None
        except Exception:  # noqa: BLE001 a worker without the kit may raise anything
            kits = {}
        different = sorted(worker for worker, kit in kits.items() if kit != setup.kit)
        if different or not kits:
            which = f"（{'、'.join(different[:5])}）" if different else ""
            raise UsageError(f"集群上的工具箱{which}和本机的不是同一版（程序或 data 文件夹不同）。请装成一样的再来")
        yield Cluster(client, setup)


def _quietly(call: Callable[[], object]) -> None:
    """Call it and ignore any error: closing a client of a scheduler that is gone always fails."""
    with contextlib.suppress(Exception):
        _in_time(GIVE_UP / 4, call)


def _in_time(seconds: float, call: Callable[[], R]) -> R:
    """The result of a call. Raises TimeoutError after ``seconds``: talking to a scheduler that dies may never end."""
    future: Future[R] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 raised where it was asked for
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future.result(seconds)


# ---- on a Dask worker ----

_POOLS: Final[dict[_WorkerSetup, pool.Workers]] = {}
_LOCK: Final = threading.Lock()


def _apart(setup: _WorkerSetup, function: Callable[..., R], arguments: tuple[Any, ...], keywords: dict[str, Any]) -> R:
    """The result of a function, run in one of this worker's processes. Raises OtherKit."""
    return _processes(setup).submit(function, *arguments, **keywords).result()


def _processes(setup: _WorkerSetup) -> pool.Workers:
    with _LOCK:
        if setup not in _POOLS:
            if shelf.kit_mark() != setup.kit:  # it joined after the batch had asked all
                raise OtherKit
            _POOLS[setup] = pool.Workers(_dask.get_worker().state.nthreads, setup.limit, setup.warm, idle=IDLE)
        return _POOLS[setup]
