"""Worker processes: one that dies, hangs, grows or is given up costs only its own task; none outlives its parent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.waiting import wait_for
from xueji_lib.support import pool, worker, worker_process
from xueji_lib.support.crash import describe_crash
from xueji_lib.support.task_runs import run_tasks
from xueji_lib.support.worker_process import WorkerLost


def square(number: int) -> int:
    if number == 3:
        worker.tell("three")
        os._exit(1)
    return number * number


def hang(place: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    Path(place).write_text(f"{os.getpid()} {child.pid}")
    worker.tell("begun")
    while True:
        pass


def who(grow: int = 0, retire: bool = False) -> tuple[int, int]:
    ballast.append(bytearray(b"x" * grow))
    if retire:
        worker.retire()
    return os.getpid(), len(ballast)


ballast: list[bytearray] = []


class Odd(Exception):
    """Cannot be made from its own arguments."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__(f"{a + b}")


def raise_odd() -> None:
    raise Odd(1, 2)


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_task_that_kills_its_worker_costs_only_itself() -> None:
    heard: dict[int, Any] = {}
    with pool.Workers(2) as workers:
        run_tasks(workers, [1, 2, 3, 4, 5], square, heard.__setitem__, 3)
        assert workers.started <= 5  # two places, and two more for the two deaths
    lost = heard.pop(3)
    assert heard == {1: 1, 2: 4, 4: 16, 5: 25}
    assert isinstance(lost, WorkerLost)
    assert (lost.slow, lost.messages) == (False, ["three"])


def test_a_worker_that_never_is_ready_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "never_loaded.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(worker_process, "START_LIMIT", 1.0)
    with pool.Workers(1, warm=("never_loaded",)) as workers:
        lost = workers.submit(square, 2).exception(timeout=30)
    assert isinstance(lost, WorkerLost) and lost.slow


def test_a_task_without_end_is_stopped_with_all_it_started(tmp_path: Path) -> None:
    with pool.Workers(1, limit=1.5) as workers:
        endless = workers.submit(hang, str(tmp_path / "pids"))
        after = workers.submit(square, 4)
        started = time.monotonic()
        lost = endless.exception(timeout=30)
        assert isinstance(lost, WorkerLost)
        assert (lost.slow, lost.messages) == (True, ["begun"])
        assert time.monotonic() - started < 20
        assert after.result(timeout=30) == 16
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert wait_for(lambda: all(map(is_gone, pids)), 5)


def hoard(size: int) -> int:
    """Takes memory bit by bit, and uses it."""
    while len(hoarded) * 2**20 < size:
        hoarded.append(b"x" * 2**20)
        time.sleep(0.001)
    return len(hoarded)


hoarded: list[bytes] = []


@pytest.mark.skipif(sys.platform != "linux", reason="这个系统不能限制一个进程的地址空间")
def test_a_task_that_asks_for_too_much_memory_is_refused_it() -> None:
    with pool.Workers(1, memory=300 * 2**20, tries=1) as workers:
        assert isinstance(workers.submit(hoard, 2**30).exception(timeout=60), MemoryError)
        assert workers.submit(square, 4).result(timeout=30) == 16


def test_where_the_system_does_not_refuse_memory_a_worker_that_takes_too_much_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on Windows: the worker is not told of its limit, the watch alone keeps it."""
    send = worker.send
    monkeypatch.setattr(worker, "send", lambda stream, hello: send(stream, replace(hello, memory=0)))
    with pool.Workers(1, memory=200 * 2**20) as workers:
        lost = workers.submit(hoard, 2**32).exception(timeout=60)
        assert isinstance(lost, WorkerLost)
        assert (lost.slow, lost.large) == (False, True)
        assert workers.submit(square, 4).result(timeout=30) == 16
        assert workers.started == 2  # the hoarder was not tried again


def test_a_worker_is_replaced_after_its_tasks_when_it_grew_and_when_it_is_given_up() -> None:
    with pool.Workers(1, tasks_a_worker=2) as workers:
        pids = [workers.submit(who).result()[0] for _ in range(4)]
        assert pids[0] == pids[1] != pids[2] == pids[3]
    with pool.Workers(1, growth=50 * 2**20) as workers:
        first, second = workers.submit(who).result(), workers.submit(who, 80 * 2**20).result()
        third = workers.submit(who).result()
        assert first[0] == second[0] != third[0]
        assert third[1] == 1
        assert workers.submit(who, retire=True).result()[0] == third[0] != workers.submit(who).result()[0]


def test_errors_come_back_and_one_that_cannot_is_told_all_the_same() -> None:
    with pool.Workers(1) as workers:
        assert isinstance(workers.submit(int, "x").exception(), ValueError)
        with pytest.raises(TypeError, match="Odd cannot be sent"):
            workers.submit(raise_odd).result()
        assert workers.started == 1


PARENT = """
import sys, time
from xueji_lib.support import pool
from tests.test_pool import hang
workers = pool.Workers(2)
for place in sys.argv[1:]:
    workers.submit(hang, place)
time.sleep(60)
"""


def test_no_worker_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    places = [tmp_path / "a", tmp_path / "b"]
    root = Path(__file__).parent.parent
    parent = subprocess.Popen([sys.executable, "-c", PARENT, *map(str, places)], cwd=root)
    assert wait_for(lambda: all(place.exists() and " " in place.read_text() for place in places), 60)
    parent.kill()
    parent.wait()
    workers = [int(place.read_text().split()[0]) for place in places]
    children = [int(place.read_text().split()[1]) for place in places]
    assert wait_for(lambda: all(map(is_gone, workers)), 10)
    for pid in children:  # what a task itself started is not the pool's to find once the parent is dead
        psutil.Process(pid).kill()


def test_ctrl_c_finishes_what_is_in_hand_and_hands_over_no_more() -> None:
    heard: dict[int, Any] = {}

    def note(task: int, outcome: Any) -> None:
        heard[task] = outcome
        if task == 1:
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as threads, pytest.raises(KeyboardInterrupt):
        run_tasks(threads, range(100), abs, note, 2)
    assert 1 <= max(heard) <= 3


def stumble(number: str) -> None:
    raise KeyError(number)


def test_what_went_wrong_in_a_worker_can_be_found_without_what_it_was_about() -> None:
    number = "640422201801020037"
    with pool.Workers(1) as workers, pytest.raises(KeyError) as raised:
        workers.submit(stumble, number).result()
    written = describe_crash(raised.value)
    assert "in stumble" in written
    assert number not in written


def test_an_idle_process_ends_and_another_comes_when_there_is_work() -> None:
    with pool.Workers(1, idle=0.5) as workers:
        first = workers.submit(os.getpid).result()
        assert wait_for(lambda: not psutil.pid_exists(first), 20)
        assert workers.submit(os.getpid).result() != first
