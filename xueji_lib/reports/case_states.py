"""What people decided about a school's findings, as letters and workbooks need it: plain data without the casebook.

The empty default (``NOBODY``) means that nobody has looked yet, and letters then say so: every finding is 疑点 until
an inspector has confirmed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from xueji_lib.register.vocabulary import CaseState, CoverageStatus

if TYPE_CHECKING:
    from xueji_lib.judge.results import School

DEMANDED: Final = frozenset({CaseState.CONFIRMED, CaseState.NOTIFIED, CaseState.NOT_ACCEPTED})
"""States under which a letter demands that the school puts it right: confirmed, and not yet put right. A finding that
came back (回潮) needs a new verdict first."""

SETTLED: Final = frozenset({CaseState.DIFFERENT})
"""States of findings that no letter and no figure counts (data contract 4): findings.csv alone has them."""

ANSWERS: Final = ("符合", "不符合", "不适用")
"""What an on-site question can be answered with."""


@dataclass(frozen=True, slots=True)
class FindingState:
    """What was decided of one finding. ``due`` and ``done``: ISO dates or empty; ``measure``, ``person``, ``done`` are
    the school's."""

    state: str = CaseState.OPEN
    note: str = ""
    due: str = ""
    measure: str = ""
    person: str = ""
    done: str = ""


@dataclass(frozen=True, slots=True)
class AnswerOnPaper:
    """An on-site answer: one of ``ANSWERS``, and what was seen."""

    result: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who signed the inspection of a school, in which role, and when (ISO date). ``entry`` and ``check_value``: number
    and check value of the line that records it in the audit trail; 0 and "" where it was not noted. ``key``:
    fingerprint of the person's own key that it was signed with, or ""."""

    role: str
    name: str
    day: str
    entry: int = 0
    check_value: str = ""
    key: str = ""

    @property
    def text(self) -> str:
        """Role, name, day, and the key where one signed it."""
        return f"{self.role} {self.name} {self.day}" + (f"（加签钥匙 {self.key}）" if self.key else "")


@dataclass(frozen=True, slots=True)
class Measure:
    """What is to be done about the school (限期整改, 通报批评, 约谈主要负责人, 追究责任), and why. ``decided``: by the
    director; else it is a suggestion from figures."""

    measure: str
    reason: str
    decided: bool = False

    @property
    def text(self) -> str:
        """The measure as it is printed, marked （建议） while nobody has decided it."""
        return self.measure if self.decided else f"{self.measure}（建议）"


@dataclass(frozen=True, slots=True)
class CorrectionOnPaper:
    """A finding that earlier letters called true and that is not held to be true any more. ``letters``: how a letter
    names them; ``sent``: the school was told."""

    finding_id: str
    title: str
    grade: str
    class_no: str
    student: str
    letters: tuple[str, ...]
    state: str
    note: str
    sent: bool = False


_UNKNOWN: Final = FindingState()


@dataclass(frozen=True, slots=True)
class CaseStates:
    """What was decided for one school: ``findings`` by finding_id, ``answers`` by S number, sign-offs, measures.
    ``besides``: rows of findings that stand although the answer of the rules does not have them: made at the school, or
    not looked at this time (text, findings.csv columns). ``corrections``: of letters made before."""

    findings: Mapping[str, FindingState] = field(default_factory=dict)
    answers: Mapping[str, AnswerOnPaper] = field(default_factory=dict)
    sign_offs: tuple[SignOff, ...] = ()
    measures: tuple[Measure, ...] = ()
    besides: tuple[Mapping[str, str], ...] = ()
    corrections: tuple[CorrectionOnPaper, ...] = ()

    def of(self, finding_id: str) -> FindingState:
        """The finding's state; 疑点 where nobody has decided."""
        return self.findings.get(finding_id, _UNKNOWN)

    @property
    def due_corrections(self) -> tuple[CorrectionOnPaper, ...]:
        """The corrections that the school was not told yet."""
        return tuple(correction for correction in self.corrections if not correction.sent)

    @property
    def trail_anchor(self) -> str:
        """Number and check value of the last sign-off in the audit trail, as it is printed on what was signed; "" where
        nobody signed. It changes with the school's sign-off alone, not whenever the trail grows."""
        return anchor(self.sign_offs)

    @property
    def looked_at(self) -> bool:
        """Whether anybody has decided any of the findings."""
        return any(state.state != CaseState.OPEN for state in self.findings.values())

    def joined(self, findings: pd.DataFrame) -> pd.DataFrame:
        """A school's findings with those that stand besides below, same columns."""
        return joined(findings, [self])

    def counted(self, findings: pd.DataFrame) -> pd.DataFrame:
        """The findings without those that people settled (``SETTLED``): what letters and figures count."""
        settled = [key for key in findings["finding_id"] if self.of(key).state in SETTLED]
        return findings[~findings["finding_id"].isin(settled)]


def shown(school: School, states: CaseStates) -> School:
    """The school as its pages and papers show it: with what stands besides, without what people settled."""
    coverage = examined(school.coverage, school.findings, [states])
    return replace(school, findings=states.counted(states.joined(school.findings)), coverage=coverage)


def examined(coverage: pd.DataFrame, findings: pd.DataFrame, states: Iterable[CaseStates]) -> pd.DataFrame:
    """Coverage without what people settled: a check of which nothing else is left has found nothing, or is undecided
    where it was of others, and its reason says why. ``findings``: those that the checks made."""
    settled = {key for of in states for key, state in of.findings.items() if state.state in SETTLED}
    of_check = findings[findings["finding_id"].isin(settled)].groupby(["school_id", "rule_id"], observed=True).size()
    if of_check.empty:
        return coverage
    coverage = coverage.astype({"status": object, "reason": object})
    keys = zip(coverage["school_id"].astype(str), coverage["rule_id"].astype(str), strict=True)
    rows = of_check.reset_index(name="n").to_dict("records")
    counts = {(str(row["school_id"]), str(row["rule_id"])): int(row["n"]) for row in rows}
    gone = pd.Series([counts.get(key, 0) for key in keys], index=coverage.index)
    coverage["findings"] -= gone
    cleared = gone.gt(0) & coverage["findings"].eq(0) & coverage["status"].eq(CoverageStatus.FOUND)
    told = gone.map("程序列出的 {} 条，已认定不是同一人".format)
    reasons = (
        coverage["reason"].fillna("").where(coverage["reason"].fillna("").eq(""), coverage["reason"] + "；") + told
    )
    undecided = coverage["undecided"].gt(0)
    coverage.loc[cleared & undecided, "status"] = str(CoverageStatus.UNDECIDED)
    coverage.loc[cleared & ~undecided, "status"] = str(CoverageStatus.NOT_FOUND)
    return coverage.assign(reason=coverage["reason"].where(gone.eq(0), reasons))


def anchor(sign_offs: Iterable[SignOff]) -> str:
    """The last of these lines of the audit trail in words; "" where there is none."""
    last = max(sign_offs, key=lambda sign_off: sign_off.entry, default=None)
    return f"留痕第 {last.entry} 条，校验值 {last.check_value}" if last and last.entry else ""


NOBODY: Final = CaseStates()
"""Nobody has looked yet."""


def settled_ids(states: Iterable[CaseStates]) -> frozenset[str]:
    """The findings of any number of schools that people settled."""
    return frozenset(key for of in states for key, state in of.findings.items() if state.state in SETTLED)


def counted(findings: pd.DataFrame, states: Mapping[str, CaseStates]) -> pd.DataFrame:
    """Findings of any number of schools, those that stand besides among them, without what people settled."""
    findings = joined(findings, states.values())
    return findings[~findings["finding_id"].isin(settled_ids(states.values()))]


def joined(findings: pd.DataFrame, states: Iterable[CaseStates]) -> pd.DataFrame:
    """Findings with those that stand besides, of any number of schools, below; same columns."""
    known = set(findings["finding_id"])
    rows = [row for of in states for row in of.besides if row["finding_id"] not in known]
    if not rows:
        return findings
    more = pd.DataFrame(rows).reindex(columns=findings.columns)
    for column in ("grade", "class", "violation"):
        more[column] = pd.to_numeric(more[column], errors="coerce").astype("Int64")
    texts = [str(c) for c in more if c not in ("grade", "class", "violation")]
    more[texts] = more[texts].astype(object).fillna("")
    return pd.concat([findings, more.astype(findings.dtypes.to_dict())], ignore_index=True)
