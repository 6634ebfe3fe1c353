"""Workbooks that are encrypted though nobody is asked for a password.

Excel encrypts a workbook whose structure is protected with a password of its own, and opens it with that without a
word. Source: [MS-OFFCRYPTO] 2.3, 2.4.2.3.
"""

from __future__ import annotations

import io
from typing import Final

from xueji_lib.intake.readers import biff, ole

_EXCELS_OWN: Final = "VelvetSweatshop"


def without_password(data: bytes) -> bytes | None:
    """The workbook as it is without encryption; None where a person's password is needed, or it cannot be known."""
    import msoffcrypto  # type: ignore[import-untyped]  # here: few files need it, and it is slow to load

    target = io.BytesIO()
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(data))
        verifies = {"verify_password": True} if office.format == "ooxml" else {}
        office.load_key(password=_EXCELS_OWN, **verifies)
        office.decrypt(target)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever it stumbles over: it is not to be opened this way
        return None
    opened = target.getvalue()
    return None if _is_locked(opened) else opened


def _is_locked(data: bytes) -> bool:
    if not data.startswith(ole.MAGIC):
        return False
    container = ole.Container(data)
    return biff.facts(container.stream("Workbook", "Book") or b"").is_locked
