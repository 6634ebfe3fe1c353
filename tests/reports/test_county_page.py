"""county.html in a browser, and what it says of a county that nobody has looked at."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from playwright.sync_api import Browser

from xueji_lib.county.mismatches import mask_place
from xueji_lib.judge import shelf
from xueji_lib.judge.engine import Check
from xueji_lib.judge.results import Results
from xueji_lib.reports.case_states import CaseStates, FindingState, Measure
from xueji_lib.reports.county_figures import Figures
from xueji_lib.reports.pages import county_page


def test_the_page_stands_alone_and_adds_up(kept: Results, sample: ModuleType) -> None:
    page = county_page.page(kept, {}, [kept])
    assert page == county_page.page(kept, {}, [kept])
    assert not re.search(r'(?:src|href)="(?!#)|@import|url\(', page), "no reference outside itself"
    assert sample.ODD_NAME not in page and "&lt;script&gt;" in page
    assert not any(secret in page for secret in sample.SECRETS)
    of_schools = kept.findings[kept.findings["school_id"] != ""]
    assert f"<b>{len(of_schools)}</b><span>疑点</span>" in page
    assert "还没有督查人员核实过" in page and "不提建议" in page and "<span>属实</span>" not in page
    assert "没有比对的学校 2 所" in page
    assert page.count("2026—2027学年第一学期</td>") == 2, "a row a term"


def test_confirmed_findings_lead_and_measures_are_named(kept: Results, sample: ModuleType) -> None:
    odd = kept.findings.loc[kept.findings["school_id"] == sample.ODD, "finding_id"].iloc[0]
    states = {sample.ODD: CaseStates({odd: FindingState("属实")}, measures=(Measure("限期整改", "属实 1 条"),))}
    page = county_page.page(kept, states)
    rows = re.findall(r'<tr><td class="num">(\d)</td><td>([^<]*)', page)
    assert rows[0][1].startswith("&lt;script"), "the only school with a confirmed finding comes first"
    assert "限期整改（建议）" in page and "已认定属实 1 条" in page and "还没有督查人员核实过" not in page
    assert "数据仓里只有本学期的核查结果" in page


def test_the_page_fits_a_screen_and_a4(kept: Results, tmp_path: Path, browser: Browser) -> None:
    county_page.write(kept, tmp_path / "county.html")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "county.html").as_uri())
    assert asked == [(tmp_path / "county.html").as_uri()], "the network is not needed"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    colours = page.eval_on_selector_all("table.heat td[style]", "c => c.map(x => getComputedStyle(x).backgroundColor)")
    assert len(set(colours)) > 2, "a heat map"
    page.pdf(path=str(tmp_path / "county.pdf"), prefer_css_page_size=True)
    page.close()
    assert (tmp_path / "county.pdf").stat().st_size > 10_000


def test_earlier_terms_come_from_the_shelf_oldest_first(sample: ModuleType, check: Check, tmp_path: Path) -> None:
    """Of each term the latest day; a term after this one, and one whose files are gone, are none of it."""
    store = sample.store_of(tmp_path / "数据仓", check)
    place = store.root / "results"
    for term, day, some in (
        ("2025-2026-2", "2026-06-01", 10),
        ("2025-2026-2", "2026-06-20", 20),
        ("2025-2026-1", "2026-01-05", 5),
        ("2026-2027-2", "2027-03-30", 1),
        ("2024-2025-2", "2025-06-20", 2),
    ):
        part = replace(check, term_id=term, as_of=dt.date.fromisoformat(day), findings=check.findings.iloc[-some:])
        shelf.keep(place / term / day, part, "abc")
    (place / "2024-2025-2" / "2025-06-20" / "abc" / "findings.parquet").unlink()
    earlier = shelf.earlier(store, sample.TERM)
    assert [(e.term_id, e.as_of.isoformat()) for e in earlier] == [
        ("2025-2026-1", "2026-01-05"),
        ("2025-2026-2", "2026-06-20"),
    ]
    figures = Figures(shelf.obtain(store, sample.INSPECTION), {}, earlier)
    assert [term["total"] for term in figures.terms][:2] == [5, 20]


def test_a_whereabouts_that_names_a_house_is_cut_to_the_township() -> None:
    assert mask_place("随父母到银川市打工") == "随父母到银川市打工"
    assert mask_place("白崖乡柳树村三组17号") == "白崖乡（略）"
    assert mask_place("城关镇政府街 12 号 3 单元，电话 13995012345") == "城关镇（略）"
    assert "13995012345" not in mask_place("家长 13995012345")
