"""Findings that are one case, because each of two schools (or more) has its own of them: which they are.

R202 R203 R207 R117 make one at each school; R210 or R116 at the school of the register goes with R508 or R518 at the
school of the class. What they share is in ``Results.sides``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from xueji_lib.judge.results import Results
from xueji_lib.register import labels


@dataclass(frozen=True, slots=True)
class TwoSides:
    """What a finding knows of the case that it is one side of.

    ``case``: the same at all its sides. ``evidence``: a digest of what all sides' findings say. ``people``: who the
    pupils are at their schools, each a digest that changes with the name, a number, the sex or the birthday.
    ``named``: the other schools that this finding's own evidence names.
    """

    case: str
    evidence: str
    people: frozenset[str]
    named: tuple[str, ...] = ()

    def text(self) -> str:
        """As JSON, to be kept."""
        return json.dumps(asdict(self) | {"people": sorted(self.people)}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def of_text(cls, text: str) -> TwoSides | None:
        """What ``text`` wrote; None for a finding that has no other side."""
        if not text:
            return None
        kept = json.loads(text)
        return cls(kept["case"], kept["evidence"], frozenset(kept["people"]), tuple(kept["named"]))


def two_sides(answer: Results) -> dict[str, TwoSides]:
    """finding_id → its case, of every finding of the county that has a side at another school; what waits for a school
    (``Results.awaiting``) too."""
    sides = answer.sides
    if sides.empty:
        return {}
    rows = pd.concat([answer.findings, answer.awaiting], ignore_index=True)
    rows = rows[rows["finding_id"].isin(sides["finding_id"])]
    evidence = dict(zip(rows["finding_id"], rows["evidence"].map(labels.text), strict=True))
    people = dict(zip(sides["finding_id"], sides["people"].str.split(), strict=True))
    school = dict(zip(sides["finding_id"], sides["school_id"], strict=True))
    called = dict(zip(answer.schools["school_id"], answer.schools["school_name"], strict=True))
    result = {}
    for members in _joined(zip(sides["finding_id"], sides["shared"].str.split(), strict=True)):
        schools = {school[finding] for finding in members}
        if len(schools) < 2:
            continue
        case = _digest(*members)
        evidence_mark = _digest(*(f"{finding} {evidence.get(finding, '')}" for finding in members))
        everybody = frozenset(person for finding in members for person in people[finding])
        for finding in members:
            names = (called.get(other) or other for other in sorted(schools - {school[finding]}))
            named = tuple(name for name in names if name in evidence.get(finding, ""))
            result[finding] = TwoSides(case, evidence_mark, everybody, named)
    return result


def _joined(named: Iterable[tuple[str, Iterable[str]]]) -> list[list[str]]:
    """Findings that share something, be it through others, together; each group sorted."""
    groups: dict[str, set[str]] = {}
    of_shared: dict[str, str] = {}
    home: dict[str, str] = {}
    for finding, shared in named:
        home[finding], groups[finding] = finding, {finding}
        for text in shared:
            other = home[of_shared.setdefault(text, finding)]
            own = home[finding]
            if other != own:
                _move(groups, home, own, other)
    return [sorted(group) for group in groups.values()]


def _move(groups: dict[str, set[str]], home: dict[str, str], source: str, target: str) -> None:
    moved: Mapping[str, None] = dict.fromkeys(groups.pop(source))
    groups[target] |= moved.keys()
    home.update(dict.fromkeys(moved, target))


def _digest(*texts: str) -> str:
    return hashlib.blake2b("\n".join(sorted(texts)).encode(), digest_size=12).hexdigest()
