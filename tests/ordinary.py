"""A process that obeys permissions, whoever runs the tests: root without the power to pass over them."""

from __future__ import annotations

import ctypes
import os

_PR_CAPBSET_DROP = 24
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2


def obey_permissions() -> None:
    """For ``preexec_fn``: what is started after this cannot read or write what its bits forbid."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for power in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
            if libc.prctl(_PR_CAPBSET_DROP, power, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "prctl")
