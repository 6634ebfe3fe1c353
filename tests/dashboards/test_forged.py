"""Messages that no page would send, at the widgets of a principal's page: nothing changes, and it is logged."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select

from tests.dashboards import work
from tests.dashboards.conftest import County
from tests.dashboards.test_handover import headcount
from xueji_lib.casebook import cases, explanations
from xueji_lib.casebook.access import school_view
from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.tables import EVENTS, TRAIL
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.intake import handover
from xueji_lib.register import schema
from xueji_lib.reports.workbooks import ledgers
from xueji_lib.support.errors import StoreError, UsageError
from xueji_lib.web.pages import bureau, principal
from xueji_lib.web.panels.papers import Papers
from xueji_lib.web.panels.table_panel import TablePanel

pytestmark = pytest.mark.slow


@pytest.fixture
def page(county: County, monkeypatch: pytest.MonkeyPatch) -> Iterator[principal.PrincipalPage]:
    """The page as its kernel has it: the school's view, the fenced casebook, the door's word on who looks."""
    with Casebook.open(county.store) as book:
        work.confirm(county.desk(book), county.own, [5], 2)
        work.confirm(county.desk(book), county.other, [5], 2)
    view = school_view.refresh(Workplace(county.store), county.own, county.today)
    monkeypatch.setenv("XUEJI_STORE", str(view.root))
    monkeypatch.setenv("XUEJI_CASEBOOK_FOLDER", str(county.store.root / "casebook"))
    for name, value in (("USER", "王校长"), ("ROLE", "principal"), ("SCHOOL", county.own)):
        monkeypatch.setenv(f"HTTP_X_XUEJI_{name}", value)
    opened = principal.open_page()
    yield opened
    opened.desk.book.close()


def _widget(page: principal.PrincipalPage, part: str) -> TablePanel | Papers:
    found: TablePanel | Papers = getattr(page, part)().parts[-1]
    return found


def _events(county: County) -> list[str]:
    with Casebook.open(county.store) as book, book.reading() as connection:
        return sorted(connection.execute(select(EVENTS.c.id)).scalars())


def _refusals(county: County) -> int:
    with Casebook.open(county.store) as book, book.reading() as connection:
        lines = connection.execute(select(TRAIL.c.who).where(TRAIL.c.action == "拒绝", TRAIL.c.school_id == county.own))
        return sum(who == "王校长" for who in lines.scalars())


REPORT = {"note": "改好了", "person": "张三", "done": "2026-11-20"}


def test_forged_messages_change_nothing_and_are_logged(page: principal.PrincipalPage, county: County) -> None:
    with Casebook.open(county.store) as book:
        theirs = [case.id for case in cases.of_school(book, county.other, county.today)]
        [notified] = [c for c in cases.of_school(book, county.own, county.today) if c.state == "已通知"]
        open_one = next(c for c in cases.of_school(book, county.own, county.today) if c.state == "疑点")
        stranger = explanations.mismatches(book, county.store, county.other, county.term)[0].ref
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


def test_what_is_his_is_taken_and_a_stale_page_is_told(page: principal.PrincipalPage, county: County) -> None:
    table = _widget(page, "rectify")
    row = next(row for row in table.get_state()["rows"] if row["state"] == "已通知")
    message = {"op": "step", "n": "1", "id": row["id"], "seen": row["seen"], "action": "学校已报整改", "body": REPORT}
    assert table.answer(message)["kind"] == "saved"
    assert table.answer(message)["kind"] == "saved", "asked twice, said once"
    changed = {**message, "body": {**REPORT, "note": "又改了"}}
    assert table.answer(changed)["kind"] == "conflict"
    with Casebook.open(county.store) as book:
        assert len(cases.case(book, row["id"], county.today).history) == 3


def test_the_page_shows_nothing_of_another_school(page: principal.PrincipalPage, county: County) -> None:
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
        work.confirm(county.desk(book), county.own, [-1], 3)
        work.sign(county.desk(book), county.own)
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
    view = school_view.refresh(Workplace(county.store), county.other, county.today)
    monkeypatch.setenv("XUEJI_CASEBOOK_FOLDER", str(county.store.root / "casebook"))
    for root in (view.root, county.store.root):  # another school's view; the county's own store
        monkeypatch.setenv("XUEJI_STORE", str(root))
        with pytest.raises(StoreError, match="不是同一所学校"):
            principal.open_page(county.other)


def test_a_file_that_is_only_looked_at_leaves_nothing(page: principal.PrincipalPage, county: County) -> None:
    papers, logged = _widget(page, "papers"), _trail(county)
    files = sorted(county.store.root.rglob("*"))
    content = headcount(county.own, "马小明", "王小红") + headcount(county.other, "张三").split(b"\n", 1)[1]
    part = {"op": "part", "n": "1", "id": "check", "part": 0, "parts": 1, "size": len(content), "name": "核对.csv"}
    reply = papers.handlers()["part"](part, [memoryview(content)])
    assert "没有交，也没有存" in reply["message"] and reply["listed"] == []
    told = "\n".join(reply["lines"])
    assert "不在学校名录里" in told, "a row of another school"
    assert "自查不能查" in told and "张三" not in told
    assert sorted(county.store.root.rglob("*")) == files and _trail(county) == logged
    assert handover.queue(county.store.root / "incoming") == []


def _trail(county: County) -> int:
    with Casebook.open(county.store) as book, book.reading() as connection:
        return len(list(connection.execute(select(TRAIL.c.who))))


def _check_numbers(book: openpyxl.Workbook) -> Iterator[str | None]:
    header = schema.HEADCOUNT["check_no"].header
    for sheet in book.worksheets[:-1]:
        rows = iter(sheet.values)
        number_at = next(rows).index(header)
        yield from (row[number_at] for row in rows)


def test_a_sheet_from_the_page_has_the_countys_keys_and_not_its_secret(
    page: principal.PrincipalPage, county: County, tmp_path: Path
) -> None:
    reply = _widget(page, "papers").handlers()["make"]({"op": "make", "n": "1", "id": "headcount"}, [])
    books = [openpyxl.load_workbook(io.BytesIO(bytes(reply["buffers"][0])))]
    books.append(openpyxl.load_workbook(ledgers.write_headcount(tmp_path, county.store, county.term, county.own)))
    theirs, ours = (list(_check_numbers(book)) for book in books)
    assert theirs == ours and sum(bool(key) for key in ours) > 100
    secret = json.loads((county.store.root / "check-key.json").read_text("utf-8"))["secret"]
    content = (page.desk.store.root / "check-key.json").read_text("utf-8")
    assert secret not in content and list(json.loads(content)["schools"]) == [county.own]
