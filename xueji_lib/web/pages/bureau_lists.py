"""The bureau's page: the list of schools and the list of all findings of the county."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.casebook import states
from xueji_lib.casebook.cases import Case
from xueji_lib.judge.results import Results
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES, VIOLATIONS_SHORT
from xueji_lib.register.vocabulary import CaseState, Nature
from xueji_lib.views.school_progress import PROGRESS, SchoolProgress, of_county
from xueji_lib.web.pages.section import Section, heading, listing
from xueji_lib.web.panels.long_list import ListColumn, ListForm, ListRow, LongList
from xueji_lib.web.shared.county_desk import CountyDesk

SCHOOLS: Final = ListForm(
    (
        ListColumn("school", "学校", "link", wide=True),
        ListColumn("township", "乡镇", picked=True),
        ListColumn("kind", "办学类型", picked=True),
        ListColumn("progress", "进度", "tag", picked=True, order=PROGRESS),
        ListColumn("total", "疑点", "number"),
        ListColumn("waiting", "待核实", "number"),
        ListColumn("true", "属实", "number"),
        ListColumn("grave", "严重", "number"),
        ListColumn("per_hundred", "每百人", "number"),
        ListColumn("unexamined", "没查全", "number"),
        ListColumn("people", "谁核的", picked=True),
    ),
    "所", "还没有学校。", "各校进度",
)  # fmt: skip
FINDINGS: Final = ListForm(
    (
        ListColumn("title", "问题", "link", picked=True, wide=True),
        ListColumn("school", "学校", picked=True, wide=True),
        ListColumn("township", "乡镇", picked=True),
        ListColumn("place", "班级"),
        ListColumn("student", "学生"),
        ListColumn("ref", "号码"),
        ListColumn("violation", "情形", picked=True),
        ListColumn("severity", "程度", "tag", picked=True, order=SEVERITIES[::-1]),
        ListColumn("nature", "性质", "tag", picked=True, order=tuple(Nature)),
        ListColumn("state", "处理", picked=True, order=tuple(CaseState)),
        ListColumn("due", "期限"),
        ListColumn("evidence", "证据", wide=True),
    ),
    "条", "没有疑点。没查的不等于没有问题。", "全县疑点",
)  # fmt: skip
_MOST_ARCHIVED: Final = 2000


@dataclass(eq=False)
class CountyLists:
    """``live``: served, to search and to sort."""

    desk: CountyDesk
    answer: Results
    live: bool

    def schools(self, key: str) -> Section:
        """How far the inspection of each school is."""
        hint = (
            "疑点是还没有销号、没有排除的。点校名打开那所学校的核查清单（另开一页），点列名排序。"
            "“没查全”是没有查成、或有的对象判不了的检查条数：没查的不等于没有问题。"
        )
        return self._section(("schools", "各校进度", hint), key, SCHOOLS, self._schools)

    def findings(self, key: str) -> Section:
        """All findings of the county, closed ones too."""
        hint = "处理过的也在。点问题打开核查清单里的那一条（另开一页）。号码遮盖；导出记入留痕。"
        return self._section(("findings", "全县疑点", hint), key, FINDINGS, self._findings)

    def _section(
        self, head: tuple[str, str, str], key: str, form: ListForm, rows: Callable[[], Sequence[ListRow]]
    ) -> Section:
        anchor, title, hint = head
        if self.live:
            return Section(heading(anchor, title, hint), LongList(self.desk, key, form, rows, self._log))
        texts = [[_text(row[column.name]) for column in form.columns] for row in rows()[:_MOST_ARCHIVED]]
        heads = [column.label for column in form.columns]
        return Section(heading(anchor, title), listing(heads, texts, form.empty))

    def _log(self, file: str, rows: int) -> None:
        self.desk.book.log(self.desk.actor.name, "导出", "", {"file": file, "rows": rows})

    def _schools(self) -> list[ListRow]:
        return [_school(line) for line in of_county(self.answer, self.desk.cases(), self.desk.signed())]

    def _findings(self) -> list[ListRow]:
        townships = dict(zip(self.answer.schools["school_id"], self.answer.schools["township"], strict=True))
        return [
            _finding(case, self.desk.name(school), str(townships.get(school, "")))
            for school, known in sorted(self.desk.cases().items(), key=lambda item: (not item[0], item[0]))
            for case in known
            if not case.awaits_school and (case.sighting.present or case.history)
        ]


def _school(line: SchoolProgress) -> ListRow:
    return {
        "href": f"checklist.ipynb?school={line.school_id}", "school": line.name, "township": line.township,
        "kind": line.kind, "progress": line.progress, "total": line.total, "waiting": line.waiting, "true": line.true,
        "grave": line.grave, "per_hundred": line.per_hundred, "unexamined": line.unexamined,
        "people": "、".join(line.people),
    }  # fmt: skip


def _finding(case: Case, school: str, township: str) -> ListRow:
    finding, school_id = case.finding, case.sighting.school_id
    gone = "" if case.sighting.present or case.state in states.CLOSED else "，未再发现"
    return {
        "href": f"checklist.ipynb?school={school_id}&finding={case.id}" if school_id else "",
        "title": finding["title"], "school": school or "（不属于学校的）", "township": township,
        "place": labels.class_label(finding["grade"], finding["class"]), "student": finding["student"],
        "ref": finding["student_ref"], "violation": VIOLATIONS_SHORT[int(finding["violation"])],
        "severity": finding["severity"], "nature": finding["nature"], "state": f"{case.state}{gone}", "due": case.due,
        "evidence": finding["evidence"],
    }  # fmt: skip


def _text(value: Any) -> str:
    return "—" if value is None else str(value)
