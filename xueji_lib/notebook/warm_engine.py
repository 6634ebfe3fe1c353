"""A papermill engine that runs cells in a warm process: no kernel to start, nothing to import, one namespace each.

papermill knows it as ``xueji`` (entry point ``papermill.engine``). Every message of the in-process kernel goes
through nbclient's own code, so that outputs, errors, display ids and widget state come out as from the stock engine.
What a notebook changes in the process is put back (``clean_slate``); the process itself is the worker's to give
up (``pool``): this engine cannot stop a cell that never ends.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import xueji_lib.notebook.lean_imports  # noqa: F401 isort: skip

from nbclient.util import run_hook
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine

from xueji_lib.notebook.warm import clean_slate, kernel, suspicion
from xueji_lib.notebook.warm.kernel import Message, WarmKernel

NAME: Final = "xueji"


class WarmEngine(Engine):  # type: ignore[misc]
    """See the module's text. Takes nbclient's options; those about starting a kernel have no meaning here."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,  # noqa: ARG003 there is no other kernel than this process
        on_left: Callable[[], object] | None = None,
        **options: Any,
    ) -> Any:
        """``on_left``: called where the process should not be used again (``clean_slate.Left``)."""
        known = {name: value for name, value in options.items() if PapermillNotebookClient.class_traits().get(name)}
        for starting in ("kernel_manager_class", "shutdown_kernel", "startup_timeout", "timeout"):
            known.pop(starting, None)
        client = WarmClient(nb_man, **known)
        try:
            return client.execute()
        finally:
            if client.left.reasons and on_left is not None:
                on_left()


class WarmClient(PapermillNotebookClient):  # type: ignore[misc]
    """nbclient with the kernel in this process: it is handed the messages instead of fetching them."""

    kernel: WarmKernel
    left: clean_slate.Left
    _cell: Any = None
    _place = -1
    _request = ""
    _reply: Message | None = None

    def execute(self, **_: Any) -> Any:
        self.reset_execution_trackers()
        self._returning: list[Message] = []
        self.left = clean_slate.Left(suspicion.in_notebook(self.nb))
        with (
            clean_slate.kept(self.left),
            kernel.open_kernel(self._deliver) as self.kernel,
            kernel.one_loop() as self._run,
        ):
            channel = SimpleNamespace(send=self._returning.append)
            self.kc = SimpleNamespace(session=self.kernel.session, shell_channel=channel)
            self._run(run_hook(self.on_notebook_start, notebook=self.nb))
            self.papermill_execute_cells()
            self.nb.metadata["language_info"] = dict(self.kernel.language_info)
            self.set_widgets_metadata()
        return self.nb

    def execute_cell(self, cell: Any, cell_index: int, *_: Any, **__: Any) -> Any:
        return self._run(self._execute(cell, cell_index))

    async def _execute(self, cell: Any, place: int) -> Any:
        """As ``NotebookClient.async_execute_cell``, step by step, without waiting for anyone."""
        await run_hook(self.on_cell_start, cell=cell, cell_index=place)
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or not cell.source.strip() or self.skip_cells_with_tag in tags:
            return cell
        if self.record_timing:
            cell["metadata"]["execution"] = {}
        goes_on = (not self.force_raise_errors) and (self.allow_errors or "raises-exception" in tags)
        await run_hook(self.on_cell_execute, cell=cell, cell_index=place)
        self.code_cells_executed += 1
        cell.outputs = []
        self.clear_before_next_output = False
        request = self.kernel.request(cell.source, stop_on_error=not goes_on)
        self._cell, self._place, self._request, self._reply = cell, place, request["header"]["msg_id"], None
        await self.kernel.answer(request)
        reply = self._reply
        self._request = ""
        await run_hook(self.on_cell_complete, cell=cell, cell_index=place)
        await run_hook(self.on_cell_executed, cell=cell, cell_index=place, execute_reply=reply)
        await self._check_raise_for_error(cell, place, reply)
        while self._returning:  # what a page would have sent back while the cell ran comes after it
            self.kernel.hear(self._returning.pop(0))
        return cell

    def _deliver(self, message: Message) -> None:
        """One message of the kernel. Those that belong to no running cell are nobody's, as with the stock engine."""
        if not self._request or message["parent_header"].get("msg_id") != self._request:
            return
        if message["msg_type"] == "execute_reply":
            self._reply = message
        else:
            self.process_message(message, self._cell, self._place)
