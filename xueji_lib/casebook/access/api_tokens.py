"""Tokens with which another program reads results over the network, and never writes: whom each lets see, until when.

A token is shown once, when it is made; the casebook keeps a digest of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

from sqlalchemy import insert, select, update

from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.tables import API_TOKENS
from xueji_lib.support.errors import UsageError

Scope: TypeAlias = Literal["county", "township", "school"]
SCOPES: Final[tuple[str, ...]] = get_args(Scope)
LONGEST_DAYS: Final = 366
MADE: Final = "新建接口口令"
REVOKED: Final = "作废接口口令"
READ: Final = "接口读取"
"""Actions in the trail."""
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz"
_TOKEN: Final = re.compile(rf"xj_([{_LETTERS}]{{6}})_[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What the casebook knows of a token. ``scope_of``: a township's name or a 学校标识码, "" for the county; times are
    UTC, ISO; ``revoked_at``: "" while nobody revoked it."""

    id: str
    label: str
    scope: str
    scope_of: str
    made_by: str
    made_at: str
    expires_at: str
    revoked_at: str

    def state(self, now: str) -> str:
        """有效, 已过期 or 已作废."""
        return "已作废" if self.revoked_at else "已过期" if self.expires_at <= now else "有效"

    @property
    def holder(self) -> str:
        """What the trail calls a program that reads with it."""
        return f"接口 {self.id}"


class ApiTokens:
    """The tokens of a casebook."""

    def __init__(self, book: Casebook) -> None:
        self.book = book

    def list(self) -> list[ApiToken]:
        """All that were ever made, oldest first."""
        with self.book.reading() as connection:
            rows = connection.execute(select(API_TOKENS).order_by(API_TOKENS.c.made_at, API_TOKENS.c.id)).mappings()
            return [_token_of(row) for row in rows]

    def make(self, label: str, scope: Scope, scope_of: str, days: int, by: str) -> tuple[ApiToken, str]:
        """A new token: what the casebook knows of it, and the secret itself, which nothing can show again.
        ``scope_of``: checked by the caller. Raises UsageError."""
        label = " ".join(label.split())
        if not 1 <= len(label) <= 60:
            raise UsageError("请写明给谁用，1 到 60 个字")
        if scope not in SCOPES or (scope == "county") != (not scope_of):
            raise UsageError("范围是乡镇、学校的，写明是哪一个；全县的不写")
        if not 1 <= days <= LONGEST_DAYS:
            raise UsageError(f"有效期是 1 到 {LONGEST_DAYS} 天")
        now = self.book.now()
        ends = dt.datetime.fromisoformat(now) + dt.timedelta(days=days)
        with self.book.writing() as connection:
            taken = set(connection.execute(select(API_TOKENS.c.id)).scalars())
            name = next(name for name in iter(_name, "") if name not in taken)
            secret = f"xj_{name}_{secrets.token_urlsafe(32)}"
            token = ApiToken(name, label, scope, scope_of, by, now, ends.isoformat(timespec="microseconds"), "")
            values = {field: getattr(token, field) for field in ApiToken.__slots__}
            connection.execute(insert(API_TOKENS).values(digest=_digest(secret), **values))
            about = {"口令": name, "给谁": label, "范围": scope, "哪一个": scope_of, "到": token.expires_at[:10]}
            trail.add(connection, now, by, MADE, scope_of if scope == "school" else "", detail=about)
        return token, secret

    def revoke(self, token_id: str, by: str) -> None:
        """End a token at once. Raises UsageError where there is none of that id, or it was revoked before."""
        with self.book.writing() as connection:
            row: Any = connection.execute(select(API_TOKENS).where(API_TOKENS.c.id == token_id)).mappings().first()
            if row is None:
                raise UsageError(f"没有接口口令 {token_id}。xueji token list 列出全部")
            if row["revoked_at"]:
                raise UsageError(f"接口口令 {token_id} 已经作废了")
            now = self.book.now()
            connection.execute(update(API_TOKENS).where(API_TOKENS.c.id == token_id).values(revoked_at=now))
            school = row["scope_of"] if row["scope"] == "school" else ""
            trail.add(connection, now, by, REVOKED, school, detail={"口令": token_id, "给谁": row["label"]})

    def revoke_all(self, by: str) -> int:
        """End every token that holds (a backup that was restored may hold one that was revoked since); how many."""
        now = self.book.now()
        holding = [token for token in self.list() if token.state(now) == "有效"]
        for token in holding:
            self.revoke(token.id, by)
        return len(holding)

    def holding(self, secret: str) -> ApiToken | None:
        """The token, if it is one that holds now; None for one that is unknown, expired or revoked."""
        if not _TOKEN.fullmatch(secret):
            return None
        with self.book.reading() as connection:
            query = select(API_TOKENS).where(API_TOKENS.c.digest == _digest(secret))
            row: Any = connection.execute(query).mappings().first()
        token = _token_of(row) if row is not None else None
        return token if token is not None and token.state(self.book.now()) == "有效" else None

    def note_reading(self, token: ApiToken, address: str) -> None:
        """A line in the trail that a program reads with the token; the server writes one a day."""
        school = token.scope_of if token.scope == "school" else ""
        self.book.log(token.holder, READ, school, {"口令": token.id, "给谁": token.label, "从": address})


def _name() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(6))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _token_of(row: Any) -> ApiToken:
    return ApiToken(**{name: row[name] for name in ApiToken.__slots__})
