"""逐班点名 in a real browser: what is called while a save is under way is neither lost nor given to another class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from xueji_lib.casebook import rollcall
from xueji_lib.casebook.rollcall import RollCall
from xueji_lib.demo import TERM

from .conftest import Site

pytestmark = pytest.mark.slow

CLASSES = ".xroll-classes button"


def open_class(page: Any, index: int) -> str:
    """Opens a class by its position among the buttons and returns its label."""
    button = page.locator(CLASSES).nth(index)
    label = button.inner_text().partition("（")[0]
    button.click()
    page.locator(".xroll-class h3", has_text=label).wait_for()
    return str(label)


def call_away(page: Any, reason: str) -> None:
    """Taps the first pupil who is not away already by what the school reported."""
    there = page.locator(".xroll-card:has(.xroll-tap[aria-pressed='false'])").first
    card = page.locator(f".xroll-card[data-ref='{there.get_attribute('data-ref')}']")
    card.locator("button").click()
    card.locator("select").select_option(reason)


def saved(site: Site, class_index: int, page: Any) -> RollCall | None:
    """The roll-call that the casebook has of a class."""
    grade, class_no = page.evaluate(
        """(index) => {
          const [outbox] = [...window.xuejiOutboxes.keys()].filter((one) => one.model.get("spec").classes);
          const { grade, class_no } = outbox.model.get("spec").classes[index];
          return [grade, class_no];
        }""",
        class_index,
    )
    with site.book() as book:
        for roll in rollcall.of_school(book, site.other, TERM):
            if (roll.grade, roll.class_no) == (grade, class_no):
                return roll
    return None


def test_another_class_is_opened_while_one_is_saved(site: Site, visit: Callable[..., Any]) -> None:
    page = visit("he", school=site.other)
    first = open_class(page, 0)
    call_away(page, "请假")
    page.locator(f"{CLASSES} .xroll-draft").wait_for()
    # Both in one turn of the browser: no answer can come in between.
    page.evaluate(f"document.querySelector('.xroll-save').click(); document.querySelectorAll('{CLASSES}')[1].click()")
    second = page.locator(CLASSES).nth(1).inner_text().partition("（")[0]
    page.locator(".xroll-class h3", has_text=second).wait_for()
    page.locator(CLASSES, has_text=first).locator(".xroll-called").wait_for()
    assert page.locator(f"{CLASSES} .xroll-draft").count() == 0
    assert page.locator(".xroll-away").count() == 0
    roll = saved(site, 0, page)
    assert roll is not None and list(roll.absent.values()) == ["请假"]
    assert saved(site, 1, page) is None


def test_what_is_called_while_the_roll_is_saved_stays(site: Site, visit: Callable[..., Any]) -> None:
    page = visit("he", school=site.other)
    open_class(page, 2)
    reported_away = page.locator(".xroll-away").count()  # by the school itself
    call_away(page, "请假")
    page.get_by_role("button", name="补登一人").click()
    page.get_by_placeholder("姓名（必填）").fill("马·旁听")
    page.evaluate(
        "document.querySelector('.xroll-save').click(); document.querySelectorAll('.xroll-tap')[1].click()",
    )
    page.locator(".xroll-foot .xnote", has_text="按点名重新核查").wait_for(timeout=60000)
    assert page.locator(".xroll-away").count() == reported_away + 2
    assert "还没有保存" in page.locator(".xroll-foot").inner_text()
    page.locator(".xroll-card").nth(1).locator("select").select_option("其他")
    page.get_by_role("button", name="保存点名").click()
    page.locator(".xroll-foot .xs-saved").wait_for()
    roll = saved(site, 2, page)
    assert roll is not None and {"其他", "请假"} <= set(roll.absent.values())
    assert [person["name"] for person in roll.extra] == ["马·旁听"]
