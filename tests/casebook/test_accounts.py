"""Accounts, passwords, sessions: who comes in, who is locked out, what the trail keeps of it. On both databases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from xueji_lib.casebook.access.accounts import FAILURES, LOCKED_FOR, Accounts, Refused
from xueji_lib.casebook.access.guesses import FROM_EVERYWHERE
from xueji_lib.casebook.access.sessions import IDLE, MOST, OLDEST, Sessions
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.tables import ACCOUNTS, SESSIONS
from xueji_lib.support.errors import UsageError

SCHOOL, PASSWORD, NEW = "2164000001", "chu-shi-kou-ling-3", "zi-ji-de-kou-ling-8"


@pytest.fixture
def accounts(book: Casebook) -> Accounts:
    return Accounts(book, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def later(book: Casebook, span: dt.timedelta) -> None:
    book.clock.now += span  # type: ignore[attr-defined]


def trail_of(book: Casebook) -> list[trail.TrailLine]:
    with book.reading() as connection:
        return list(trail.lines(connection))


@pytest.mark.slow
def test_a_day_of_an_account(accounts: Accounts) -> None:
    """Made, logged in, password changed, disabled; the trail tells it, whole, and holds no password and no token."""
    sessions = Sessions(accounts)
    accounts.add("马校长", "principal", SCHOOL, PASSWORD)
    first = sessions.start("马校长", PASSWORD, "10.1.2.3")
    seen = sessions.visit(first)
    assert seen is not None and seen.account.must_change and seen.account.school_id == SCHOOL
    accounts.change("马校长", PASSWORD, NEW)
    assert sessions.visit(first) is None, "a new password ends every session"
    with pytest.raises(Refused):
        sessions.start("马校长", PASSWORD)
    second, third = sessions.start("马校长", NEW), sessions.start(" 马校长 ", NEW)
    visit = sessions.visit(second)
    assert visit is not None and not visit.account.must_change
    sessions.end(visit.key)
    assert sessions.visit(second) is None and sessions.visit(third) is not None
    accounts.disable("马校长")
    assert sessions.visit(third) is None, "a disabled account is out at once"
    with pytest.raises(Refused):
        sessions.start("马校长", NEW)
    accounts.enable("马校长")
    assert sessions.start("马校长", NEW)

    lines = trail_of(accounts.book)
    actions = [line.action for line in lines]
    assert actions == [
        "新建账号",
        "登录",
        "修改口令",
        "登录失败",
        "登录",
        "登录",
        "退出",
        "停用账号",
        "启用账号",
        "登录",
    ]
    assert {line.school_id for line in lines if line.action != "退出"} == {SCHOOL}
    assert '"address": "10.1.2.3"' in lines[1].detail
    written = repr(lines)
    assert not any(secret in written for secret in (PASSWORD, NEW, first, second, third))
    assert accounts.book.verify().broken == ""
    with accounts.book.reading() as connection:
        kept = repr([list(connection.execute(select(table))) for table in (ACCOUNTS, SESSIONS)])
    assert "$argon2id$" in kept and not any(secret in kept for secret in (PASSWORD, NEW, third))


def test_guessing_locks_and_time_or_the_bureau_unlocks(accounts: Accounts) -> None:
    accounts.add("王督查", "inspector", "", PASSWORD)
    sessions = Sessions(accounts)
    answers = set()
    for name in ("王督查", "没有这个人"):
        for _ in range(FAILURES + 2):
            with pytest.raises(Refused) as refused:
                sessions.start(name, "guess-guess-9")
            answers.add(str(refused.value))
    with pytest.raises(Refused) as refused:
        sessions.start("王督查", PASSWORD)  # right, but locked
    assert answers == {str(refused.value)}, "one answer for all, so that none tells whether there is an account"
    assert accounts.get("王督查").locked(accounts.book.now())
    later(accounts.book, LOCKED_FOR)
    assert sessions.start("王督查", PASSWORD)
    for _ in range(FAILURES):
        with pytest.raises(Refused):
            sessions.start("王督查", "guess-guess-9")
    accounts.unlock("王督查")
    assert sessions.start("王督查", PASSWORD)
    for _ in range(3):  # a success sets the count back to nothing
        for _ in range(FAILURES - 1):
            with pytest.raises(Refused):
                sessions.start("王督查", "guess-guess-9")
        assert sessions.start("王督查", PASSWORD)
    lines = trail_of(accounts.book)
    assert [line.action for line in lines].count("锁定账号") == 2
    assert "没有这个人" not in repr(lines), "a stranger's name may be a password typed in the wrong field"
    assert len([line for line in lines if line.action == "登录失败"]) == 2 * FAILURES + 3 * (FAILURES - 1)


def guess(sessions: Sessions, times: int, address: str = "", device: str = "") -> None:
    for _ in range(times):
        with pytest.raises(Refused):
            sessions.start("周局长", "guess-guess-9", address, device)


def test_whoever_guesses_locks_himself_out_and_not_the_owner(accounts: Accounts) -> None:
    accounts.add("周局长", "director", "", PASSWORD)
    sessions, book = Sessions(accounts), accounts.book
    guess(sessions, FAILURES, "10.9.9.9")
    with pytest.raises(Refused):
        sessions.start("周局长", PASSWORD, "10.9.9.9")
    assert accounts.get("周局长").locked(book.now()), "the bureau sees that somebody is locked out"
    assert sessions.start("周局长", PASSWORD, "10.1.2.3"), "from elsewhere the owner gets in"
    with pytest.raises(Refused):
        sessions.start("周局长", PASSWORD, "10.9.9.9")
    for number in range(FROM_EVERYWHERE):  # from ever other addresses: now the account is locked
        guess(sessions, 1, f"10.8.0.{number}")
    with pytest.raises(Refused):
        sessions.start("周局长", PASSWORD, "10.1.2.3")
    assert sessions.start("周局长", PASSWORD, "10.1.2.3", "own-device"), "but not on the owner's own device"
    with pytest.raises(Refused):
        sessions.start("周局长", PASSWORD, "10.1.2.3")
    guess(sessions, FAILURES, "10.1.2.3", "another-device")
    with pytest.raises(Refused):
        sessions.start("周局长", PASSWORD, "10.1.2.3", "another-device")
    accounts.unlock("周局长")
    assert sessions.start("周局长", PASSWORD, "10.9.9.9") and not accounts.get("周局长").locked(book.now())


def test_each_further_lock_lasts_twice_as_long(accounts: Accounts) -> None:
    accounts.add("周局长", "director", "", PASSWORD)
    sessions, locks = Sessions(accounts), []
    for _ in range(8):
        guess(sessions, FAILURES, "10.9.9.9")
        span = dt.timedelta()
        while accounts.get("周局长").locked(accounts.book.now()):
            later(accounts.book, LOCKED_FOR)
            span += LOCKED_FOR
        locks.append(span // LOCKED_FOR)
    assert locks == [1, 2, 4, 8, 16, 32, 32, 32]
    assert sessions.start("周局长", PASSWORD, "10.9.9.9")
    guess(sessions, FAILURES, "10.9.9.9")
    later(accounts.book, LOCKED_FOR)
    assert sessions.start("周局长", PASSWORD, "10.9.9.9"), "after a success it begins anew"


def test_what_comes_from_a_time_that_has_not_come_is_over(accounts: Accounts) -> None:
    """The clock ran a year ahead for a while: nobody stays locked out, or logged in, until then."""
    accounts.add("周局长", "director", "", PASSWORD)
    sessions, year = Sessions(accounts), dt.timedelta(365)
    later(accounts.book, year)
    token = sessions.start("周局长", PASSWORD, "10.1.2.3")
    guess(sessions, FAILURES, "10.1.2.3")
    assert sessions.visit(token) is not None and accounts.get("周局长").locked(accounts.book.now())
    later(accounts.book, -year)
    assert sessions.visit(token) is None and not accounts.get("周局长").locked(accounts.book.now())
    fresh = sessions.start("周局长", PASSWORD, "10.1.2.3")
    with accounts.book.reading() as connection:
        assert len(connection.execute(select(SESSIONS)).all()) == 1, "and it is swept away"
    for _ in range(MOST):
        sessions.start("周局长", PASSWORD, "10.1.2.3")
    assert sessions.visit(fresh) is None, "of too many sessions of one account the oldest ends"


def test_a_session_ends_with_age_and_with_idleness(accounts: Accounts) -> None:
    accounts.add("王督查", "inspector", "", PASSWORD)
    sessions = Sessions(accounts)
    token = sessions.start("王督查", PASSWORD)
    later(accounts.book, IDLE - dt.timedelta(seconds=30))
    visit = sessions.visit(token)
    assert visit is not None and visit.stale
    later(accounts.book, dt.timedelta(seconds=60))
    assert sessions.visit(token) is None
    token = sessions.start("王督查", PASSWORD)
    passed = dt.timedelta()
    while passed < OLDEST - IDLE:
        later(accounts.book, IDLE / 2)
        passed += IDLE / 2
        visit = sessions.visit(token)
        assert visit is not None
        sessions.touch(visit.key)
    later(accounts.book, IDLE)
    assert sessions.visit(token) is None, "busy or not, it ends"
    assert sessions.visit("") is None and sessions.visit("x" * 43) is None


REFUSED = ["short-1", "1234567890", "aaaaaaaaaaa1", "马校长-2026-ok", f"x{SCHOOL}y", "password12345", "qwertyuiop1"]
REFUSED += ["a" * 129 + "1", "onlyletters", "tab\tinside-12"]


def test_passwords_that_are_refused(accounts: Accounts) -> None:
    for password in REFUSED:
        with pytest.raises(UsageError) as refused:
            accounts.add("马校长", "principal", SCHOOL, password)
        assert password not in str(refused.value)
    assert not accounts.any()


WRONG = [
    ("马校长", "inspector", ""),
    ("李校长", "principal", ""),
    ("李督查", "inspector", SCHOOL),
    ("李四", "admin", ""),
]
WRONG += [(name, "inspector", "") for name in ("", "系统", "a b", "a\nb", "ＭＡ校长" * 20, "<b>")]


def test_what_an_account_must_be(accounts: Accounts) -> None:
    accounts.add("马校长", "principal", SCHOOL, PASSWORD)
    for name, role, school in WRONG:
        with pytest.raises(UsageError):
            accounts.add(name, role, school, PASSWORD)
    for change in (accounts.disable, accounts.unlock):
        with pytest.raises(UsageError):
            change("没有这个人")
    with pytest.raises(UsageError):
        accounts.reset("马校长", "123")
    with pytest.raises(UsageError):
        accounts.change("马校长", PASSWORD, PASSWORD)
    assert [one.name for one in accounts.list()] == ["马校长"]


def test_the_store_keeps_no_password(accounts: Accounts) -> None:
    accounts.add("王督查", "inspector", "", PASSWORD)
    for file in Path(accounts.book.folder).rglob("*"):
        assert not file.is_file() or PASSWORD.encode() not in file.read_bytes()
