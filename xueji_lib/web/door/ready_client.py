"""The server's side of a kernel's channels, which begins with the first cell as soon as the kernel can hear and be
heard."""

from __future__ import annotations

import math
import time
from queue import Empty
from typing import Final

from jupyter_client.asynchronous.client import AsyncKernelClient

_HEARD_WITHIN: Final = 1.0
"""Seconds for an answer, before the kernel is asked once more."""
_TOLD_WITHIN: Final = 0.2
"""Seconds for the message on IOPub that goes with the answer."""


class ReadyClient(AsyncKernelClient):
    """A client that does not empty IOPub before the first cell: the library's waits until nothing has come for a fifth
    of a second, at every page. What is left there has no cell as its parent, and is passed over."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel has answered, on IOPub too, at most ``timeout`` seconds. Raises RuntimeError where it
        died or did not."""
        until = time.monotonic() + (math.inf if timeout is None else timeout)
        while not await self._answers():
            if not await self.is_alive():
                raise RuntimeError("the kernel died before it answered")
            if time.monotonic() > until:
                raise RuntimeError(f"the kernel did not answer in {timeout} seconds")

    async def _answers(self) -> bool:
        """Ask once; False where one of the two messages did not come."""
        self.kernel_info()
        try:
            reply = await self.get_shell_msg(timeout=_HEARD_WITHIN)
            if reply["msg_type"] != "kernel_info_reply":
                return False
            await self.get_iopub_msg(timeout=_TOLD_WITHIN)
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True
