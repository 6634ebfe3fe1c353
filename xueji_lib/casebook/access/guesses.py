"""Failed log-ins: counted where they come from, each further lock twice as long as the one before.

A source is an address, or a device on which the account was logged in before (a cookie says so). Who guesses from
elsewhere locks his own address; only many failures from many addresses lock the account, and then its owner's own
devices still get in. Without a source (a command) the account itself is locked.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from xueji_lib.casebook.log.tables import ACCOUNTS, GUESSES

FAILURES: Final = 5
FROM_EVERYWHERE: Final = 25
"""Failures from any number of addresses after which the account is locked for all that are no known device."""
LOCKED_FOR: Final = dt.timedelta(minutes=15)
LONGEST_LOCK: Final = dt.timedelta(hours=8)
_FORGOTTEN: Final = dt.timedelta(days=2)
DEVICE: Final = "device:"
ADDRESS: Final = "address:"
EVERYWHERE: Final = ""
"""The source that stands for the account as a whole."""


def is_locked(locked_until: str, now: dt.datetime) -> bool:
    """Whether a lock holds. One that would last longer than any lock was made while the clock was wrong: it is over."""
    return bool(locked_until) and now < dt.datetime.fromisoformat(locked_until) <= now + LONGEST_LOCK


@dataclass(frozen=True, slots=True)
class Guess:
    """What a failed log-in led to. ``times``: failures from there since the last success or lock; ``until``: until when
    it is locked now, ISO, else ""."""

    times: int
    until: str


def source_is_locked(connection: Connection, name: str, source: str, now: dt.datetime) -> bool:
    """Whether log-ins to the account are refused from there."""
    account_until = connection.execute(select(ACCOUNTS.c.locked_until).where(ACCOUNTS.c.name == name)).scalar()
    if not source.startswith(DEVICE) and is_locked(str(account_until or ""), now):
        return True
    own = _row(connection, name, source) if source else None
    return own is not None and is_locked(own.locked_until, now)


def locked_somewhere(connection: Connection) -> dict[str, str]:
    """Name of an account → until when it is locked from some address or device."""
    query = select(GUESSES.c.name, func.max(GUESSES.c.locked_until)).group_by(GUESSES.c.name)
    return {str(name): str(until) for name, until in connection.execute(query)}


def failed(connection: Connection, name: str, source: str, now: dt.datetime) -> Guess:
    """Count a failed log-in, and lock what has had too many."""
    _forget_old(connection, now)
    guess = _count(connection, name, source, FAILURES, now)
    if source.startswith(ADDRESS):
        everywhere = _count(connection, name, EVERYWHERE, FROM_EVERYWHERE, now)
        guess = Guess(guess.times, max(guess.until, everywhere.until))
    return guess


def succeeded(connection: Connection, name: str, source: str) -> None:
    """Forget the failures from there; from a known device alone what strangers did to the account stays."""
    of_source = (GUESSES.c.name == name) & (GUESSES.c.source == source)
    connection.execute(delete(GUESSES).where(of_source))
    if not source.startswith(DEVICE):
        connection.execute(delete(GUESSES).where((GUESSES.c.name == name) & (GUESSES.c.source == EVERYWHERE)))
        _mirror(connection, name, 0, "")


def forget(connection: Connection, name: str) -> None:
    """The bureau lets the account in again, wherever from."""
    connection.execute(delete(GUESSES).where(GUESSES.c.name == name))
    _mirror(connection, name, 0, "")


def _count(connection: Connection, name: str, source: str, most: int, now: dt.datetime) -> Guess:
    row = _row(connection, name, source)
    times, locks = (row.failures + 1, row.locks) if row is not None else (1, 0)
    until, at = "", now.isoformat(timespec="microseconds")
    failures = times
    if times >= most:
        span = min(LOCKED_FOR * 2 ** min(locks, 10), LONGEST_LOCK)
        until, locks, failures = (now + span).isoformat(timespec="microseconds"), locks + 1, 0
    values = {"failures": failures, "locks": locks, "locked_until": until, "last_at": at}
    if row is None:
        connection.execute(insert(GUESSES).values(name=name, source=source, **values))
    else:
        same = (GUESSES.c.name == name) & (GUESSES.c.source == source)
        connection.execute(update(GUESSES).where(same).values(**values))
    if source == EVERYWHERE:
        _mirror(connection, name, failures, until)
    return Guess(times, until)


def _row(connection: Connection, name: str, source: str) -> Any:
    same = (GUESSES.c.name == name) & (GUESSES.c.source == source)
    return connection.execute(select(GUESSES).where(same)).first()


def _mirror(connection: Connection, name: str, failures: int, until: str) -> None:
    """Into the account's own row, which lists of accounts show."""
    same = ACCOUNTS.c.name == name
    connection.execute(update(ACCOUNTS).where(same).values(failures=failures, locked_until=until))


def _forget_old(connection: Connection, now: dt.datetime) -> None:
    before = (now - _FORGOTTEN).isoformat(timespec="microseconds")
    connection.execute(delete(GUESSES).where(GUESSES.c.last_at < before))
