"""签署与会签: schools that an inspector signed, for the director to countersign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from xueji_lib.casebook import signoff
from xueji_lib.casebook.signoff import Signed
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError
from xueji_lib.web.county_desk import CountyDesk, NoFiles
from xueji_lib.web.desk import repeated
from xueji_lib.web.table import Action, Block, Column, Field, Row

_STEPS: Final = {"会签": "countersign", "重新打开": "reopen"}

COLUMNS: Final = (
    Column("school", "学校", "open"),
    Column("state", "签署", "state", (signoff.SIGNED, signoff.COUNTERSIGNED, signoff.OPEN)),
    Column("who", "最后一步"),
    Column("note", "说明", narrow=False),
)
ACTIONS: Final = (Action("会签", "会签", ()), Action("重新打开", "重新打开", ("note",), bulk=False))
FIELDS: Final = (Field("note", "原因", "long"),)


class Signing(NoFiles):
    """A table's desk."""

    def __init__(self, desk: CountyDesk) -> None:
        self._desk = desk
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark

    def waiting(self) -> int:
        return sum(self._waits(one) for one in self._desk.signed().values())

    def rows(self) -> list[Row]:
        order = (signoff.SIGNED, signoff.OPEN, signoff.COUNTERSIGNED)
        found = sorted(self._desk.signed().items(), key=lambda item: (order.index(item[1].state), item[0]))
        return [self._row(school, one) for school, one in found]

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        desk = self._desk
        if action not in _STEPS:
            raise UsageError("没有这一步")
        for school, seen in chosen.items():
            if school not in desk.signed():
                raise UsageError("这所学校还没有签署")
            if not repeated(desk.signed()[school].history, desk.actor, seen, {"step": _STEPS[action]}):
                signoff.step(desk.book, desk.actor, school, desk.term, _STEPS[action], body.get("note", ""), seen)
        now = desk.signed()
        return [self._row(school, now[school]) for school in chosen]

    def blocks(self, row_id: str) -> list[Block]:
        names = {"sign": "签署", "countersign": "会签", "reopen": "重新打开"}
        items = [
            {"what": names[str(e.body["step"])], "who": e.who, "at": labels.moment(e.at)}
            | {"note": str(e.body.get("note", ""))}
            for e in self._desk.signed()[row_id].history
        ]
        return [{"kind": "history", "label": "经过", "items": items}]

    def _waits(self, one: Signed) -> bool:
        return one.state == signoff.SIGNED

    def _row(self, school: str, one: Signed) -> Row:
        actor, steps = self._desk.actor, dict[str, Sequence[str]]()
        if actor.role == "director" and one.state == signoff.SIGNED and one.who != actor.name:
            steps["会签"] = ()
        if one.state == signoff.SIGNED or (one.state == signoff.COUNTERSIGNED and actor.role == "director"):
            steps["重新打开"] = ("note",)
        who = f"{one.who} {labels.moment(one.at)}"
        return Row(
            school, one.seen, {"school": self._desk.name(school), "who": who, "note": one.note}, one.state, steps, (),
            self._waits(one),
        )  # fmt: skip
