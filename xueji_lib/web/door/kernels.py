"""Kernels (the Python processes behind pages), each with its visitor's identity and the data he may see."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

MOST: Final = 6
"""Kernels of one session; the oldest goes when another page is opened."""
MOST_OF_ACCOUNT: Final = 12
"""Kernels of one account, however many sessions it has."""
_NAME: Final = "python3"
_PACKAGE_PARENT: Final = Path(__file__).resolve().parents[3]
_SESSION: Final = "HTTP_X_XUEJI_SESSION"
EnvironmentOf = Callable[[str, str], Mapping[str, str]]
"""(role, school id) → the environment that says where the visitor's store and casebook are. May take a second."""


class OneSpec(KernelSpecManager):
    """The one kernel that can be started: this very Python, whatever kernels the machine has registered."""

    def find_kernel_specs(self) -> dict[str, str]:
        return {_NAME: ""}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        if kernel_name != _NAME:
            raise NoSuchKernel(kernel_name)
        return KernelSpec(
            argv=[sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3 (ipykernel)",
            language="python",
            name=_NAME,
            metadata=self.spec_metadata,
        )

    @property
    def spec_metadata(self) -> dict[str, Any]:
        from xueji_lib.web.door.provisioner import NAME, ready

        return {"kernel_provisioner": {"provisioner_name": NAME}} if ready() else {}

    def get_all_specs(self) -> dict[str, Any]:
        return {_NAME: {"resource_dir": "", "spec": self.get_kernel_spec(_NAME).to_dict()}}


class Kernels(AsyncMappingKernelManager):
    """All kernels; knows for which session each was started. ``environment_of`` is set by the application."""

    environment_of: EnvironmentOf = staticmethod(lambda _role, _school: {})
    private: Path = Path()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.owners: dict[str, str] = {}
        self._accounts: dict[str, str] = {}

    def session_of(self, kernel_id: str) -> str:
        """The session that a kernel was started for, or ""."""
        return self.owners.get(kernel_id, "")

    async def start_kernel(  # type: ignore[override]
        self, *, kernel_id: str | None = None, path: Any = None, **options: Any
    ) -> str:
        """Start a kernel for the visitor whom ``env`` names, and return its id. Raises RuntimeError where it names
        none."""
        env = dict(options.pop("env", None) or {})
        session = env.pop(_SESSION, "")
        if not session or not env.get("HTTP_X_XUEJI_USER"):
            raise RuntimeError("a kernel without a visitor")
        role, school = env.get("HTTP_X_XUEJI_ROLE", ""), env.get("HTTP_X_XUEJI_SCHOOL", "")
        environment = await asyncio.get_running_loop().run_in_executor(None, self.environment_of, role, school)
        options["env"] = {**self._clean_environment(env), **environment}
        account = env["HTTP_X_XUEJI_USER"]
        await self._make_room(self.owners, session, MOST)
        await self._make_room(self._accounts, account, MOST_OF_ACCOUNT)
        started = str(await super().start_kernel(kernel_id=kernel_id, path=path, **options))
        self.owners[started], self._accounts[started] = session, account
        return started

    async def _make_room(self, owners: Mapping[str, str], owner: str, most: int) -> None:
        """End the oldest kernels of an owner, so that with another he has no more than ``most``."""
        owned = [kernel for kernel, its_owner in owners.items() if its_owner == owner and kernel in self]
        for kernel in owned[: max(0, len(owned) - most + 1)]:
            await self.end(kernel)

    def _clean_environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """The environment of a kernel: without anybody's start-up files, with this package, one thread a kernel."""
        variables = {name: value for name, value in env.items() if not name.startswith(("XUEJI_", "JUPYTER_", "JPY_"))}
        variables |= {name: os.environ[name] for name in ("XUEJI_HOME",) if name in os.environ}
        inherited = os.environ.get("PYTHONPATH")
        return variables | {
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_PACKAGE_PARENT), inherited])),
            "IPYTHONDIR": str(self.private),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }

    async def end(self, kernel_id: str) -> None:
        """Shut down one kernel."""
        self.owners.pop(kernel_id, None)
        self._accounts.pop(kernel_id, None)
        if kernel_id in self:
            await self.shutdown_kernel(kernel_id, now=True)  # type: ignore[no-untyped-call]

    async def end_sessions(self, alive: Callable[[str], bool]) -> None:
        """Shut down the kernels of sessions that are over, and forget those that are gone."""
        state: dict[str, bool] = {}
        for kernel_id, session in list(self.owners.items()):
            if session not in state:
                state[session] = alive(session)
            if kernel_id not in self or not state[session]:
                await self.end(kernel_id)

    async def end_session(self, session: str) -> None:
        """Shut down all kernels of one session that was logged out."""
        await self.end_sessions(lambda other: other != session)
