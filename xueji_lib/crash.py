"""Where the details of a crash go: a file in the store, numbers masked, never the screen."""

from __future__ import annotations

import datetime as dt
import secrets
import traceback
from pathlib import Path

from xueji_lib.identity import mask_text


def record_crash(folder: Path, error: BaseException, now: dt.datetime | None = None) -> str:
    """Write the traceback (without local values, numbers masked) and return its reference, E-xxxxxx.

    Where the folder cannot be written, the reference is returned all the same.
    """
    reference = f"E-{secrets.token_hex(3)}"
    text = mask_text("".join(traceback.format_exception(error)))
    stamp = (now or dt.datetime.now()).isoformat(timespec="seconds")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{reference}.txt").write_text(f"{stamp}\n{text}", "utf-8")
    except OSError:
        pass
    return reference
