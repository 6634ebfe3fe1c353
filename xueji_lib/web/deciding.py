"""处理意见: what the figures suggest for a school and what the director decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from xueji_lib.casebook import measures
from xueji_lib.casebook.measures import Decision, Suggestion
from xueji_lib.casebook.states import CONFLICT
from xueji_lib.register import labels
from xueji_lib.register.policy import Policy
from xueji_lib.support.errors import UsageError
from xueji_lib.web.county_desk import CountyDesk, NoFiles
from xueji_lib.web.desk import repeated
from xueji_lib.web.table import Action, Block, Column, Field, Row

OPEN: Final = "待定"

COLUMNS: Final = (
    Column("school", "学校", "open"),
    Column("suggested", "建议", choices=tuple(reversed(measures.MEASURES))),
    Column("reasons", "理由", narrow=False),
    Column("state", "决定", "state", (OPEN, CONFLICT, *measures.MEASURES)),
    Column("note", "说明", narrow=False),
    Column("who", "谁定的"),
)
ACTIONS: Final = tuple(Action(measure, measure, ("note",)) for measure in measures.MEASURES)
FIELDS: Final = (Field("note", "说明", "long", hint="与建议不同的，写明原因"),)


class Deciding(NoFiles):
    """Schools for which something is suggested, was decided, or both; the gravest first. A table's desk."""

    def __init__(self, desk: CountyDesk, policy: Policy) -> None:
        self._desk, self._policy = desk, policy
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark
        self._kept: tuple[str, dict[str, tuple[Suggestion, Decision]]] = ("", {})

    def schools(self) -> dict[str, tuple[Suggestion, Decision]]:
        desk, mark = self._desk, self._desk.mark()
        if self._kept[0] != mark:
            found, decided = desk.cases(), desk.events("measure")
            both = {
                school: (
                    measures.suggest(found.get(school, ()), self._policy, desk.today),
                    measures.of_events(decided.get(school, ())),
                )
                for school in desk.names
            }
            shown = {s: (a, b) for s, (a, b) in both.items() if a.measure != measures.NONE or b.measure}
            self._kept = (mark, dict(sorted(shown.items(), key=lambda item: _place(item[0], *item[1]))))
        return self._kept[1]

    def waiting(self) -> int:
        """How many the director still has to decide."""
        return sum(_waits(decision) for _, decision in self.schools().values())

    def rows(self) -> list[Row]:
        return [self._row(school, *both) for school, both in self.schools().items()]

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        desk, note, here = self._desk, body.get("note", ""), self.schools()
        if any(school not in here for school in chosen):
            raise UsageError("这所学校不在本表")
        if len(chosen) > 1 and not note.strip():
            raise UsageError("批量处理要写说明")
        for school, seen in chosen.items():  # one school after another: each is a decision of its own
            suggestion, decision = here[school]
            if not repeated(decision.history, desk.actor, seen, {"decision": action, "note": note.strip()}):
                measures.decide(desk.book, desk.actor, school, desk.term, action, suggestion, note, seen=seen)
        now = self.schools()
        return [self._row(school, *now[school]) for school in chosen if school in now]

    def blocks(self, row_id: str) -> list[Block]:
        suggestion, decision = self.schools()[row_id]
        waits = f"{suggestion.waiting} 条疑点还没有核实，不算在内" if suggestion.waiting else ""
        texts = [("建议", suggestion.text), ("还没核实", waits), ("定的时候", decision.suggested)]
        shown: list[Block] = [{"kind": "text", "label": label, "text": text} for label, text in texts if text]
        items = [
            {"what": str(e.body["decision"]), "who": e.who, "at": labels.moment(e.at), "note": str(e.body["note"])}
            for e in decision.history
        ]
        return [*shown, {"kind": "history", "label": "经过", "items": items}] if items else shown

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
    return decision.measure in ("", CONFLICT)


def _place(school: str, suggestion: Suggestion, decision: Decision) -> tuple[bool, int, str]:
    return not _waits(decision), -measures.MEASURES.index(suggestion.measure), school
