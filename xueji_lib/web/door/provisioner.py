"""Kernels forked from a warm parent (forkserver.py), where the system can fork: Linux.

A kernel made the plain way imports everything again and keeps it for itself; a forked one shares what the parent has
read. Anything that goes wrong here ends in the plain way, never in no page.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Final

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

NAME: Final = "xueji-fork"
_LONGEST: Final = 200_000  # bytes of a request: the environment and a path
_START_SECONDS: Final = 60
_PACKAGE_PARENT: Final = Path(__file__).resolve().parents[3]


class Parent:
    """The running warm parent: started once for the application, asked for child processes."""

    def __init__(self, process: subprocess.Popen[bytes], channel: socket.socket) -> None:
        self.process = process
        self.channel = channel
        self._asking = asyncio.Lock()

    @classmethod
    def start(cls, private: Path) -> Parent | None:
        """Start it; None where the system cannot fork this way."""
        if not sys.platform.startswith("linux") or not hasattr(os, "pidfd_open"):
            return None
        parent_end, child_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        inherited = os.environ.get("PYTHONPATH")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_PACKAGE_PARENT), inherited])),
            "IPYTHONDIR": str(private),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "ARROW_DEFAULT_MEMORY_POOL": "system",
            "ARROW_IO_THREADS": "1",
            "MALLOC_ARENA_MAX": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        with child_end:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-Xfrozen_modules=off",
                    "-m",
                    "xueji_lib.web.door.forkserver",
                    str(child_end.fileno()),
                ],
                env=environment,
                pass_fds=[child_end.fileno()],
                stdin=subprocess.DEVNULL,
            )
        parent_end.setblocking(False)
        return cls(process, parent_end)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    async def child(self, command: list[str], environment: dict[str, str], folder: str) -> int:
        """The process id of a new kernel. Raises OSError, ValueError where there will be none."""
        request = json.dumps({"command": command, "environment": environment, "folder": folder}).encode()
        if len(request) > _LONGEST:
            raise ValueError("environment too large")
        loop = asyncio.get_running_loop()
        async with self._asking:
            await asyncio.wait_for(loop.sock_sendall(self.channel, request), _START_SECONDS)
            answer = await asyncio.wait_for(loop.sock_recv(self.channel, 1000), _START_SECONDS)
        if not answer:
            raise OSError("the parent is gone")
        return int(json.loads(answer)["pid"])

    def stop(self) -> None:
        """End it: it ends by itself when its socket is closed, else it is killed."""
        self.channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.alive:
            self.process.kill()
            self.process.wait()


class Forked:
    """A process that is not our child, in the shape of subprocess.Popen, as far as it is used."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.handle = os.pidfd_open(pid)  # stays that process, whoever gets its number afterwards
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self.handle], [], [], 0)[0]:
            os.close(self.handle)
            self.returncode = 0
        return self.returncode

    def wait(self) -> int:
        while self.poll() is None:
            select.select([self.handle], [], [], 1)
        return 0

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self.handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    terminate = kill


class ForkProvisioner(LocalProvisioner):
    """Starts a kernel by the warm parent, and in the ordinary way where that fails. ``use`` sets ``parent_process``."""

    parent_process: Parent | None = None

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        parent = type(self).parent_process
        if parent is not None and parent.alive:
            try:
                pid = await parent.child(cmd, options.get("env") or {}, str(options.get("cwd") or ""))
                self.process = Forked(pid)  # type: ignore[assignment]
                self.pid, self.pgid = pid, pid
                return self.connection_info
            except (OSError, ValueError, KeyError, TimeoutError) as error:
                logging.getLogger("xueji").warning("分叉内核不成，改用普通方式：%s", type(error).__name__)
        return await super().launch_kernel(cmd, **options)


def use(parent: Parent | None, factory_parent: Any) -> bool:
    """Make kernels come from ``parent``; False where there is none."""
    ForkProvisioner.parent_process = parent
    if parent is None:
        return False
    factory = KernelProvisionerFactory.instance(parent=factory_parent)
    entry = EntryPoint(NAME, f"{__name__}:{ForkProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME)
    factory.provisioners[NAME] = entry
    return True


def ready() -> bool:
    """Whether there is a warm parent to fork from."""
    parent = ForkProvisioner.parent_process
    return parent is not None and parent.alive
