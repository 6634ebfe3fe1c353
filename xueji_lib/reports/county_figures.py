"""The county's figures, counted once for county.html and county.xlsx: schools in order, townships, stages, groups,
terms. Counting only; what is a finding was decided by the rules, what is confirmed by inspectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pandas as pd

from xueji_lib.county.mismatches import GROUPS, SPECIAL, STAGES, stages
from xueji_lib.judge.results import Results
from xueji_lib.register import labels
from xueji_lib.register.catalogue import SEVERITIES, VIOLATIONS
from xueji_lib.register.vocabulary import Severity
from xueji_lib.reports.case_states import NOBODY, CaseStates, Measure, counted, examined
from xueji_lib.reports.letters.bulletin import CONFIRMED_STATES

NO_STAGE: Final = "不分学段"
CLASS_COUNTS: Final = ("registered", "enrolled", "present", "registered_absent", "present_unregistered", "unchecked")


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school. ``violations``, ``severities`` (worst first): findings; ``confirmed``: those called 属实;
    ``gaps``: checks by status that were not made or not wholly."""

    rank: int
    school_id: str
    name: str
    kind: str
    township: str
    registered: int
    total: int
    confirmed: int
    violations: tuple[int, ...]
    severities: tuple[int, ...]
    gaps: Mapping[str, int]
    headcount: bool
    measures: tuple[Measure, ...]

    @property
    def not_examined(self) -> int:
        """Checks that say nothing, or not everything, about the school."""
        return sum(self.gaps.get(status, 0) for status in labels.NOT_EXAMINED)

    @property
    def per_hundred(self) -> float | None:
        """Findings per hundred on the register; None without a register."""
        return round(100 * self.total / self.registered, 1) if self.registered else None


@dataclass(frozen=True)
class Figures:
    """The county's figures, each counted when it is first asked for. ``states``: decisions by school_id; ``earlier``:
    results of earlier terms."""

    results: Results
    states: Mapping[str, CaseStates] = field(default_factory=dict)
    earlier: Sequence[Results] = ()

    @cached_property
    def seen(self) -> bool:
        """Whether anybody has decided any finding."""
        return any(of.looked_at for of in self.states.values())

    @cached_property
    def school_findings(self) -> pd.DataFrame:
        """Findings charged to schools (columns of findings.csv), those made on site among them, without what people
        settled."""
        findings = counted(self.results.findings, self.states)
        return findings[findings["school_id"] != ""]

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """How each check went (columns of coverage.csv), without what people settled."""
        return examined(self.results.coverage, self.results.findings, self.states.values())

    @cached_property
    def confirmed(self) -> dict[str, int]:
        """Per school: findings confirmed at some time."""
        counts: dict[str, int] = {}
        if self.seen:
            for school, finding in zip(
                self.school_findings["school_id"], self.school_findings["finding_id"], strict=True
            ):
                if self.states.get(school, NOBODY).of(finding).state in CONFIRMED_STATES:
                    counts[school] = counts.get(school, 0) + 1
        return counts

    @cached_property
    def schools(self) -> list[SchoolRow]:
        """Most confirmed first, then most 严重, most findings; equal ones by id."""
        findings, coverage, classes = self.school_findings, self.coverage, self.results.classes
        by_violation = findings.groupby(["school_id", "violation"]).size().to_dict()
        by_severity = findings.groupby(["school_id", "severity"]).size().to_dict()
        gaps: dict[str, dict[str, int]] = {}
        counts: Any = coverage.groupby(["school_id", "status"]).size()
        for (school_id, status), n in counts.items():
            gaps.setdefault(school_id, {})[status] = int(n)
        counted = classes.groupby("school_id")[["registered", "headcount_rows"]].sum().to_dict("index")
        rows = []
        for school in self.results.schools.to_dict("records"):
            key = school["school_id"]
            own = counted.get(key, {"registered": 0, "headcount_rows": 0})
            violations = tuple(int(by_violation.get((key, n), 0)) for n in VIOLATIONS)
            severities = tuple(int(by_severity.get((key, s), 0)) for s in SEVERITIES[::-1])
            about = (key, school["school_name"] or key, school["school_kind"], school["township"])
            figures = (int(own["registered"]), sum(violations), self.confirmed.get(key, 0))
            rows.append(
                SchoolRow(
                    *(0, *about, *figures, violations, severities, gaps.get(key, {})),
                    bool(own["headcount_rows"]),
                    self.states.get(key, NOBODY).measures,
                )
            )
        rows.sort(key=lambda row: (-row.confirmed, -row.severities[0], -row.total, row.school_id))
        return [SchoolRow(n, *(getattr(r, f) for f in SchoolRow.__slots__[1:])) for n, r in enumerate(rows, 1)]

    @cached_property
    def townships(self) -> list[dict[str, Any]]:
        """name, schools, registered, total, grave, confirmed, violations, absent, unregistered; by name."""
        absent, strange = (self._mismatched(kind) for kind in ("在籍不在校", "在校不在籍"))
        rows = []
        for name in sorted({school.township for school in self.schools}):
            own = [school for school in self.schools if school.township == name]
            rows.append(
                {
                    "name": name or "（未注明）",
                    "schools": len(own),
                    "registered": sum(s.registered for s in own),
                    "total": sum(s.total for s in own),
                    "grave": sum(s.severities[0] for s in own),
                    "confirmed": sum(s.confirmed for s in own),
                    "violations": [sum(column) for column in zip(*(s.violations for s in own), strict=True)],
                    "absent": sum(absent.get(s.school_id, 0) for s in own),
                    "unregistered": sum(strange.get(s.school_id, 0) for s in own),
                }
            )
        return rows

    def _mismatched(self, kind: str) -> dict[str, int]:
        rows = self.results.mismatches
        return {str(k): int(n) for k, n in rows[rows["kind"] == kind].groupby("school_id").size().items()}

    @cached_property
    def stages(self) -> list[dict[str, Any]]:
        """A row a stage, then findings of no stage: name, the class counts, total, grave, violations."""
        classes, findings = self.results.classes, self.school_findings
        of_class = stages(classes["grade"].to_numpy(dtype=float, na_value=float("nan")))
        of_finding = stages(findings["grade"].to_numpy(dtype=float, na_value=float("nan")))
        rows = []
        for name in (*STAGES, ""):
            part, own = classes[of_class == name], findings[of_finding == name]
            count = own["violation"].value_counts()
            sums = {c: int(part[c].sum()) for c in CLASS_COUNTS}
            rows.append(
                {
                    "name": name or NO_STAGE,
                    **sums,
                    "total": len(own),
                    "grave": int((own["severity"] == Severity.GRAVE).sum()),
                    "violations": [int(count.get(n, 0)) for n in VIOLATIONS],
                }
            )
        return rows

    @cached_property
    def groups(self) -> list[dict[str, Any]]:
        """Per group of the notice, for all stages (stage "") and 初中 apart: the counts of ``mismatches.SPECIAL``."""
        special, rows = self.results.special, []
        for group in GROUPS:
            for stage in ("", "初中"):
                part = special[special["group"] == group]
                part = part[part["stage"] == stage] if stage else part
                counts = {c: int(part[c].sum()) for c in SPECIAL[3:]}
                rows.append({"group": group, "stage": stage, **counts})
        return rows

    @cached_property
    def terms(self) -> list[dict[str, Any]]:
        """Oldest first, this one last: term, as_of, edition, schools, total, grave, violations."""
        return [self._term(answer) for answer in (*self.earlier, self.results)]  # of the rules: alike in all terms

    @staticmethod
    def _term(answer: Results) -> dict[str, Any]:
        findings = answer.findings
        findings = findings[findings["school_id"] != ""]
        count = findings["violation"].value_counts()
        return {
            "term": labels.term(answer.term_id),
            "as_of": answer.as_of.isoformat(),
            "edition": answer.edition,
            "schools": len(answer.schools),
            "total": len(findings),
            "grave": int((findings["severity"] == Severity.GRAVE).sum()),
            "violations": [int(count.get(n, 0)) for n in VIOLATIONS],
        }

    @cached_property
    def statuses(self) -> dict[str, int]:
        """Pairs of school and check by status."""
        return {str(k): int(n) for k, n in self.coverage["status"].value_counts().items()}
