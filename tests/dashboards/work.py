"""People at work in a synthetic county: what inspectors decided before the page is opened."""

from __future__ import annotations

import datetime as dt

from xueji_lib.casebook import cases, signoff
from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor

INSPECTOR = Actor("督查甲", "inspector")
PASSWORD = "西北风2026#雨水"


def accounts(book: Casebook, schools: dict[str, str]) -> None:
    """A director, an inspector, and ``schools``: account name → school id. All have changed their first password."""
    kept = Accounts(book)
    for name, role, school in [
        ("局长", "director", ""),
        ("督查甲", "inspector", ""),
        *((name, "principal", school) for name, school in schools.items()),
    ]:
        kept.add(name, role, school, "初始Kouling#9071")
        kept.change(name, "初始Kouling#9071", PASSWORD)


def confirm(desk: Desk, school: str, dues: list[int], only: int = 99) -> list[str]:
    """Find the school's first ``only`` findings true and give notice of the first ``len(dues)``: days from today."""
    found = [case for case in cases.of_school(desk.book, school, desk.today) if case.state == "疑点"][:only]
    for case in found:
        cases.decide(desk, case.id, {"to": "属实", "note": "现场核实，情况属实"})
    for case, days in zip(found, dues, strict=False):
        due = (desk.today + dt.timedelta(days=days)).isoformat()
        body = {"to": "已通知", "due": due, "note": "请按通知二（一）整改，附照片"}
        earlier = Desk(desk.book, desk.store, desk.actor, desk.term, desk.today - dt.timedelta(30))
        cases.decide(earlier, case.id, body)  # a deadline that has passed by now was given before it had
    return [case.id for case in found]


def sign(desk: Desk, school: str) -> None:
    signoff.step(desk, school, "sign")
