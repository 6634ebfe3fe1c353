"""签署与会签: schools that an inspector signed, for the director to countersign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from xueji_lib.casebook import signoff
from xueji_lib.casebook.signoff import Signed
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels.table_panel import Action, Block, Field, Row, TableColumn
from xueji_lib.web.shared.county_desk import CountyDesk, NoFiles
from xueji_lib.web.shared.school_desk import repeated

_STEPS: Final = {"会签": "countersign", "重新打开": "reopen"}

COLUMNS: Final = (
    TableColumn("school", "学校", "open"),
    TableColumn("state", "签署", "state", (signoff.SIGNED, signoff.COUNTERSIGNED, signoff.OPEN)),
    TableColumn("who", "最后一步"),
    TableColumn("note", "说明", narrow=False),
)
ACTIONS: Final = (Action("会签", "会签", ()), Action("重新打开", "重新打开", ("note",), bulk=False))
FIELDS: Final = (Field("note", "原因", "long"),)


class CountersignTable(NoFiles):
    """The desk (``TableDesk``) of signed schools."""

    def __init__(self, desk: CountyDesk) -> None:
        self._desk = desk
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark

    def waiting(self) -> int:
        """How many schools wait for the director's countersignature."""
        return sum(self._waits(signed) for signed in self._desk.signed().values())

    def rows(self) -> list[Row]:
        order = (signoff.SIGNED, signoff.OPEN, signoff.COUNTERSIGNED)
        ordered = sorted(self._desk.signed().items(), key=lambda item: (order.index(item[1].state), item[0]))
        return [self._row(school, signed) for school, signed in ordered]

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        desk = self._desk
        if action not in _STEPS:
            raise UsageError("没有这一步")
        for school, seen in chosen.items():
            if school not in desk.signed():
                raise UsageError("这所学校还没有签署")
            if not repeated(desk.signed()[school].history, desk.actor, seen, {"step": _STEPS[action]}):
                signoff.step(desk, school, _STEPS[action], body.get("note", ""), seen)
        now = desk.signed()
        return [self._row(school, now[school]) for school in chosen]

    def blocks(self, row_id: str) -> list[Block]:
        names = {"sign": "签署", "countersign": "会签", "reopen": "重新打开"}
        items = [
            {"what": names[str(event.body["step"])], "who": event.who, "at": labels.moment(event.at)}
            | {"note": str(event.body.get("note", ""))}
            for event in self._desk.signed()[row_id].history
        ]
        return [{"kind": "history", "label": "经过", "items": items}]

    def _waits(self, signed: Signed) -> bool:
        return signed.state == signoff.SIGNED

    def _row(self, school: str, signed: Signed) -> Row:
        actor, steps = self._desk.actor, dict[str, Sequence[str]]()
        if actor.role == "director" and signed.state == signoff.SIGNED and signed.who != actor.name:
            steps["会签"] = ()
        if signed.state == signoff.SIGNED or (signed.state == signoff.COUNTERSIGNED and actor.role == "director"):
            steps["重新打开"] = ("note",)
        cells = {
            "school": self._desk.name(school), "who": f"{signed.who} {labels.moment(signed.at)}", "note": signed.note,
        }  # fmt: skip
        return Row(
            school, signed.seen, cells, signed.state, steps, (), self._waits(signed),
        )  # fmt: skip
