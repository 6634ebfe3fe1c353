"""What enters after a school was signed is decided and signed in a round of its own, in a real browser."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.deciding import decide
from xueji_lib.casebook import cases, signoff
from xueji_lib.casebook.log import trail
from xueji_lib.casebook.seen_on_site import add_on_site
from xueji_lib.casebook.sightings import MACHINE
from xueji_lib.demo import AS_OF, TERM

from .conftest import Site

pytestmark = pytest.mark.slow

LATE = "S201-0123456789abcdef"


def found_later(site: Site, school: str) -> None:
    """Entered after the signature, as a finding."""
    with site.book() as book:
        like = next(c for c in cases.of_school(book, school, dt.date.today()) if c.finding["rule_id"].startswith("R"))
        row = {**like.finding, "finding_id": LATE, "rule_id": "S201", "title": "现场点名与学校核对表不符"}
        with book.writing() as connection:
            add_on_site(connection, {**row, "violation": "2", "student": ""}, TERM, AS_OF)
            trail.add(connection, book.now(), MACHINE, "系统核查", school)  # as a check does: the pages hear of it


def refresh(page: Any) -> None:
    page.get_by_role("button", name="刷新").click()


def sign(page: Any, step: str) -> None:
    """Takes the step in the panel of signatures, once more where findings are undecided."""
    panel = page.locator(".xsign")
    signatures = panel.locator(".xsign-history > li", has_text=re.compile(f"^{step} "))
    before = signatures.count()
    panel.get_by_role("button", name=step, exact=True).click()
    again = panel.get_by_role("button", name=re.compile(f"仍要{step}"))
    if again.count():
        again.click()
    signatures.nth(before).wait_for()


def test_findings_after_the_signature_have_a_second_round(site: Site, visit: Callable[..., Any]) -> None:
    school = site.other
    page = visit("zhang", school=school)
    early = page.locator("tr.xr.xr-waiting").first.get_attribute("data-id")
    decide(page.locator(f'tr.xr[data-id="{early}"]'), "属实")
    page.locator(f'tr.xr[data-id="{early}"] .xs-saved').wait_for()
    sign(page, "签署")
    page.wait_for_function("!document.querySelector('select.xstate option[value=\"不属实\"]')")
    assert page.locator(".xsign").get_by_role("button", name="签署", exact=True).count() == 0

    found_later(site, school)
    refresh(page)
    told = page.locator(".xover-after")
    told.wait_for()
    assert "签署以后新查出 1 条，其中 1 条待认定" in told.inner_text()
    late = page.locator(f'tr.xr[data-id="{LATE}"]')
    late.locator("select.xstate option[value='不属实']").wait_for(state="attached")
    assert page.locator(f'tr.xr[data-id="{early}"] select.xstate option[value="不属实"]').count() == 0, "signed"
    decide(late, "属实")
    late.locator(".xs-saved").wait_for()
    refresh(page)
    page.locator(".xover-after", has_text="其中 0 条待认定").wait_for()
    sign(page, "签署")
    page.wait_for_function(f"""!document.querySelector('tr.xr[data-id="{LATE}"] option[value="不属实"]')""")

    director = visit("zhou", role="director", school=school)
    sign(director, "会签")
    with site.book() as book, book.reading() as connection:
        signed = signoff.signed(connection, school, TERM)
    assert [str(event.body["step"]) for event in signed.history] == ["sign", "sign", "countersign"]
    assert (signed.state, signed.who) == (signoff.COUNTERSIGNED, "zhou")
    with site.book() as book:
        assert cases.case(book, LATE, dt.date.today()).state == "属实"
        assert book.verify().broken == ""
