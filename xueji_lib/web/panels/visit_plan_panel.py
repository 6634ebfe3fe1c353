"""督查方案 on the bureau's page: a plan is drawn, earlier ones stay to be read, each with how far its visits are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from xueji_lib.register.masking import mask_sentence
from xueji_lib.support.errors import UsageError
from xueji_lib.visit import inspectors
from xueji_lib.visit.visit_plan import VisitPlan
from xueji_lib.web.panels import wire
from xueji_lib.web.panels.live_piece import MarkedKeeper
from xueji_lib.web.panels.panel import Handler, Panel, Reply

PEOPLE_LIMIT: Final = 100_000
"""Bytes of a list of inspectors."""
_DOCUMENT: Final = "application/vnd.openxmlformats-officedocument."
_MEDIA: Final = {"docx": f"{_DOCUMENT}wordprocessingml.document", "xlsx": f"{_DOCUMENT}spreadsheetml.sheet"}


class PlanDesk(MarkedKeeper, Protocol):
    """What carries out the messages of the panel. Methods raise Conflict, UsageError or StoreError."""

    def plans(self) -> Sequence[VisitPlan]:
        """All plans of the term, the first draw first."""
        ...

    def seen(self) -> Sequence[str]:
        """The heads of the term's plans, which come back with a draw."""
        ...

    def people(self, text: str) -> str:
        """What a list of inspectors says: how many, and whom each avoids."""
        ...

    def draw(self, asked: Mapping[str, str], seen: Sequence[str]) -> VisitPlan:
        """Draw a plan; the same message again draws none."""
        ...

    def paper(self, plan: VisitPlan, name: str) -> bytes:
        """One of the plan's documents."""
        ...


class VisitPlanPanel(Panel):
    """The widget. ``show``: a plan as HTML of the page's own templates, in which what comes from data is escaped.
    ``papers``: the names of a plan's documents; ``first``: the earliest day, ISO, and what the form begins with."""

    entry = "visit_plan"

    def __init__(
        self,
        desk: PlanDesk,
        key: str,
        show: Callable[[VisitPlan], str],
        papers: Sequence[str],
        first: str,
    ) -> None:
        self._desk, self._show, self._papers = desk, show, tuple(papers)
        spec = {"papers": list(papers), "first": first, "mark": desk.mark(), "state": self.state(0)}
        spec["heads"] = [inspectors.NAME, inspectors.UNIT, inspectors.AVOID]
        super().__init__(desk, key, spec)

    def handlers(self) -> Mapping[str, Handler]:
        return {"state": self._state, "people": self._people, "draw": self._draw, "paper": self._paper}

    def fresh(self, _message: Mapping[str, Any]) -> Reply:
        return {"state": self.state(0)}

    def state(self, drawn: int) -> dict[str, Any]:
        """The plans there are, and one of them: which draw, 0 for the newest."""
        plans = {plan.drawn: plan for plan in self._desk.plans()}
        shown = plans.get(drawn) or plans.get(max(plans, default=0))
        labels = [[drawn, f"第 {drawn} 次，{plan.made}，{len(plan.schools)} 所"] for drawn, plan in plans.items()]
        return {
            "seen": list(self._desk.seen()),
            "plans": labels,
            "shown": shown.drawn if shown else 0,
            "html": self._show(shown) if shown else "",
        }  # fmt: skip

    def _state(self, message: Mapping[str, Any], _: object) -> Reply:
        mark, drawn = self._desk.mark(), wire.whole(message, "drawn", 10_000)
        same = wire.text(message, "mark") == mark
        return {"kind": "data", "mark": mark, **({} if same else {"state": self.state(drawn)})}

    def _people(self, message: Mapping[str, Any], buffers: Sequence[memoryview]) -> Reply:
        """A list that was typed, or a CSV file in whatever encoding: its text, and what it says."""
        if buffers:
            raw = bytes(buffers[0][: PEOPLE_LIMIT + 1])
            text = inspectors.text_of(raw, "这个文件") if len(raw) <= PEOPLE_LIMIT else wire.text({}, "people")
        else:
            text = wire.text(message, "people", PEOPLE_LIMIT)
        try:
            return {"kind": "data", "text": text, "message": self._desk.people(text)}
        except UsageError as error:
            return {"kind": "data", "text": text, "problem": mask_sentence(str(error))}

    def _draw(self, message: Mapping[str, Any], _: object) -> Reply:
        asked = {name: wire.text(message, name, limit) for name, limit in _ASKED.items()}
        plan = self._desk.draw(asked, wire.texts(message.get("seen"), "seen"))
        return {"kind": "saved", "mark": self._desk.mark(), "state": self.state(plan.drawn)}

    def _paper(self, message: Mapping[str, Any], _: object) -> Reply:
        name, drawn = wire.text(message, "name", 40), wire.whole(message, "drawn", 10_000)
        plan = next((plan for plan in self._desk.plans() if plan.drawn == drawn), None)
        if plan is None or name not in self._papers:
            raise UsageError("没有这一份")
        content = self._desk.paper(plan, name)
        return {"kind": "data", "name": name, "media": _MEDIA[name.rpartition(".")[2]], "buffers": [content]}


_ASKED: Final = {"days": 4, "first": 10, "schools": 6, "by_lot": 6, "seed": 60, "people": PEOPLE_LIMIT}
"""What the form of a plan asks for, with the most characters of each; "" where nothing was filled in."""
