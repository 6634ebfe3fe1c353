"""督查方案: drawn by lot and by risk, the same anywhere, with whom nobody may be sent to."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from types import ModuleType

import docx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji_lib.casebook import cases
from xueji_lib.casebook.carry import event_shape
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.judge.results import Results
from xueji_lib.reports.letters import kinds, visit_plan_letter
from xueji_lib.reports.office_facts import LetterFacts
from xueji_lib.reports.workbooks import plan_book
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import inspectors, lot, school_risk, visit_plan
from xueji_lib.visit.inspectors import Inspector

DAY = dt.date(2026, 11, 20)
ACTOR = Actor("王督查", "inspector")


def test_the_lot_is_the_one_that_is_written_down() -> None:
    """By hand: printf '7\\n学校\\n1' | sha256sum. A release that draws otherwise breaks every paper before it."""
    assert lot.ticket("7", "学校", "1").startswith("3de4a52df22bd5dd")
    assert lot.in_lot_order("7", "学校", "5432167") == ["4", "1", "2", "3", "5", "7", "6"]


@given(st.dictionaries(st.sampled_from("甲乙丙丁"), st.integers(0, 30)), st.integers(0, 60))
def test_strata_share_what_is_drawn(sizes: dict[str, int], count: int) -> None:
    drawn = lot.shares(sizes, count)
    assert sum(drawn.values()) == min(count, sum(sizes.values()))
    assert all(drawn[name] <= size for name, size in sizes.items())
    filled = [name for name, size in sizes.items() if size]
    assert count < len(filled) or all(drawn[name] for name in filled), "no stratum is passed over"
    ordered = sorted(filled, key=lambda name: (sizes[name], drawn[name]))
    assert [drawn[name] for name in ordered] == sorted(drawn[name] for name in ordered), "never more from a smaller"


@given(st.lists(st.frozensets(st.sampled_from("123456789")), min_size=2, max_size=9), st.integers(0, 99))
def test_nobody_is_sent_where_he_must_not_go_and_the_work_is_shared(avoided: list[frozenset[str]], seed: int) -> None:
    people = [Inspector(f"第{n}人", f"单位{n % 3}", avoids) for n, avoids in enumerate(avoided)]
    pairs = inspectors.teams(str(seed), people)
    assert sorted(m.name for team in pairs for m in team.members) == sorted(p.name for p in people)
    assert all(len(team.members) in (2, 3) for team in pairs)
    sent = inspectors.assign(str(seed), pairs, "123456789")
    for school, team in sent.items():
        assert team.may_visit(school) if team else not any(other.may_visit(school) for other in pairs)
    free = [team for team in pairs if all(team.may_visit(school) for school in "123456789")]
    loads = [sum(team is of for of in sent.values()) for team in free]
    assert not loads or max(loads) - min(loads) <= 1


def people_file(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "人员.csv"
    file.write_text("\n".join(["姓名,单位,回避", *lines]), "gb18030")
    return file


def test_what_is_to_be_avoided_is_understood_or_refused(sample: ModuleType, tmp_path: Path) -> None:
    schools = {sample.BIG: ("西乡县第一小学", "城关镇"), sample.CLEAN: ("白崖乡中心小学", "白崖乡")}
    file = people_file(
        tmp_path, "王强,白崖乡中心小学,城关镇", f"马云,教育局,{sample.BIG}、白崖乡中心小学", "李敏,教育局,"
    )
    avoids = {person.name: person.avoids for person in inspectors.read(file, schools)}
    assert avoids == {"王强": frozenset(schools), "马云": frozenset(schools), "李敏": frozenset()}
    with pytest.raises(UsageError, match="第 2 行 王强 的回避“百崖乡”"):
        inspectors.read(people_file(tmp_path, "王强,教育局,百崖乡", "李敏,,"), schools)
    with pytest.raises(UsageError, match="至少两人"):
        inspectors.read(people_file(tmp_path, "王强,教育局,"), schools)


def drawn(answer: Results, book: Casebook, people: list[Inspector], seed: str = "7") -> dict[str, object]:
    request = visit_plan.PlanRequest(seed, 2, DAY, schools=3, by_lot=2)
    ranked = school_risk.by_risk(answer, cases.of_county(book, DAY), visit_plan.last_visits(book), DAY)
    return visit_plan.draw(request, ranked, people)


def test_two_stores_draw_the_same_and_the_trail_has_it(
    sample_store: Store, kept: Results, sample: ModuleType, tmp_path: Path
) -> None:
    people = [Inspector(name, "", frozenset()) for name in ("王强", "李敏", "马云", "赵丽")]
    with Casebook.open(sample_store) as book, Casebook.open(Store(tmp_path / "另一个")) as other:
        plan = drawn(kept, book, people)
        assert plan == drawn(kept, other, people[::-1])
        assert plan != drawn(kept, other, people, "8")
        desk = Desk(book, sample_store, ACTOR, sample.TERM, DAY)
        first = visit_plan.keep(desk, plan)
        second = visit_plan.keep(desk, drawn(kept, book, people, "8"))
        assert (first.drawn, second.drawn, visit_plan.newest(book, sample.TERM)) == (1, 2, second)
        assert not book.verify().broken and book.line_with(first.check_value[:16]) == first.line
        own = book.events(first.schools[0].school_id, sample.TERM, ("visit",))
        assert own[0].body["seed"] == "7", "a package of the school takes it along"
        assert {event_shape.fault(event, {event.school_id}) for event in own} == {""}
        with pytest.raises(UsageError, match="督查人员"):
            visit_plan.keep(Desk(book, sample_store, Actor("马校长", "principal", sample.BIG), sample.TERM, DAY), plan)
    by_risk = [school for school in first.schools if school.how == visit_plan.BY_RISK]
    assert [school.school_id for school in by_risk] == [sample.BIG], "the most points first"
    assert "严重疑点" in by_risk[0].reasons and "没有到校记录" in by_risk[0].reasons
    assert set(first.days) == {"2026-11-20", "2026-11-23"}, "nobody is sent on a Saturday"


def test_the_papers_say_who_goes_where_and_why(sample_store: Store, kept: Results, sample: ModuleType) -> None:
    nobody_may = [Inspector(name, "", frozenset({sample.BIG})) for name in ("王强", "李敏")]
    with Casebook.open(sample_store) as book:
        plan = visit_plan.keep(
            Desk(book, sample_store, ACTOR, sample.TERM, DAY), drawn(kept, book, nobody_may)
        )  # fmt: skip
    letter = kinds.VISIT_PLAN.content(visit_plan_letter.values(plan, LetterFacts.load()))
    assert letter == kinds.VISIT_PLAN.content(visit_plan_letter.values(plan, LetterFacts.load()))
    assert plan_book.content(plan) == plan_book.content(plan)
    document = docx.Document(io.BytesIO(letter))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "还没有派人的学校：西乡县第一小学" in text and "种子：7。" in text and plan.check_value[:16] in text
    reasons = [row.cells[-1].text for row in document.tables[0].rows[1:]]
    assert len(reasons) == 3 and any("严重疑点" in reason for reason in reasons)
    sheet = openpyxl.load_workbook(io.BytesIO(plan_book.content(plan)))["学校"]
    assert [sheet.cell(3, n).value for n in (2, 3, 9)] == ["日期", "组", "理由"]
