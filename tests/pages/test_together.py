"""Two inspectors in one school; a finger, a keyboard, a telephone; and a page that lies."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.deciding import decide
from xueji_lib.casebook import on_site_findings
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.log.tables import TRAIL
from xueji_lib.casebook.on_site_findings import OfSchool, OnSiteFinding, PupilConcerned
from xueji_lib.demo import TERM
from xueji_lib.register.vocabulary import Severity

from .conftest import Site

pytestmark = pytest.mark.slow

KNOWN = r"[A-Z]\d{3}|\b(li|zhao|sun|jpg|png|pdf|MB|KB|xueji verify|Word|xls|xlsx|csv|Sheet\d)\b"
TOO_SMALL = """() => [...document.querySelectorAll('.xui :is(button, select, textarea, summary, label, input)')]
  .filter((e) => e.offsetParent && !['checkbox', 'file'].includes(e.type) && e.getBoundingClientRect().height < 43.5)
  .map((e) => `${e.tagName} ${e.className} ${e.textContent.slice(0, 20)} ${e.getBoundingClientRect().height}`)"""


def undecided(site: Site) -> str:
    return next(key for key, case in site.cases().items() if case.state == "疑点" and case.sighting.origin == "系统")


def test_two_inspectors_who_differ_are_shown_both(site: Site, visit: Callable[..., Any]) -> None:
    first, second = visit("li", school=site.other), visit("zhao", school=site.other)
    finding = first.locator("tr.xr.xr-waiting").first.get_attribute("data-id")
    row = f'tr.xr[data-id="{finding}"]'
    decide(first.locator(row), "属实")
    first.locator(f"{row} .xs-saved").wait_for()
    # The second has not seen it.
    second.locator(f"{row} select.xstate").select_option("不属实")
    second.locator(f"{row} + tr textarea").fill("材料齐全")
    second.locator(f"{row} + tr").get_by_role("button", name="保存").click()
    clash = second.locator(f"{row} + tr .xconflict")
    clash.wait_for()
    assert "属实" in clash.inner_text() and "材料齐全" in clash.inner_text() and "li" in clash.inner_text()
    with site.book() as book:
        assert [event.who for event in book.about("finding", str(finding))] == ["li"]
    # It outlives a reload, and is settled by a person.
    second.once("dialog", lambda dialog: dialog.accept())
    second.reload(wait_until="commit")
    second.locator(f"{row} + tr .xconflict").wait_for(timeout=60000)
    second.locator(f"{row} + tr").get_by_role("button", name="改用我的").click()
    second.locator(f"{row} .xs-saved").wait_for()
    # The first sees it on refresh.
    first.get_by_role("button", name="刷新").click()
    first.wait_for_function("(row) => document.querySelector(row + ' select.xstate').value === '不属实'", arg=row)
    with site.book() as book:
        assert [event.who for event in book.about("finding", str(finding))] == ["li", "zhao"]
        assert book.verify().broken == ""


def test_a_page_that_lies_changes_nothing(site: Site, visit: Callable[..., Any]) -> None:
    page = visit("liu", school=site.other)
    other = undecided(site)
    count = select(func.count()).select_from(TRAIL).where(TRAIL.c.action == "拒绝", TRAIL.c.who == "liu")
    page.evaluate(
        """(other) => {
          const [box] = [...window.xuejiOutboxes.keys()].filter((one) => one.model.get("rows"));
          box.model.send({ op: "step", n: "1", id: other, seen: [], action: "属实", body: {} });
          box.model.send({ op: "step", n: "2", id: other, seen: [], action: "属实", body: { note: "x".repeat(3e6) } });
          box.model.set("rows", []);
          box.model.save_changes();
        }""",
        other,
    )
    for _ in range(100):
        with site.book() as book, book.reading() as connection:
            refused = connection.execute(count).scalar_one()
        if refused == 3:
            break
        page.wait_for_timeout(100)
    assert refused == 3
    assert site.cases()[other].state == "疑点"


def test_a_page_that_cannot_be_opened_says_why(site: Site, browser: Any) -> None:
    for headers, school, said in (
        ({"X-Xueji-User": "wu", "X-Xueji-Role": "inspector"}, "9999999999", "学校名录里没有 9999999999"),
        (
            {"X-Xueji-User": "ma", "X-Xueji-Role": "principal", "X-Xueji-School": site.school},
            site.school,
            "只给督查人员看",
        ),
    ):
        context = browser.new_context(viewport={"width": 390, "height": 844}, extra_http_headers=headers)
        page = context.new_page()
        page.goto(f"{site.address}?school={school}&role=director", wait_until="commit")
        page.locator(".xj-error").wait_for(timeout=60000)
        shown = page.inner_text("body")
        assert said in shown and shown.count("这一页没有打开") == 1
        assert "rror" not in shown and "xueji_lib" not in page.content()
        context.close()


@pytest.mark.parametrize("width", [768, 390])
def test_a_finger_and_a_keyboard_are_enough(site: Site, visit: Callable[..., Any], width: int) -> None:
    page = visit("sun", school=site.other, width=width, height=900)
    page.locator(".xroll-classes button").first.click()
    page.locator(".xroll-card").first.wait_for()
    row = page.locator("tr.xr").first
    row.locator(".xr-open").click()
    page.locator("tr.xr-below .xd-block").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.evaluate(TOO_SMALL) == []
    # English left over, in what people see; letters among digits are a code of the trail.
    shown = re.sub(KNOWN, "", page.inner_text("body"))
    assert re.findall(r"(?<![0-9A-Za-z])[A-Za-z]{4,}(?![0-9A-Za-z])", shown) == []
    # The bar stays in view; by keyboard a row opens, closes and moves on.
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert page.locator(".xbar").bounding_box()["y"] >= 0
    opener = page.locator("tr.xr .xr-open").first
    opener.focus()
    page.keyboard.press("Escape")
    assert opener.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    assert opener.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.className") == "xr-open"
    assert page.evaluate("document.activeElement") != opener.element_handle()
    page.keyboard.press("ArrowUp")
    assert opener.evaluate("(one) => one === document.activeElement")


def test_a_long_name_pushes_nothing_off_the_page(site: Site, visit: Callable[..., Any]) -> None:
    name = "阿卜杜热合曼·买买提依明·玉素甫江·艾合买提江·吐尔逊"
    concerned = PupilConcerned(name, "640422********001X", 3, 1)
    seen = OnSiteFinding(
        "S700", "档案里没有户口簿复印件", "三年级1班", Severity.GENERAL, "三(四)7", pupils=(concerned,)
    )
    with site.book() as book:
        desk = Desk(book, site.store, Actor("sun", "inspector"), TERM, dt.date.today())
        on_site_findings.record(desk, OfSchool(site.other, "甲校", "2020-154"), seen, ())
    page = visit("sun", school=site.other, width=1024)
    page.locator("td.xc", has_text=name).first.wait_for()
    for width in (1024, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") == width
