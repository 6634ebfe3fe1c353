"""The letters as Word has them, from the templates that offices edit."""

from __future__ import annotations

import importlib.util
import io
import re
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import docx
import openpyxl
import pytest
from docx.enum.section import WD_ORIENT
from docx.shared import Mm, Pt
from lxml import etree

from tests.filled_letters import filled_facts
from xueji_lib.judge.results import Results, School
from xueji_lib.reports import deliverables
from xueji_lib.reports.case_states import NOBODY, CaseStates, FindingState, Measure
from xueji_lib.reports.county_figures import Figures
from xueji_lib.reports.letters import bulletin, field_values, kinds, made_letters, template, unmask
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.support import paths
from xueji_lib.support.errors import UsageError

FACTS = filled_facts()
KINDS = {kind.name: kind for kind in kinds.ALL}


def text(content: bytes | Path) -> str:
    """Every paragraph and cell of the letter, in order."""
    document = docx.Document(io.BytesIO(content) if isinstance(content, bytes) else str(content))
    pieces = (f"{{{_W}}}t", f"{{{_W}}}noBreakHyphen")
    return "\n".join(
        "".join(piece.text or "-" if piece.tag == pieces[1] else piece.text or "" for piece in p.iter(*pieces))
        for p in document.element.iter(f"{{{_W}}}p")
    )


_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def filled(fields: Mapping[str, Any], mark: str = "") -> dict[str, Any]:
    """Every field with a value of its own, two rows in every list."""
    return {
        name: f"〔{mark}{name}〕" if rows is None else [filled(rows, f"{mark}{name}{n}.") for n in (1, 2)]
        for name, rows in fields.items()
    }


def marks(tree: Any) -> set[str]:
    if isinstance(tree, str):
        return {tree}
    parts = tree.values() if isinstance(tree, dict) else tree
    return set().union(*map(marks, parts))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_letter_renders_with_every_field_its_template_names(name: str) -> None:
    kind = KINDS[name]
    ready = template.template(kind.name, kind.fields, kind.needed)
    filling = filled(kind.fields)
    said = text(ready.render(filling))
    assert "{{" not in said and "{%" not in said
    source = text(paths.templates("letters", f"{name}.docx"))
    for field in re.findall(r"{{ *([^ .}]+) *}}", source):
        if field not in ("无问题说明",):  # the other branch of its if
            assert f"〔{field}〕" in said, field
    used = set(re.findall(r"〔[^〕]+〕", said))
    assert used <= marks(filling)
    rows = {m for m in marks(filling) if ("1." in m or "2." in m) and m in said}
    assert {m.replace("2.", "1.") for m in rows} <= used and any("2." in m for m in rows) == any(
        "1." in m for m in rows
    )


def test_the_committed_templates_are_what_their_script_makes(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("build", paths.templates("letters", "build.py"))
    assert spec and spec.loader
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    build.main(tmp_path)
    assert {file.stem for file in tmp_path.glob("*.docx")} == set(KINDS)
    for name in KINDS:
        assert text(tmp_path / f"{name}.docx") == text(paths.templates("letters", f"{name}.docx")), name


@pytest.mark.parametrize("name", sorted(set(KINDS) - {kinds.SLIP.name}))  # the slip is to fit a page
def test_the_page_is_that_of_an_official_document(name: str) -> None:
    document = docx.Document(str(paths.templates("letters", f"{name}.docx")))
    page = document.sections[0]
    sides = (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)
    across = page.orientation == WD_ORIENT.LANDSCAPE  # a long list: the same area of type, turned
    assert [round(side / Mm(1)) for side in sides if side] == ([28, 26, 37, 35] if across else [37, 35, 28, 26])
    assert across == (name == "送教上门学生名单") == ((page.page_width or 0) > (page.page_height or 0))
    normal = document.styles["Normal"]
    assert normal.font.size == Pt(16) and normal.paragraph_format.line_spacing == Pt(28.9)
    # 28 characters a line, 22 lines a page, and not 29 or 23.
    spacing = normal.element.rPr.find(f"{{{_W}}}spacing")
    step = 16 + int(spacing.get(f"{{{_W}}}val")) / 20
    width, height = (210 - 28 - 26) / 25.4 * 72, (297 - 37 - 35) / 25.4 * 72
    assert (int(width // step), int(height // 28.9)) == (28, 22)
    with zipfile.ZipFile(paths.templates("letters", f"{name}.docx")) as parts:
        fonts = parts.read("word/fontTable.xml").decode()
        feet = [parts.read(part).decode() for part in parts.namelist() if part.startswith("word/footer")]
    assert 'w:name="仿宋_GB2312"><w:altName w:val="仿宋"' in fonts and 'w:name="方正小标宋简体"><w:altName' in fonts
    assert len(feet) == 2 and all("PAGE" in foot and "— " in foot for foot in feet), "odd pages right, even left"


def test_the_manual_of_the_templates_names_every_field() -> None:
    manual = paths.templates("letters", "README.md").read_text("utf-8")
    for kind in KINDS.values():
        line = next(line for line in manual.splitlines() if line.startswith(f"- **{kind.name}.docx**"))
        assert set(kind.fields) <= set(re.findall(r"[^\s、（），：*]+", line)), kind.name
        for field in kind.needed:
            assert f"**{field}" in line, (kind.name, field)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_properties_stand_in_the_order_that_word_insists_on(name: str) -> None:
    """ECMA-376: of those in use, in the order of CT_PPr, CT_RPr and CT_Settings; what is rendered keeps it."""
    paragraph = "pStyle keepNext pageBreakBefore widowControl pBdr tabs snapToGrid spacing ind jc rPr".split()
    run = "rStyle rFonts b bCs i iCs caps smallCaps color spacing kern position sz szCs u lang".split()
    kind = KINDS[name]
    rendered = template.template(kind.name, kind.fields, kind.needed).render(filled(kind.fields))
    with zipfile.ZipFile(io.BytesIO(rendered)) as parts:
        for part in parts.namelist():
            if not re.fullmatch(r"word/(?:document|styles|settings|footer\d)\.xml", part):
                continue
            root = etree.fromstring(parts.read(part))
            for tag, order in (("pPr", paragraph), ("rPr", run)):
                for properties in root.iter(f"{{{_W}}}{tag}"):
                    names = [child.tag.split("}")[1] for child in properties]
                    places = [order.index(name) for name in names if name in order]
                    assert places == sorted(places), (part, names)
            if part == "word/settings.xml":
                names = [child.tag.split("}")[1] for child in root]
                assert names.index("defaultTabStop") < names.index("evenAndOddHeaders") < names.index("compat")


# ---- what is in them ----


def demanded(school: School, states: CaseStates = NOBODY) -> str:
    kind = kinds.RECTIFY
    filling = field_values.rectify(school, states, FACTS)
    return text(template.template(kind.name, kind.fields, kind.needed).render(filling))


def test_without_verdicts_a_letter_of_demands_is_a_draft_of_leads(big: School) -> None:
    said = demanded(big)
    assert "草稿（未经核查认定）" in said and "不得发出" in said and "均为疑点，待认定" in said
    assert f"共{len(big.findings)}条" in said
    for title in set(big.findings["title"]):
        assert title in said
    assert "限2026年12月4日前完成" in said and "送 达 回 执" in said
    assert said.count("640422***********5") == 0, "masked numbers are in the ledger"


def test_with_verdicts_it_holds_what_is_confirmed_and_no_more(big: School) -> None:
    found = big.findings
    ids = dict(zip(found["rule_id"], found["finding_id"], strict=True))
    states = CaseStates(
        {
            ids["R101"]: FindingState("属实", due="2026-12-18"),
            ids["R113"]: FindingState("不属实"),
            ids["R201"]: FindingState("复核销号"),
            ids["R706"]: FindingState("已通知"),
            ids["R102"]: FindingState("待补证"),
        }
    )
    said = demanded(big, states)
    assert "草稿" not in said and "共2条" in said
    titles = found.set_index("rule_id")["title"].groupby(level=0).first()
    assert titles["R101"] in said and titles["R706"] in said
    for rule in ("R113", "R201", "R102", "R705"):
        assert titles[rule] not in said, rule
    assert f"另有 {len(found) - 2} 条疑点" in said
    assert "并于2026年12月18日前" in said, "the inspector's date, not the machine's"


def test_what_was_found_at_the_school_stands_with_the_rest(big: School, kept: Results, tmp_path: Path) -> None:
    """A finding that only the casebook knows: in the ledger, in the letter once confirmed, in the county's figures."""
    row = dict.fromkeys(big.findings, "") | {"finding_id": "ONSITE-1", "rule_id": "R201", "violation": "2"}
    row |= {"severity": "严重", "nature": "事实", "school_id": big.id, "school": big.name, "student": "现场查到的人"}
    row |= {"title": "点名时人不在", "evidence": "2026-11-20 点名", "remedy": "查明去向", "clause": "二(一)"}
    states = CaseStates({"ONSITE-1": FindingState("属实")}, besides=(row,))
    deliverables.write_school(big, FACTS, tmp_path, states)
    demands = text(tmp_path / "限期整改通知书.docx")
    assert "点名时人不在" in demands and "现场查到的人" in demands and "共1条" in demands
    book = openpyxl.load_workbook(tmp_path / "findings.xlsx")
    assert any("现场查到的人" in str(c.value) for c in book["问题"]["F"])
    figures = Figures(kept, {big.id: states})
    assert len(figures.school_findings) == (kept.findings["school_id"] != "").sum() + 1 and figures.confirmed == {
        big.id: 1
    }
    assert bulletin.bulletin(kept, {big.id: states}, FACTS)["违规情形"][0]["条数"] == 1


def test_a_letter_has_the_notices_numbers_and_a_deadline_for_all(big: School, kept: Results) -> None:
    found = big.findings.drop_duplicates("rule_id").set_index("rule_id")["finding_id"]
    states = CaseStates({found["R201"]: FindingState("属实", due="2026-12-18"), found["R706"]: FindingState("属实")})
    none = big.findings.assign(due="")
    said = demanded(replace(big, findings=none), states)
    assert "\n二、" in said and "\n七、" in said and "\n一、" not in said, "its 二 is the notice's 二"
    assert said.count("限2026年12月18日前完成") == 2, "what has no deadline of its own is due with the last"
    undated = demanded(replace(big, findings=none), CaseStates({found["R706"]: FindingState("属实")}))
    assert "草稿（还不能发出）" in undated and "没有整改期限" in undated
    numbers = [row["序号"] for row in bulletin.bulletin(kept, {}, FACTS)["违规情形"]]
    assert numbers == ["一", "二", "七"]


def test_who_is_to_be_asked_is_written_before_a_letter_goes_out(big: School, tmp_path: Path) -> None:
    """As the kit is delivered nobody has written it yet."""
    delivered, ids = LetterFacts.load(), big.findings["finding_id"].tolist()
    measure = Measure("约谈主要负责人", "属实", decided=True)
    states = CaseStates({ids[0]: FindingState("属实")}, measures=(measure,))
    deliverables.write_school(big, delivered, tmp_path, states)
    for name in ("限期整改通知书", "约谈通知书"):
        said = text(tmp_path / f"{name}.docx")
        assert "草稿（还不能发出）" in said and "先在 data/letters.toml 的 [office] 里填写" in said
    assert made_letters.demands(big, states) == [], "a draft is no letter"
    for file in tmp_path.glob("*.docx"):
        assert "待县局确认" not in text(file), file.name
    deliverables.write_school(big, FACTS, tmp_path, states)
    assert "草稿" not in text(tmp_path / "限期整改通知书.docx")


def test_nothing_to_demand_is_said_and_not_sent(big: School, kept: Results, sample: ModuleType) -> None:
    none = CaseStates({big.findings["finding_id"][0]: FindingState("不属实")})
    assert "没有需要责令限期整改的问题" in demanded(big, none)
    said = demanded(kept.school(sample.EMPTY))
    assert "没有查不等于没有问题" in said and "现责令限期整改" not in said and "送 达 回 执" not in said


def test_names_that_look_like_markup_stay_text(kept: Results, sample: ModuleType) -> None:
    said = demanded(kept.school(sample.ODD))
    assert sample.ODD_NAME in said and '=HYPERLINK("http://x")' in said and "<b>粗</b>" in said


def test_a_principal_is_summoned_over_confirmed_findings_alone(big: School, tmp_path: Path) -> None:
    measure = Measure("约谈主要负责人", "严重问题属实 1 条（达到 1 条）")
    nobody = CaseStates(measures=(measure,))
    assert "约谈通知书.docx" not in deliverables.write_school(big, FACTS, tmp_path / "a", nobody)
    said = {big.findings["finding_id"][0]: FindingState("属实")}
    written = deliverables.write_school(big, FACTS, tmp_path / "b", CaseStates(said, measures=(measure,)))
    assert "草稿（建议，尚未决定）" in text(tmp_path / "b" / "约谈通知书.docx")
    assert set(written) == {*deliverables.SCHOOL_FILES, *deliverables.WHERE_DUE} - {"更正通知.docx"}, (
        "nothing was wrong"
    )
    decided = CaseStates(said, measures=(Measure("追究责任", "多次弄虚作假", decided=True),))
    deliverables.write_school(big, FACTS, tmp_path / "b", decided)
    summons = text(tmp_path / "b" / "约谈通知书.docx")
    assert "草稿" not in summons and "多次弄虚作假" in summons and "张建国" in summons
    deliverables.withdraw(tmp_path / "b", deliverables.write_school(big, FACTS, tmp_path / "b"))
    assert not (tmp_path / "b" / "约谈通知书.docx").exists(), "an old summons would pass for today's"


def test_the_bulletin_is_a_draft_until_somebody_has_looked(kept: Results, sample: ModuleType) -> None:
    def said(states: Mapping[str, CaseStates]) -> str:
        kind = kinds.BULLETIN
        filling = bulletin.bulletin(kept, states, FACTS)
        return text(template.template(kind.name, kind.fields, kind.needed).render(filling))

    draft = said({})
    assert "草稿（未经核查认定）" in draft and "不得印发" in draft and "均待核实认定" in draft
    assert "另有 2 所学校没有交逐班核对表" in draft
    found = kept.findings[kept.findings["school_id"] == sample.BIG]
    measures = (Measure("追究责任", "达到 1 条"), Measure("通报批评", "", decided=True))
    states = {sample.BIG: CaseStates({found["finding_id"].iloc[0]: FindingState("属实")}, measures=measures)}
    final = said(states)
    assert "通报批评" in final.split("一览表")[-1] and "追究责任" not in final, "decided ones, no suggestions"
    assert "草稿" not in final and "认定属实1条，涉及1所学校" in final and "属实问题" in final


def test_same_words_same_bytes(big: School, kept: Results, tmp_path: Path) -> None:
    for name in "ab":
        deliverables.write_school(big, FACTS, tmp_path / name)
        assert deliverables.write_county(kept, FACTS, tmp_path / name / "县") == list(deliverables.COUNTY_FILES)
    files = sorted(f.relative_to(tmp_path / "a") for f in (tmp_path / "a").rglob("*") if f.is_file())
    assert len(files) == 5 + len(deliverables.COUNTY_FILES)
    for file in files:
        content = (tmp_path / "a" / file).read_bytes()
        assert content == (tmp_path / "b" / file).read_bytes(), file
        if file.suffix in (".docx", ".xlsx"):
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                assert {info.date_time for info in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}, file
                assert parts.testzip() is None


# ---- edited templates ----


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the kit whose templates may be edited."""
    for name in ("data", "templates"):
        shutil.copytree(paths.home() / name, tmp_path / "kit" / name)
    monkeypatch.setenv("XUEJI_HOME", str(tmp_path / "kit"))
    return tmp_path / "kit"


def edit(file: Path, old: str, new: str) -> None:
    """As an office does in Word: one run's text changed."""
    document = docx.Document(str(file))
    hits = [r for p in document.element.iter(f"{{{_W}}}t") for r in [p] if r.text and old in r.text]
    assert hits
    for hit in hits:
        hit.text = hit.text.replace(old, new)
    document.save(str(file))


def test_an_unknown_or_missing_field_is_named_with_its_template(home: Path) -> None:
    file = home / "templates" / "letters" / "限期整改通知书.docx"
    edit(file, "{{ 学校名称 }}：", "{{ 学校名字 }}：")
    with pytest.raises(UsageError, match=r"限期整改通知书\.docx 里的字段不认识：学校名字。可用的字段：.*学校名称"):
        deliverables.check_templates()
    edit(file, "{{ 学校名字 }}：", "{{ 学校名称 }}：")
    edit(file, "{{ 项.整改要求 }}", "{{ 项.怎么改 }}")
    with pytest.raises(UsageError, match=r"不认识：违规情形\.问题\.怎么改"):
        deliverables.check_templates()
    edit(file, "{{ 项.怎么改 }}", "{{ 项.整改要求 }}")
    edit(file, "{{ 成文日期 }}", "2026年")
    with pytest.raises(UsageError, match=r"限期整改通知书\.docx 里缺这些字段：成文日期"):
        deliverables.check_templates()


def test_an_edited_letter_is_taken_as_it_is(home: Path, big: School) -> None:
    """Words changed, a field formatted in two runs by Word, a field left out that nothing depends on."""
    file = home / "templates" / "letters" / "限期整改通知书.docx"
    edit(file, "联系人：{{ 联系人 }}", "请与本科室联系")
    document = docx.Document(str(file))
    paragraph = next(p for p in document.paragraphs if p.text == "{{ 学校名称 }}：")
    paragraph.runs[0].text = "{{ 学校"
    paragraph.add_run("名称 ").bold = True
    paragraph.add_run("}} 校长：")
    document.save(str(file))
    said = demanded(big)
    assert "请与本科室联系" in said and "西乡县第一小学 校长：" in said


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda file: edit(file, "{%p endfor %}", ""), "花括号没有配好"),
        (lambda file: file.write_bytes(b"not a zip"), "不是 Word 文档"),
        (lambda file: file.unlink(), "找不到文书模板"),
    ],
)
def test_a_template_that_cannot_be_used_is_told_in_words(home: Path, broken: Any, words: str) -> None:
    broken(home / "templates" / "letters" / "保密承诺书.docx")
    with pytest.raises(UsageError, match=f"保密承诺书.*{words}|{words}.*保密承诺书"):
        deliverables.check_templates()


def test_a_template_cannot_run_what_it_likes(home: Path, big: School) -> None:
    edit(home / "templates" / "letters" / "保密承诺书.docx", "{{ 校长 }}", "{{ 校长.__class__.__mro__ }}")
    with pytest.raises(UsageError, match="保密承诺书"):
        kinds.PLEDGE.write(field_values.pledge(big, FACTS), home / "x.docx")


def test_the_facts_file_says_what_it_lacks(tmp_path: Path) -> None:
    whole = paths.data("letters.toml").read_text("utf-8")
    for changed, words in (
        (whole.replace("phone = ", "telephone = "), r"\[office\] 的 phone"),
        (whole.replace("[office]", "[office"), "写得不对"),
    ):
        file = tmp_path / f"{len(words)}.toml"
        file.write_text(changed, "utf-8")
        with pytest.raises(UsageError, match=words):
            LetterFacts.load(file)
    used = {*annex_situations()}
    assert used <= {*FACTS["measures"]["在籍不在校"], *FACTS["measures"]["在校不在籍"]}


def annex_situations() -> set[str]:
    from xueji_lib.register.codes import code_sets

    return set(code_sets()["situation"].labels.values()) | set(unmask.TO_BRING_BACK)
