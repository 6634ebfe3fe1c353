"""更正通知 on the bureau's page, in a real browser: who is owed one, what of, and that it was sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboards.conftest import County, Visit
from xueji_lib.casebook import cases, letter_corrections
from xueji_lib.casebook.letter_corrections import MadeLetter
from xueji_lib.casebook.log.book import Casebook

pytestmark = pytest.mark.slow

TABLE = ".xt:has(th:has-text('原文书'))"


def wronged(county: County) -> tuple[str, str]:
    """A school that was told in a letter of something that is not true; its id, and what it was told."""
    with Casebook.open(county.store) as book:
        known = cases.of_county(book, county.today)
        busy = {county.own, county.other, ""}
        case = next(c for c in known if c.sighting.school_id not in busy and c.state == "疑点")
        desk, school = county.desk(book), case.sighting.school_id
        cases.decide(desk, case.id, {"to": "属实"})
        letter = MadeLetter("限期整改通知书", school, "2026-11-20", "西教体责改〔2026〕9号", (case.id,))
        assert letter_corrections.remember(book, desk.actor, county.term, [letter]) == 1
        cases.decide(desk, case.id, {"to": "不属实", "note": "原件齐全，当时没有看到"})
    return school, case.finding["title"]


def test_the_bureau_sees_who_is_owed_a_correction_and_writes_down_that_it_was_sent(
    served: tuple[County, str], browser: Browser
) -> None:
    county, address = served
    school, title = wronged(county)
    visit = Visit(browser, address, "局长")
    page = visit.page
    expect(page.locator(".tiles li:has-text('更正通知待发') b")).to_have_text("1")
    row = page.locator(f"{TABLE} tr.xr[data-id='{school}']")
    expect(row).to_contain_text("1 条")
    expect(row).to_contain_text(title)
    expect(row).to_contain_text("2026年11月20日《限期整改通知书》（西教体责改〔2026〕9号）")
    row.locator(".xr-open").click()
    below = page.locator(f"{TABLE} tr.xr[data-id='{school}'] + tr")
    expect(below).to_contain_text("属实→不属实（督查甲）：原件齐全，当时没有看到")
    expect(below).to_contain_text("更正通知.docx")
    row.locator("select").select_option("已发出")
    form = page.locator(f"{TABLE} .xf")
    form.locator("textarea").fill("专人送达，校长签收")
    form.get_by_role("button", name="保存").click()
    expect(row.locator(".xs-saved")).to_be_visible()
    expect(row).to_contain_text("局长")
    assert visit.outside == [] and visit.problems == []
    visit.close()

    with Casebook.open(county.store) as book:
        [sent] = letter_corrections.sent_before(book, county.term, school)
        assert (sent.who, sent.body["note"]) == ("局长", "专人送达，校长签收")
        known = cases.of_school(book, school, county.today)
        assert [item.sent for item in letter_corrections.of_school(book, school, known)] == [True]
    # Opened again it is still there, and nothing waits any more.
    visit = Visit(browser, address, "局长")
    expect(visit.page.locator(".tiles li:has-text('更正通知待发') b")).to_have_text("0")
    expect(visit.page.locator(f"{TABLE} tr.xr[data-id='{school}'] .xstate-已发出")).to_be_visible()
    visit.close()
