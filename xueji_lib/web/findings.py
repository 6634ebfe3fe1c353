"""A table's desk for a school's findings: rows, what an opened row shows, and the steps, taken through the casebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from xueji_lib.casebook import cases, evidence, states
from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.events import Event
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES
from xueji_lib.support.errors import UsageError
from xueji_lib.web.desk import SchoolDesk, repeated
from xueji_lib.web.table import Action, Block, Column, Field, Row

COLUMNS: Final = (
    Column("place", "班级"),
    Column("student", "学生"),
    Column("ref", "号码"),
    Column("title", "问题", "open", narrow=False),
    Column("severity", "程度", "tag", tuple(reversed(SEVERITIES))),
    Column("nature", "性质", "tag", ("事实", "线索")),
    Column("state", "处理", "state", states.STATES),
    Column("note", "说明", narrow=False),
    Column("marks", "提示", "marks"),
)
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
_LABELS: Final = {"疑点": "恢复为疑点", "已通知": "已通知整改"}
ACTIONS: Final = tuple(
    Action(
        step.to, _LABELS.get(step.to, step.to), tuple(dict.fromkeys((*(n for n in step.needs if n != "note"), "note")))
    )
    for step in states.STEPS.values()
)


class Findings:
    """Those findings of a school that ``chosen`` picks; steps by ``desk.actor``."""

    def __init__(self, desk: SchoolDesk, chosen: Callable[[Case], bool]) -> None:
        self._desk = desk
        self._chosen = chosen
        self._is_open = desk.open
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark

    def cases(self) -> dict[str, Case]:
        return {key: case for key, case in self._desk.cases().items() if self._chosen(case)}

    def rows(self) -> list[Row]:
        return self._rows(self.cases().values())

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        desk, mine = self._desk, self._mine(chosen)
        said: dict[str, Any] = {"to": action} | {name: value.strip() for name, value in body.items()}
        if not all(repeated(mine[key].history, desk.actor, seen, said) for key, seen in chosen.items()):
            if len(chosen) == 1:
                [(key, seen)] = chosen.items()
                now = [cases.decide(desk.book, desk.actor, key, said, term=desk.term, today=desk.today, seen=seen)]
            else:
                now = cases.decide_many(desk.book, desk.actor, dict(chosen), said, term=desk.term, today=desk.today)
            mine = {case.id: case for case in now}
        return self._rows(mine.values())

    def undo(self, row_id: str, seen: Sequence[str]) -> Row:
        desk, case = self._desk, self._mine([row_id])[row_id]
        undone = any("undoes" in event.body and repeated([event], desk.actor, seen, {}) for event in case.history)
        if not undone:
            case = cases.undo(desk.book, desk.actor, row_id, term=desk.term, today=desk.today, seen=seen)
        return self._rows([case])[0]

    def _mine(self, wanted: Mapping[str, object] | Sequence[str]) -> dict[str, Case]:
        """Those of the page, as they are now; few are read by themselves. Raises UsageError for any other."""
        desk = self._desk
        if len(wanted) > _FEW:
            here = self.cases()
        else:
            read = [cases.case(desk.book, key, desk.today) for key in wanted]
            here = {case.id: case for case in read if case.sighting.school_id == desk.school_id and self._chosen(case)}
        if any(key not in here for key in wanted):
            raise UsageError("这一条不在本页")
        return {key: here[key] for key in wanted}

    def attach(self, row_id: str, name: str, content: bytes) -> None:
        desk = self._desk
        self._mine([row_id])
        evidence.attach(
            desk.book, desk.actor, f"finding/{row_id}", name, content, school_id=desk.school_id, term=desk.term
        )

    def content(self, row_id: str, sha256: str) -> tuple[str, bytes]:
        files = self._desk.evidence().get(f"finding/{row_id}", ())
        return content(self._desk, files, sha256)

    def blocks(self, row_id: str) -> list[Block]:
        case = self._mine([row_id])[row_id]
        finding, seen = case.finding, case.sighting
        first, last = f"{seen.first_as_of}（{labels.term(seen.first_term)}）", seen.last_as_of
        found = f"{seen.origin}，首次 {first}，最近 {last}" + (f"，{seen.gone_at} 复查未再发现" if seen.gone_at else "")
        texts = [
            ("证据", finding["evidence"]),
            ("依据", f"{finding['clause']}（{finding['rule_id']}）"),
            ("整改要求", finding["remedy"]),
            ("建议期限", finding["due"]),
            ("整改期限", case.due),
            ("来源", labels.sources(finding["sources"])),
            ("发现", found),
        ]
        shown: list[Block] = [{"kind": "text", "label": label, "text": text} for label, text in texts if text]
        if case.rivals:
            shown.append({"kind": "rivals", "label": "不同的认定", "items": [told(event) for event in case.rivals]})
        shown.append(files_block(self._desk.evidence().get(f"finding/{row_id}", ())))
        if case.history:
            shown.append({"kind": "history", "label": "处理经过", "items": [told(event) for event in case.history]})
        return shown

    def _rows(self, shown: Iterable[Case]) -> list[Row]:
        self._is_open = self._desk.open
        return [self._row(case) for case in shown]

    def _row(self, case: Case) -> Row:
        finding, actor = case.finding, self._desk.actor
        steps = states.allowed(actor, case.state)
        shut = (*states.VERDICTS, states.OPEN)
        if not self._is_open:
            steps = {to: needs for to, needs in steps.items() if to not in shut}
        cells = {
            "place": labels.place(finding["grade"], finding["class"]), "student": finding["student"],
            "ref": finding["student_ref"], "title": finding["title"], "severity": finding["severity"],
            "nature": finding["nature"], "note": str(case.body.get("note", "")), "who": case.who,
        }  # fmt: skip
        marks = [*case.marks, *([states.CONFLICT] if case.rivals else [])]
        if case.overdue(self._desk.today):
            marks.append("逾期")
        last = case.history[-1] if case.history else None
        undo = self._is_open and last is not None and last.who == actor.name and len(last.parents) <= 1
        waiting = case.state in states.UNDECIDED
        return Row(case.id, case.seen, cells, case.state, steps, tuple(marks), waiting, undo and not case.rivals)


def told(event: Event) -> dict[str, str]:
    """An entry of a finding's history."""
    body = event.body
    details = [f"{states.NAMES[name]} {body[name]}" for name in states.NAMES if name != "note" and body.get(name)]
    step = f"{body['from']}→{body['to']}"
    what = f"撤销：{step}" if "undoes" in body else step
    note = "；".join([*details, *([str(body["note"])] if body.get("note") else [])])
    return {"what": what, "who": event.who, "at": labels.moment(event.at), "note": note}


def files_block(files: Sequence[evidence.Evidence]) -> Block:
    items = [
        {"sha256": one.sha256, "name": one.name, "size": one.size, "media": one.media, "who": one.who}
        | {"at": labels.moment(one.at)}
        for one in files
    ]
    return {"kind": "files", "label": "附件", "items": items}


def content(desk: SchoolDesk, files: Sequence[evidence.Evidence], sha256: str) -> tuple[str, bytes]:
    """One of ``files``. Raises UsageError for any other."""
    found = next((one for one in files if one.sha256 == sha256), None)
    if found is None:
        raise UsageError("没有这个附件")
    return found.media, evidence.content(desk.book, sha256)
