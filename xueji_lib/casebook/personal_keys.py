"""A person's own key for signing: made into a file that only its owner can open, registered, ended, signed with.

The file never enters the store, and no page asks for it. Ed25519 by the ``cryptography`` library; the file is PEM
(PKCS 8) under a passphrase, which other tools read too.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from xueji_lib.casebook import signoff
from xueji_lib.casebook.access.accounts import COMMAND, plain
from xueji_lib.casebook.log import key_signatures, trail
from xueji_lib.casebook.log.book import Casebook, Deed, stored
from xueji_lib.casebook.log.events import ROLES, Actor, Event
from xueji_lib.casebook.log.key_signatures import KIND, REGISTERED, REVOKED, RegisteredKey
from xueji_lib.register.masking import mask_text
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.support.os_reasons import reason_of

_SHORTEST: Final = 8
_PUBLIC_DIGITS: Final = 64


def make(file: Path, passphrase: str) -> str:
    """Write a new key; returns its public half (64 hex digits). Nothing that is there is overwritten. Raises
    UsageError, StoreError."""
    if len(passphrase) < _SHORTEST:
        raise UsageError(f"钥匙的口令至少 {_SHORTEST} 个字符")
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(pem)
    except FileExistsError:
        raise UsageError(f"{file} 已经有了，不覆盖：换一个文件名") from None
    except OSError as error:
        raise StoreError(f"写不了 {file}：{reason_of(error)}") from None
    return _public(key)


def opened(file: Path, passphrase: str) -> Ed25519PrivateKey:
    """The key in a file. Raises UsageError: no such file, not a key, another passphrase."""
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), passphrase.encode())
    except OSError as error:
        raise UsageError(f"读不了 {file}：{reason_of(error)}") from None
    except (ValueError, TypeError):
        raise UsageError(f"{file} 不是签名钥匙，或者口令不对") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{file} 不是 xueji key new 做的钥匙")
    return key


def register(book: Casebook, person: str, public: str, *, by: str = COMMAND) -> RegisteredKey:
    """Note whose a public key is. Raises UsageError: not a key, somebody's already, the person has another."""
    person, public = plain(person), "".join(public.split()).lower()
    if not person:
        raise UsageError("写明是谁的钥匙")
    if len(public) != _PUBLIC_DIGITS or set(public) - set("0123456789abcdef"):
        raise UsageError(f"公钥是 {_PUBLIC_DIGITS} 位数字和字母 a 到 f，xueji key new 印在屏幕上")
    with book.writing() as connection:
        keys = key_signatures.registered(connection)
        if public in keys:
            raise UsageError(f"这把钥匙已经登记过，是 {keys[public].person} 的")
        if any(key.person == person and not key.revoked_line for key in keys.values()):
            raise UsageError(f"{person} 已有一把钥匙；要换，先停用原来的（xueji key revoke {person} --reason 原因）")
        trail.add(connection, book.now(), by, REGISTERED, detail={"account": person, "public": public})
        return key_signatures.registered(connection)[public]


def revoke(book: Casebook, person: str, reason: str, *, by: str = COMMAND) -> RegisteredKey:
    """End a person's key: what it signed before stands. Raises UsageError: no such key, no reason."""
    person = plain(person)
    if not reason.strip():
        raise UsageError("停用钥匙要写原因（--reason）")
    with book.writing() as connection:
        keys = key_signatures.registered(connection).values()
        held = next((key for key in keys if key.person == person and not key.revoked_line), None)
        if held is None:
            raise UsageError(f"{person} 没有在用的钥匙。xueji key list 列出全部")
        detail = {"account": person, "public": held.public, "why": mask_text(reason.strip())}
        trail.add(connection, book.now(), by, REVOKED, detail=detail)
        return key_signatures.registered(connection)[held.public]


def keys(book: Casebook) -> list[RegisteredKey]:
    """All keys that were ever registered, oldest first."""
    with book.reading() as connection:
        return list(key_signatures.registered(connection).values())


def sign(book: Casebook, key: Ed25519PrivateKey, person: str, school_id: str, term: str) -> Event:
    """Sign a person's standing sign-off of a school with the person's key; the same again is done once. ``person``: "":
    whoever the key is registered for. Raises UsageError."""
    public = _public(key)
    with book.writing() as connection:
        known = key_signatures.registered(connection).get(public)
        person = plain(person) or (known.person if known else "")
        if not person:
            raise UsageError("这把钥匙没有登记过：写明是谁（--name 姓名），或先登记（xueji key add）")
        if known and (known.person != person or known.revoked_line):
            state = "已经停用" if known.revoked_line else f"登记的是 {known.person}"
            raise UsageError(f"这把钥匙{state}，没有签")
        sign_off = _standing(signoff.signed(connection, school_id, term).history, person)
        subject = f"{term}/{school_id}/key/{sign_off.id}"
        for event in stored(connection, kinds=(KIND,), subjects=(subject,)):
            if event.body["public"] == public:
                return event
        signature = key.sign(key_signatures.message(sign_off.id)).hex()
        body = {"signs": sign_off.id, "public": public, "signature": signature}
        role = next(role for role in ROLES if role == sign_off.role)
        return book.put(connection, Actor(person, role), Deed(KIND, subject, school_id, term, "用钥匙加签", body))


def _standing(history: Sequence[Event], person: str) -> Event:
    """The person's last sign-off that nobody opened again. Raises UsageError."""
    standing: list[Event] = []
    for event in history:
        standing = [] if event.body["step"] == "reopen" else [*standing, event]
    own = [event for event in standing if event.who == person]
    if not own:
        raise UsageError(f"{person} 还没有签署或会签这所学校（或签过又重新打开了）：先在网页上签署，再用钥匙加签")
    return own[-1]


def _public(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return raw.hex()
