"""A process that obeys permissions, whoever runs the tests: root without the power to pass over them.

Run as a program it gives up that power and becomes the command. What is done between a fork and the start of a program
(``preexec_fn``) may hang for ever where the parent has threads.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence

_PR_CAPBSET_DROP = 24
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2


def ordinary(command: Sequence[str], file_size: int = 0) -> list[str]:
    """The command, by someone who cannot read or write what the bits forbid. ``file_size``: bytes that no file may be
    larger than, as on a disk without room (0: any)."""
    return [sys.executable, __file__, str(file_size), *command]


def _obey_permissions() -> None:
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for power in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
            if libc.prctl(_PR_CAPBSET_DROP, power, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "prctl")


def _bound(file_size: int) -> None:
    if file_size:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))


if __name__ == "__main__":
    _obey_permissions()
    _bound(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
