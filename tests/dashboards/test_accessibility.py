"""Every page at three widths, held against WCAG 2.2 A and AA by axe-core, landmarks included: no violation."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from tests.dashboards import work
from tests.dashboards.conftest import County

pytestmark = pytest.mark.slow

WIDTHS: Final = (1440, 1024, 390)
LEVELS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
BESIDES: Final = [
    "region", "landmark-one-main", "landmark-unique", "landmark-main-is-top-level", "landmark-no-duplicate-main",
    "page-has-heading-one", "heading-order",
]  # fmt: skip
RUN: Final = """async ([levels, besides]) => {
  const rules = Object.fromEntries(besides.map((name) => [name, { enabled: true }]));
  const options = { runOnly: { type: 'tag', values: levels }, rules, resultTypes: ['violations'] };
  const { violations } = await axe.run(document, options);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((one) => one.html.slice(0, 150))}`);
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    return gzip.decompress(Path(__file__).with_name("axe").joinpath("axe.min.js.gz").read_bytes()).decode("utf-8")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def nothing_more(_: Any) -> None:
    """The page as it opens."""


def checklist(page: Page) -> None:
    """A finding opened, another with its form, a third chosen, one in a batch, findings grouped, a class called,
    a sample drawn, the form of an on-site finding."""
    page.wait_for_selector("#xj-sign", state="attached")
    table = next(one for one in page.locator("section.xt").all() if one.locator("tr.xr-waiting").count() > 3)
    table.locator(".xr-open").first.click()
    table.locator(".xd-block").first.wait_for()
    choosers = table.locator("tr.xr-waiting select.xstate")
    choosers.nth(1).select_option("不属实")
    choosers.nth(2).select_option("属实")
    table.locator("td input[type=checkbox]").first.check()
    if table.get_by_label("哪些放在一起").is_visible():
        table.get_by_label("哪些放在一起").select_option("学生")
    page.locator(".xroll-classes button").first.click()
    page.locator(".xroll-card").first.wait_for()
    page.locator(".xsample").get_by_role("button", name="抽样（").first.click()
    page.locator(".xsample-items > .xq, .xsample :text('没有可抽的')").first.wait_for()
    page.get_by_role("button", name="记一条现场发现").first.click()
    page.locator(".xfound .xf").first.wait_for()


def unfolded(page: Page) -> None:
    """All that is folded, unfolded."""
    page.wait_for_selector("#duties", state="attached")
    page.wait_for_selector(".xt")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


@pytest.mark.parametrize(
    ("who", "address", "prepare"),
    [
        ("", "login", nothing_more),
        ("督查甲", "password", nothing_more),
        ("督查甲", "account", nothing_more),
        ("督查甲", "nowhere", nothing_more),
        ("督查甲", "schools?text=小学&sort=waiting", nothing_more),
        ("督查甲", "voila/render/checklist.ipynb?school={own}", checklist),
        ("局长", "voila/render/county.ipynb", unfolded),
        ("王校长", "voila/render/principal.ipynb", unfolded),
    ],
)
def test_nothing_keeps_anybody_out(
    served: tuple[County, str], page: Page, axe: str, who: str, address: str, prepare: Callable[[Page], None]
) -> None:
    county, start = served
    if who:
        page.goto(f"{start}login")
        page.fill("[name=name]", who)
        page.fill("[name=password]", work.PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "login" not in url, wait_until="commit")
    page.goto(start + address.format(own=county.own))
    prepare(page)
    page.evaluate(axe)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("scrollTo(0, 0)")  # what lies half below the bar that stays counts as too small to hit
        page.wait_for_timeout(200)
        assert page.evaluate(RUN, [LEVELS, BESIDES]) == [], width
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing is beside the page"
