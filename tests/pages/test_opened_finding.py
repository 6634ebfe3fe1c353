"""What an opened finding tells who has to judge it, and findings of one pupil put together."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from xueji_lib.casebook.cases import of_county
from xueji_lib.reports.manual.texts import Manual
from xueji_lib.web.desks.finding_help import pupil_of

from .conftest import Site

pytestmark = pytest.mark.slow


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


def test_an_opened_finding_says_what_is_needed_to_judge_it(site: Site, visit: Callable[..., Any]) -> None:
    with site.book() as book:
        every = of_county(book, dt.date.today())
    sections = Counter((case.sighting.school_id, case.finding["violation"]) for case in every)
    known = {case.id: case for case in every if pupil_of(case)}
    pupils = Counter((case.sighting.school_id, pupil_of(case), case.finding["violation"]) for case in known.values())
    twice = [one for one, count in pupils.items() if count > 1]  # a pupil with two findings of one violation
    school, pupil, violation = max(twice, key=lambda one: sections[one[0], one[2]])
    many = pupils[school, pupil, violation]
    together = [k for k, case in known.items() if (case.sighting.school_id, pupil_of(case)) == (school, pupil)]
    here = [key for key in together if known[key].finding["violation"] == violation]
    finding = known[here[0]].finding

    page = visit("wu", school=school, width=1024)
    table = page.locator(f"section.xt:has(tr[data-id='{here[0]}'])")
    row = table.locator(f"tr[data-id='{here[0]}']")
    assert finding["evidence"] in row.inner_text(), "the evidence stands on the row"

    row.locator(".xr-open").click()
    opened = table.locator(f"tr[data-id='{here[0]}'] + tr")
    opened.locator(".xd-records").wait_for()
    said = opened.inner_text()
    manual = Manual.load()
    clauses = manual.clauses[finding["clause"].split("；")[0]]["text"]
    quotes = [*manual.plain[finding["rule_id"]].get("quotes", {}).values(), clauses]
    assert any(words[0] in said for words in quotes) and manual.misjudged[finding["rule_id"]] in said
    assert ("还不能说明违规" in said) == (finding["nature"] == "线索")
    record = opened.locator(".xd-record").first.inner_text()
    assert finding["student"] in record and "*****" in record
    assert not re.search(r"\d{15}", said), "no number in full"

    # Of three files one is refused: a line for each, and the refusal stays when the list is drawn anew.
    files = [(name, picture(colour)) for name, colour in (("一.png", "red"), ("三.png", "blue"))]
    files.insert(1, ("二.png", b"no picture"))
    opened.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": content} for name, content in files]
    )
    opened.get_by_role("button", name="三.png").wait_for()
    lines = opened.locator(".xfile-state")
    assert [line.split(" ")[1].split("：")[0] for line in lines.all_inner_texts()] == ["存好了", "没有传上", "存好了"]
    assert "只收照片" in lines.nth(1).inner_text() and lines.locator("img").count() == 3
    assert opened.locator(".xfile-list li").count() == 2

    # The pupil's other findings are a click away, whatever is filtered there.
    assert opened.locator(".xd-rows .xlink").count() == len(together) - 1
    table.get_by_label("筛选").fill(finding["title"])
    table.locator(".xt-count", has_text="/").wait_for()  # fewer are listed
    opened.locator(".xd-rows .xlink").first.click()
    assert page.evaluate("document.activeElement.closest('tr').dataset.id") in set(together) - {here[0]}

    # Put together, they are chosen at once.
    table.get_by_label("哪些放在一起").select_option("学生")
    table.locator("tr.xg", has_text=finding["student"]).get_by_role("button", name=f"选中这 {many} 条").click()
    assert {one.get_attribute("data-id") for one in table.locator("tr.xr-chosen").all()} == set(here)
