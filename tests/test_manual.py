"""The manual: no rule lacks a part, quotations are the notice's own, and a page says what the rule really reads."""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from tests.rules import proofs
from tests.rules.test_proofs import NO_BOUNDARY, NO_UNKNOWN
from xueji_lib.cli import xueji
from xueji_lib.cli.chinese import run
from xueji_lib.county.rows import Rows
from xueji_lib.judge import engine
from xueji_lib.register import catalogue as catalogues
from xueji_lib.register.policy import Policy
from xueji_lib.register.schema import TABLES
from xueji_lib.reports.manual.as_text import documents
from xueji_lib.reports.manual.page import IDENTITY, page
from xueji_lib.reports.manual.texts import Manual, clauses, figures
from xueji_lib.rules.inquiry import Inquiry
from xueji_lib.rules.marking import Implementation

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE, POLICY, MANUAL = catalogues.load(), Policy.load(), Manual.load()
RULES = sorted(CATALOGUE.entries)
LEFT_TO_COUNTY_FILE = ("城乡类别", "办学类型", "学校名称")  # read once for all rules, not by a rule


@pytest.mark.parametrize("rule_id", RULES)
def test_no_rule_lacks_a_part(rule_id: str) -> None:
    entry = CATALOGUE[rule_id]
    found = page(entry, POLICY, MANUAL)
    titles = [section.title for section in found.sections]
    parts = "查什么 性质 准确的条件 依据 例子 误判提示 怎样改正 要用的表和列".split()
    assert [t for t in titles if t != "用到的数字"] == parts
    asks = MANUAL.plain[rule_id]["asks"]
    assert len(asks) > 12
    assert not re.search(r"[a-z]{2,}|≠|∈|≥", re.sub(r"\{\w+\}", "", asks)), "words a clerk understands"
    named = {name for name, _, _ in figures(entry, POLICY, MANUAL)}
    assert set(re.findall(r"\{(\w+)\}", asks)) <= named
    assert ("用到的数字" in titles) == bool(named)
    examples = MANUAL.examples[rule_id]["examples"]
    kinds = {example["expected"] for example in examples}
    assert {proofs.HIT, proofs.MISS} <= kinds
    assert proofs.OPEN in kinds or rule_id in NO_UNKNOWN
    assert any(example["boundary"] for example in examples) or rule_id in NO_BOUNDARY
    shown = {n for table in MANUAL.examples[rule_id]["tables"] for row in table["rows"] for n in row["of"]}
    unseen = [e["n"] for e in examples if e["n"] not in shown and "表里没有它的行" not in e["why"]]
    assert not unseen
    assert len(MANUAL.misjudged[rule_id]) > 20


def test_quotations_are_the_notices_own_words() -> None:
    notice = (ROOT / "docs" / "notice.md").read_text("utf-8")
    for reference, clause in MANUAL.clauses.items():
        assert bool(clause.get("text")) != bool(clause.get("note")), reference
        assert all(paragraph in notice for paragraph in clause.get("text", [])), reference
    for rule_id, texts in MANUAL.plain.items():
        for reference, sentences in texts.get("quotes", {}).items():
            assert reference in clauses(CATALOGUE[rule_id]), f"{rule_id} {reference}"
            whole = MANUAL.clauses[reference]["text"]
            missing = [s for s in sentences if not any(s in paragraph for paragraph in whole)]
            assert not missing, f"{rule_id} {reference}：{missing}"
    cited = {reference for entry in CATALOGUE.entries.values() for reference in clauses(entry)}
    cited |= {form["clause"] for form in CATALOGUE.on_site_findings.values()}
    cited |= {CATALOGUE.finding_form(question.violation, question).clause for question in CATALOGUE.questions}
    assert cited == set(MANUAL.clauses), "every reference is there, and none that nobody cites"


def test_the_texts_speak_of_no_rule_that_is_not_there() -> None:
    assert set(MANUAL.plain) == set(MANUAL.misjudged) == set(MANUAL.examples) == set(RULES)
    for number in range(1, 8):
        for kind, ending, parse in (("misjudged", "yaml", None), ("plain", "yaml", None), ("examples", "json", json)):
            text = (ROOT / "data" / "catalogue" / kind / f"v{number}.{ending}").read_text("utf-8")
            ids = set(parse.loads(text)) if parse else set(re.findall(r"^(\w+):", text, re.M))
            assert {int(rule_id[1]) for rule_id in ids} == {number}


@pytest.mark.slow
def test_pages_name_the_columns_and_figures_that_the_rules_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Watched while they judge their proof tables."""
    running: list[str] = []
    read: dict[str, set[tuple[str, str]]] = defaultdict(set)
    asked: dict[str, set[str]] = defaultdict(set)

    def watch(cls: type, name: str, note: object) -> None:
        original = getattr(cls, name)

        def watched(self: object, *args: object) -> object:
            if running:
                note(self, args[0] if args else "")  # type: ignore[operator]
            return original(self, *args)

        monkeypatch.setattr(cls, name, watched)

    def column(rows: Rows, column_id: str) -> None:
        read[running[-1]].add((rows.table.id, rows.table[column_id].header))

    watch(Rows, "__getitem__", column)
    watch(Rows, "strings", column)
    watch(Policy, "_value", lambda _, name: asked[running[-1]].add(name))
    for implementation in list(engine.IMPLEMENTED.values()):

        def judged(case: Inquiry, whole: Implementation = implementation, act: object = implementation.judge) -> object:
            running.append(whole.id)
            try:
                return act(case)  # type: ignore[operator]
            finally:
                running.pop()

        watched_rule = replace(implementation, judge=judged)  # type: ignore[arg-type]
        monkeypatch.setitem(engine.IMPLEMENTED, implementation.id, watched_rule)
    for place, case in enumerate(proofs.cases()):
        proofs.run(case, tmp_path / str(place))
    told = []
    for rule_id in RULES:
        columns = MANUAL.columns(rule_id)
        declared = {(t.removeprefix("previous_"), header) for t, headers in columns.items() for header in headers}
        assert all(TABLES[table].by_header(header) for table, header in declared)
        hidden = {(t, h) for t, h in read[rule_id] - declared if h not in IDENTITY}
        idle = {(t, h) for t, h in declared - read[rule_id] if h not in (*IDENTITY, *LEFT_TO_COUNTY_FILE)}
        unnamed = asked[rule_id] - {name for name, _, _ in figures(CATALOGUE[rule_id], POLICY, MANUAL)}
        if hidden or idle or unnamed:
            told.append(f"{rule_id} 还看了 {hidden}，没有看 {idle}，没有写明数字 {unnamed}")
    assert not told


def test_pages_show_no_whole_number_and_lead_somewhere() -> None:
    folder = ROOT / "docs" / "rules"
    assert {file.stem for file in folder.glob("*.md")} == {"README", *RULES}
    for file in folder.glob("*.md"):
        text = file.read_text("utf-8")
        assert not re.search(r"\d{15}|1\d{10}(?!\d)|[０-９]{11}", text), file.name
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (folder / target).exists(), f"{file.name} → {target}"


def test_a_table_in_markdown_is_one() -> None:
    """As many cells in every row as in the header, whatever signs the cells hold."""
    for name, text in documents(CATALOGUE, POLICY, MANUAL).items():
        width = 0
        for line in text.splitlines():
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            assert not cells or not width or cells == width, f"{name}: {line}"
            width = cells


def test_show_uses_the_countys_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a copy of data/ alone, as a wheel carries it: no tests/, no docs/."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    file = tmp_path / "data" / "policy" / "2020-154.toml"
    file.write_text(re.sub(r"(\[report_days\]\nname = .*\nvalue = )7", r"\g<1>9", file.read_text("utf-8")), "utf-8")
    monkeypatch.setenv("XUEJI_HOME", str(tmp_path))
    assert run(xueji, ["rules", "show", "r101", "--edition", "2020-154"]) == 0
    shown = capsys.readouterr().out
    for expected in (
        "开学后 9 天内",
        "report_days(9)",
        "report_days 现在是 9，例子按 7 写",
        "每学期开学一周内各学校排摸上报基础教育室。",
        "兴隆小学",
        MANUAL.misjudged["R101"],
        "立即补报排摸结果",
    ):
        assert expected in shown
    assert run(xueji, ["rules", "show", "R990", "--edition", "2027-draft"]) == 0
    drafted = capsys.readouterr().out
    assert "校长为空" in drafted and "误判提示" not in drafted, "a new check has a page before it has examples"
