"""督查方案 on the bureau's page: the same draw as by command, asked twice drawn once, its progress told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pytest
from sqlalchemy import func, select

from tests.dashboards import work
from tests.dashboards.conftest import County, copy
from xueji_lib.casebook import on_site_answers, record_signing
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.tables import EVENTS
from xueji_lib.casebook.on_site_answers import Tick
from xueji_lib.casebook.record_signing import ON_PAPER, Signing
from xueji_lib.judge import shelf
from xueji_lib.register import catalogue
from xueji_lib.reports import visit_papers
from xueji_lib.visit import inspectors, plan_making, plan_progress, sample_draw, visit_plan, visit_record
from xueji_lib.visit.plan_progress import Stage
from xueji_lib.web.pages import bureau
from xueji_lib.web.pages.bureau import BureauPage
from xueji_lib.web.panels.visit_plan_panel import VisitPlanPanel

pytestmark = pytest.mark.slow

QUESTIONS = catalogue.load().questions
PEOPLE = "姓名，单位，回避\n王强，教育局，城关镇\n李敏，教研室，\n马云，教育局，\n赵丽，教研室，\n"


@pytest.fixture
def page(county: County, monkeypatch: pytest.MonkeyPatch) -> Iterator[BureauPage]:
    monkeypatch.setenv("XUEJI_STORE", str(county.store.root))
    for name, value in (("USER", "局长"), ("ROLE", "director")):
        monkeypatch.setenv(f"HTTP_X_XUEJI_{name}", value)
    opened = bureau.open_page(as_of="")
    yield opened
    opened.desk.book.close()


def panel_of(page: BureauPage) -> VisitPlanPanel:
    panel = page.visits().parts[1]
    assert isinstance(panel, VisitPlanPanel)
    return panel


def asked(page: BureauPage, panel: VisitPlanPanel, **changed: Any) -> dict[str, Any]:
    first = visit_plan.working_days(page.desk.today, 1)[0]
    people = PEOPLE.replace("城关镇", next(town for _, town in plan_making.places_of(page.answer).values() if town))
    message = {"op": "draw", "n": "1", "days": "2", "first": first, "schools": "5", "by_lot": "2", "seed": "7"}
    return message | {"people": people, "seen": panel.state(0)["seen"]} | changed


def events(book: Casebook) -> int:
    with book.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(EVENTS)).scalar_one())


def test_the_page_draws_what_the_command_draws_and_once(page: BureauPage, made: Path, tmp_path: Path) -> None:
    panel = panel_of(page)
    message = asked(page, panel)
    checked = panel.answer({"op": "people", "n": "0", "people": message["people"]})
    assert "4 人，可分 2 组" in checked["message"] and "王强回避" in checked["message"]
    saved = panel.answer(message)
    assert saved["kind"] == "saved" and saved["state"]["shown"] == 1, saved
    count = events(page.desk.book)
    assert panel.answer(message)["kind"] == "saved" and events(page.desk.book) == count, "asked twice, drawn once"
    assert panel.answer(message | {"seed": "8"})["kind"] == "conflict"
    (plan,) = visit_plan.every(page.desk.book, page.desk.term)

    other = copy(made, tmp_path / "另一台")
    answer = shelf.newest(other.store, other.term)
    assert answer is not None
    with Casebook.open(other.store) as book:
        people = inspectors.listed(message["people"], "名单", plan_making.places_of(answer))
        first = visit_plan.working_days(page.desk.today, 1)[0]
        request = visit_plan.PlanRequest("7", 2, type(page.desk.today).fromisoformat(first), 5, 2)
        theirs = plan_making.draw_and_keep(other.desk(book), answer, request, people)
    same = ("seed", "schools", "teams", "days", "frame", "drawn")
    assert {name: getattr(plan, name) for name in same} == {name: getattr(theirs, name) for name in same}

    again = panel.answer(asked(page, panel, seed=""))
    assert again["state"]["shown"] == 2 and len(again["state"]["plans"]) == 2
    earlier = panel.answer({"op": "state", "n": "2", "mark": "", "drawn": 1})["state"]
    assert earlier["shown"] == 1 and "种子 7" in earlier["html"] and plan.schools[0].reasons in earlier["html"]
    paper = panel.answer({"op": "paper", "n": "3", "drawn": 1, "name": "督查方案.docx"})
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(paper["buffers"][0])).paragraphs)
    assert "种子：7。" in text and page.desk.book.verify().broken == ""


def test_a_forged_plan_changes_nothing(page: BureauPage) -> None:
    panel = panel_of(page)
    good, before = asked(page, panel), events(page.desk.book)
    for change in (
        {"days": "0"}, {"days": "99"}, {"days": ""}, {"days": 3}, {"first": "昨天"}, {"first": "2020-01-01"},
        {"schools": "9999"}, {"schools": "-1"}, {"by_lot": "6"}, {"by_lot": "x"}, {"seed": "s" * 61},
        {"seed": "a\nb"}, {"people": "姓名,回避\n王强,月亮小学\n李敏,\n"}, {"people": "王强\n李敏\n"},
        {"people": "姓名\n王强\n"}, {"people": "人" * 200_000}, {"seen": "x"}, {"seen": ["x"] * 99}, {"op": "keep"},
    ):  # fmt: skip
        answer = panel.answer(good | change)
        assert answer["kind"] == "refused", (change, answer)
    assert panel.answer(good | {"seen": ["0" * 32]})["kind"] == "conflict"
    for name, drawn in (("督查方案.docx", 1), ("../x", 0)):
        assert panel.answer({"op": "paper", "n": "1", "name": name, "drawn": drawn})["kind"] == "refused"
    assert "problem" in panel.answer({"op": "people", "n": "1", "people": ""})
    assert panel.answer({"op": "people", "n": "1"}, [memoryview(bytes(200_000))])["kind"] == "refused"
    assert events(page.desk.book) == before


def test_progress_tells_how_far_each_visit_is_and_what_is_late(page: BureauPage, county: County) -> None:
    panel = panel_of(page)
    assert panel.answer(asked(page, panel))["kind"] == "saved"
    (plan,) = visit_plan.every(page.desk.book, page.desk.term)
    desk = county.desk(page.desk.book, work.INSPECTOR)
    signed, visited, sampled = (school.school_id for school in plan.schools[:3])
    classes = next(question for question in QUESTIONS if question.id == "S201")
    for school in (signed, visited, sampled):
        sample_draw.take(desk, school, classes)
    for school in (signed, visited):
        on_site_answers.answer(desk, school, Tick("S102", "符合"), questions=[q.id for q in QUESTIONS])
    visit_papers.make_record(desk, signed, QUESTIONS)
    record = visit_record.of_visit(desk.book, signed, desk.term, QUESTIONS, desk.today)
    assert record is not None
    inspecting = [name for name in str(record.plan["inspectors"]).split("、") if name] or ["王强", "李敏"]
    for signer, name in (*(("检查人员", n) for n in inspecting), ("学校负责人", "张三"), ("学籍管理员", "李四")):
        record_signing.sign(desk, signed, Signing(signer, name, ON_PAPER, record.content_value))
    progress = {one.school.school_id: one for one in plan_progress.of_plan(desk.book, plan, QUESTIONS, desk.today)}
    assert [progress[s].stage for s in (signed, visited, sampled)] == [Stage.SIGNED, Stage.VISITED, Stage.SAMPLED]
    assert not any(one.late for one in progress.values())
    later = replace(page.desk, today=type(desk.today).fromisoformat(plan.days[-1]).replace(year=desk.today.year + 1))
    overdue = plan_progress.of_plan(desk.book, plan, QUESTIONS, later.today)
    told = {one.school.school_id: one.late for one in overdue}
    assert told[signed] == "" and told[visited] == "到了校没有做记录" and told[sampled] == "过了日子没有到校"
    by_team, by_day = plan_progress.by_team(plan, overdue), plan_progress.by_day(plan, overdue)
    for lines in (by_team, by_day):
        assert sum(line.reached[Stage.PLANNED] for line in lines) == 5 and sum(line.late for line in lines) == 4
    html = panel.answer({"op": "state", "n": "2", "mark": "", "drawn": 1})["state"]["html"]
    assert "双方已签" in html and "没有超期的" in html
