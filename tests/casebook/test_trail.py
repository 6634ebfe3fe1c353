"""Whatever is changed behind the casebook's back is found, and the first place named."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text

from tests.casebook.conftest import INSPECTOR, SECOND, Office
from xueji_lib.casebook import answers, cases

TERM, BIG = "2026-2027-1", "2164000001"
TODAY = dt.date(2026, 11, 25)


@pytest.fixture
def worked(office: Office) -> Office:
    for case in cases.of_school(office.book, BIG, TODAY)[:3]:
        cases.decide(office.book, INSPECTOR, case.id, {"to": "属实"}, term=TERM, today=TODAY)
    answers.answer(office.book, SECOND, BIG, TERM, "S201", "符合", questions=["S201"])
    office.book.log("李督查", "登录")
    assert office.book.verify().broken == ""
    return office


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE trail SET who = '别人' WHERE n = 3", "第 3 条"),
        ("UPDATE trail SET at = '2026-01-01' WHERE n = 2", "第 2 条"),
        ("UPDATE trail SET action = '疑点→不属实' WHERE n = 4", "第 4 条"),
        ("UPDATE trail SET detail = '{}' WHERE n = 1", "第 1 条"),
        ("UPDATE trail SET ref = '' WHERE n = 3", "第 3 条"),
        ("DELETE FROM trail WHERE n = 3", "缺第 3 条"),
        ("DELETE FROM trail WHERE n = 6", "末尾少了"),
        ("UPDATE trail SET n = 9 WHERE n = 6", "缺第 6 条"),
        ("UPDATE events SET body = '{\"to\": \"不属实\"}' WHERE kind = 'finding'", "第 2 条"),
        ("UPDATE events SET who = '王督查' WHERE kind = 'answer'", "第 5 条"),
        ("DELETE FROM events WHERE kind = 'answer'", "第 5 条"),
        # A decision that nobody made.
        ("INSERT INTO events SELECT 'ab', 'finding', '', '', '', '鬼', '', '', '[]', '{}'", "没有留痕"),
    ],
)  # fmt: skip
def test_every_tampering_is_named(worked: Office, statement: str, named: str) -> None:
    with worked.book.engine.connect() as connection, connection.begin():
        connection.execute(text(statement))
    found = worked.book.verify()
    assert named in found.broken, found


def test_two_writers_make_one_chain(worked: Office) -> None:
    """Interleaved by threads: no line lost, no two with one number."""
    from concurrent.futures import ThreadPoolExecutor

    before = worked.book.verify().lines
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: worked.book.log(f"第{n}人", "登录"), range(40)))
    found = worked.book.verify()
    assert (found.lines, found.broken) == (before + 40, "")
