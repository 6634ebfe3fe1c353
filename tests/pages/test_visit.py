"""A visit in a real browser, from plan and draw to a record that both sides signed on the screen.

Clicks, the strokes of the four signatures apart: the class, a pupil called away, the roll saved (3), three answers (3),
没有异议 (1), 在屏幕上签 and 存这个签名 for each of four signers (8), the record (1). ``MOST_CLICKS`` holds it there.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import docx
import pytest
from playwright.sync_api import expect

from xueji_lib.casebook import record_signing, rollcall
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.judging import judged
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.record_signing import DRAWN, ON_PAPER
from xueji_lib.casebook.roster import SchoolClass
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.demo import INSPECTION, TERM
from xueji_lib.register import catalogue
from xueji_lib.visit import inspectors, plan_making, sample_draw, signed_record, visit_plan, visit_record

from .conftest import Site
from .test_roll_call import call_away
from .test_roll_call_report import open_class

pytestmark = pytest.mark.slow

MOST_CLICKS: Final = 16
COUNTING: Final = """window.clicks = 0; addEventListener('click', (event) => {
  if (event.isTrusted && event.detail && event.target.tagName !== 'CANVAS') window.clicks += 1;
}, true)"""
QUESTIONS: Final = catalogue.load().questions


def planned_and_drawn(site: Site, school: str) -> tuple[visit_plan.VisitPlan, SchoolClass]:
    """Every school is in the plan; the class that the lot gave for the roll-call."""
    answer = judged(Workplace(site.store), INSPECTION)
    with site.book() as book:
        desk = Desk(book, site.store, Actor("peng", "inspector"), TERM, dt.date.today())
        people = inspectors.listed("姓名,单位\n王强,教育局\n李敏,教研室", "名单", plan_making.places_of(answer))
        every = visit_plan.PlanRequest("7", 3, desk.today, schools=len(answer.schools), by_lot=2)
        plan = plan_making.draw_and_keep(desk, answer, every, people)
        question = next(question for question in QUESTIONS if question.id == "S201")
        item = sample_draw.take(desk, school, question).items[0]
    return plan, SchoolClass(school, int(item["grade"]), int(item["class_no"]))


def draw_signature(page: Any, signer: Any) -> None:
    """In the field that is open: three strokes by mouse."""
    box = signer.locator("canvas").bounding_box()
    for stroke in range(3):
        page.mouse.move(box["x"] + 40 + 60 * stroke, box["y"] + 30)
        page.mouse.down()
        page.mouse.move(box["x"] + 70 + 60 * stroke, box["y"] + box["height"] - 20, steps=6)
        page.mouse.move(box["x"] + 90 + 60 * stroke, box["y"] + 25, steps=6)
        page.mouse.up()


def sign(page: Any, number: int, name: str = "") -> None:
    signer = page.locator(".xrec-signer").nth(number)
    signer.get_by_role("button", name="在屏幕上签").click()
    if name:
        signer.get_by_label("姓名").fill(name)
    draw_signature(page, signer)
    signer.get_by_role("button", name="存这个签名").click()
    expect(page.locator(".xrec-signer").nth(number).locator("img")).to_be_visible()


def test_a_visit_from_plan_to_signed_record(site: Site, visit: Callable[..., Any]) -> None:
    school = site.other
    plan, called = planned_and_drawn(site, school)
    page = visit("peng", school=school)
    page.evaluate(COUNTING)
    open_class(page, called)
    call_away(page, "请假")
    page.get_by_role("button", name="保存点名").click()
    page.locator(".xroll-foot .xnote", has_text="按点名重新核查").wait_for(timeout=120_000)
    for question in ("S201", "S202", "S203"):
        row = page.locator(f'.xq[data-id="{question}"]')
        row.get_by_role("radio", name="符合", exact=True).click()
        row.locator(".xs-saved").first.wait_for()
    record = page.locator(".xrec")
    expect(record).to_contain_text("点名 1 个班", timeout=30_000)
    expect(record).to_contain_text("答了 3 问", timeout=30_000)
    record.get_by_role("button", name="没有异议", exact=True).click()
    expect(record).to_contain_text("记下的：没有异议")
    for number, name in enumerate(("", "", "张建国", "马秀兰")):
        sign(page, number, name)
    expect(record).to_contain_text("双方都签了")
    with page.expect_download() as download:
        page.locator("[data-offer='record'] button").click()
    clicks = page.evaluate("window.clicks")
    assert clicks <= MOST_CLICKS, f"{clicks} clicks"

    document = docx.Document(io.BytesIO(Path(download.value.path()).read_bytes()))
    text = "\n".join([p.text for p in document.paragraphs] + [c.text for t in document.tables for c in t._cells])
    with site.book() as book:
        (roll,) = rollcall.of_school(book, school, TERM)
        said = visit_record.of_visit(book, school, TERM, QUESTIONS, dt.date.today())
        assert said is not None and book.verify().broken == ""
        kept = record_signing.signatures(book, school, TERM)
        assert [one.way for one in kept] == [DRAWN] * 4 and len({one.sha256 for one in kept}) >= 1
        lines = signed_record.signers(book, said)
        noted = book.events(school, TERM, ("record",))[-1]
    (of_class,) = said.rolls
    row = next(
        [cell.text for cell in r.cells] for t in document.tables for r in t.rows if of_class.place in r.cells[0].text
    )
    assert row[0] == f"{of_class.place}（抽签）" and row[2:5] == [
        str(of_class.registered), str(of_class.present), str(len(of_class.absent)),
    ]  # fmt: skip
    assert list(roll.absent.values()).count("请假") >= 1 and "（请假）" in text
    assert f"{TERM} 第 {plan.drawn} 次督查方案" in text and "王强" in text and "☑ 以上记录没有异议" in text
    assert f"{len(QUESTIONS) - 3} 问没有填" in text and said.content_value in text
    assert signed_record.is_complete(lines) and noted.body["check_value"] == said.content_value
    pictures = {
        part.partname for part in document.part.package.iter_parts() if part.partname.startswith("/word/media/")
    }
    assert len(pictures) == len({one.sha256 for one in kept})

    # What is changed afterwards was not signed; whoever cannot draw signs on paper, with the keyboard.
    page.locator('.xq[data-id="S103"]').get_by_role("radio", name="不适用", exact=True).click()
    expect(page.locator(".xrec-signer", has_text="已作废，须重签")).to_have_count(4, timeout=30_000)
    page.set_viewport_size({"width": 390, "height": 800})
    head = page.locator(".xrec-signer[data-signer='学校负责人']")
    head.get_by_role("button", name="纸上手签").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".xrec-signer[data-signer='学校负责人']")).to_contain_text("纸上手签（打印后签）")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with site.book() as book:
        ways = {one.signer: one.way for one in record_signing.signatures(book, school, TERM)}
        assert ways["学校负责人"] == ON_PAPER and book.verify().broken == ""
