"""An inspector's morning in a real browser, with a kernel killed in the middle of it."""

from __future__ import annotations

import io
import os
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from tests.deciding import decide
from xueji_lib.casebook import evidence, on_site_answers, rollcall, signoff
from xueji_lib.casebook.states import UNDECIDED
from xueji_lib.demo import TERM

from .conftest import Site

pytestmark = pytest.mark.slow

SAVED = re.compile(r"已存 \d\d:\d\d")


def rows(page: Any) -> Any:
    """Rows of findings that nobody has decided yet."""
    return page.locator("tr.xr.xr-waiting")


def ready(page: Any) -> None:
    """Everything is saved, and the page says so."""
    page.wait_for_function("document.querySelector('.xbar-saved').textContent.startsWith('已存')")


def test_a_morning(site: Site, visit: Callable[..., Any]) -> None:
    page = visit("wang")
    for more in page.get_by_role("button", name=re.compile("^再显示")).all():
        more.click()
    waiting = [one.get_attribute("data-id") for one in rows(page).all()]
    assert set(waiting) == {key for key, case in site.cases().items() if case.state in UNDECIDED}
    assert len(waiting) >= 16

    # Ten are true.
    true = waiting[:10]
    for finding in true:
        decide(page.locator(f'tr.xr[data-id="{finding}"]'), "属实")
    for finding in true:
        page.locator(f'tr.xr[data-id="{finding}"] .xs-saved').wait_for()

    # Three of one section are not, with one note for all.
    table = next(one for one in page.locator("section.xt").all() if one.locator("tr.xr-waiting").count() > 3)
    chosen = [one.get_attribute("data-id") for one in table.locator("tr.xr-waiting").all()[:3]]
    for finding in chosen:
        page.locator(f'tr.xr[data-id="{finding}"] input[type=checkbox]').check()
    table.get_by_label("成批处理").select_option("不属实")
    table.get_by_role("button", name="保存 3 条").click()
    assert "还要填：说明" in table.locator(".xbulk .xf-problem").inner_text()
    table.locator(".xbulk textarea").fill("当面看过材料，齐全")
    table.get_by_role("button", name="保存 3 条").click()
    for finding in chosen:
        page.locator(f'tr.xr[data-id="{finding}"] .xs-saved').wait_for()

    # A question is answered; 不符合 waits for its note.
    asked = page.locator('.xq[data-id="S202"]')
    asked.get_by_role("radio", name="不符合").click()
    assert "写了就存" in asked.locator(".xs").inner_text()
    asked.locator("textarea").fill("两人没有请假条")
    asked.locator(".xs-saved", has_text=SAVED).wait_for()

    # A photo goes to a finding.
    opened = page.locator(f'tr.xr[data-id="{true[0]}"]')
    opened.locator(".xr-open").click()
    picture = io.BytesIO()
    Image.effect_noise((900, 900), 80).save(picture, "PNG")  # takes two parts
    assert picture.tell() > 512 * 1024
    below = page.locator(f'tr.xr[data-id="{true[0]}"] + tr')
    below.locator("input[type=file]").set_input_files(
        {"name": "花名册.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    below.get_by_role("button", name="花名册.png").wait_for()

    # A class is called: two are away, one sits there unregistered.
    page.locator(".xroll-classes button").first.click()
    cards = page.locator(".xroll-card")
    cards.first.wait_for()
    for place, reason in ((0, "请假"), (2, "其他")):
        cards.nth(place).locator("button").click()
        cards.nth(place).locator("select").select_option(reason)
    page.get_by_role("button", name="补登一人").click()
    page.get_by_placeholder("姓名（必填）").fill("马·旁听")
    page.get_by_label("情形", exact=True).select_option("借读旁听")
    page.get_by_role("button", name="保存点名").click()
    page.locator(".xroll-foot .xnote", has_text="按点名重新核查").wait_for(timeout=60000)
    ready(page)

    # The kernel dies. What is decided now is not saved, the page says so, and keeps it.
    last = next(one for one in waiting if one not in true + chosen)
    os.kill(site.kernels()[-1], signal.SIGKILL)
    decide(page.locator(f'tr.xr[data-id="{last}"]'), "属实")
    page.locator(".xbar-saved", has_text="与后台断开了").wait_for(timeout=60000)
    assert site.cases()[last].state == "疑点"
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="重新打开本页").click()
    page.locator("#xj-sign").wait_for(timeout=60000)
    ready(page)

    # All there.
    cases = site.cases()
    assert {finding: cases[finding].state for finding in [*true, last]} == dict.fromkeys([*true, last], "属实")
    assert {cases[finding].state for finding in chosen} == {"不属实"}
    assert {cases[finding].body["note"] for finding in chosen} == {"当面看过材料，齐全"}
    assert page.locator(f'tr.xr[data-id="{true[0]}"] select.xstate').input_value() == "属实"
    assert page.locator('.xq[data-id="S202"] [aria-checked=true]').inner_text() == "不符合"
    with site.book() as book:
        assert on_site_answers.of_school(book, site.school, TERM, ["S202"])["S202"].note == "两人没有请假条"
        [photo] = evidence.of_school(book, site.school)[f"finding/{true[0]}"]
        assert evidence.content(book, photo.sha256) == picture.getvalue()
        [roll] = rollcall.of_school(book, site.school, TERM)
        assert sorted(roll.absent.values()) == ["其他", "请假"]
        assert [one["name"] for one in roll.extra] == ["马·旁听"]

    # Signed: judging is over.
    sign = page.get_by_role("button", name="签署", exact=True).last
    sign.click()
    page.get_by_role("button", name=re.compile("仍要签署")).click()
    page.locator(".xsign", has_text="签署：已存").wait_for()
    page.wait_for_function("!document.querySelector('.xq-value:enabled')")
    page.wait_for_function("!document.querySelector('select.xstate option[value=\"不属实\"]')")
    with site.book() as book:
        with book.reading() as connection:
            assert signoff.signed(connection, site.school, TERM).who == "wang"
        assert book.verify().broken == ""
    assert {address.split("/")[2] for address in site.asked if re.match("(http|ws)", address)} == {
        site.address.split("/")[2]
    }
