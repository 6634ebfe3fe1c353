"""现场发现 of a section: written down from an answer or by hand, changed, taken back (``on_site_findings``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from xueji_lib.casebook import cases, on_site_findings, roster
from xueji_lib.casebook.on_site_findings import OfSchool, OnSiteFinding, PupilConcerned, RecordedFinding, unnumbered
from xueji_lib.casebook.roster import SchoolClass
from xueji_lib.judge.results import School
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES, Catalogue, FindingForm
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.attachments import files_block
from xueji_lib.web.panels.drawn_samples import DrawnSamples
from xueji_lib.web.panels.panel import Handler, Reply
from xueji_lib.web.shared.school_desk import SchoolDesk

_FIELDS: Final = ("title", "what", "severity", "clause", "remedy", "due")


class FindingsByHand:
    """Those of one violation. ``school``: as it was judged; ``samples``: whom a finding may be about besides."""

    def __init__(
        self, desk: SchoolDesk, school: School, catalogue: Catalogue, violation: int, samples: DrawnSamples
    ) -> None:
        self._desk, self._violation, self._catalogue, self._samples = desk, violation, catalogue, samples
        self._school = OfSchool(school.id, school.name, school.edition)
        self._questions = {q.id: q for q in catalogue.questions if q.violation == violation}

    def handlers(self) -> Mapping[str, Handler]:
        """``op`` → what changes; the panel answers with all that it shows."""
        return {"write": self._write, "rewrite": self._rewrite, "withdraw": self._withdraw}

    def spec(self) -> dict[str, Any]:
        """What the page is told once: what a finding begins with, by question; the classes to choose pupils from."""
        desk = self._desk
        forms = {unnumbered(self._violation): _plain_form(self._catalogue.finding_form(self._violation))}
        for key, question in self._questions.items():
            forms[key] = _plain_form(self._catalogue.finding_form(self._violation, question))
        return {
            "forms": forms, "by_hand": unnumbered(self._violation), "severities": list(reversed(SEVERITIES)),
            "classes": [[grade, number, labels.class_label(grade, number)] for grade, number, _ in desk.classes()],
        }  # fmt: skip

    def items(self) -> list[dict[str, Any]]:
        """The section's findings as the page shows them, those that were taken back too."""
        desk = self._desk
        of_school = on_site_findings.of_school(desk.book, desk.school_id, desk.term)
        known = desk.cases()
        return [self._item(one, known) for one in of_school if one.id[1] == str(self._violation)]

    def _item(self, one: RecordedFinding, known: Mapping[str, cases.Case]) -> dict[str, Any]:
        case, finding = known.get(one.id), one.finding
        history = [
            {"what": "撤回" if event.body["withdrawn"] else "改" if event.parents else "记下", "who": event.who}
            | {"at": labels.moment(event.at), "note": str(event.body["note"])}
            for event in one.history
        ]
        state = "已撤回" if one.withdrawn and (case is None or not case.is_decided) else str(case.state) if case else ""
        pupils = [
            {"name": pupil.name, "ref": pupil.ref, "grade": pupil.grade, "class_no": pupil.class_no}
            | {"words": pupil.words}
            for pupil in finding.pupils
        ]
        return {
            "id": one.id, "question": finding.question, "withdrawn": one.withdrawn, "state": state, "day": one.day,
            **{name: getattr(finding, name) for name in _FIELDS}, "pupils": pupils, "who": one.who,
            "at": labels.moment(one.at), "seen": list(one.seen), "history": history,
            "open": case is None or not case.is_decided,
            "rivals": [f"{event.who}：{event.body['what']}" for event in one.rivals],
            "files": files_block(self._desk.evidence().get(f"finding/{one.id}", ()))["items"],
        }  # fmt: skip

    def holds(self, finding_id: str) -> bool:
        """It is one of this section's."""
        return any(item.id == finding_id for item in self._recorded())

    def _recorded(self) -> list[RecordedFinding]:
        desk = self._desk
        of_school = on_site_findings.of_school(desk.book, desk.school_id, desk.term)
        return [one for one in of_school if one.id[1] == str(self._violation)]

    def _write(self, message: Mapping[str, Any], _: object) -> Reply:
        """Write a finding down."""
        desk, question = self._desk, wire.text(message, "question", 10)
        if question not in (*self._questions, unnumbered(self._violation)):
            raise UsageError("没有这一问")
        finding = self._finding(message, question)
        key = wire.text(message, "n", 40)
        finding_id = on_site_findings.record(desk, self._school, finding, list(self._questions), key)
        return {"kind": "saved", "written": finding_id}

    def _rewrite(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, one = self._desk, self._one(message)
        finding, note = self._finding(message, one.finding.question), wire.fields(message).get("note", "").strip()
        same = (_told(one.finding), one.withdrawn, one.who) == (_told(finding), False, desk.actor.name)
        if not same:
            seen = wire.texts(message.get("seen"), "seen")
            on_site_findings.change(desk, desk.school_id, one.id, finding, note=note, seen=seen)
        return {"kind": "saved", "written": one.id}

    def _withdraw(self, message: Mapping[str, Any], _: object) -> Reply:
        desk, one = self._desk, self._one(message)
        note = wire.fields(message).get("note", "").strip()
        if (one.withdrawn, one.note, one.who) != (True, note, desk.actor.name):
            seen = wire.texts(message.get("seen"), "seen")
            on_site_findings.withdraw(desk, desk.school_id, one.id, note=note, seen=seen)
        return {"kind": "saved"}

    def _one(self, message: Mapping[str, Any]) -> RecordedFinding:
        finding_id = wire.text(message, "id", 40)
        finding = next((finding for finding in self._recorded() if finding.id == finding_id), None)
        if finding is None:
            raise UsageError("没有这一条现场发现")
        return finding

    def _finding(self, message: Mapping[str, Any], question: str) -> OnSiteFinding:
        body = wire.fields(message)
        pupils = message.get("pupils", ())
        if not isinstance(pupils, list) or len(pupils) > on_site_findings.MOST_PUPILS:
            raise UsageError("页面送来的学生不对")
        texts = {name: body.get(name, "") for name in _FIELDS}
        return OnSiteFinding(question, **texts, pupils=tuple(map(self._pupil, pupils)))

    def _pupil(self, chosen: Any) -> PupilConcerned:
        """The pupil whom a page names by class and reference: names and numbers are the store's, not the page's."""
        if not isinstance(chosen, Mapping):
            raise UsageError("页面送来的学生不对")
        if "item" in chosen:
            drawn = self._samples.item(wire.text(chosen, "item", 40))
            return PupilConcerned(str(drawn["name"]), str(drawn["ref"]), drawn.get("grade"), drawn.get("class_no"))
        grade, class_no = wire.whole(chosen, "grade", 12), wire.whole(chosen, "class_no", 999)
        school_class = SchoolClass(self._school.school_id, grade, class_no)
        name, ref = wire.text(chosen, "name", 100), wire.text(chosen, "ref", 60)
        for student in self._students(school_class):
            if (student.name, student.number_masked) == (name, ref):
                return PupilConcerned(student.name, student.number_masked, school_class.grade, school_class.class_no)
        raise UsageError(f"{school_class.place}的名单上没有{name}")

    def _students(self, school_class: SchoolClass) -> list[roster.Student]:
        desk = self._desk
        return roster.students(desk.book, desk.store, desk.term, school_class)

    def pupils(self, message: Mapping[str, Any], _: object) -> Reply:
        """The pupils of a class, masked, to choose from."""
        grade, class_no = wire.whole(message, "grade", 12), wire.whole(message, "class_no", 999)
        school_class = SchoolClass(self._school.school_id, grade, class_no)
        listed = [{"name": s.name, "ref": s.number_masked} for s in self._students(school_class)]
        return {"kind": "data", "pupils": listed}


def _plain_form(form: FindingForm) -> dict[str, str]:
    return {"title": form.title, "severity": form.severity, "clause": form.clause, "remedy": form.remedy}


def _told(finding: OnSiteFinding) -> tuple[object, ...]:
    return (*(str(getattr(finding, name)).strip() for name in _FIELDS), finding.pupils)
