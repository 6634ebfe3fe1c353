"""The life of a finding: which steps there are, who may take them, and what each needs.

现场发现，待学校说明: people saw it at the school, which has some days to explain it before it is 疑点; the days pass by
themselves. 疑点 → 属实 / 不属实 / 待补证; 属实 → 已通知（期限）→ 学校已报整改 → 复核销号 / 复核不通过;
豁免 until a day. 不是同一人: the pupils of a case at two schools are two (``two_sided``). 回潮 is a closed one that a
later check found again: nobody sets it, the data does. 冲突: two people decided differently without knowing of one
another; a third look settles it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.casebook.log.events import Actor
from xueji_lib.register.vocabulary import CaseState
from xueji_lib.support.errors import UsageError

UNDECIDED: Final = (CaseState.OPEN, CaseState.NEEDS_PROOF, CaseState.RETURNED, CaseState.CONFLICT)
STANDING: Final = (CaseState.CONFIRMED, CaseState.NOTIFIED, CaseState.REPORTED, CaseState.NOT_ACCEPTED)
"""States of a finding that a person confirmed and that is not yet put right."""
CLOSED: Final = (CaseState.REFUTED, CaseState.DIFFERENT, CaseState.CLOSED, CaseState.EXEMPT)

_SETTLED: Final = (*CLOSED, CaseState.CONFIRMED, CaseState.NOTIFIED)

VERDICTS: Final = (
    CaseState.CONFIRMED, CaseState.REFUTED, CaseState.DIFFERENT, CaseState.NEEDS_PROOF, CaseState.EXEMPT,
)  # fmt: skip
"""Steps that give a verdict: not allowed once a school is signed. The other steps are about putting right."""

EXEMPTIONS: Final = ("政策特许", "历史遗留已备案", "系统数据错误已报修", "上级另有规定", "其他")
"""Reasons for 豁免."""


@dataclass(frozen=True, slots=True)
class Step:
    """From some states to one. ``needs``: what the body must say besides ``to``. ``by_hand``: states from which it is
    allowed besides for what an inspector wrote down at the school; then only with a note."""

    to: str
    sources: tuple[str, ...]
    roles: tuple[str, ...] = ("inspector", "director")
    needs: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()


_REPORT: Final = ("note", "person", "done")
_JUDGED: Final = (*UNDECIDED, CaseState.CONFIRMED, *CLOSED)
_IN_HAND: Final = (CaseState.NOTIFIED, CaseState.REPORTED, CaseState.NOT_ACCEPTED)
"""States while a notified school is putting it right."""
_ASKED: Final = (CaseState.NOTIFIED, CaseState.NOT_ACCEPTED)
_EVERYBODY: Final = ("principal", "inspector", "director")

STEPS: Final[Mapping[str, Step]] = {
    step.to: step
    for step in (
        Step(CaseState.ON_SITE, (CaseState.ON_SITE,), _EVERYBODY, ("note",)),
        Step(CaseState.CONFIRMED, (*_JUDGED, CaseState.NOTIFIED), by_hand=(CaseState.ON_SITE,)),
        Step(CaseState.REFUTED, (*_JUDGED, *_IN_HAND, CaseState.ON_SITE), needs=("note",)),
        Step(CaseState.DIFFERENT, (*_JUDGED, *_IN_HAND), ("director",), ("note",)),
        Step(CaseState.NEEDS_PROOF, _JUDGED, needs=("note",)),
        Step(CaseState.EXEMPT, (*_JUDGED, *_IN_HAND), needs=("note", "reason", "approver", "until")),
        Step(CaseState.OPEN, (CaseState.EXEMPT, CaseState.DIFFERENT, CaseState.CONFLICT), needs=("note",)),
        Step(CaseState.NOTIFIED, (CaseState.CONFIRMED, *_ASKED), needs=("due",)),
        Step(CaseState.REPORTED, (*_ASKED, CaseState.REPORTED), _EVERYBODY, _REPORT),
        Step(CaseState.CLOSED, (CaseState.REPORTED,), needs=("note",)),
        Step(CaseState.NOT_ACCEPTED, (CaseState.REPORTED,), needs=("note",)),
    )
}

NAMES: Final = {
    "note": "说明", "reason": "豁免理由", "approver": "批准人", "until": "豁免到期日",
    "due": "整改期限", "person": "责任人", "done": "完成日期",
}  # fmt: skip
DATES: Final = ("until", "due", "done")
NOTE_LIMIT: Final = 2000


def needed(step: Step, state: str) -> tuple[str, ...]:
    """What a step from ``state`` must say. Judging anew what was judged needs a note, and so does what is judged before
    the school's days to explain it are over: what the school said there and then."""
    again = state in _SETTLED and step.to in (*VERDICTS, CaseState.OPEN) and "note" not in step.needs
    again = again or state in step.by_hand
    return (*step.needs, "note") if again else step.needs


def leads_from(step: Step, state: str, *, by_hand: bool) -> bool:
    """Whether the step may be taken from ``state``. ``by_hand``: an inspector wrote the finding down at the school."""
    return state in step.sources or (by_hand and state in step.by_hand)


def allowed(actor: Actor, state: str, *, by_hand: bool = False) -> dict[str, tuple[str, ...]]:
    """The steps that this person may take from ``state``, and what each must say."""
    steps = (s for s in STEPS.values() if actor.role in s.roles and leads_from(s, state, by_hand=by_hand))
    return {step.to: needed(step, state) for step in steps}


def check(actor: Actor, state: str, body: Mapping[str, Any], *, by_hand: bool = False) -> dict[str, Any]:
    """The body of a step from ``state``, cleaned: ``to`` and what goes with it, nothing else.

    Raises UsageError: no such step, not for this role, something missing or wrong.
    """
    to = body.get("to")
    step = STEPS.get(to) if isinstance(to, str) else None
    if step is None:
        raise UsageError(f"没有“{to}”这种处理")
    if actor.role not in step.roles:
        raise UsageError(f"“{to}”不由您来定")
    if not leads_from(step, state, by_hand=by_hand):
        raise UsageError(f"现在是“{state}”，不能改成“{to}”")
    cleaned = {"to": step.to} | {
        name: _text(name, body[name]) for name in sorted({"note", *step.needs}) if body.get(name)
    }
    missing = [NAMES[name] for name in needed(step, state) if not cleaned.get(name)]
    if missing:
        raise UsageError(f"改成“{to}”要写{'、'.join(missing)}")
    if "reason" in cleaned and cleaned["reason"] not in EXEMPTIONS:
        raise UsageError(f"豁免理由应是：{'、'.join(EXEMPTIONS)}")
    return cleaned


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{NAMES[name]}应是文字")
    text = value.strip()
    if len(text) > NOTE_LIMIT:
        raise UsageError(f"{NAMES[name]}太长（{len(text)} 字），最多 {NOTE_LIMIT} 字")
    if name in DATES and text:
        try:
            text = dt.date.fromisoformat(text).isoformat()
        except ValueError:
            raise UsageError(f"{NAMES[name]}应是日期，如 2026-12-18，现在是 {text}") from None
    return text
