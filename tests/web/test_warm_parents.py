"""The warm parent of kernels killed, hung and woken again: pages go on opening, no answer is taken for another's."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from xueji_lib.web.door import warm_parents
from xueji_lib.web.door.warm_parents import WarmParents

pytestmark = pytest.mark.slow


@pytest.fixture
def parents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WarmParents]:
    monkeypatch.setattr(warm_parents, "_PAUSE", 0.0)
    monkeypatch.setattr(warm_parents, "_ANSWER_SECONDS", 2.0)
    # What is read beforehand is another test's matter.
    started = WarmParents.start(tmp_path)
    assert started is not None
    yield started
    started.stop()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone_soon(pid: int) -> bool:
    end = time.monotonic() + 10
    while is_there(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not is_there(pid)


def test_a_parent_that_died_or_hangs_is_replaced(parents: WarmParents, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "xueji")

    async def kernel() -> int:
        return await parents.child(["-m", "ipykernel_launcher"], dict(os.environ), "")

    async def day() -> None:
        first = await kernel()
        hung = parents.current
        assert parent_of(first) == hung.process.pid

        os.kill(hung.process.pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            await kernel()
        second = await kernel()
        assert parent_of(second) == parents.current.process.pid != hung.process.pid
        assert is_there(first), "the pages that were open stay so"

        # It wakes up and answers what nobody waits for any more: that kernel is ended, nobody gets its number.
        os.kill(hung.process.pid, signal.SIGCONT)
        await asyncio.sleep(1.0)
        children = Path(f"/proc/{hung.process.pid}/task/{hung.process.pid}/children").read_text().split()
        (stray,) = {int(pid) for pid in children} - {first}
        third = await kernel()
        assert parent_of(third) == parents.current.process.pid and third not in (second, stray)
        assert gone_soon(stray) and is_there(first)

        killed = parents.current.process
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        fourth = await kernel()
        assert parent_of(fourth) == parents.current.process.pid != killed.pid
        assert gone_soon(second) and gone_soon(third), "its kernels end with it"
        for pid in (first, fourth):
            os.kill(pid, signal.SIGKILL)

    asyncio.run(day())
    said = [record.getMessage() for record in caplog.records]
    assert ["没有回答" in text for text in said] == [True, False] and "退出状态 -9" in said[1]
    assert all("已重新启动" in text for text in said)


def test_one_that_cannot_live_is_not_started_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parents = WarmParents.start(tmp_path)
    assert parents is not None

    async def twice() -> None:
        for _ in range(2):
            parents.current.process.kill()
            parents.current.process.wait()
            with pytest.raises(OSError, match="a moment ago"):  # the provisioner takes the plain way
                await parents.child(["-m", "ipykernel_launcher"], dict(os.environ), "")

    asyncio.run(twice())
    parents.stop()
