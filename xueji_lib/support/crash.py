"""Where the details of a crash go: a file in the store, never the screen.

The traceback's frames and source lines are the kit's own code. An exception's message may quote a cell, so
it loses its digits and everything that is not ASCII; local values are never written.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
import traceback
from pathlib import Path

from xueji_lib.support.private import private_file


def record_crash(folder: Path, error: BaseException, now: dt.datetime | None = None) -> str:
    """Write the traceback and return its reference, E-xxxxxx.

    Where the folder cannot be written, the reference is returned all the same.
    """
    reference = f"E-{secrets.token_hex(3)}"
    stamp = (now or dt.datetime.now()).isoformat(timespec="seconds")
    try:
        private_file(folder / f"{reference}.txt", f"{stamp}\n{describe_crash(error)}")
    except OSError:
        pass
    return reference


def describe_crash(error: BaseException) -> str:
    """The traceback of an error and of what caused it, messages made unreadable where they could be personal. An error
    that came from a worker (``pool``) brings its places there as a note."""
    parts = []
    chain: BaseException | None = error
    while chain is not None:
        frames = "".join([*getattr(chain, "__notes__", ()), *traceback.format_tb(chain.__traceback__)])
        parts.append(f"{frames}{type(chain).__name__}: {harmless(str(chain))}\n")
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return "\n以上由下面的错误引起：\n".join(parts)


def harmless(message: str) -> str:
    """A message without digits and without anything but ASCII."""
    return re.sub(r"[^\x00-\x7f]", "□", re.sub(r"\d", "#", message))
