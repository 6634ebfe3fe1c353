"""Accounts: who may log in, in which role, and for which school. Passwords are kept as argon2id digests alone.

Every change is in the audit trail; a password, or what was typed in its place, is nowhere.
"""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update

from xueji_lib.casebook.access import guesses, passwords
from xueji_lib.casebook.access.guesses import FAILURES, LOCKED_FOR
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import ROLES, Role
from xueji_lib.casebook.log.tables import ACCOUNTS, SESSIONS
from xueji_lib.support.errors import UsageError

COMMAND: Final = "系统管理员"
"""Who the trail names for what is done from the command line."""
ROLE_NAMES: Final = {"inspector": "督查人员", "principal": "校长", "director": "局负责人"}
_RESERVED: Final = ("系统", "现场", COMMAND)


@dataclass(frozen=True, slots=True)
class Account:
    """A user's account. ``school_id``: a principal's own school, else "". ``locked_until``: until when log-ins are
    refused, if only from some addresses (``guesses``); UTC in ISO, or ""."""

    name: str
    role: Role
    school_id: str
    must_change: bool
    disabled: bool
    failures: int
    locked_until: str
    created_at: str
    changed_at: str

    def locked(self, now: str) -> bool:
        """Whether the account is locked at ``now`` (UTC in ISO)."""
        return guesses.is_locked(self.locked_until, dt.datetime.fromisoformat(now))


class Refused(UsageError):
    """A log-in that failed. The text is the same whatever the reason, so that it tells nothing about an account."""

    def __init__(self) -> None:
        super().__init__(
            f"账号或口令不对。连续输错 {FAILURES} 次，会锁定 {LOCKED_FOR.seconds // 60} 分钟，再错锁得更久；"
            "到时自动解开，也可以请县教育体育局解锁"
        )


class Accounts:
    """The accounts of a casebook. ``hasher`` is argon2id with the library's recommended cost."""

    def __init__(self, book: Casebook, hasher: PasswordHasher | None = None) -> None:
        self.book = book
        self.hasher = hasher or PasswordHasher()
        self._nobody = self.hasher.hash(secrets.token_urlsafe(16))  # costs a stranger's log-in the same time

    # ---- reading ----

    def list(self) -> list[Account]:
        """All accounts, by name."""
        with self.book.reading() as connection:
            somewhere = guesses.locked_somewhere(connection)
            rows = connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.name)).mappings()
            return [_with_lock(account_of(row), somewhere) for row in rows]

    def any(self) -> bool:
        """Whether any account can log in (is not disabled)."""
        with self.book.reading() as connection:
            query = select(ACCOUNTS.c.name).where(ACCOUNTS.c.disabled.is_(False)).limit(1)
            return connection.execute(query).first() is not None

    def get(self, name: str) -> Account:
        """The account of that name. Raises UsageError where there is none."""
        with self.book.reading() as connection:
            return _with_lock(account_of(_row(connection, plain(name))), guesses.locked_somewhere(connection))

    # ---- changing ----

    def add(self, name: str, role: str, school_id: str, password: str, *, by: str = COMMAND) -> Account:
        """A new account; its password has to be changed at the first log-in. Raises UsageError."""
        name = _new_name(name)
        if role not in ROLES:
            raise UsageError(f"角色应是 {'、'.join(ROLES)}，没有 {role}")
        if (role == "principal") != bool(school_id):
            raise UsageError("校长账号要写明学校（--school），别的账号不写")
        passwords.check(password, name, school_id)
        now = self.book.now()
        values = {
            "name": name, "role": role, "school_id": school_id, "password": self.hasher.hash(password),
            "must_change": True, "disabled": False, "failures": 0, "locked_until": "",
            "created_at": now, "changed_at": now,
        }  # fmt: skip
        with self.book.writing() as connection:
            if connection.execute(select(ACCOUNTS.c.name).where(ACCOUNTS.c.name == name)).first():
                raise UsageError(f"已经有账号 {name}")
            connection.execute(insert(ACCOUNTS).values(**values))
            self._log(connection, by, "新建账号", name, school_id, role=role)
        return self.get(name)

    def disable(self, name: str, *, by: str = COMMAND) -> None:
        """Disable an account and end its sessions. Raises UsageError."""
        self._change(name, by, "停用账号", disabled=True)

    def enable(self, name: str, *, by: str = COMMAND) -> None:
        """Let a disabled account log in again. Raises UsageError."""
        self._change(name, by, "启用账号", forgotten=True, disabled=False)

    def unlock(self, name: str, *, by: str = COMMAND) -> None:
        """End the lock that failed log-ins brought. Raises UsageError."""
        self._change(name, by, "解锁账号", end_sessions=False, forgotten=True)

    def reset(self, name: str, password: str, *, by: str = COMMAND) -> None:
        """A new password given by the bureau, to be changed at the next log-in; its sessions end. Raises UsageError."""
        account = self.get(name)
        passwords.check(password, account.name, account.school_id)
        digest = self.hasher.hash(password)
        self._change(name, by, "重置口令", forgotten=True, password=digest, must_change=True)

    def change(self, name: str, old: str, new: str) -> None:
        """A new password chosen by the account's owner; all its sessions end. Raises UsageError, Refused."""
        account = self.check(name, old)
        passwords.check(new, account.name, account.school_id)
        if old == new:
            raise UsageError("新口令不能和原来的一样")
        digest = self.hasher.hash(new)
        self._change(name, name, "修改口令", forgotten=True, password=digest, must_change=False)

    def check(self, name: str, password: str, source: str = "") -> Account:
        """The account, if name and password are right; failures are counted and lock where they come from (``source``,
        see ``guesses``). Raises Refused, StoreError."""
        name, now = plain(name), self._now()
        with self.book.reading() as connection:
            row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == name)).mappings().first()
            is_locked = guesses.source_is_locked(connection, name, source, now)
        stored = str(row["password"]) if row is not None else self._nobody
        password_matches = self._verify(stored, password)
        if row is None or row["disabled"] or is_locked:
            raise Refused
        if not password_matches:
            self._failed(name, source)
            raise Refused
        if self.hasher.check_needs_rehash(stored):
            with self.book.writing() as connection:
                set_values(connection, name, password=self.hasher.hash(password))
        return account_of(row)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self.hasher.verify(stored, password[: passwords.LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False

    def _failed(self, name: str, source: str) -> None:
        where = {"from": source} if source else {}
        with self.book.writing() as connection:
            account = account_of(_row(connection, name))
            guess = guesses.failed(connection, name, source, self._now())
            self._log(connection, name, "登录失败", name, account.school_id, times=guess.times, **where)
            if guess.until:
                self._log(connection, name, "锁定账号", name, account.school_id, until=guess.until, **where)

    def _now(self) -> dt.datetime:
        return self.book.clock().astimezone(dt.UTC)

    def _change(
        self, name: str, by: str, action: str, end_sessions: bool = True, forgotten: bool = False, **values: Any
    ) -> None:
        """``forgotten``: failed log-ins count no more."""
        name = plain(name)
        with self.book.writing() as connection:
            account = account_of(_row(connection, name))
            set_values(connection, name, changed_at=self.book.now(), **values)
            if forgotten:
                guesses.forget(connection, name)
            if end_sessions:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.name == name))
            self._log(connection, by, action, name, account.school_id)

    def _log(self, connection: Connection, by: str, action: str, name: str, school_id: str, **detail: Any) -> None:
        trail.add(connection, self.book.now(), by, action, school_id, detail={"account": name, **detail})


def _with_lock(account: Account, somewhere: Mapping[str, str]) -> Account:
    return replace(account, locked_until=max(account.locked_until, somewhere.get(account.name, "")))


def plain(name: str) -> str:
    """An account's name in the form that is stored and compared: NFKC, no space around it."""
    return unicodedata.normalize("NFKC", name).strip()


def _new_name(name: str) -> str:
    name = plain(name)
    if not 1 <= len(name) <= 40 or not all(char.isalnum() or char in "·._-@" for char in name):
        raise UsageError("账号名用 1 到 40 个汉字、字母、数字，可以带 · . _ - @，不能有空格和别的符号")
    if name in _RESERVED:
        raise UsageError(f"{name} 是程序自己用的名字，请换一个")
    return name


def _row(connection: Connection, name: str) -> Any:
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == name)).mappings().first()
    if row is None:
        raise UsageError("没有这个账号。xueji user list 列出全部账号")
    return row


def set_values(connection: Connection, name: str, **values: Any) -> None:
    """Change columns of one account; the trail is the caller's."""
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(**values))


def account_of(row: Any) -> Account:
    """An account from its row."""
    return Account(**{name: row[name] for name in Account.__slots__})
