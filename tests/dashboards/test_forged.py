"""Messages that no page would send, at the widgets of a principal's page: nothing changes, and it is logged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.dashboards import work
from tests.dashboards.conftest import County
from xueji_lib.casebook import cases, explain, school_view
from xueji_lib.casebook.accounts import Accounts
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.tables import EVENTS, TRAIL
from xueji_lib.intake import handover
from xueji_lib.register import schema
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.web import county as bureau
from xueji_lib.web import principal
from xueji_lib.web.papers import Papers
from xueji_lib.web.table import Table


@pytest.fixture
def page(county: County, monkeypatch: pytest.MonkeyPatch) -> Iterator[principal.Page]:
    """The page as its kernel has it: the school's view, the fenced casebook, the door's word on who looks."""
    with Casebook.open(county.store) as book:
        work.confirm(book, county.own, county.term, county.today, [5], 2)
        work.confirm(book, county.other, county.term, county.today, [5], 2)
    view = school_view.refresh(county.store, county.own, county.today)
    monkeypatch.setenv("XUEJI_STORE", str(view.root))
    monkeypatch.setenv("XUEJI_CASEBOOK_FOLDER", str(county.store.root / "casebook"))
    for name, value in (("USER", "王校长"), ("ROLE", "principal"), ("SCHOOL", county.own)):
        monkeypatch.setenv(f"HTTP_X_XUEJI_{name}", value)
    opened = principal.open_page()
    yield opened
    opened.desk.book.close()


def _widget(page: principal.Page, part: str) -> Table | Papers:
    found: Table | Papers = getattr(page, part)().parts[-1]
    return found


def _events(county: County) -> list[str]:
    with Casebook.open(county.store) as book, book.reading() as connection:
        return sorted(connection.execute(select(EVENTS.c.id)).scalars())


def _refusals(county: County) -> int:
    with Casebook.open(county.store) as book, book.reading() as connection:
        lines = connection.execute(select(TRAIL.c.who).where(TRAIL.c.action == "拒绝", TRAIL.c.school_id == county.own))
        return sum(who == "王校长" for who in lines.scalars())


REPORT = {"note": "改好了", "person": "张三", "done": "2026-11-20"}


def test_forged_messages_change_nothing_and_are_logged(page: principal.Page, county: County) -> None:
    with Casebook.open(county.store) as book:
        theirs = [case.id for case in cases.of_school(book, county.other, county.today)]
        [notified] = [c for c in cases.of_school(book, county.own, county.today) if c.state == "已通知"]
        open_one = next(c for c in cases.of_school(book, county.own, county.today) if c.state == "疑点")
        stranger = explain.mismatches(book, county.store, county.other, county.term)[0].ref
    rectify, told, papers = (_widget(page, part) for part in ("rectify", "explain", "papers"))
    before = _events(county)

    def step(row: str, action: str = "学校已报整改", **body: str) -> dict[str, object]:
        return {"op": "step", "n": "1", "id": row, "seen": [], "action": action, "body": body or REPORT}

    seen = list(notified.seen)
    forged = [
        (rectify, step(theirs[0])),
        (rectify, step("") | {"op": "bulk", "chosen": {theirs[0]: [], notified.id: seen}}),
        (rectify, {"op": "open", "n": "3", "id": theirs[0]}),
        (rectify, {"op": "view", "n": "4", "id": theirs[0], "sha256": "0" * 64}),
        (rectify, {"op": "part", "n": "5", "id": theirs[0], "part": 0, "parts": 1, "size": 1, "name": "a.png"}),
        (rectify, step(notified.id, "复核销号", note="销了吧") | {"seen": seen}),
        (rectify, step(notified.id, "不属实", note="没有这回事") | {"seen": seen}),
        (rectify, step(open_one.id)),
        (rectify, step(notified.id, note="改好了") | {"seen": seen}),
        (rectify, {"op": "undo", "n": "6", "id": notified.id, "seen": seen}),
        (told, {"op": "step", "n": "7", "id": stranger, "seen": [], "action": "说明", "body": {"note": "转走了"}}),
        (papers, {"op": "make", "n": "8", "id": f"../{county.other}"}),
        (papers, {"op": "part", "n": "9", "id": "", "part": 0, "parts": 1, "size": 2**40, "name": "a.xlsx"}),
    ]  # fmt: skip
    for widget, message in forged:
        answer = widget.answer(message, [memoryview(b"x")])
        assert answer["kind"] == "refused", (message, answer)
        assert not (set(theirs) & set(str(answer).split("'"))), "tells of another school's findings"
    for widget in (rectify, told, papers):
        shown = widget.get_state()
        widget.set_state({"rows": [], "spec": {}, "listed": []})
        assert widget.get_state() == shown
    assert _events(county) == before
    assert handover.queue(county.store.root / "incoming") == []
    assert _refusals(county) == len(forged) + 3


def test_what_is_his_is_taken_and_a_stale_page_is_told(page: principal.Page, county: County) -> None:
    table = _widget(page, "rectify")
    row = next(row for row in table.get_state()["rows"] if row["state"] == "已通知")
    message = {"op": "step", "n": "1", "id": row["id"], "seen": row["seen"], "action": "学校已报整改", "body": REPORT}
    assert table.answer(message)["kind"] == "saved"
    assert table.answer(message)["kind"] == "saved", "asked twice, said once"
    changed = {**message, "body": {**REPORT, "note": "又改了"}}
    assert table.answer(changed)["kind"] == "conflict"
    with Casebook.open(county.store) as book:
        assert len(cases.case(book, row["id"], county.today).history) == 3


def test_the_page_shows_nothing_of_another_school(page: principal.Page, county: County) -> None:
    """Not in what it shows, and its kernel was given no row of another school."""
    directory = county.store.directory(county.term)
    others = directory[directory["school_id"].astype(str) != county.own]
    shown = "".join(
        [page.top().html, *(str(_widget(page, part).get_state()) for part in ("rectify", "explain", "papers"))]
    )
    for name in [*others["school_id"].astype(str), *others["school_name"].astype(str)]:
        assert name not in shown
    view = page.desk.store
    held = {school for term in view.terms() for name in schema.AT_REST for school in view.schools(term, name)}
    assert held == {county.own}
    assert "2026春" in shown, "its own last term"
    assert page.answer is not None and set(page.answer.findings["school_id"]) == {county.own}
    assert {case.sighting.school_id for case in page.desk.cases().values()} == {county.own}


def _as(monkeypatch: pytest.MonkeyPatch, county: County, name: str, role: str, school: str = "") -> None:
    monkeypatch.setenv("XUEJI_STORE", str(county.store.root))
    for key, value in (("USER", name), ("ROLE", role), ("SCHOOL", school)):
        monkeypatch.setenv(f"HTTP_X_XUEJI_{key}", value)


def test_an_inspector_on_the_bureaus_page_decides_nothing(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    with Casebook.open(county.store) as book:
        work.accounts(book, {"王校长": county.own})
        work.confirm(book, county.own, county.term, county.today, [-1], 3)
        work.sign(book, county.own, county.term)
    _as(monkeypatch, county, "督查乙", "inspector")
    page = bureau.open_page()
    before = _events(county)
    forged = [
        ("measures", county.own, "通报批评", {"note": "我来定"}),
        ("signoffs", county.own, "会签", {}),
        ("accounts", "王校长", "停用", {}),
        ("measures", "不存在", "通报批评", {"note": "x"}),
        ("incoming", "../../casebook/x", "导入", {}),
    ]
    for part, row, action, body in forged:
        table = getattr(page, part)().parts[-1]
        message = {"op": "step", "n": "1", "id": row, "seen": [], "action": action, "body": body}
        if table._known and row in table._known:
            message["seen"] = next(one["seen"] for one in table.get_state()["rows"] if one["id"] == row)
        assert table.answer(message)["kind"] == "refused", message
    assert _events(county) == before
    with Casebook.open(county.store) as book, book.reading() as connection:
        lines = connection.execute(select(TRAIL.c.who).where(TRAIL.c.action == "拒绝")).scalars().all()
        assert lines == ["督查乙"] * len(forged)
        assert not Accounts(book).get("王校长").disabled
    page.desk.book.close()


def test_a_principal_gets_no_bureaus_page_and_no_other_view(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    _as(monkeypatch, county, "王校长", "principal", county.own)
    with pytest.raises(UsageError, match="只给督查人员"):
        bureau.open_page()
    view = school_view.refresh(county.store, county.other, county.today)
    monkeypatch.setenv("XUEJI_CASEBOOK_FOLDER", str(county.store.root / "casebook"))
    for root in (view.root, county.store.root):  # another school's view; the county's own store
        monkeypatch.setenv("XUEJI_STORE", str(root))
        with pytest.raises(StoreError, match="不是同一所学校"):
            principal.open_page(county.other)
