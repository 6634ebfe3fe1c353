"""The head of a school's page: how far the inspection is, always in view, and whether everything is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xueji_lib.casebook import on_site_answers, states
from xueji_lib.judge.results import School
from xueji_lib.register import catalogue, labels
from xueji_lib.register.catalogue import VIOLATIONS_SHORT
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.panel import Handler, Panel, Reply
from xueji_lib.web.shared.school_desk import SchoolDesk

ROLES = {"inspector": "督查人员", "director": "局负责人", "principal": "校长"}


class Overview(Panel):
    """The widget. ``schools``: (id, name) of the schools to choose from; none where the page is for one school."""

    entry = "overview"

    def __init__(
        self,
        desk: SchoolDesk,
        school: School,
        note: str = "",
        schools: Sequence[tuple[str, str]] = (),
        layout: Any = None,
    ) -> None:
        self._desk, self._school = desk, school
        self._questions = catalogue.load(school.edition).questions
        info = school.info
        spec = {
            "school": school.name,
            "about": "，".join(filter(None, (school.id, info["school_kind"], info["area"], info["township"]))),
            "term": labels.term(desk.term),
            "as_of": school.as_of.isoformat(),
            "who": f"{desk.actor.name}（{ROLES[desk.actor.role]}）",
            "note": note,
            "disclaimer": labels.DISCLAIMER,
            "schools": [list(choice) for choice in schools],
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
        """``on_site``: how many still wait for the school's word. For each violation: how many findings stand
        as of the last check, undecided and true of them; found no more and to be closed; closed; questions answered,
        checks not made."""
        desk, cases = self._desk, [case for case in self._desk.cases().values() if not case.awaits_school]
        answers_given = on_site_answers.of_school(desk.book, desk.school_id, desk.term, [q.id for q in self._questions])
        signed = desk.signed()
        sections = []
        for number, title in VIOLATIONS_SHORT.items():
            findings = [case for case in cases if case.finding["violation"] == str(number)]
            questions = [q for q in self._questions if q.violation == number]
            sections.append(
                {
                    "n": number,
                    "title": f"{labels.violation(number)}、{title}",
                    "total": sum(case.sighting.present for case in findings),
                    "left": sum(case.is_waiting for case in findings),
                    "true": sum(case.state in states.STANDING and not case.to_close for case in findings),
                    "to_close": sum(case.to_close for case in findings),
                    "closed": sum(case.state in states.CLOSED for case in findings),
                    "asked": len(questions),
                    "answered": sum(answers_given[q.id].value in on_site_answers.VALUES for q in questions),
                    "unexamined": len(unexamined(self._school, number)),
                }
            )
        who = f"{signed.who} {labels.moment(signed.at)}" if signed.who else ""
        later = desk.later()
        return {
            "sections": sections,
            "on_site": sum(case.still_awaits_school for case in desk.cases().values()),
            "signed": signed.state,
            "signed_by": who,
            "open": desk.open,
            "after": {"n": len(later), "left": sum(case.is_waiting for case in later)},
        }


def unexamined(school: School, violation: int) -> list[dict[str, str]]:
    """The checks of a violation that could not, or not wholly, be made for the school: rule_id, status, reason of
    each."""
    coverage = school.coverage
    columns = (coverage[name].tolist() for name in ("rule_id", "status", "reason"))
    return [
        {"rule_id": str(rule_id), "status": labels.text(status), "reason": labels.text(reason)}
        for rule_id, status, reason in zip(*columns, strict=True)
        if status in labels.NOT_EXAMINED and str(rule_id).startswith(f"R{violation}")
    ]
