"""更正通知: schools that were told in a letter of something that is not held to be true any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from xueji_lib.casebook import letter_corrections
from xueji_lib.casebook.letter_corrections import Correction
from xueji_lib.casebook.log.events import Event
from xueji_lib.register import labels
from xueji_lib.support.errors import UsageError
from xueji_lib.web.panels.table_panel import Action, Block, Field, Row, TableColumn
from xueji_lib.web.shared.county_desk import CountyDesk, NoFiles
from xueji_lib.web.shared.school_desk import repeated

DUE, SENT = "待发出", "已发出"

COLUMNS: Final = (
    TableColumn("school", "学校", "open"),
    TableColumn("count", "要更正"),
    TableColumn("letters", "原文书", narrow=False),
    TableColumn("findings", "问题", narrow=False),
    TableColumn("state", "更正通知", "state", (DUE, SENT)),
    TableColumn("who", "谁发的"),
)
ACTIONS: Final = (Action(SENT, SENT, ("note",), bulk=False),)
FIELDS: Final = (Field("note", "说明", "long", hint="文号、怎样送达、谁签收"),)
_NAMED: Final = 3


class CorrectionTable(NoFiles):
    """The desk (``TableDesk``) of schools that are owed a 更正通知, those that wait first."""

    def __init__(self, desk: CountyDesk) -> None:
        self._desk = desk
        self.now, self.refused, self.logs, self.mark = desk.now, desk.refused, desk.logs, desk.mark
        self._kept: tuple[str, dict[str, list[Correction]]] = ("", {})

    def schools(self) -> dict[str, list[Correction]]:
        """School id → its corrections, sent ones too."""
        mark = self._desk.mark()
        if self._kept[0] != mark:
            self._kept = (mark, letter_corrections.of_county(self._desk.book, self._desk.cases()))
        return self._kept[1]

    def waiting(self) -> int:
        """How many schools were not told yet."""
        return sum(bool(_due(listed)) for listed in self.schools().values())

    def rows(self) -> list[Row]:
        ordered = sorted(self.schools().items(), key=lambda item: (not _due(item[1]), item[0]))
        return [self._row(school, listed) for school, listed in ordered]

    def step(self, chosen: Mapping[str, Sequence[str]], action: str, body: Mapping[str, str]) -> list[Row]:
        [(school, seen)] = chosen.items()
        desk, note = self._desk, body.get("note", "").strip()
        if action != SENT or school not in self.schools():
            raise UsageError("没有这一步")
        if not repeated(self._sent(school), desk.actor, seen, {"note": note, "letter": letter_corrections.CORRECTION}):
            due = [item.case.id for item in _due(self.schools()[school])]
            letter_corrections.send(desk, school, due, note, seen)
        return [self._row(school, self.schools()[school])]

    def blocks(self, row_id: str) -> list[Block]:
        if row_id not in self.schools():
            raise UsageError("这所学校不在本表")
        lines = [_line(item) for item in self.schools()[row_id]]
        file = (
            "在成果的学校文件夹里：更正通知.docx。重新运行 xueji batch（或 xueji audit）就有；发出以后在这里选“已发出”"
        )
        texts = [("逐条", "\n".join(lines)), ("文书", file)]
        blocks: list[Block] = [{"kind": "text", "label": label, "text": text} for label, text in texts]
        items = [
            {"what": SENT, "who": event.who, "at": labels.moment(event.at), "note": str(event.body.get("note", ""))}
            for event in self._sent(row_id)
        ]
        return [*blocks, {"kind": "history", "label": "经过", "items": items}] if items else blocks

    def _sent(self, school: str) -> list[Event]:
        return letter_corrections.sent_before(self._desk.book, self._desk.term, school)

    def _row(self, school: str, listed: Sequence[Correction]) -> Row:
        due, sent = _due(listed), self._sent(school)
        shown = due or listed
        names = list(dict.fromkeys(letter.named for item in shown for letter in item.letters))
        titles = [_about(item) for item in shown]
        more = f"等 {len(titles)} 条" if len(titles) > _NAMED else ""
        cells = {
            "school": self._desk.name(school), "count": f"{len(shown)} 条", "letters": "、".join(names),
            "findings": "；".join(titles[:_NAMED]) + more,
            "who": f"{sent[-1].who} {labels.moment(sent[-1].at)}" if sent else "",
        }  # fmt: skip
        steps: dict[str, Sequence[str]] = {SENT: ("note",)} if due else {}  # a slip of the finger is no delivery
        state = DUE if due else SENT
        return Row(school, letter_corrections.seen_of(sent), cells, state, steps, (), bool(due))


def _due(listed: Sequence[Correction]) -> list[Correction]:
    return [item for item in listed if not item.sent]


def _about(item: Correction) -> str:
    finding = item.case.finding
    class_label = labels.class_label(finding["grade"], finding["class"])
    return " ".join(filter(None, (finding["title"], class_label, finding["student"])))


def _line(item: Correction) -> str:
    letters, note = "、".join(letter.named for letter in item.letters), str(item.case.body.get("note", ""))
    sent = "（已发更正通知）" if item.sent else ""
    why = f"：{note}" if note else ""
    return f"{_about(item)}　{letters}　属实→{item.case.state}（{item.case.who}）{why}{sent}"
