"""Kernels forked from a warm parent (forkserver.py), where the system can fork: Linux.

A kernel made the plain way imports everything again and keeps it for itself; a forked one shares what the parent has
read. Anything that goes wrong here ends in the plain way, never in no page.
"""

from __future__ import annotations

import logging
import os
import select
import signal
from importlib.metadata import EntryPoint
from typing import Any, Final

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from xueji_lib.web.door.warm_parents import WarmParents

NAME: Final = "xueji-fork"


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
    """Starts a kernel by a warm parent, and in the ordinary way where that fails. ``use`` sets ``parents``."""

    parents: WarmParents | None = None

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        parents = type(self).parents
        if parents is not None:
            try:
                pid = await parents.child(cmd, options.get("env") or {}, str(options.get("cwd") or ""))
                self.process = Forked(pid)  # type: ignore[assignment]
                self.pid, self.pgid = pid, pid
                return self.connection_info
            except (OSError, ValueError, KeyError, TimeoutError) as error:
                logging.getLogger("xueji").warning("分叉内核不成，改用普通方式：%s", type(error).__name__)
        return await super().launch_kernel(cmd, **options)


def use(parents: WarmParents | None, factory_parent: Any) -> bool:
    """Make kernels come from a warm parent; False where there is none."""
    ForkProvisioner.parents = parents
    if parents is None:
        return False
    factory = KernelProvisionerFactory.instance(parent=factory_parent)
    entry = EntryPoint(NAME, f"{__name__}:{ForkProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME)
    factory.provisioners[NAME] = entry
    return True


def ready() -> bool:
    """Whether kernels come from a warm parent."""
    return ForkProvisioner.parents is not None
