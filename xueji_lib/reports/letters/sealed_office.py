"""Word and Excel files under a password, as Office and WPS open them (ECMA-376 agile encryption)."""

from __future__ import annotations

import io
from pathlib import Path

from msoffcrypto.exceptions import EncryptionError  # type: ignore[import-untyped]
from msoffcrypto.format.ooxml import OOXMLFile  # type: ignore[import-untyped]

from xueji_lib.support.errors import StoreError
from xueji_lib.support.files import put_file


def put_sealed(path: Path, content: bytes, password: str) -> None:
    """Encrypt a .docx or .xlsx and write it to ``path``; nothing of it reaches the disk unencrypted.

    The bytes differ each time, because the salt is random. Raises StoreError where it cannot be encrypted, UsageError
    where the file is held.
    """
    sealed = io.BytesIO()
    try:
        OOXMLFile(io.BytesIO(content)).encrypt(password, sealed)
    except EncryptionError:
        raise StoreError(f"{path.name} 加密不了，没有写出") from None
    put_file(path, sealed.getvalue())
