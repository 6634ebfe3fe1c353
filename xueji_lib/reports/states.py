"""What people have decided of a school's findings, as paper needs it: plain data, handed in by whoever keeps it.

The empty default says that nobody has looked yet, and paper then says so: every finding is 疑点 until an inspector
has confirmed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

LEAD: Final = "疑点"
CONFIRMED: Final = "属实"

DEMANDED: Final = frozenset({"属实", "已通知", "复核不通过"})
"""States under which a letter demands that the school puts it right: confirmed, and not yet put right. A finding that
came back (回潮) needs a new verdict first."""

ANSWERS: Final = ("符合", "不符合", "不适用")
"""What an on-site question can be answered with."""


@dataclass(frozen=True, slots=True)
class FindingState:
    """One finding. ``due`` and ``done``: ISO dates or empty; ``measure``, ``person``, ``done`` are the school's."""

    state: str = LEAD
    note: str = ""
    due: str = ""
    measure: str = ""
    person: str = ""
    done: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An on-site answer: one of ``ANSWERS``, and what was seen."""

    result: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who put their name to it, as what, and when (ISO date)."""

    role: str
    name: str
    day: str


@dataclass(frozen=True, slots=True)
class Measure:
    """What is to be done about the school (限期整改, 通报批评, 约谈主要负责人, 追究责任), and why. ``decided``: by the
    director; else it is a suggestion from figures."""

    measure: str
    reason: str
    decided: bool = False

    @property
    def text(self) -> str:
        """As it is shown."""
        return self.measure if self.decided else f"{self.measure}（建议）"


_UNKNOWN: Final = FindingState()


@dataclass(frozen=True, slots=True)
class CaseStates:
    """One school: ``findings`` by finding_id, ``answers`` by S number, sign-offs, measures. ``on_site``: rows of
    findings that were made at the school and stand in no answer of the rules (text, findings.csv columns)."""

    findings: Mapping[str, FindingState] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    sign_offs: tuple[SignOff, ...] = ()
    measures: tuple[Measure, ...] = ()
    on_site: tuple[Mapping[str, str], ...] = ()

    def of(self, finding_id: str) -> FindingState:
        """The finding's state; 疑点 where nobody has decided."""
        return self.findings.get(finding_id, _UNKNOWN)

    @property
    def looked_at(self) -> bool:
        """At least one finding has been decided by somebody."""
        return any(state.state != LEAD for state in self.findings.values())

    def joined(self, findings: pd.DataFrame) -> pd.DataFrame:
        """A school's findings with those made on site below, same columns."""
        return joined(findings, [self])


NOBODY: Final = CaseStates()
"""Nobody has looked yet."""


def joined(findings: pd.DataFrame, states: Iterable[CaseStates]) -> pd.DataFrame:
    """Findings with those made on site, of any number of schools, below; same columns."""
    known = set(findings["finding_id"])
    rows = [row for of in states for row in of.on_site if row["finding_id"] not in known]
    if not rows:
        return findings
    more = pd.DataFrame(rows).reindex(columns=findings.columns)
    for column in ("grade", "class", "violation"):
        more[column] = pd.to_numeric(more[column], errors="coerce").astype("Int64")
    texts = [str(c) for c in more if c not in ("grade", "class", "violation")]
    more = more.fillna(dict.fromkeys(texts, ""))
    return pd.concat([findings, more.astype(findings.dtypes.to_dict())], ignore_index=True)
