"""One pupil whom two schools have: each principal sees his own side, the bureau decides once, and both pages say so."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.casebook.test_evidence import picture
from tests.dashboards import work
from tests.dashboards.conftest import County, Visit
from xueji_lib.casebook import cases, two_sided
from xueji_lib.casebook.access.accounts import Accounts
from xueji_lib.casebook.closed_findings import closed_ids
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.two_sided import TwoSidedCase

pytestmark = pytest.mark.slow

NOTE = "两本户口簿都看过，是两个人，号码录错"


def pair(county: County) -> TwoSidedCase:
    """A pupil on the register of 王校长's school, counted at another: the registering school's R210, the other's
    R508. The other has a principal too."""
    with Casebook.open(county.store) as book:
        known = two_sided.of_cases(cases.of_county(book, county.today))
        chosen = next(one for one in known if [side.finding["rule_id"] for side in one.sides] == ["R210", "R508"])
        assert chosen.sides[0].sighting.school_id == county.own
        accounts = Accounts(book)
        accounts.add("张校长", "principal", chosen.sides[1].sighting.school_id, "初始Kouling#9071")
        accounts.change("张校长", "初始Kouling#9071", work.PASSWORD)
    return chosen


def opened(page: Page, finding_id: str) -> tuple[Locator, Locator]:
    """A finding's row, opened, and what is below it."""
    row = page.locator(f"tr.xr[data-id='{finding_id}']")
    row.locator(".xr-open").click()
    return row, page.locator(f"tr.xr[data-id='{finding_id}'] + tr")


def test_one_pair_two_principals_one_bureau(served: tuple[County, str], browser: Browser) -> None:
    county, address = served
    chosen = pair(county)
    here, there = chosen.sides
    bureau = Visit(browser, address, "局长")
    page = bureau.page
    waiting = int(page.locator(".tiles li:has-text('两校一件待定') b").inner_text())
    assert waiting >= 2
    row, below = opened(page, chosen.id)
    for side in chosen.sides:
        expect(below).to_contain_text(side.finding["evidence"])
    table = page.locator(".xt:has(th:has-text('两校现在'))")
    row.locator("select").select_option("不是同一人")
    table.locator(".xf textarea").fill(NOTE)
    table.locator(".xf").get_by_role("button", name="保存").click()
    expect(table).to_contain_text("要先附佐证")  # no paper, no such verdict
    table.locator(".xfile-input").set_input_files(
        {"name": "户口簿.png", "mimeType": "image/png", "buffer": picture("PNG")}
    )
    expect(below.locator(".xfile-list li")).to_have_count(1)
    row.locator("select").select_option("不是同一人")
    table.locator(".xf textarea").fill(NOTE)
    table.locator(".xf").get_by_role("button", name="保存").click()
    expect(row.locator(".xs-saved")).to_be_visible()
    expect(row.locator(".xstate-不是同一人")).to_be_visible()
    expect(table.locator("tr.xr .xstate-不是同一人")).to_have_count(2)  # R207 found these two as well
    assert bureau.outside == [] and bureau.problems == []
    bureau.close()

    # Each principal finds his own side closed, the other school named, and nothing else of it.
    for name, own, other in (("王校长", here, there), ("张校长", there, here)):
        visit = Visit(browser, address, name)
        visit.page.locator(".xt:has(th:has-text('督查意见')) [type=search]").fill(own.finding["student"])
        row, below = opened(visit.page, own.id)
        expect(row.locator(".xstate-不是同一人")).to_be_visible()
        expect(row).to_contain_text("两校一件")
        expect(below).to_contain_text(f"{other.finding['school']}也有这一件")
        expect(below).to_contain_text(NOTE)
        expect(visit.page.locator(f"tr.xr[data-id='{other.id}']")).to_have_count(0)
        content = visit.page.content()
        assert other.finding["evidence"] not in content and "户口簿.png" not in content
        assert visit.outside == [] and visit.problems == []
        visit.close()

    with Casebook.open(county.store) as book:
        assert {here.id, there.id} <= closed_ids(book, county.today)
        known = two_sided.of_cases(cases.of_county(book, county.today))
        same = [one for one in known if one.people <= chosen.people]
        assert len(same) == 2 and all(one.closed for one in same)
        assert book.verify().broken == ""
