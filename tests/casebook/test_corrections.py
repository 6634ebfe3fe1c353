"""A verdict that stood in a letter is reversed: 更正通知.docx is due, the bureau sees it, the next 通报 says so."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from tests.filled_letters import fill_in
from tests.reports.test_letters import text
from xueji_lib import batch
from xueji_lib.casebook import cases, letter_corrections
from xueji_lib.casebook.desk import Desk
from xueji_lib.casebook.log.book import Casebook
from xueji_lib.casebook.log.events import Actor
from xueji_lib.casebook.seen_on_site import add_on_site
from xueji_lib.casebook.workplace import Workplace
from xueji_lib.judge.engine import Check
from xueji_lib.notebook import audit
from xueji_lib.register import labels
from xueji_lib.register.calendar import Calendar
from xueji_lib.register.inspection import Inspection
from xueji_lib.register.policy import RECTIFY_FIGURES, Policy
from xueji_lib.store import Store
from xueji_lib.support.errors import UsageError
from xueji_lib.web.desks.correction_desk import CorrectionTable
from xueji_lib.web.shared.county_desk import CountyDesk

pytestmark = pytest.mark.slow

INSPECTOR, DIRECTOR = Actor("王督查", "inspector"), Actor("周局长", "director")
ONE = batch.BatchOptions(1)


class County:
    """A county whose papers are made by the batch itself, and two people who decide."""

    def __init__(self, store: Store, sample: ModuleType, out: Path) -> None:
        self.store, self.sample, self.out = store, sample, out
        self.folder = out / sample.TERM / "schools" / sample.BIG

    def batch(self, day: dt.date | None = None) -> None:
        asked = Inspection(self.sample.TERM, day or self.sample.AS_OF)
        result = batch.run(Workplace(self.store), asked, self.out, ONE)
        assert not result.failed, result.failed

    def decide(self, finding: str, to: str, **more: str) -> None:
        with Casebook.open(self.store) as book:
            cases.decide(Desk(book, self.store, INSPECTOR, self.sample.TERM, self.sample.AS_OF), finding, {
                "to": to, **more,
            })  # fmt: skip

    def letter(self, name: str = "更正通知") -> str:
        return text(self.folder / f"{name}.docx")

    @property
    def bulletin(self) -> str:
        return text(self.out / self.sample.TERM / "通报.docx")

    def table(self, book: Casebook, actor: Actor = DIRECTOR) -> CorrectionTable:
        names = {self.sample.BIG: "西乡县第一小学"}
        return CorrectionTable(CountyDesk(book, self.store, actor, self.sample.TERM, self.sample.AS_OF, names=names))


@pytest.fixture
def county(sample_store: Store, sample: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> County:
    fill_in(tmp_path / "工具箱", monkeypatch)
    made = County(sample_store, sample, tmp_path / "成果")
    with Casebook.open(sample_store):
        pass
    made.batch()
    return made


@pytest.fixture
def ids(county: County, sample: ModuleType, check: Check) -> dict[str, str]:
    findings = check.findings
    own = findings[findings["school_id"] == sample.BIG]
    return dict(zip(own["rule_id"], own["finding_id"], strict=True))


def test_a_reversed_verdict_is_corrected_listed_and_told(county: County, ids: dict[str, str]) -> None:
    assert not (county.folder / "更正通知.docx").exists()
    for rule in ("R101", "R706"):
        county.decide(ids[rule], "属实")
    county.batch()
    assert "共2条" in county.letter("限期整改通知书")
    # Nothing was reversed: nothing is to be corrected.
    assert not (county.folder / "更正通知.docx").exists() and "更正" not in county.bulletin

    county.decide(ids["R101"], "不属实", note="排摸当天已报，收件登记在案")
    county.decide(ids["R113"], "不属实", note="本来就不属实")  # stood in no letter
    county.batch()
    with Casebook.open(county.store) as book:
        [[item]] = letter_corrections.of_county(book, _cases(county, book)).values()
        title = item.case.finding["title"]
        [row] = county.table(book).rows()
        assert county.table(book).waiting() == 1
        assert (row.state, row.cells["count"]) == ("待发出", "1 条") and title in row.cells["findings"]
        assert "2026年11月20日《限期整改通知书》" in row.cells["letters"] and "《通报》" in row.cells["letters"]
    said = county.letter()
    assert title in said and "有1条不再认定属实" in said and "排摸当天已报" in said and "草稿" not in said
    assert "2026年11月20日《限期整改通知书》（西教体责改〔2026〕　　号）" in said
    assert "2026年11月20日《通报》（西教体函发〔2026〕　　号）" in said
    assert "更正：" in county.bulletin and "西乡县第一小学1条" in county.bulletin
    assert "共1条" in county.letter("限期整改通知书"), "and it is demanded no more"


def _cases(county: County, book: Casebook) -> dict[str, list[cases.Case]]:
    return {county.sample.BIG: cases.of_school(book, county.sample.BIG, county.sample.AS_OF)}


@pytest.mark.parametrize(
    "reversal",
    [
        {"to": "豁免", "note": "政策允许", "reason": "政策特许", "approver": "周局长", "until": "2027-06-30"},
        {"to": "待补证", "note": "材料要再看"},
        {"to": "撤销"},
    ],
    ids=lambda body: body["to"],
)
def test_every_way_to_reverse(county: County, ids: dict[str, str], reversal: dict[str, str]) -> None:
    county.decide(ids["R101"], "属实")
    county.batch()
    if reversal["to"] == "撤销":
        with Casebook.open(county.store) as book:
            desk = Desk(book, county.store, INSPECTOR, county.sample.TERM, county.sample.AS_OF)
            cases.undo(desk, ids["R101"], seen=cases.case(book, ids["R101"], county.sample.AS_OF).seen)
    else:
        county.decide(ids["R101"], **reversal)
    county.batch()
    assert "有1条不再认定属实" in county.letter()
    # True again after all: nothing is to be corrected, the letter is withdrawn.
    county.decide(ids["R101"], "属实", note="又核实了一遍")
    county.batch()
    assert not (county.folder / "更正通知.docx").exists() and "更正" not in county.bulletin


def test_sent_once_and_due_again_after_another_letter(county: County, ids: dict[str, str]) -> None:
    county.decide(ids["R101"], "属实")
    county.batch()
    county.decide(ids["R101"], "不属实", note="当时看错了")
    with Casebook.open(county.store) as book:
        table = county.table(book)
        [row] = table.rows()
        assert "限期整改通知书" in table.blocks(row.id)[0]["text"]
        assert row.steps == {"已发出": ("note",)}
        with pytest.raises(UsageError, match="怎样送达"):
            table.step({county.sample.BIG: ()}, "已发出", {"note": " "})
        for _ in range(2):  # a browser asks twice
            [row] = table.step({county.sample.BIG: ()}, "已发出", {"note": "专人送达"})
        assert (row.state, table.waiting()) == ("已发出", 0)
        assert len(letter_corrections.sent_before(book, county.sample.TERM, county.sample.BIG)) == 1
        with pytest.raises(UsageError, match="没有待更正的"):
            table.step({county.sample.BIG: row.seen}, "已发出", {"note": "再发"})
        principal = Actor("校长", "principal", county.sample.BIG)
        with pytest.raises(UsageError, match="县教育体育局发出"):
            letter_corrections.send(replace(table._desk, actor=principal), county.sample.BIG, [ids["R101"]], "送到")
        assert not book.verify().broken
    county.batch()
    assert not (county.folder / "更正通知.docx").exists(), "the school was told"
    assert "更正：" in county.bulletin, "the bulletin of the term still says so"
    county.decide(ids["R101"], "属实", note="新的证据")
    county.batch()
    county.decide(ids["R101"], "不属实", note="证据是假的")
    county.batch()
    assert "有1条不再认定属实" in county.letter()


def test_drafts_and_looks_are_no_letters(county: County, ids: dict[str, str], sample: ModuleType) -> None:
    with Casebook.open(county.store) as book:
        assert not book.events(sample.BIG, kinds=("letter",)), "a draft of leads"
    county.decide(ids["R101"], "属实")
    ahead = dt.date.today() + dt.timedelta(days=3)
    county.batch(ahead)
    with Casebook.open(county.store) as book:
        assert not book.events(sample.BIG, kinds=("letter",)), "a look ahead"
    audit.run(Workplace(county.store), audit.SchoolRun(sample.BIG, Inspection(sample.TERM, sample.AS_OF), county.out))
    county.batch()
    county.batch()
    with Casebook.open(county.store) as book:
        kinds = [str(event.body["letter"]) for event in book.events(sample.BIG, kinds=("letter",))]
        assert kinds == ["限期整改通知书", "通报"], "each once, however often it is made"


def test_what_was_found_on_site_has_its_deadline_in_the_letter(
    county: County, ids: dict[str, str], sample: ModuleType, check: Check
) -> None:
    """As it is entered after a roll-call: without a day of its own."""
    like = check.findings[check.findings["finding_id"] == ids["R101"]].iloc[0]
    row = {str(name): labels.text(value) for name, value in like.items()}
    row |= {"finding_id": "S201-0123456789abcdef", "rule_id": "S201", "title": "现场点名与学校核对表不符", "due": ""}
    row |= {"severity": "较重", "evidence": "2026-11-20 现场点名不在 6 人"}
    with Casebook.open(county.store) as book, book.writing() as connection:
        add_on_site(connection, row, sample.TERM, sample.AS_OF)
    county.decide(row["finding_id"], "属实")
    county.batch()
    said = county.letter("限期整改通知书")
    day = Calendar.load().add_workdays(sample.AS_OF, Policy.load(row["edition"])[RECTIFY_FIGURES["较重"]])
    assert "现场点名与学校核对表不符" in said and f"限{day.year}年{day.month}月{day.day}日前完成" in said
