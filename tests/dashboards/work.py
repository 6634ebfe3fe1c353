"""People at work in a synthetic county: what inspectors decided before the page is opened."""

from __future__ import annotations

import datetime as dt

from xueji_lib.casebook import cases, signoff
from xueji_lib.casebook.accounts import Accounts
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.events import Actor

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


def confirm(book: Casebook, school: str, term: str, today: dt.date, dues: list[int], only: int = 99) -> list[str]:
    """Find the school's first ``only`` findings true and give notice of the first ``len(dues)``: days from today."""
    found = [case for case in cases.of_school(book, school, today) if case.state == "疑点"][:only]
    for case in found:
        cases.decide(book, INSPECTOR, case.id, {"to": "属实", "note": "现场核实，情况属实"}, term=term, today=today)
    for case, days in zip(found, dues, strict=False):
        due = (today + dt.timedelta(days=days)).isoformat()
        body = {"to": "已通知", "due": due, "note": "请按通知二（一）整改，附照片"}
        cases.decide(book, INSPECTOR, case.id, body, term=term, today=today)
    return [case.id for case in found]


def sign(book: Casebook, school: str, term: str) -> None:
    signoff.step(book, INSPECTOR, school, term, "sign")
