"""The client of a page's kernel begins at once, misses nothing that the first cell says, and tells of a dead kernel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from xueji_lib.web.door.ready_client import ReadyClient

pytestmark = pytest.mark.slow
_format: Any = nbformat


@asynccontextmanager
async def kernel() -> AsyncIterator[tuple[AsyncKernelManager, ReadyClient]]:
    manager = AsyncKernelManager(kernel_name="python3", client_factory=ReadyClient)
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        yield manager, client
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


def test_the_first_cell_is_heard_whole() -> None:
    cell = _format.v4.new_code_cell("import sys\nprint('甲', flush=True)\nprint('乙', file=sys.stderr)\n6 * 7")
    book = _format.v4.new_notebook(cells=[cell])
    manager = AsyncKernelManager(kernel_name="python3", client_factory=ReadyClient)
    NotebookClient(book, km=manager, timeout=60).execute()
    told = {output["output_type"]: output for output in book.cells[0].outputs if output["output_type"] != "stream"}
    streams = {output["name"]: output["text"] for output in book.cells[0].outputs if output["output_type"] == "stream"}
    assert told["execute_result"]["data"]["text/plain"] == "42"
    assert streams == {"stdout": "甲\n", "stderr": "乙\n"}


def test_a_kernel_that_died_is_told_of() -> None:
    async def wait_for_the_dead() -> None:
        async with kernel() as (manager, client):
            await client.wait_for_ready(timeout=60)
            assert manager.provisioner is not None
            await manager.provisioner.kill()
            await client.wait_for_ready(timeout=60)

    with pytest.raises(RuntimeError, match="died"):
        asyncio.run(wait_for_the_dead())


def test_one_that_does_not_answer_is_not_waited_for_any_longer() -> None:
    async def wait_for_the_busy() -> None:
        async with kernel() as (_, client):
            await client.wait_for_ready(timeout=60)
            client.execute("import time; time.sleep(30)")
            await client.wait_for_ready(timeout=1)

    with pytest.raises(RuntimeError, match="did not answer in 1 seconds"):
        asyncio.run(wait_for_the_busy())
