"""From a real casebook to paper: what people decided, read once, kept for the workers, in ledger and letters."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import openpyxl

from tests.dashboards.surfaces import workbook
from tests.filled_letters import filled_facts
from tests.reports.test_letters import text
from xueji_lib import local_rules
from xueji_lib.casebook import cases, measures, on_site_answers, signoff
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.sightings import sync
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge import shelf
from xueji_lib.judge.engine import Check
from xueji_lib.register.policy import Policy
from xueji_lib.reports import deliverables, verdicts
from xueji_lib.reports.case_states import NOBODY
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.store import Store
from xueji_lib.web.pages.bureau import BureauPage
from xueji_lib.web.shared.county_desk import CountyDesk

INSPECTOR, DIRECTOR = Actor("王督查", "inspector"), Actor("周局长", "director")


def test_decisions_reach_the_paper_and_only_those(sample_store: Store, sample: ModuleType, tmp_path: Path) -> None:
    answer = shelf.obtain(sample_store, sample.INSPECTION)
    assert verdicts.snapshot(Workplace(sample_store), answer) == {}, "no casebook: nobody has looked, and none is made"
    assert not (sample_store.root / "casebook").exists()
    found = answer.school(sample.BIG).findings
    ids = {rule: found.loc[found["rule_id"] == rule, "finding_id"].iloc[0] for rule in ("R101", "R201", "R113", "R706")}
    with Casebook.open(sample_store) as book:
        desk = Desk(book, sample_store, INSPECTOR, sample.TERM, sample.AS_OF)
        sync(book, sample_store, answer)
        assert verdicts.snapshot(Workplace(sample_store), answer) == {}, "findings alone are no decisions"
        cases.decide(desk, ids["R101"], {"to": "属实"})
        cases.decide(desk, ids["R101"], {"to": "已通知", "due": "2026-12-18"})
        cases.decide(desk, ids["R113"], {"to": "不属实", "note": "班级已调整"})
        cases.decide(desk, ids["R201"], {"to": "属实"})
        asked = [q.id for q in local_rules.catalogue(answer.edition).questions]
        note = f"两处对不上，家长 {sample.PHONE}"
        on_site_answers.answer(desk, sample.BIG, on_site_answers.Tick("S101", "不符合", note), questions=asked)
        signoff.step(desk, sample.BIG, "sign")
        known = cases.of_school(book, sample.BIG, sample.AS_OF)
        suggestion = measures.suggest(known, Policy.load(answer.edition), sample.AS_OF)
        said = verdicts.snapshot(Workplace(sample_store), answer)
        assert set(said) == {sample.BIG}
        states = said[sample.BIG]
        assert [(m.measure, m.decided) for m in states.measures] == [(suggestion.measure, False)]
        choice = measures.Choice("约谈主要负责人", "同类问题第二次出现")
        measures.decide(replace(desk, actor=DIRECTOR), sample.BIG, choice, suggestion)
    states = verdicts.snapshot(Workplace(sample_store), answer)[sample.BIG]
    assert states == verdicts.from_snapshot(answer, sample.BIG)
    assert verdicts.from_snapshot(answer, sample.CLEAN) == NOBODY
    assert verdicts.mark(states) != verdicts.mark(said[sample.BIG]), "a school whose paper changes is made anew"
    assert (states.of(ids["R101"]).state, states.of(ids["R101"]).due) == ("已通知", "2026-12-18")
    assert (states.of(ids["R113"]).state, states.of(ids["R706"]).state) == ("不属实", "疑点")
    assert states.answers["S101"].result == "不符合" and "两处对不上" in states.answers["S101"].note
    assert sample.PHONE not in verdicts.mark(states), "what people type is masked on paper too"
    assert [s.role for s in states.sign_offs] == ["督查人员"] and dt.date.fromisoformat(states.sign_offs[0].day)
    (signed,) = states.sign_offs
    with Casebook.open(sample_store) as book:
        assert book.line_with(signed.check_value) == signed.entry > 0
        book.log("王督查", "登录")
    again = verdicts.snapshot(Workplace(sample_store), answer)[sample.BIG]
    assert verdicts.mark(again) == verdicts.mark(states), "the trail grew, the school's papers stay as they are"

    school = answer.school(sample.BIG)
    written = deliverables.write_school(school, filled_facts(), tmp_path, states)
    assert "约谈通知书.docx" in written
    demands, summons = (text(tmp_path / f"{name}.docx") for name in ("限期整改通知书", "约谈通知书"))
    assert "草稿" not in demands and "共2条" in demands and "2026年12月18日" in demands
    assert "班级已调整" not in demands
    asked_sheet = openpyxl.load_workbook(tmp_path / "findings.xlsx")["现场询问"]
    ledger = "".join(str(cell.value) for row in asked_sheet.iter_rows() for cell in row)
    for paper in (demands, summons, ledger):
        assert f"留痕第 {signed.entry} 条，校验值 {signed.check_value}" in paper, "copied nowhere by hand"
    assert "草稿" not in summons and "同类问题第二次出现" in summons


def test_what_a_check_could_not_look_at_again_stays_on_paper(
    sample_store: Store, sample: ModuleType, check: Check, tmp_path: Path
) -> None:
    """It stands on the page; a table that is missing this time takes nothing back. Where the check was made and found
    nothing, the letter demands it no more."""
    first = shelf.obtain(sample_store, sample.INSPECTION)
    of_rule = (check.findings["school_id"] == sample.BIG) & (check.findings["rule_id"] == "R201")
    kept, other = check.findings.loc[of_rule, "finding_id"].iloc[:2]
    with Casebook.open(sample_store) as book:
        sync(book, sample_store, first)
        desk = Desk(book, sample_store, INSPECTOR, sample.TERM, sample.AS_OF)
        cases.decide(desk, kept, {"to": "属实"})
        for status, stands in (("缺数据", True), ("未发现", False)):
            coverage = check.coverage.astype({"status": object})
            coverage.loc[(coverage["school_id"] == sample.BIG) & (coverage["rule_id"] == "R201"), "status"] = status
            told = replace(check, findings=check.findings[~of_rule], coverage=coverage)
            answer = shelf.keep(sample_store.root / "results" / "again", told, status)
            sync(book, sample_store, answer)
            assert cases.case(book, kept, sample.AS_OF).sighting.present is stands
            states = verdicts.of_school(book, answer, sample.BIG, sample.AS_OF)
            assert verdicts.snapshot(Workplace(sample_store), answer)[sample.BIG] == states
            deliverables.write_school(answer.school(sample.BIG), LetterFacts.load(), tmp_path, states)
            said = text(tmp_path / "限期整改通知书.docx")
            title = check.findings.loc[of_rule, "title"].iloc[0]
            assert (f"{title}（1条）" in said.replace(" ", "") or title in said) is stands
            listed = workbook(tmp_path / "findings.xlsx")
            assert (kept in listed, other in listed) == (stands, stands)
            names = {sample.BIG: "西乡县第一小学"}
            county = CountyDesk(book, sample_store, DIRECTOR, sample.TERM, sample.AS_OF, names=names)
            page = BureauPage(county, answer, live=False, incoming=tmp_path)
            [line] = [line for lines in page.towns.values() for line in lines if line.school_id == sample.BIG]
            assert line.total == len(answer.school(sample.BIG).findings) + (int(of_rule.sum()) if stands else 0)
