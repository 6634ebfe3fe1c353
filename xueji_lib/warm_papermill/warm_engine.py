"""A papermill engine that runs cells in a warm process: no kernel to start, nothing to import, one namespace each.

Every message of the in-process kernel goes
through nbclient's own code, so that outputs, errors, display ids and widget state come out as from the stock engine.
What a notebook changes in the process is put back (``clean_slate``); the process itself is the worker's to give
up: this engine cannot stop a cell that never ends.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from . import lean_imports  # noqa: F401 isort: skip

from nbclient.util import run_hook
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine

from . import clean_slate, kernel, quick_tracebacks, suspicion
from .clean_modules import HostProgram
from .kernel import Message, WarmKernel


class WarmEngine(Engine):  # type: ignore[misc]
    """See the module's text. Takes nbclient's options; those about starting a kernel have no meaning here."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,  # noqa: ARG003 there is no other kernel than this process
        host: HostProgram = clean_slate.ALONE,
        on_residue: Callable[[], object] | None = None,
        **options: Any,
    ) -> Any:
        """``host``: the program around. ``on_residue``: called where the process should not be used again
        (``clean_slate.Residue``)."""
        client_options = {
            name: value for name, value in options.items() if PapermillNotebookClient.class_traits().get(name)
        }
        for starting in ("kernel_manager_class", "shutdown_kernel", "startup_timeout", "timeout"):
            client_options.pop(starting, None)
        client = WarmClient(nb_man, **client_options)
        client.host = host
        try:
            return client.execute()
        finally:
            if client.residue.reasons and on_residue is not None:
                on_residue()


class WarmClient(PapermillNotebookClient):  # type: ignore[misc]
    """nbclient with the kernel in this process: it is handed the messages instead of fetching them."""

    kernel: WarmKernel
    host: HostProgram = clean_slate.ALONE
    residue: clean_slate.Residue
    _cell: Any = None
    _cell_index = -1
    _request = ""
    _reply: Message | None = None

    def execute(self, **_: Any) -> Any:
        self.reset_execution_trackers()
        self._returning: list[Message] = []
        self.residue = clean_slate.Residue(suspicion.in_notebook(self.nb))
        with (
            clean_slate.preserved(self.residue, self.host),
            kernel.open_kernel(self._deliver) as self.kernel,
            kernel.one_loop() as self._run,
            quick_tracebacks.remembering(),
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

    async def _execute(self, cell: Any, cell_index: int) -> Any:
        """As ``NotebookClient.async_execute_cell``, step by step, without waiting for anyone."""
        await run_hook(self.on_cell_start, cell=cell, cell_index=cell_index)
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or not cell.source.strip() or self.skip_cells_with_tag in tags:
            return cell
        if self.record_timing:
            cell["metadata"]["execution"] = {}
        goes_on = (not self.force_raise_errors) and (self.allow_errors or "raises-exception" in tags)
        await run_hook(self.on_cell_execute, cell=cell, cell_index=cell_index)
        self.code_cells_executed += 1
        cell.outputs = []
        self.clear_before_next_output = False
        request = self.kernel.request(cell.source, stop_on_error=not goes_on)
        self._cell, self._cell_index, self._request, self._reply = cell, cell_index, request["header"]["msg_id"], None
        await self.kernel.answer(request)
        reply = self._reply
        self._request = ""
        await run_hook(self.on_cell_complete, cell=cell, cell_index=cell_index)
        await run_hook(self.on_cell_executed, cell=cell, cell_index=cell_index, execute_reply=reply)
        await self._check_raise_for_error(cell, cell_index, reply)
        while self._returning:  # what a page would have sent back while the cell ran comes after it
            self.kernel.hear(self._returning.pop(0))
        return cell

    def _deliver(self, message: Message) -> None:
        """Handle one message of the kernel; one that belongs to no running cell is dropped, as by the stock engine."""
        if not self._request or message["parent_header"].get("msg_id") != self._request:
            return
        if message["msg_type"] == "execute_reply":
            self._reply = message
        else:
            self.process_message(message, self._cell, self._cell_index)
