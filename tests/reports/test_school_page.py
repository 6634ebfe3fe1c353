"""The pieces an audit notebook shows."""

from __future__ import annotations

import re
from types import ModuleType

import lxml.html

from xueji_lib.judge.results import Results, School
from xueji_lib.register import labels
from xueji_lib.reports.pages import school_page
from xueji_lib.reports.pages.chart import violations_svg
from xueji_lib.reports.pages.piece import HtmlPiece


def _text(shown: HtmlPiece) -> str:
    return " ".join(lxml.html.fromstring(shown.html).text_content().split())


def test_the_heading_tells_facts_from_leads_and_calls_them_doubts(big: School) -> None:
    text = _text(school_page.heading(big, "没有指定学校"))
    facts = (big.findings["nature"] == "事实").sum()
    assert f"事实 {facts} 条，线索 {len(big.findings) - facts} 条" in text
    assert "都是疑点" in text
    assert "有 2 项检查没有查" in text
    assert "没有指定学校" in text
    assert "810在籍" in text


def test_what_was_not_examined_is_named_with_its_reason(kept: Results, sample: ModuleType) -> None:
    text = _text(school_page.examined(kept.school(sample.EMPTY)))
    assert "没有该校的逐班核对表" in text
    assert "R201 在籍不在校且无合理去向" in text
    clean = text[text.index("查过、没有发现") :]
    assert "R201" not in clean
    assert "R706" in clean


def test_every_finding_is_shown_once_under_its_violation_and_rule(big: School) -> None:
    page = lxml.html.fromstring(school_page.findings(big).html)
    per_rule = {node.get("id"): len(node.findall(".//tbody/tr")) for node in page.iter("details")}
    assert per_rule == big.findings["rule_id"].value_counts().to_dict()
    order = [node.get("id") for node in page.iter() if node.tag in ("details", "h3")]
    assert order[:3] == ["v1", "R101", "R102"]  # graver rules first: R113 is 一般
    mixed = page.get_element_by_id("R706")
    assert [tag.text for tag in mixed.findall(".//tbody//span[@class]") if "sev" in tag.get("class")] == [
        "严重",
        "较重",
    ]
    assert all(node.get("open") is not None for node in page.iter("details"))  # prints whole


def test_data_is_text_and_never_markup(kept: Results, sample: ModuleType) -> None:
    school = kept.school(sample.ODD)
    pages = [
        piece(school).html
        for piece in (
            school_page.heading,
            school_page.examined,
            school_page.overview,
            school_page.findings,
            school_page.classes,
        )
    ]
    whole = "".join(pages)
    assert "<script" not in whole
    assert "<b>粗" not in whole
    assert "&lt;script&gt;" in whole
    assert not re.findall(r"https?://|src=|@import|<link", whole.replace("http://x", ""))


def test_classes_with_a_difference_are_marked(kept: Results, big: School, sample: ModuleType) -> None:
    page = lxml.html.fromstring(school_page.classes(big).html)
    marked = [row.find("td").text for row in page.findall(".//tr[@class='marked']")]
    assert marked == ["三年级1班", "三年级2班", "三年级3班"]
    unlooked = _text(school_page.classes(kept.school(sample.EMPTY)))
    assert "没有本校的逐班核对表" in unlooked
    assert unlooked.count("没有核对") > 18
    assert "无法逐班核对" in _text(school_page.classes(kept.school(sample.ODD)))


def test_the_plain_text_says_the_same(big: School) -> None:
    assert f"共 {len(big.findings)} 条疑点" in repr(school_page.heading(big))
    assert repr(school_page.findings(big)).count("***********5") == (big.findings["student_ref"] != "").sum()
    assert "* 三年级1班" in repr(school_page.classes(big))


def test_the_picture_leaves_the_text_to_the_browser_and_is_the_same_every_time(big: School) -> None:
    svg = violations_svg(big.counts())
    assert svg == violations_svg(big.counts())
    assert "一、录入变动上报不及时</text>" in svg
    assert "font-family" not in svg
    assert not re.search(r"https?:|url\(|<style|\d{4}-\d\d-\d\dT", svg)


def test_where_records_came_from_is_told_once_a_sheet() -> None:
    listed = "名册/一小.xlsx:名册:29 | 名册/一小.xlsx:名册:194 | 核对 表.csv::7 | 名册/一小.xlsx:名册:29"
    assert labels.sources(listed) == "名册/一小.xlsx:名册 第 29、194 行；核对 表.csv 第 7 行"
    assert labels.sources("") == ""
