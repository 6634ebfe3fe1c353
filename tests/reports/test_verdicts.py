"""From a real casebook to paper: what people decided, read once, kept for the workers, in ledger and letters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType

from tests.reports.test_letters import text
from xueji_lib import local_rules
from xueji_lib.casebook import answers, cases, measures, signoff
from xueji_lib.casebook.book import Casebook
from xueji_lib.casebook.events import Actor
from xueji_lib.casebook.sightings import sync
from xueji_lib.judge import shelf
from xueji_lib.register.policy import Policy
from xueji_lib.reports import deliverables, verdicts
from xueji_lib.reports.letter_facts import LetterFacts
from xueji_lib.reports.states import NOBODY
from xueji_lib.store import Store

INSPECTOR, DIRECTOR = Actor("王督查", "inspector"), Actor("周局长", "director")


def test_decisions_reach_the_paper_and_only_those(sample_store: Store, sample: ModuleType, tmp_path: Path) -> None:
    answer = shelf.obtain(sample_store, sample.TERM, sample.AS_OF)
    assert verdicts.snapshot(sample_store, answer) == {}, "no casebook: nobody has looked, and none is made"
    assert not (sample_store.root / "casebook").exists()
    found = answer.school(sample.BIG).findings
    ids = {rule: found.loc[found["rule_id"] == rule, "finding_id"].iloc[0] for rule in ("R101", "R201", "R113", "R706")}
    given = {"term": sample.TERM, "today": sample.AS_OF}
    with Casebook.open(sample_store) as book:
        sync(book, sample_store, answer)
        assert verdicts.snapshot(sample_store, answer) == {}, "findings alone are no decisions"
        cases.decide(book, INSPECTOR, ids["R101"], {"to": "属实"}, **given)
        cases.decide(book, INSPECTOR, ids["R101"], {"to": "已通知", "due": "2026-12-18"}, **given)
        cases.decide(book, INSPECTOR, ids["R113"], {"to": "不属实", "note": "班级已调整"}, **given)
        cases.decide(book, INSPECTOR, ids["R201"], {"to": "属实"}, **given)
        asked = [q.id for q in local_rules.catalogue(answer.edition).questions]
        note = f"两处对不上，家长 {sample.PHONE}"
        answers.answer(book, INSPECTOR, sample.BIG, sample.TERM, "S101", "不符合", note, questions=asked)
        signoff.step(book, INSPECTOR, sample.BIG, sample.TERM, "sign")
        known = cases.of_school(book, sample.BIG, sample.AS_OF)
        suggestion = measures.suggest(known, Policy.load(answer.edition), sample.AS_OF)
        said = verdicts.snapshot(sample_store, answer)
        assert set(said) == {sample.BIG}
        states = said[sample.BIG]
        assert [(m.measure, m.decided) for m in states.measures] == [(suggestion.measure, False)]
        measures.decide(
            book, DIRECTOR, sample.BIG, sample.TERM, "约谈主要负责人", suggestion, "同类问题第二次出现"
        )  # fmt: skip
    states = verdicts.snapshot(sample_store, answer)[sample.BIG]
    assert states == verdicts.kept(answer, sample.BIG) and verdicts.kept(answer, sample.CLEAN) == NOBODY
    assert verdicts.mark(states) != verdicts.mark(said[sample.BIG]), "a school whose paper changes is made anew"
    assert (states.of(ids["R101"]).state, states.of(ids["R101"]).due) == ("已通知", "2026-12-18")
    assert (states.of(ids["R113"]).state, states.of(ids["R706"]).state) == ("不属实", "疑点")
    assert states.answers["S101"].result == "不符合" and "两处对不上" in states.answers["S101"].note
    assert sample.PHONE not in verdicts.mark(states), "what people type is masked on paper too"
    assert [s.role for s in states.sign_offs] == ["督查人员"] and dt.date.fromisoformat(states.sign_offs[0].day)

    school = answer.school(sample.BIG)
    written = deliverables.write_school(school, LetterFacts.load(), tmp_path, states)
    assert "约谈通知书.docx" in written
    demands, summons = (text(tmp_path / f"{name}.docx") for name in ("限期整改通知书", "约谈通知书"))
    assert "草稿" not in demands and "共2条" in demands and "2026年12月18日" in demands
    assert "班级已调整" not in demands
    assert "草稿" not in summons and "同类问题第二次出现" in summons
