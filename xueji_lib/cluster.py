"""Batch over Dask: the same tasks, the same code, on a scheduler's workers.

A Dask worker runs no notebook itself. It keeps a process for each of its threads (``pool.Workers``), so that time
limits, recycling and isolation are those of a single machine, and a worker that is lost loses them too. Dask does a
task again whose worker died; after three deaths the school is named as failed. Every machine needs the same kit, and
must reach the store and the output by the same name: docs/scale.md.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, Final, TypeVar

import distributed
from distributed import WorkerPlugin

from xueji_lib import batch, pool, results
from xueji_lib.errors import StoreError, UsageError

R = TypeVar("R")

_dask: Any = distributed  # it has types for some functions only

LOCAL: Final = "local"
"""Instead of an address: a cluster of this machine, for as long as the batch lasts."""


GIVE_UP: Final = 40.0
"""Seconds without an answer of the scheduler after which it counts as gone."""


class Processes(WorkerPlugin):
    """A Dask plugin: the processes of one worker, for one batch."""

    def __init__(self, limit: float, kit: str, warm: tuple[str, ...]) -> None:
        self.name = f"xueji-{uuid.uuid4().hex}"
        self.limit, self.kit, self.warm = limit, kit, warm
        self.workers: pool.Workers | None = None

    def setup(self, worker: Any) -> None:
        if results.kit_mark() != self.kit:
            raise RuntimeError("another kit")
        self.workers = pool.Workers(worker.state.nthreads, self.limit, self.warm)

    def teardown(self, worker: Any) -> None:  # noqa: ARG002 Dask's word
        if self.workers is not None:
            self.workers.shutdown(wait=False)


class Cluster(Executor):
    """Tasks over the workers of a Dask client."""

    def __init__(self, client: Any, plugin: str) -> None:
        self._pool = client.get_executor(pure=False)
        self._client, self._plugin = client, plugin
        self._away_since: float | None = None

    def is_lost(self) -> bool:
        """The scheduler has been gone for longer than a client tries to find it again."""
        if self._client.status == "running":
            self._away_since = None
            return False
        self._away_since = self._away_since or time.monotonic()
        return time.monotonic() - self._away_since > GIVE_UP

    @property
    def at_once(self) -> int:
        """How many tasks to hand over at a time: enough that no worker waits."""
        return 2 * max(1, sum(int(threads) for threads in self._client.nthreads().values()))

    def submit(self, function: Callable[..., R], /, *given: Any, **named: Any) -> Future[R]:
        if self._client.status != "running":
            raise ConnectionError("the scheduler is gone")
        future: Future[R] = self._pool.submit(_apart, self._plugin, function, given, named)
        return future


def _apart(plugin: str, function: Callable[..., R], given: tuple[Any, ...], named: dict[str, Any]) -> R:
    """On a Dask worker: in one of its processes."""
    workers: pool.Workers = _dask.get_worker().plugins[plugin].workers
    return workers.submit(function, *given, **named).result()


@contextlib.contextmanager
def connect(address: str, places: int, limit: float) -> Iterator[Cluster]:
    """The cluster at ``address`` (``tcp://…``, ``tls://…``), or one of ``places`` workers here (``LOCAL``).

    Raises UsageError where a worker has another kit, StoreError where nobody answers.
    """
    for name in ("distributed", "distributed.client", "distributed.core", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said by the batch
    with contextlib.ExitStack() as stack:
        where: Any = address
        if address == LOCAL:
            options: dict[str, Any] = {"dashboard_address": None, "silence_logs": logging.CRITICAL}
            where = stack.enter_context(_dask.LocalCluster(n_workers=places, threads_per_worker=1, **options))
        try:
            client = _dask.Client(where, timeout=20, set_as_default=False)
            stack.callback(_within, GIVE_UP / 4, lambda: client.close(5))
        except (OSError, ValueError, ImportError, TypeError, RuntimeError) as error:
            raise StoreError(f"连不上调度器 {address}（{type(error).__name__}）。请检查地址、网络和证书") from None
        try:
            client.wait_for_workers(1, timeout=GIVE_UP / 2)
        except (TimeoutError, OSError):
            said = "没有 worker。请先在各台机器上起 dask worker（见 docs/scale.md）"
            raise StoreError(f"调度器 {address} 上{said}") from None
        plugin = Processes(limit, results.kit_mark(), batch.WARM)
        try:
            if not _within(GIVE_UP, lambda: client.register_plugin(plugin, name=plugin.name)):
                raise StoreError(f"调度器 {address} 没有回应。请看它是不是还在运行，再来一次")
        except RuntimeError:
            raise UsageError("集群上的工具箱和本机的不是同一版（程序或 data 文件夹不同）。请装成一样的再来") from None
        try:
            yield Cluster(client, plugin.name)
        finally:
            with contextlib.suppress(Exception):  # a scheduler that is gone has nothing to take back
                _within(GIVE_UP / 4, lambda: client.unregister_worker_plugin(plugin.name))


def _within(seconds: float, call: Callable[[], object]) -> bool:
    """Whether the call ended in time; what it raises is raised. Talking to a scheduler that dies may never end."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 raised where it was asked for
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if raised:
        raise raised[0]
    return not thread.is_alive()
