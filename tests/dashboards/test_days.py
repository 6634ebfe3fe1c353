"""A principal's day and a director's day, in a real browser against the real server."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from tests.dashboards.conftest import County, Visit
from tests.dashboards.test_handover import headcount
from tests.deciding import decide
from xueji_lib.casebook import cases, evidence, explanations, measures, signoff
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.tables import TRAIL
from xueji_lib.intake import handover
from xueji_lib.register.calendar import Calendar

pytestmark = pytest.mark.slow


def _photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 120, 60)).save(out, "PNG")
    return out.getvalue()


PNG = _photo()


def test_a_principals_day(served: tuple[County, str], browser: Browser, tmp_path: Path) -> None:
    county, address = served
    visit = Visit(browser, address, "王校长")
    page = visit.page
    expect(page.locator(".tiles .urgent b")).to_have_text("1")
    assert "逾期 3 天" in page.locator("tr.xr").first.inner_text()

    # Two students explained.
    to_explain = int(page.locator(".tiles li", has_text="待逐一说明").locator("b").inner_text())
    told = page.locator(".xt").nth(2)
    waiting = told.locator("tr.xr.xr-waiting").all()[:2]
    names = [row.locator(".xr-open").inner_text() for row in waiting]
    for place, key in enumerate([row.get_attribute("data-id") for row in waiting]):
        row = told.locator(f"tr.xr[data-id='{key}']")
        row.locator("select").select_option("说明")
        form = told.locator(".xf")
        form.locator("textarea").nth(0).fill(f"{place} 号，随父母去了银川，已联系")
        form.get_by_role("button", name="保存").click()
        expect(row.locator(".xs-saved")).to_be_visible()

    # The figures follow; a tile goes to its part of the page and opens nothing.
    tile = page.locator(".tiles li", has_text="待逐一说明")
    expect(tile.locator("b")).to_have_text(str(to_explain - 2))
    tile.locator("a").click()
    assert page.evaluate("document.activeElement.id") == "explain" and len(visit.context.pages) == 1
    assert 0 <= page.locator("#explain").bounding_box()["y"] < 300

    # The overdue one put right, with a photo.
    todo = page.locator(".xt").nth(1)
    first = todo.locator("tr.xr").first
    first.locator(".xr-open").click()
    todo.locator(".xfile-input").set_input_files({"name": "整改照片.png", "mimeType": "image/png", "buffer": PNG})
    expect(todo.locator(".xfile-list li")).to_have_count(1)
    first.locator("select").select_option("学校已报整改")
    form = todo.locator(".xf")
    form.locator("textarea").fill("已补办手续，逐班重新核对")
    form.locator("input[type=text]").fill("张副校长")
    form.locator("input[type=date]").fill(county.today.isoformat())
    form.get_by_role("button", name="保存").click()
    expect(first.locator(".xs-saved")).to_be_visible()

    # The workbook and the headcount sheets taken away; one filled in and handed back.
    book_file, sheets = (_download(visit, offer) for offer in ("findings.xlsx", "headcount"))
    assert len(openpyxl.load_workbook(io.BytesIO(book_file)).sheetnames) >= 1
    filled = tmp_path / "一年级1班.xlsx"
    filled.write_bytes(_filled(sheets))
    # Looked at first: what would be asked, and nothing is kept.
    page.locator(".xp-look-input").set_input_files(str(filled))
    expect(page.locator(".xp-look")).to_contain_text("没有交，也没有存", timeout=60000)
    expect(page.locator(".xp-look")).to_contain_text("自查不能查")
    expect(page.locator(".xp-listed li")).to_have_count(0)
    page.locator(".xp-input").set_input_files(str(filled))
    # What it would change is shown first; nothing is taken until he has seen it.
    expect(page.locator(".xp-ask")).to_contain_text("与现有的差异", timeout=60000)
    expect(page.locator(".xp-listed li")).to_have_count(0)
    assert handover.queue(county.store.root / "incoming", county.own) == []
    page.get_by_role("button", name="看过了，交上").click()
    expect(page.locator(".xp-result")).to_contain_text("收下了：逐班核对表", timeout=60000)
    expect(page.locator(".xp-listed li")).to_have_count(1)

    # A table of another school is refused in one line.
    other = _of_other(county, filled.read_bytes())
    page.locator(".xp-input").set_input_files({"name": "别校.xlsx", "mimeType": "application/x", "buffer": other})
    expect(page.locator(".xp-bad")).to_contain_text("不是贵校的")
    assert visit.outside == []
    visit.close()

    with Casebook.open(county.store) as book:
        said = {one.name: one.note for one in explanations.mismatches(book, county.store, county.own, county.term)}
        assert [said[name][:9] for name in names] == ["0 号，随父母去了", "1 号，随父母去了"]
        found = cases.of_school(book, county.own, county.today)
        [reported] = [case for case in found if case.state == "学校已报整改"]
        assert (reported.who, reported.body["person"]) == ("王校长", "张副校长")
        [[file]] = evidence.of_school(book, county.own).values()
        assert (file.about, evidence.content(book, file.sha256)) == (f"finding/{reported.id}", PNG)
        assert cases.of_school(book, county.other, county.today)[0].who == "督查甲"
        assert not book.verify().broken
    [handed] = handover.queue(county.store.root / "incoming")
    assert (handed.school_id, handed.who, handed.state) == (county.own, "王校长", handover.WAITING)


def test_a_directors_day(served: tuple[County, str], browser: Browser) -> None:
    county, address = served
    content = headcount(county.other, "马小明", "王小红")
    file = handover.SchoolFile(county.other, county.term, "核对表.csv", content)
    found = handover.examine(county.store, file, Calendar.load())
    handover.hand_in(county.store.root / "incoming", found, "李校长", "2026-11-20T08:00:00+00:00")
    visit = Visit(browser, address, "局长")
    page = visit.page
    heat = page.locator(".heat")
    assert heat.locator("tr.school").count() == 8
    link = heat.locator("tr.school a").first.get_attribute("href")
    assert link and link.startswith("checklist.ipynb?school=")

    # The worst school is a click away; of all findings those of one kind, taken along as a workbook, which is noted.
    schools, findings = page.locator(".xl").nth(0), page.locator(".xl").nth(1)
    schools.get_by_role("button", name="疑点", exact=True).click()
    expect(schools.locator("th[aria-sort=descending]")).to_have_count(1)
    figures = [int(text) for text in schools.locator("td[data-label='疑点']").all_inner_texts()]
    assert figures == sorted(figures, reverse=True) and figures[0] > 0
    assert set(schools.locator("td[data-label='进度']").all_inner_texts()) >= {"已签", "未核"}
    findings.get_by_label("只看程度").select_option("严重")
    expect(findings.locator(".xl-count")).to_contain_text(" / ")
    with page.expect_download() as download:
        findings.get_by_role("button", name="导出列出的").click()
    taken = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).active
    assert taken is not None and {row[7] for row in taken.iter_rows(min_row=2, values_only=True)} == {"严重"}
    with Casebook.open(county.store) as book, book.reading() as connection:
        query = select(TRAIL.c.detail).where(TRAIL.c.action == "导出", TRAIL.c.who == "局长")
        assert json.loads(str(connection.execute(query).scalar()))["rows"] == taken.max_row - 1
    link = findings.locator("a").first.get_attribute("href")
    assert link and re.fullmatch(r"checklist\.ipynb\?school=\d+&finding=R\d+-\w+", link)

    deciding = page.locator(".xt").nth(0)
    rows = deciding.locator("tr.xr")
    expect(rows).to_have_count(2)
    suggested = rows.nth(0).locator("td").nth(2).inner_text()
    school = rows.nth(0).get_attribute("data-id")
    decide(rows.nth(0), suggested)
    expect(rows.nth(0).locator(".xs-saved")).to_be_visible()
    other = "追究责任" if suggested != "追究责任" else "约谈主要负责人"
    rows.nth(1).locator("select").select_option(other)
    form = deciding.locator(".xf")
    form.get_by_role("button", name="保存").click()  # without a note it is not taken
    expect(form.locator(".xf-problem")).to_contain_text("说明")
    form.locator("textarea").fill("去年同样的问题，从重")
    form.get_by_role("button", name="保存").click()
    expect(rows.nth(1).locator(".xs-saved")).to_be_visible()

    expect(page.locator(".tiles li", has_text="处理意见待定").locator("b")).to_have_text("0")

    lost = page.locator(".xt:has(th:has-text('在哪里见到'))")
    town = lost.locator("tr.xr td[data-label='乡镇']").last.inner_text()
    lost.get_by_label("只看乡镇").select_option(town)
    assert set(lost.locator("tr.xr td[data-label='乡镇']").all_inner_texts()) == {town}
    lost.locator("tr.xr .xr-open").first.click()
    expect(lost).to_contain_text("从何时起")

    signing = page.locator(".xt:has(th:has-text('最后一步'))").locator("tr.xr").first
    decide(signing, "会签")
    expect(signing.locator(".xs-saved")).to_be_visible()

    taking = page.locator(".xt:has(th:has-text('交来')) tr.xr:has-text('核对表.csv')")
    decide(taking, "导入")  # in blind: refused
    below = page.locator(f'tr.xr[data-id="{taking.get_attribute("data-id")}"] + tr')
    expect(below).to_contain_text("看过与现有的差异", timeout=30_000)
    taking.locator(".xr-open").click()
    expect(below).to_contain_text("逐班核对表（", timeout=60_000)
    expect(below).to_contain_text("不再有")
    decide(taking, "导入")
    expect(taking.locator(".xstate-已导入")).to_be_visible(timeout=30_000)
    assert visit.outside == []
    visit.close()

    taken = county.store.read(county.term, "headcount", schools=[county.other])
    of_class = (taken["grade"] == 1) & (taken["class_no"] == 1)
    assert sorted(taken.loc[of_class, "name"]) == ["王小红", "马小明"] and (~of_class).any(), "the other classes stay"
    with Casebook.open(county.store) as book:
        decided = {s: measures.decision(book, s, county.term) for s in (county.own, county.other)}
        assert {one.who for one in decided.values()} == {"局长"}
        assert decided[str(school)].measure == suggested and not decided[str(school)].note
        [different] = [one for key, one in decided.items() if key != school]
        assert (different.measure, different.note) == (other, "去年同样的问题，从重")
        with book.reading() as connection:
            assert signoff.signed(connection, county.other, county.term).state == signoff.COUNTERSIGNED


def _download(visit: Visit, offer: str) -> bytes:
    with visit.page.expect_download() as coming:
        visit.page.locator(f"[data-offer='{offer}'] button").click()
    return Path(coming.value.path()).read_bytes()


def _filled(content: bytes) -> bytes:
    """The first class's sheet, everyone there."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for name in book.sheetnames[1:]:
        del book[name]
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, heads["姓名"]).value:
            sheet.cell(row, heads["在校情况"]).value = "在校"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _of_other(county: County, content: bytes) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    place = next(cell.column for cell in sheet[1] if cell.value == "学校标识码")
    sheet.cell(3, place).value = county.other
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
