"""How often one address may try to log in (a digest of a password costs time and memory, and there are two workers),
and one program may read."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

TRIES: Final = 60
"""Log-ins that an address may try in ``SPAN``: a school's computers may share one."""
SPAN: Final = 60.0
"""Seconds."""
_MOST_ADDRESSES: Final = 10_000


class Turnstile:
    """Counts tries by address (or token) in ``SPAN``; those that were quiet longest are forgotten first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, tries: int = TRIES) -> None:
        self._clock = clock
        self._most = tries
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def let_in(self, address: str) -> bool:
        """Whether the address may try now; then it is counted."""
        now = self._clock()
        tries = self._tries.setdefault(address, deque())
        self._tries.move_to_end(address)
        while len(self._tries) > _MOST_ADDRESSES:
            self._tries.popitem(last=False)
        while tries and tries[0] <= now - SPAN:
            tries.popleft()
        if len(tries) >= self._most:
            return False
        tries.append(now)
        return True
