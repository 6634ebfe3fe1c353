"""Choosing is not saving; twenty findings judged by keyboard alone; a batch taken back at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from xueji_lib.casebook import cases, signoff
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.states import UNDECIDED
from xueji_lib.demo import TERM

from .conftest import Site

pytestmark = pytest.mark.slow

FOCUSED = "document.activeElement.closest('tr.xr')?.dataset.id ?? ''"
LISTED = """([table, least, most]) => {
  const rows = table.querySelectorAll('tr.xr').length;
  return least <= rows && rows <= most;
}"""


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Any) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def states(site: Site) -> dict[str, str]:
    return {key: case.state for key, case in site.cases().items()}


def test_judging_by_keyboard_alone(site: Site, visit: Callable[..., Any]) -> None:
    before = states(site)
    page = visit("qi")
    for more in page.get_by_role("button", name=re.compile("^再显示")).all():
        more.click()
    page.evaluate("document.activeElement.blur()")
    keys = Keys(page)

    # To the first finding within a few keys.
    while page.evaluate("document.activeElement.textContent") != "跳到第一条待核实的疑点":
        keys.press("Tab")
    keys.press("Enter")
    first = page.evaluate(FOCUSED)
    assert before[first] in UNDECIDED and keys.pressed <= 4

    # Arrows on the list of verdicts choose, and nothing is saved; the focus stays.
    row = page.locator(f'tr.xr[data-id="{first}"]')
    row.locator("select.xstate").focus()
    keys.press("ArrowDown")
    row.get_by_text("选了，还没有存").wait_for()
    assert page.evaluate(FOCUSED) == first and states(site) == before
    page.locator(".xdecide", has_text="选了 1 条，还没有存").wait_for()
    keys.press("Escape")
    row.get_by_text("选了，还没有存").wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.part") == "state"

    # Twenty, as far as there are so many: a number, Enter, down.
    row.locator(".xr-open").focus()
    keys.pressed, judged = 0, []
    many = min(20, sum(state in UNDECIDED for state in before.values()))
    while len(judged) < many:
        finding = page.evaluate(FOCUSED)
        if before[finding] in UNDECIDED:
            keys.press("1", "Enter")
            page.locator(f'tr.xr[data-id="{finding}"] .xs-saved').wait_for()
            assert page.evaluate(FOCUSED) == finding, "the focus stays where it was"
            judged.append(finding)
        keys.press("ArrowDown")
    assert len(judged) >= 10 and keys.pressed <= 3 * many + 5, keys.pressed
    after = states(site)
    assert {after[finding] for finding in judged} == {"属实"}
    assert {key: state for key, state in after.items() if key not in judged} == {
        key: state for key, state in before.items() if key not in judged
    }

    # The last is taken back by one key.
    keys.press("Control+z")
    page.locator(".xdecide", has_text="已撤销 1 条").wait_for()
    assert states(site)[judged[-1]] == before[judged[-1]]

    with site.book() as book:
        desk = Desk(book, site.store, Actor("qi", "inspector"), TERM, dt.date.today())
        cases.undo_many(desk, {key: case.seen for key, case in site.cases().items() if key in judged[:-1]})
    assert states(site) == before  # as the other tests expect it


def test_a_class_is_called_and_the_school_signed_by_keyboard_alone(site: Site, visit: Callable[..., Any]) -> None:
    page = visit("yu", school=site.other)
    page.evaluate("document.activeElement.blur()")
    keys = Keys(page)

    def tab_to(text: str) -> None:
        for _ in range(12):
            keys.press("Tab")
            if page.evaluate("document.activeElement.textContent").startswith(text):
                return
        raise AssertionError(f"{text}: not within twelve keys")

    tab_to("跳到点名")
    keys.press("Enter")
    label = page.locator(".xroll-classes button").first.inner_text()
    tab_to(label)
    keys.press("Enter")
    page.locator(".xroll-card").first.wait_for()
    page.wait_for_function("document.activeElement.tagName === 'H3'")
    tab_to("跳过名单")
    keys.press("Enter", "Enter")
    page.locator(".xroll-foot", has_text="与学校所报一致").wait_for(timeout=60000)
    assert keys.pressed <= 20, keys.pressed

    keys.pressed = 0
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    page.locator(".xbar .xskip button").first.focus()
    tab_to("跳到签署")
    keys.press("Enter")
    tab_to("签署")
    keys.press("Enter")
    if page.locator(".xsign", has_text="仍要签署").count():
        keys.press("Enter")
    page.locator(".xsign", has_text="签署：已存").wait_for()
    assert keys.pressed <= 12, keys.pressed
    with site.book() as book, book.reading() as connection:
        assert signoff.signed(connection, site.other, TERM).who == "yu"


def test_a_batch_is_taken_back_at_once(site: Site, visit: Callable[..., Any]) -> None:
    before = states(site)
    page = visit("ma")
    table = max(page.locator("section.xt").all(), key=lambda one: one.locator("tr.xr-waiting").count())
    chosen, listed = table.locator(".xbulk b"), table.locator("tr.xr")

    # What a filter hides is not chosen.
    table.get_by_label("选中列出的全部").check()
    every = listed.count()
    assert chosen.inner_text() == f"已选 {every} 条"
    name = table.locator("td[data-label='问题'] .xr-open").first.inner_text()
    table.get_by_label("筛选").fill(name)
    page.wait_for_function(LISTED, arg=[table.element_handle(), 1, every - 1])
    few = listed.count()
    assert chosen.inner_text() == f"已选 {few} 条"
    table.get_by_label("筛选").fill("")
    page.wait_for_function(LISTED, arg=[table.element_handle(), every, every])
    assert chosen.inner_text() == f"已选 {few} 条"

    # One button takes back what one button saved.
    table.get_by_label("选中列出的全部").check()
    table.get_by_label("成批处理").select_option("属实")
    table.locator(".xbulk textarea").fill("逐人看过")
    table.get_by_role("button", name=re.compile("^保存 ")).click()
    bar = page.locator(".xdecide", has_text=f"已存：属实，{every} 条")
    bar.wait_for()
    assert sum(before[key] != state for key, state in states(site).items()) == every
    bar.get_by_role("button", name="撤销").click()
    page.locator(".xdecide", has_text=f"已撤销 {every} 条").wait_for()
    assert states(site) == before
