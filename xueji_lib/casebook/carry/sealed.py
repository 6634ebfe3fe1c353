"""Encrypt a file with a password: AES-256-GCM in frames, so that a large file is never in memory whole; key by scrypt.

::

    XUEJIPK1 | length of head (4 bytes) | head (JSON: version, scrypt figures, salt, nonce) | frames
    frame: length (4 bytes) | ciphertext with its tag; nonce = prefix, number of the frame, 1 in the last one

The head is bound to every frame; a frame cannot be changed, left out, moved or cut off unseen.
"""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.os_reasons import reason_of
from xueji_lib.support.safe_write import write_aside

MAGIC: Final = b"XUEJIPK1"
VERSION: Final = 1
SHORTEST: Final = 8
"""Characters of a password."""
_FRAME: Final = 1024 * 1024
_WEAKER: Final = 4
"""Times that n may be smaller than today's."""
_MOST_WORK: Final = 2**18 * 8
"""Of n * r * p: four times what is used today, 256 MiB and about a second."""
_COST: Final = {"n": 2**16, "r": 8, "p": 1}  # 64 MiB and about a quarter of a second a guess


@dataclass(frozen=True, slots=True)
class Sealed:
    """A package's file and its password."""

    file: Path
    password: str = field(repr=False)


def check_password(password: str) -> str:
    """The password, if it is long enough. Raises UsageError."""
    if len(password) < SHORTEST:
        raise UsageError(f"口令至少 {SHORTEST} 个字符")
    return password


def seal(source: Path, target: Path, password: str) -> None:
    """Encrypt a file; ``target`` is there whole or not at all. Raises UsageError, StoreError."""
    check_password(password)
    salt, prefix = os.urandom(16), os.urandom(7)
    head = json.dumps({"version": VERSION, **_COST, "salt": salt.hex(), "nonce": prefix.hex()}).encode()
    cipher = AESGCM(_key(password, salt, _COST))
    try:
        with write_aside(target) as aside, source.open("rb") as plain, aside.open("wb") as out:
            out.write(MAGIC + struct.pack(">I", len(head)) + head)
            number, chunk = 0, plain.read(_FRAME)
            while True:
                following = plain.read(_FRAME)
                frame = cipher.encrypt(_nonce(prefix, number, last=not following), chunk, head)
                out.write(struct.pack(">I", len(frame)) + frame)
                if not following:
                    break
                number, chunk = number + 1, following
    except OSError as error:
        raise StoreError(f"写不了 {target}：{reason_of(error)}。原来的文件没有动") from None


def unseal(source: Path, target: Path, password: str) -> None:
    """Decrypt into ``target``. Raises UsageError for a wrong password, StoreError for a file that is none of ours,
    damaged or of a newer kit; then ``target`` is not there."""
    try:
        with source.open("rb") as sealed, write_aside(target) as aside, aside.open("wb") as out:
            head, raw = _head(sealed, source)
            cipher = AESGCM(_key(password, bytes.fromhex(head["salt"]), head))
            _Frames(cipher, bytes.fromhex(head["nonce"]), raw).decrypt(sealed, out, source)
    except OSError as error:
        raise StoreError(f"{source} 读不出来：{reason_of(error)}") from None


def check_readable(source: Path, password: str) -> None:
    """Try the password on the first frame alone. Raises as ``unseal`` does."""
    try:
        with source.open("rb") as sealed:
            head, raw = _head(sealed, source)
            cipher = AESGCM(_key(password, bytes.fromhex(head["salt"]), head))
            frame, more = _frame(sealed), _frame(sealed)
            cipher.decrypt(_nonce(bytes.fromhex(head["nonce"]), 0, last=more is None), frame or b"", raw)
    except InvalidTag:
        raise UsageError(f"口令不对，或 {source} 已损坏") from None
    except OSError as error:
        raise StoreError(f"{source} 读不出来：{reason_of(error)}") from None


def _head(sealed: BinaryIO, source: Path) -> tuple[dict[str, Any], bytes]:
    start = sealed.read(len(MAGIC) + 4)
    if start[: len(MAGIC)] != MAGIC or len(start) < len(MAGIC) + 4:
        raise StoreError(f"{source} 不是本工具箱的数据包")
    raw = sealed.read(min(struct.unpack(">I", start[len(MAGIC) :])[0], 4096))
    try:
        head: dict[str, Any] = json.loads(raw)
        version = int(head["version"])
        if version <= VERSION:
            _check_figures(head)
    except (ValueError, KeyError, TypeError):
        raise StoreError(f"{source} 已损坏（开头读不出来）。请重新拷一份") from None
    if version > VERSION:
        raise StoreError(f"{source} 是新版程序做的（第 {version} 版格式），这一版打不开。请换用新版程序")
    return head, raw


def _check_figures(head: dict[str, Any]) -> None:
    """Raises ValueError for figures that no key can be made of, that would take all memory or hours, or that make a
    password easy to guess: a stranger may have written them."""
    n, r, p = (int(head[name]) for name in ("n", "r", "p"))
    sound = _COST["n"] // _WEAKER <= n and n & (n - 1) == 0 and r >= 1 and p >= 1 and n * r * p <= _MOST_WORK
    if not sound or len(bytes.fromhex(head["salt"])) != 16 or len(bytes.fromhex(head["nonce"])) != 7:
        raise ValueError("figures")


@dataclass(frozen=True, slots=True)
class _Frames:
    """The frames of one sealed file. ``prefix``: of every nonce; ``head``: bound to every frame."""

    cipher: AESGCM
    prefix: bytes
    head: bytes

    def decrypt(self, sealed: BinaryIO, out: BinaryIO, source: Path) -> None:
        """Decrypt all frames, from where ``sealed`` stands, into ``out``. Raises UsageError, StoreError."""
        number, frame = 0, _frame(sealed)
        while True:
            following = _frame(sealed)
            nonce = _nonce(self.prefix, number, last=following is None)
            try:
                out.write(self.cipher.decrypt(nonce, frame or b"", self.head))
            except InvalidTag:
                if number == 0:
                    raise UsageError(f"口令不对，或 {source} 已损坏") from None
                raise StoreError(f"{source} 已损坏（第 {number + 1} 段对不上）。请重新拷一份") from None
            if following is None:
                return
            number, frame = number + 1, following


def _frame(sealed: BinaryIO) -> bytes | None:
    """The next frame; None at the end, empty where the file is damaged."""
    length = sealed.read(4)
    if not length:
        return None
    size = struct.unpack(">I", length)[0] if len(length) == 4 else 0
    frame = sealed.read(size) if 0 < size <= _FRAME + 64 else b""
    return frame if len(frame) == size else b""  # the length is under no tag: it has to fit what is there


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)


def _key(password: str, salt: bytes, cost: Any) -> bytes:
    return Scrypt(salt=salt, length=32, n=int(cost["n"]), r=int(cost["r"]), p=int(cost["p"])).derive(password.encode())
