"""Sessions: who is logged in now. The browser holds a random token, the casebook a digest of it and when it was last
seen."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from xueji_lib.casebook.access import guesses
from xueji_lib.casebook.access.accounts import Account, Accounts, account_of
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.tables import ACCOUNTS, SESSIONS

OLDEST: Final = dt.timedelta(hours=12)
IDLE: Final = dt.timedelta(hours=1)
MOST: Final = 10
"""Sessions of one account; the oldest ends when another is started."""
_SKEW: Final = dt.timedelta(minutes=2)
TOUCH: Final = dt.timedelta(minutes=1)
"""``seen_at`` is written no more often than this."""


@dataclass(frozen=True, slots=True)
class Visit:
    """An account that is logged in. ``key``: the session's digest, which names it in this process. ``stale``:
    ``seen_at`` should be written again."""

    account: Account
    key: bytes
    stale: bool


class Sessions:
    """The sessions of a casebook."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.book = accounts.book

    def start(self, name: str, password: str, address: str = "", device: str = "") -> str:
        """Log in; the new token. ``address``: where from; ``device``: which of the devices on which the account was
        logged in before, or "". Raises accounts.Refused, StoreError."""
        source = f"{guesses.DEVICE}{device}" if device else f"{guesses.ADDRESS}{address}"[:80] if address else ""
        account = self.accounts.check(name, password, source)
        token = secrets.token_urlsafe(32)
        now = self.book.now()
        with self.book.writing() as connection:
            self._sweep(connection)
            row = {"token": _key(token), "name": account.name, "created_at": now, "seen_at": now}
            connection.execute(insert(SESSIONS).values(**row))
            self._end_oldest(connection, account.name)
            guesses.succeeded(connection, account.name, source)
            trail.add(connection, now, account.name, "登录", account.school_id, detail={"address": address})
        return token

    def visit(self, token: str) -> Visit | None:
        """The visit of whoever holds the token; None where it is unknown, too old, idle for too long, or its account
        disabled."""
        return self.by_key(_key(token))

    def by_key(self, key: bytes) -> Visit | None:
        """As ``visit``, by the token's digest."""
        query = (
            select(ACCOUNTS, SESSIONS.c.created_at.label("began"), SESSIONS.c.seen_at)
            .join(SESSIONS, SESSIONS.c.name == ACCOUNTS.c.name)
            .where(SESSIONS.c.token == key, ACCOUNTS.c.disabled.is_(False))
        )
        with self.book.reading() as connection:
            row: Any = connection.execute(query).mappings().first()
        if row is None or row["began"] < self._ago(OLDEST) or row["seen_at"] < self._ago(IDLE):
            return None
        if max(row["began"], row["seen_at"]) > self._ago(-_SKEW):  # from a time that has not come: the clock was wrong
            return None
        return Visit(account_of(row), key, row["seen_at"] < self._ago(TOUCH))

    def touch(self, key: bytes) -> None:
        """Remember that the session was used just now."""
        with self.book.writing() as connection:
            connection.execute(update(SESSIONS).where(SESSIONS.c.token == key).values(seen_at=self.book.now()))

    def end(self, key: bytes) -> None:
        """Log out."""
        with self.book.writing() as connection:
            row: Row[Any] | None = connection.execute(select(SESSIONS.c.name).where(SESSIONS.c.token == key)).first()
            if row is not None:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.token == key))
                trail.add(connection, self.book.now(), str(row[0]), "退出")

    def _sweep(self, connection: Connection) -> None:
        over = (SESSIONS.c.created_at < self._ago(OLDEST)) | (SESSIONS.c.seen_at < self._ago(IDLE))
        future = (SESSIONS.c.created_at > self._ago(-_SKEW)) | (SESSIONS.c.seen_at > self._ago(-_SKEW))
        connection.execute(delete(SESSIONS).where(over | future))

    def _end_oldest(self, connection: Connection, name: str) -> None:
        own = select(SESSIONS.c.token).where(SESSIONS.c.name == name).order_by(SESSIONS.c.created_at.desc())
        oldest = connection.execute(own.offset(MOST)).scalars().all()
        connection.execute(delete(SESSIONS).where(SESSIONS.c.token.in_(oldest)))

    def _ago(self, span: dt.timedelta) -> str:
        return (self.book.clock().astimezone(dt.UTC) - span).isoformat(timespec="microseconds")


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
