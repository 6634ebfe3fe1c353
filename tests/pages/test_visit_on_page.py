"""A visit on the checklist page: drawn, one replaced, a 不符合 written down as a finding, signed; and on paper."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from PIL import Image

from tests.pages.conftest import Site
from xueji_lib.casebook import cases, evidence
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.events import Actor
from xueji_lib.demo import TERM
from xueji_lib.register import catalogue
from xueji_lib.register.sampling import sampling
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.visit import sample_draw
from xueji_lib.visit.frame import frame_of

pytestmark = pytest.mark.slow

DRAWN = next(question for question in catalogue.load().questions if question.id == "S101")


def frame_size(site: Site, school: str) -> int:
    """How many pupils S101's sample may be drawn from."""
    assert DRAWN.sample is not None
    return len(frame_of(site.store, TERM, school, sampling(DRAWN.id, DRAWN.sample)).candidates)


def paper(file: Path) -> str:
    document = docx.Document(str(file))
    return "\n".join([p.text for p in document.paragraphs] + [c.text for t in document.tables for c in t._cells])


def command(site: Site, out: Path, *words: str) -> None:
    line = [
        sys.executable,
        "-m",
        "xueji_lib",
        "--store",
        str(site.store.root),
        *words,
        "--term",
        TERM,
        "--out",
        str(out),
    ]
    ran = subprocess.run(line, capture_output=True, encoding="utf-8", timeout=300)
    assert ran.returncode in (0, 4), ran.stderr


def test_a_visit_on_the_page_is_the_same_on_paper(site: Site, visit: Callable[..., Any], tmp_path: Path) -> None:
    schools = sorted(site.store.schools(TERM, "register"))
    school = max(schools, key=lambda school: frame_size(site, school))
    page = visit("feng", school=school)

    # Drawn on the page as the command draws; one gives way for a reason.
    question = page.locator('.xq[data-id="S101"]')
    question.get_by_role("button", name="抽样（5 名学生）").click()
    items = question.locator(".xsample-items > .xq")
    items.first.wait_for()
    with site.book() as book:
        [drawn] = book.events(school, TERM, ("draw",))
    waiting = {item["stratum"] for item in drawn.body["reserve"]}
    given_up = next(n for n, item in enumerate(drawn.body["items"]) if item["stratum"] in waiting)
    other = next(n for n in range(len(drawn.body["items"])) if n != given_up)
    before = items.nth(given_up).locator(".xq-ask").first.inner_text()
    items.nth(given_up).get_by_role("button", name="换一个…").click()
    question.get_by_role("button", name="保存").click()
    assert "还要填：理由" in question.locator(".xf-problem").inner_text()
    question.locator(".xf textarea").fill("今天请假，家长电话 13995012345")
    question.get_by_role("button", name="保存").click()
    question.locator(".xsample", has_text="换上").wait_for()
    assert items.nth(given_up).locator(".xq-ask").first.inner_text() != before
    with page.expect_download() as sheet:
        question.get_by_role("button", name="下载抽样清单.xlsx").click()
    assert sheet.value.suggested_filename == "抽样清单.xlsx"
    with site.book() as book:
        first, replaced = book.events(school, TERM, ("draw",))
        asked = frame_of(site.store, TERM, school, sampling(DRAWN.id, DRAWN.sample or {}))
        again = sample_draw.draw(asked, DRAWN, str(first.body["seed"]), f"{TERM} {school}")
        assert again["items"] == first.body["items"], "the command draws the same"
        assert "13995012345" not in str(replaced.body)

    # One of the drawn does not match; the answer is a finding with its photo, and so is that pupil.
    items.nth(other).get_by_role("radio", name="不相符").click()
    items.nth(other).locator("textarea").fill("审批表没有签署日期")
    items.nth(other).locator("textarea").blur()
    items.nth(other).get_by_role("button", name="记为发现").wait_for()
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    question.locator(":scope > .xq-more summary").click()
    question.locator(":scope > .xq-more .xfile-input").set_input_files(
        {"name": "审批表.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    question.locator(":scope > .xq-more .xfile-list li").wait_for()
    question.get_by_role("radio", name="不符合").first.click()
    note = question.locator(":scope > .xq-answer textarea")
    note.fill("两份审批表日期晚于系统操作")
    note.blur()
    question.locator(":scope > .xq-slot > div:first-child").get_by_role("button", name="记为发现").click()
    section = page.locator(".xsec", has=page.locator("#xj-1"))
    section.locator(".xfound-item").first.wait_for()
    items.nth(other).get_by_role("button", name="记为发现").click()
    section.locator(".xfound-item").nth(1).wait_for()
    # Changed before it is decided.
    section.locator(".xfound-item").first.get_by_role("button", name="改…").click()
    section.locator(".xfound .xf select").first.select_option("严重")
    section.locator(".xfound .xf").get_by_role("button", name="保存").click()
    section.locator(".xfound-item .xtag-严重").wait_for()

    # By hand, about a pupil of the register; another is taken back.
    seventh = page.locator(".xsec", has=page.locator("#xj-7"))
    for title in ("学籍档案堆在走廊", "看错的一条"):
        seventh.get_by_role("button", name="记一条现场发现").click()
        form = seventh.locator(".xfound .xf")
        form.get_by_label("问题").fill(title)
        form.get_by_label("现场看到的").fill("三年级的档案放在走廊的柜子里，没有锁")
        if title.startswith("学籍"):
            form.get_by_label("涉及的学生").select_option(index=1)
            form.locator(".xpupil-list input").first.check()
        form.get_by_role("button", name="保存").click()
        seventh.locator(".xfound-item", has_text=title).wait_for()
    wrong = seventh.locator(".xfound-item", has_text="看错的一条")
    wrong.get_by_role("button", name="撤回…").click()
    seventh.locator(".xfound .xf textarea").fill("看错了学校")
    seventh.locator(".xfound .xf").get_by_role("button", name="撤回", exact=True).click()
    seventh.locator(".xfound-gone", has_text="看错的一条").wait_for()

    with site.book() as book:
        today = book.today()
        written = [case for case in cases.of_school(book, school, today) if case.by_hand]
        assert [case.finding["rule_id"] for case in written] == ["S101", "S101", "S700"], "what was withdrawn is gone"
        hand = written[-1]
        assert hand.state == CaseState.ON_SITE and hand.finding["student"] and "*" in hand.finding["student_ref"]
        answered = next(case for case in written if case.finding["severity"] == "严重")
        [photo] = evidence.of_school(book, school)[f"finding/{answered.id}"]
        assert evidence.content(book, photo.sha256) == picture.getvalue()
        desk = Desk(book, site.store, Actor("feng", "inspector"), TERM, today)
        for case in (hand, answered):
            cases.decide(desk, case.id, {"to": CaseState.CONFIRMED, "note": "校长当场承认"})

    # Signed, and the signature says what was left.
    left = page.locator(".xsign-left")
    left.wait_for()
    assert "没有填的" in left.inner_text() and "没有抽或抽到的没有看完" in left.inner_text()
    page.get_by_role("button", name="签署", exact=True).last.click()
    page.get_by_role("button", name=re.compile("仍要签署")).click()
    page.locator(".xsign", has_text="签署：已存").wait_for()
    assert "签署时：没有填的" in page.locator(".xsign-history").first.inner_text()

    command(site, tmp_path, "visit", "record", school)
    record = paper(next(tmp_path.rglob("现场检查记录.docx")))
    assert hand.finding["title"] in record and answered.finding["title"] in record and "看错的一条" not in record
    assert "签署时：没有填的" in record and "审批表没有签署日期" in record and "13995012345" not in record
    command(site, tmp_path, "audit", school)
    letter = paper(next(tmp_path.rglob("限期整改通知书.docx")))
    assert hand.finding["title"] in letter and answered.finding["title"] in letter
    with site.book() as book:
        assert book.verify().broken == ""
