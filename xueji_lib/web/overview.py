"""The head of a school's page: how far the inspection is, always in view, and whether everything is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xueji_lib.casebook import answers, states
from xueji_lib.judge.results import School
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS_SHORT, Question
from xueji_lib.web import assets, wire
from xueji_lib.web.desk import SchoolDesk
from xueji_lib.web.panel import Handler, Panel, Reply

ROLES = {"inspector": "督查人员", "director": "局负责人", "principal": "校长"}


class Overview(Panel):
    """``schools``: (id, name) of those that may be chosen instead; none where the page is for one school."""

    _esm = assets.script("dom", "line", "overview")
    _css = assets.style("base", "overview")

    def __init__(
        self,
        desk: SchoolDesk,
        school: School,
        questions: Sequence[Question],
        note: str = "",
        schools: Sequence[tuple[str, str]] = (),
        layout: Any = None,
    ) -> None:
        self._desk, self._school, self._questions = desk, school, questions
        info = school.info
        spec = {
            "school": school.name,
            "about": "，".join(filter(None, (school.id, info["school_kind"], info["area"], info["township"]))),
            "term": labels.term(desk.term),
            "as_of": school.as_of.isoformat(),
            "who": f"{desk.actor.name}（{ROLES[desk.actor.role]}）",
            "note": note,
            "disclaimer": labels.DISCLAIMER,
            "schools": [list(one) for one in schools],
            "id": school.id,
            "mark": desk.mark(),
            "figures": self.figures(),
        }
        super().__init__(desk, f"{desk.actor.name}/overview", spec, layout)

    def handlers(self) -> Mapping[str, Handler]:
        return {"figures": self._figures}

    def _figures(self, message: Mapping[str, Any], _: object) -> Reply:
        mark = self._desk.mark()
        same = wire.text(message, "mark") == mark
        return {"kind": "data", "mark": mark, **({} if same else {"figures": self.figures()})}

    def figures(self) -> dict[str, Any]:
        """Of each violation: findings, undecided, true, answers; checks that could not be made."""
        desk, cases = self._desk, list(self._desk.cases().values())
        given = answers.of_school(desk.book, desk.school_id, desk.term, [q.id for q in self._questions])
        signed = desk.signed()
        sections = []
        for number, title in VIOLATIONS_SHORT.items():
            mine = [case for case in cases if case.finding["violation"] == str(number)]
            asked = [q for q in self._questions if q.violation == number]
            sections.append(
                {
                    "n": number,
                    "title": f"{labels.violation(number)}、{title}",
                    "total": len(mine),
                    "left": sum(case.state in states.UNDECIDED for case in mine),
                    "true": sum(case.state in states.STANDING for case in mine),
                    "closed": sum(case.state in states.CLOSED for case in mine),
                    "asked": len(asked),
                    "answered": sum(given[q.id].value in answers.VALUES for q in asked),
                    "unexamined": len(unexamined(self._school, number)),
                }
            )
        who = f"{signed.who} {labels.moment(signed.at)}" if signed.who else ""
        return {"sections": sections, "signed": signed.state, "signed_by": who, "open": desk.open}


def unexamined(school: School, violation: int) -> list[dict[str, str]]:
    """The checks of a violation that say nothing, or not everything, about the school: id, status, reason."""
    coverage = school.coverage
    chosen = coverage["status"].isin(labels.NOT_EXAMINED) & coverage["rule_id"].str.startswith(f"R{violation}")
    rows = coverage.loc[chosen, ["rule_id", "status", "reason"]]
    return [{str(name): labels.text(value) for name, value in row.items()} for row in rows.to_dict("records")]
