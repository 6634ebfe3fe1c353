"""处理意见: what the figures suggest for a school and what the director decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from xueji_lib.casebook import measures
from xueji_lib.casebook.measures import Decision, Suggestion
from xueji_lib.register import labels
from xueji_lib.register.policy import Policy
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels.table_panel import Action, Block, Field, Row, TableColumn
from xueji_lib.web.shared.county_desk import CountyDesk, NoFiles
from xueji_lib.web.shared.school_desk import repeated

OPEN: Final = "待定"

COLUMNS: Final = (
    TableColumn("school", "学校", "open"),
    TableColumn("suggested", "建议", choices=tuple(reversed(measures.MEASURES))),
    TableColumn("reasons", "理由", narrow=False),
    TableColumn("state", "决定", "state", (OPEN, CaseState.CONFLICT, *measures.MEASURES)),
    TableColumn("note", "说明", narrow=False),
    TableColumn("who", "谁定的"),
)
ACTIONS: Final = tuple(Action(measure, measure, ("note",)) for measure in measures.MEASURES)
FIELDS: Final = (Field("note", "说明", "long", hint="与建议不同的，写明原因"),)


class MeasureTable(NoFiles):
    """The desk (``TableDesk``) of measures: schools with a suggestion, a decision, or both, the gravest first."""

    def __init__(self, desk: CountyDesk, policy: Policy) -> None:
        self._desk, self._policy = desk, policy
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark
        self._kept: tuple[str, dict[str, tuple[Suggestion, Decision]]] = ("", {})

    def schools(self) -> dict[str, tuple[Suggestion, Decision]]:
        """School id → what the figures suggest and what was decided, in the order of the table."""
        desk, mark = self._desk, self._desk.mark()
        if self._kept[0] != mark:
            cases, decisions = desk.cases(), desk.events("measure")
            both = {
                school: (
                    measures.suggest(cases.get(school, ()), self._policy, desk.today),
                    measures.of_events(decisions.get(school, ())),
                )
                for school in desk.names
            }
            listed = {s: (a, b) for s, (a, b) in both.items() if a.measure != measures.NONE or b.measure}
            self._kept = (mark, dict(sorted(listed.items(), key=lambda item: _order(item[0], *item[1]))))
        return self._kept[1]

    def waiting(self) -> int:
        """How many the director still has to decide."""
        return sum(_waits(decision) for _, decision in self.schools().values())

    def rows(self) -> list[Row]:
        return [self._row(school, *both) for school, both in self.schools().items()]

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        desk, note, schools = self._desk, body.get("note", ""), self.schools()
        if any(school not in schools for school in chosen):
            raise UsageError("这所学校不在本表")
        if len(chosen) > 1 and not note.strip():
            raise UsageError("批量处理要写说明")
        for school, seen in chosen.items():  # one school after another: each is a decision of its own
            suggestion, decision = schools[school]
            if not repeated(decision.history, desk.actor, seen, {"decision": action, "note": note.strip()}):
                measures.decide(desk, school, measures.Choice(action, note), suggestion, seen=seen)
        after = self.schools()
        return [self._row(school, *after[school]) for school in chosen if school in after]

    def blocks(self, row_id: str) -> list[Block]:
        suggestion, decision = self.schools()[row_id]
        waits = f"{suggestion.waiting} 条疑点还没有核实，不算在内" if suggestion.waiting else ""
        texts = [("建议", suggestion.text), ("还没核实", waits), ("定的时候", decision.suggested)]
        blocks: list[Block] = [{"kind": "text", "label": label, "text": text} for label, text in texts if text]
        items = [
            {"what": str(e.body["decision"]), "who": e.who, "at": labels.moment(e.at), "note": str(e.body["note"])}
            for e in decision.history
        ]
        return [*blocks, {"kind": "history", "label": "经过", "items": items}] if items else blocks

    def _row(self, school: str, suggestion: Suggestion, decision: Decision) -> Row:
        director = self._desk.actor.role == "director"
        steps = {m: () if m == suggestion.measure else ("note",) for m in measures.MEASURES} if director else {}
        cells = {
            "school": self._desk.name(school), "suggested": suggestion.measure,
            "reasons": "；".join(suggestion.reasons), "note": decision.note, "who": decision.who,
        }  # fmt: skip
        waits = _waits(decision)
        return Row(school, decision.seen, cells, decision.measure or OPEN, steps, (), waits)


def _waits(decision: Decision) -> bool:
    return decision.measure in ("", CaseState.CONFLICT)


def _order(school: str, suggestion: Suggestion, decision: Decision) -> tuple[bool, int, str]:
    return not _waits(decision), -measures.MEASURES.index(suggestion.measure), school
