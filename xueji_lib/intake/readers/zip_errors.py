"""The ways in which ``zipfile`` fails over an archive that is damaged, odd or hostile."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import Final

ZIP_ERRORS: Final = (
    KeyError, ValueError, IndexError, EOFError, OSError, OverflowError, RuntimeError, NotImplementedError,
    zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip
"""What a damaged or odd archive raises: RuntimeError for a password, NotImplementedError for a strange compression or
version, OverflowError and struct.error for numbers that cannot be."""
