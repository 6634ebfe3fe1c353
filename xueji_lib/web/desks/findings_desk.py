"""The desk (``TableDesk``) of a school's findings: rows, what an opened row shows, the steps taken in the casebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from xueji_lib.casebook import cases, check_record, evidence, states
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.log.events import Actor, Event
from xueji_lib.casebook.sightings import BY_PEOPLE
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES
from xueji_lib.register.vocabulary import CaseState, Nature
from xueji_lib.reports.manual.texts import misjudged
from xueji_lib.support.errors import UsageError
from xueji_lib.views import check_records
from xueji_lib.web.desks import other_side
from xueji_lib.web.desks.finding_help import findings_by_pupil, manual_texts, pupil_of, records_block, same_pupil_block
from xueji_lib.web.panels.attachments import content, files_block
from xueji_lib.web.panels.table_panel import Action, Block, Field, Row, RowGroup, TableColumn
from xueji_lib.web.shared.school_desk import SchoolDesk, repeated

COLUMNS: Final = (
    TableColumn("place", "班级", picked=True),
    TableColumn("student", "学生"),
    TableColumn("ref", "号码"),
    TableColumn("title", "问题", "open", narrow=False, picked=True, below="evidence"),
    TableColumn("severity", "程度", "tag", tuple(reversed(SEVERITIES))),
    TableColumn("nature", "性质", "tag", tuple(Nature)),
    TableColumn("state", "处理", "state", tuple(CaseState)),
    TableColumn("note", "说明", narrow=False),
    TableColumn("marks", "提示", "marks"),
)
GROUPS: Final = (RowGroup("学生", ("student", "ref", "place")), RowGroup("问题", ("title",)))
FIELDS: Final = (
    Field("note", states.NAMES["note"], "long"),
    Field("due", states.NAMES["due"], "date"),
    Field("reason", states.NAMES["reason"], "choice", states.EXEMPTIONS),
    Field("approver", states.NAMES["approver"]),
    Field("until", states.NAMES["until"], "date", hint="到期后自动恢复为疑点"),
    Field("person", states.NAMES["person"]),
    Field("done", states.NAMES["done"], "date"),
)
_FEW: Final = 20
_LABELS: Final[Mapping[str, str]] = {CaseState.OPEN: "恢复为疑点", CaseState.NOTIFIED: "已通知整改"}
ACTIONS: Final = tuple(
    Action(
        step.to, _LABELS.get(step.to, step.to), tuple(dict.fromkeys((*(n for n in step.needs if n != "note"), "note")))
    )
    for step in states.STEPS.values()
    if step.to not in (CaseState.ON_SITE, CaseState.DIFFERENT)  # ``on_site_desk``, ``two_sided_desk``
)


class FindingsTable:
    """The desk (``TableDesk``) of those findings of a school that ``chosen`` picks; steps are ``desk.actor``'s."""

    def __init__(self, desk: SchoolDesk, chosen: Callable[[Case], bool]) -> None:
        self._desk = desk
        self._chosen = chosen
        self._by_pupil = findings_by_pupil(desk.cases().values())  # changes with a check alone, not with a decision
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark

    def cases(self) -> dict[str, Case]:
        """Finding id → finding, of those that ``chosen`` picks."""
        return {key: case for key, case in self._desk.cases().items() if self._chosen(case)}

    def rows(self) -> list[Row]:
        return self._rows(self.cases().values())

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        desk, current = self._desk, self._current(chosen)
        change: dict[str, Any] = {"to": action} | {name: value.strip() for name, value in body.items()}
        if not all(repeated(current[key].history, desk.actor, seen, change) for key, seen in chosen.items()):
            if len(chosen) == 1:
                [(key, seen)] = chosen.items()
                changed = [cases.decide(desk, key, change, seen=seen)]
            else:
                changed = cases.decide_many(desk, dict(chosen), change)
            current = {case.id: case for case in changed}
        return self._rows(current.values())

    def undo(self, chosen: Mapping[str, Sequence[str]]) -> list[Row]:
        desk, current = self._desk, self._current(chosen)
        if not all(_undone(current[key], desk.actor, seen) for key, seen in chosen.items()):
            current = {case.id: case for case in cases.undo_many(desk, chosen)}
        return self._rows(current.values())

    def _current(self, keys: Mapping[str, object] | Sequence[str]) -> dict[str, Case]:
        """The cases with these ids, read again; up to 20 of them one by one. Raises UsageError for one of another
        page."""
        desk = self._desk
        if len(keys) > _FEW:
            current = self.cases()
        else:
            read = [cases.case(desk.book, key, desk.today) for key in keys]
            current = {
                case.id: case for case in read if case.sighting.school_id == desk.school_id and self._chosen(case)
            }
        if any(key not in current for key in keys):
            raise UsageError("这一条不在本页")
        return {key: current[key] for key in keys}

    def attach(self, row_id: str, name: str, content: bytes) -> None:
        desk = self._desk
        self._current([row_id])
        evidence.attach(desk, desk.school_id, f"finding/{row_id}", name, content)

    def content(self, row_id: str, sha256: str) -> tuple[str, bytes]:
        files = self._desk.evidence().get(f"finding/{row_id}", ())
        return content(self._desk, files, sha256)

    def blocks(self, row_id: str) -> list[Block]:
        case = self._current([row_id])[row_id]
        finding, sighting = case.finding, case.sighting
        first, last = f"{sighting.first_as_of}（{labels.term(sighting.first_term)}）", sighting.last_as_of
        discovery = f"{sighting.origin}，首次 {first}，最近 {last}" + (
            f"，{sighting.gone_at} 复查未再发现" if sighting.gone_at else ""
        )
        if sighting.found_on:
            discovery = f"{sighting.found_on} 现场看到；{discovery}"
        texts = [
            ("证据", finding["evidence"]),
            (other_side.MARK, other_side.other_side(self._desk, case)),
            *self._how_sure(finding["rule_id"]),
            *manual_texts(self._desk, finding),
            ("依据", f"{finding['clause']}（{finding['rule_id']}）"),
            ("整改要求", finding["remedy"]),
            ("建议期限", finding["due"]),
            ("整改期限", case.due),
            ("来源", labels.sources(finding["sources"])),
            ("发现", discovery),
        ]
        blocks: list[Block] = [{"kind": "text", "label": label, "text": text} for label, text in texts if text]
        blocks += records_block(self._desk, finding) + same_pupil_block(self._desk, case)
        if case.rivals:
            blocks.append(
                {"kind": "rivals", "label": "不同的认定", "items": [history_entry(event) for event in case.rivals]}
            )
        blocks.append(files_block(self._desk.evidence().get(f"finding/{row_id}", ())))
        if case.history:
            blocks.append(
                {"kind": "history", "label": "处理经过", "items": [history_entry(event) for event in case.history]}
            )
        return blocks

    def _how_sure(self, rule_id: str) -> list[tuple[str, str]]:
        """For an inspector: what is easily mistaken for such a finding, and how often the check was right so far."""
        if self._desk.actor.role == "principal" or rule_id.startswith("S"):
            return []
        record = check_record.of_check(self._desk.book, rule_id)
        so_far = check_records.sentence(record, of_part=self._desk.store.is_part)
        return [("误判提示", misjudged(rule_id)), ("以往认定", so_far)]

    def _rows(self, chosen: Iterable[Case]) -> list[Row]:
        return [self._row(case) for case in chosen]

    def _row(self, case: Case) -> Row:
        finding, actor = case.finding, self._desk.actor
        steps = states.allowed(actor, case.state, by_hand=case.by_hand)
        shut = (*states.VERDICTS, CaseState.OPEN)
        if case.state == CaseState.DIFFERENT:  # the bureau's, for both schools
            steps = {}
        steps.pop(CaseState.DIFFERENT, None)
        if case.by_hand and actor.role != "principal":  # the school's word is the school's
            steps.pop(CaseState.ON_SITE, None)
        may_judge = self._desk.may_judge(case.id)
        if not may_judge:
            steps = {to: needs for to, needs in steps.items() if to not in shut}
        cells = {
            "place": labels.class_label(finding["grade"], finding["class"]), "student": finding["student"],
            "ref": finding["student_ref"], "title": finding["title"], "severity": finding["severity"],
            "nature": finding["nature"], "note": str(case.body.get("note", "")), "who": case.who,
            "evidence": finding["evidence"],
        }  # fmt: skip
        on_site = ["现场"] if case.sighting.origin in BY_PEOPLE else []
        marks = [*on_site, *case.marks, *([CaseState.CONFLICT] if case.rivals else [])]
        if case.sighting.two_sides:
            marks.append(other_side.MARK)
        if case.overdue(self._desk.today):
            marks.append("逾期")
        of_pupil = self._by_pupil[pupil_of(case)]
        if of_pupil > 1:
            marks.append(f"该生 {of_pupil} 条")
        last = case.history[-1] if case.history else None
        undo = may_judge and last is not None and last.who == actor.name and len(last.parents) <= 1
        is_joint = last is not None and bool(last.body.get(cases.JOINT))
        may_undo = undo and not case.rivals and not is_joint
        return Row(case.id, case.seen, cells, case.state, steps, tuple(marks), case.is_waiting, may_undo)


def _undone(case: Case, actor: Actor, seen: Sequence[str]) -> bool:
    """The last step was taken back by this very message (a browser that got no answer sends it again)."""
    return any("undoes" in event.body and repeated([event], actor, seen, {}) for event in case.history)


def history_entry(event: Event) -> dict[str, str]:
    """One event of a finding's history as the page shows it: what, who, at, note."""
    body = event.body
    details = [f"{states.NAMES[name]} {body[name]}" for name in states.NAMES if name != "note" and body.get(name)]
    step = f"{body['from']}→{body['to']}"
    what = f"撤销：{step}" if "undoes" in body else step
    note = "；".join([*details, *([str(body["note"])] if body.get("note") else [])])
    return {"what": what, "who": event.who, "at": labels.moment(event.at), "note": note}
