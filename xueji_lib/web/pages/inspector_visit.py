"""A school's page: 现场检查记录 with its signatures, the visit's papers to download, and the paper kit to upload."""

from __future__ import annotations

from typing import Any, Final

from xueji_lib.casebook.on_site_findings import OfSchool
from xueji_lib.judge.results import School
from xueji_lib.register import catalogue, labels
from xueji_lib.reports import visit_papers
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import kit_entry
from xueji_lib.web.pages.section import Section
from xueji_lib.web.panels.papers import HandIn, Offer, Papers, Received
from xueji_lib.web.panels.visit_record_panel import SchoolWords, VisitRecordPanel, names_of_school
from xueji_lib.web.shared.school_desk import SchoolDesk

_PAPERS_HINT: Final = (
    "没有电脑可用的学校：出发前下载抽样清单、纸质检查表打印，回来把写的填进纸质检查表的黄底格，在这里交。"
    "台账里已经有的不改；没有录的逐条写明为什么。"
)


class VisitPapers:
    """What the page makes and takes of a visit to a school."""

    def __init__(self, desk: SchoolDesk, school: School) -> None:
        self._desk = desk
        self._school = OfSchool(school.id, school.name, school.edition)
        self._catalogue = catalogue.load(school.edition)
        self._questions = self._catalogue.questions

    def offers(self) -> list[Offer]:
        """The papers to download."""
        return [
            Offer("record", "现场检查记录", "Word，打印两份；屏幕上签了的带签名，没有签的留着手签", self._record),
            Offer("samples", "抽样清单", "抽到的学生、班，一问一页", self._samples),
            Offer("kit", "纸质检查表", "各问、抽到的班的名单、没有认定的疑点", self._kit),
        ]

    def hand_in(self) -> HandIn:
        """Where a filled-in kit is taken."""
        return HandIn(self._enter, (), kit_entry.LIMIT, ".xlsx", keeps=False)

    def _record(self) -> tuple[str, bytes]:
        made = visit_papers.make_record(self._desk, self._desk.school_id, self._questions)
        return self._taken(visit_papers.RECORD, made.content)

    def _samples(self) -> tuple[str, bytes]:
        content = visit_papers.sample_list(self._desk, self._desk.school_id, self._questions)
        return self._taken(visit_papers.SAMPLES, content)

    def _kit(self) -> tuple[str, bytes]:
        kit = visit_papers.make_kit(self._desk, self._desk.school_id, self._questions)
        return self._taken(visit_papers.KIT, kit.content)

    def _taken(self, name: str, content: bytes) -> tuple[str, bytes]:
        desk = self._desk
        desk.book.log(desk.actor.name, "导出", desk.school_id, {"file": name})
        return name, content

    def _enter(self, name: str, content: bytes) -> Received:
        desk = self._desk
        school_id, term, sheets = kit_entry.read_content(content, name)
        if (school_id, term) != (desk.school_id, desk.term):
            raise UsageError(
                f"{name} 是 {school_id} {labels.term(term)}的纸质检查表，不是这所学校本学期的。请在那所学校的页面上交"
            )
        entered = kit_entry.enter(desk, self._school, sheets, self._catalogue)
        lines = [*(f"录了：{told}" for told in entered.taken), *(f"没有录：{told}" for told in entered.refused)]
        left = f"；{len(entered.refused)} 条没有录，见下面" if entered.refused else ""
        return Received(f"{entered.summary}{left}", tuple(lines), ())


def section(desk: SchoolDesk, school: School, layout: Any) -> Section:
    """The record's panel, and below it the papers."""
    papers = VisitPapers(desk, school)
    directory = desk.store.directory(desk.term)
    own = directory.loc[directory["school_id"].astype(str) == desk.school_id].iloc[0]
    names = names_of_school({name: labels.text(own[name]) for name in ("principal", "registrar")})
    key = f"{desk.actor.name}/{desk.school_id}/{desk.term}/visit_papers"
    questions = catalogue.load(school.edition).questions
    record = VisitRecordPanel(desk, questions, SchoolWords(names, _PAPERS_HINT), layout)
    return Section(record, Papers(desk, key, papers.offers(), papers.hand_in()))
