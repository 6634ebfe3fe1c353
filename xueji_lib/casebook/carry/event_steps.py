"""Whether a package's event could have been made: by whom, about what, after what. The same rules that a page or a
command holds people to (``states``, ``signoff``) are asked once more of what arrives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from xueji_lib.casebook import record_signing, states
from xueji_lib.casebook.log import key_signatures
from xueji_lib.casebook.log.events import Event
from xueji_lib.register.vocabulary import CaseState

_BY_INSPECTORS: Final = ("inspector", "director")
_ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "answer": _BY_INSPECTORS, "rollcall": _BY_INSPECTORS, "signoff": _BY_INSPECTORS, "measure": ("director",),
    "visit": _BY_INSPECTORS, "draw": _BY_INSPECTORS, "record": _BY_INSPECTORS,
    "key_signature": _BY_INSPECTORS,
    "statement": _BY_INSPECTORS, "signature": _BY_INSPECTORS,
    "on_site": _BY_INSPECTORS, "sample_check": _BY_INSPECTORS,
}  # fmt: skip
"""Kind → who may; the others anybody may, or ``states.STEPS`` says."""
_UNTOUCHED: Final = (CaseState.OPEN, CaseState.ON_SITE)
"""In which nobody has decided anything."""
_BY_THE_DAY: Final[Mapping[str, tuple[str, ...]]] = {
    CaseState.EXEMPT: (CaseState.OPEN, CaseState.ON_SITE),
    CaseState.CLOSED: (CaseState.RETURNED, CaseState.ON_SITE),
    CaseState.OPEN: (CaseState.ON_SITE,),
    CaseState.ON_SITE: (CaseState.OPEN,),
}
"""State → what it may have become by itself: an exemption ended, a closed finding was found again, days passed."""


@dataclass(frozen=True)
class KnownThings:
    """What the two casebooks say: every event by id, of either; ``school_of``: finding_id of today → its school;
    ``today``: former finding_id → today's; ``by_hand``: findings that inspectors wrote down at
    the school; ``roles``: name of an account of the office → (role, its school)."""

    events: Mapping[str, Event]
    school_of: Mapping[str, str]
    today: Mapping[str, str]
    by_hand: frozenset[str] = frozenset()
    roles: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def subject(self, event: Event) -> str:
        """What the event is about, a finding by its id of today."""
        return self.today.get(event.subject, event.subject)


def fault(event: Event, known: KnownThings) -> str:
    """Why the event cannot have been made, in a few Chinese words; "" where it can. All its parents are known."""
    parents = [known.events[parent] for parent in event.parents]
    return (
        _of_person(event, known.roles)
        or _of_parents(event, parents, known)
        or _of_finding(event, known)
        or (_of_decision(event, parents, known) if event.kind == "finding" else "")
        or (_of_sign_off(event, parents) if event.kind == "signoff" else "")
        or (_of_key_signature(event, known) if event.kind == "key_signature" else "")
        or (_of_record(event) if event.kind in ("statement", "signature") else "")
        or (_of_on_site(event, parents) if event.kind == "on_site" else "")
    )


def _of_person(event: Event, roles: Mapping[str, tuple[str, str]]) -> str:
    if event.role not in _ROLES.get(event.kind, (event.role,)):
        return "做的人没有这个权限"
    role, school_id = roles.get(event.who, ("", ""))
    was_inspector = role == "director" and event.role == "inspector"
    if role and role != event.role and not was_inspector:
        return "做的人在局里的账号不是这个角色"
    if role == "principal" and school_id != event.school_id:
        return "不是这位校长的学校"
    if event.role == "director" and roles and not role:
        return "局里没有这位负责人的账号"
    return ""


def _of_parents(event: Event, parents: Sequence[Event], known: KnownThings) -> str:
    own = (event.kind, known.subject(event), event.school_id)
    if any((parent.kind, known.subject(parent), parent.school_id) != own for parent in parents):
        return "接在另一件事的后面"
    return "比它前面的还早" if any(parent.at >= event.at for parent in parents) else ""


def _of_finding(event: Event, known: KnownThings) -> str:
    """Findings that the event names have to be the school's."""
    ids = [known.subject(event)] if event.kind in ("finding", "on_site") else []
    about = str(event.body.get("about", ""))
    if about.startswith("finding/"):
        former = about.removeprefix("finding/")
        ids.append(known.today.get(former, former))
    if any(known.school_of.get(finding_id) != event.school_id for finding_id in ids):
        return "说的疑点不是这所学校的"
    return ""


def _of_decision(event: Event, parents: Sequence[Event], known: KnownThings) -> str:
    body = event.body
    before = str(body["from"])
    if before not in _states_after(parents):
        return f"前面不是“{before}”"
    if "undoes" in body:
        return "" if _is_undone(event, parents, known) else "撤销的不是前一步"
    step = states.STEPS[body["to"]]
    if event.role not in step.roles:
        return f"“{step.to}”不由这个角色来定"
    if not states.leads_from(step, before, by_hand=known.subject(event) in known.by_hand):
        return f"“{before}”不能改成“{step.to}”"
    missing = [states.NAMES[name] for name in states.needed(step, before) if not body.get(name)]
    return f"“{step.to}”没有写{'、'.join(missing)}" if missing else ""


def _states_after(parents: Sequence[Event]) -> set[str]:
    """In which states a finding can be after these decisions."""
    if not parents:
        return {*_UNTOUCHED}
    decided = {str(parent.body["to"]) for parent in parents}
    possible = decided | {state for to in decided for state in _BY_THE_DAY.get(to, ())}
    return possible | ({CaseState.CONFLICT} if len(parents) > 1 else set())


def _is_undone(event: Event, parents: Sequence[Event], known: KnownThings) -> bool:
    """It takes back the one step before it, and says again what held before that."""
    if len(parents) != 1 or parents[0].id != event.body["undoes"]:
        return False
    if event.who != parents[0].who and event.role != "director":
        return False
    before = [known.events[parent] for parent in parents[0].parents if parent in known.events]
    if not before:
        return bool(event.body["to"] == CaseState.OPEN)
    return len(before) == 1 and _said(event.body) == _said(before[0].body)


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("from", "undoes")}


def _of_key_signature(event: Event, known: KnownThings) -> str:
    sign_off = known.events.get(str(event.body["signs"]))
    if sign_off is None or (sign_off.kind, sign_off.school_id, sign_off.who) != ("signoff", event.school_id, event.who):
        return "用钥匙加签的不是他自己的签署"
    return "" if key_signatures.holds(event) else "钥匙的签名对不上"


def _of_record(event: Event) -> str:
    """As ``record_signing`` asks of a page."""
    body = event.body
    if event.kind == "statement":
        silent = body["value"] == record_signing.OBJECTS and not str(body["note"]).strip()
        return "有异议而没有写是什么" if silent else ""
    has_drawing = "sha256" in body
    return record_signing.fault_of(body["signer"], body["way"], str(body["note"]), has_drawing=has_drawing)


def _of_on_site(event: Event, parents: Sequence[Event]) -> str:
    """A finding that was written down begins with what was seen; a change leaves the day and the school's days."""
    body = event.body
    if not all(str(body[name]).strip() for name in ("title", "what", "clause")):
        return "没有写看到了什么"
    if not parents:
        return "没有记过就撤回" if body["withdrawn"] else ""
    if body["withdrawn"] and not str(body["note"]).strip():
        return "撤回没有写原因"
    fixed = ("day", "until", "edition", "school")
    return "改了哪一天看到的" if any(p.body[n] != body[n] for p in parents for n in fixed) else ""


def _of_sign_off(event: Event, parents: Sequence[Event]) -> str:
    step = event.body["step"]
    last = {str(parent.body["step"]) for parent in parents} or {"reopen"}
    if step == "countersign":
        if event.role != "director":
            return "会签不是负责人做的"
        if "sign" not in last:
            return "没有签署就会签"
        if any(parent.body["step"] == "sign" and parent.who == event.who for parent in parents):
            return "签署和会签是同一个人"
    if step == "reopen":
        if last == {"reopen"} or not str(event.body["note"]).strip():
            return "没有签署或没有写原因就重新打开"
        if "countersign" in last and event.role != "director":
            return "会签过的不是负责人打开的"
    return ""
