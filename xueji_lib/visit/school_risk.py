"""Which schools to visit first: what speaks for each, counted from the kept results and the casebook, all of it shown.

The points only put schools in an order. They are no finding, and the reasons stand beside them on every paper.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from xueji_lib.casebook import states
from xueji_lib.casebook.cases import Case
from xueji_lib.judge.results import Results
from xueji_lib.register import labels
from xueji_lib.register.vocabulary import Severity

_SEVERE, _OVERDUE, _UNEXAMINED, _MONTH, _NEVER, _MOST = 3, 3, 1, 1, 6, 30
POINTS: Final = (
    f"未排除的严重疑点一条 {_SEVERE} 分，超过期限没有整改的一条 {_OVERDUE} 分，没有查成或判不了的检查一项 "
    f"{_UNEXAMINED} 分，各项最多 {_MOST} 分；距上次到校满 30 天记 {_MONTH} 分，最多 {_NEVER} 分，没有到过的记 "
    f"{_NEVER} 分。"
    "分数只用来排先后，不是结论"
)
"""How the points are counted, as papers say it."""


@dataclass(frozen=True, slots=True)
class SchoolRisk:
    """What speaks for a visit to a school. ``last_visit``: ISO day of the last roll-call or on-site answer, or ""."""

    school_id: str
    name: str
    township: str
    severe: int
    overdue: int
    unexamined: int
    last_visit: str
    days_since: int | None

    @property
    def points(self) -> int:
        """The points by which schools are put in order."""
        since = _NEVER if self.days_since is None else min(self.days_since // 30 * _MONTH, _NEVER)
        counted = ((self.severe, _SEVERE), (self.overdue, _OVERDUE), (self.unexamined, _UNEXAMINED))
        return since + sum(min(number * each, _MOST) for number, each in counted)

    @property
    def reasons(self) -> str:
        """The same in words."""
        parts = [
            f"严重疑点 {self.severe} 条" if self.severe else "",
            f"超期未整改 {self.overdue} 条" if self.overdue else "",
            f"没有查成或判不了的检查 {self.unexamined} 项" if self.unexamined else "",
            f"上次到校 {self.last_visit}（{self.days_since} 天前）" if self.last_visit else "没有到校记录",
        ]
        return "；".join(filter(None, parts))


def by_risk(answer: Results, cases: Iterable[Case], visited: Mapping[str, str], today: dt.date) -> list[SchoolRisk]:
    """Every school of the directory, most points first. ``visited``: school → ISO day of the last visit."""
    known = list(cases)
    settled = {case.id for case in known if case.state in states.CLOSED}
    severe: dict[str, int] = {}
    findings = answer.findings
    for school, finding_id, severity in zip(
        findings["school_id"].astype(str), findings["finding_id"], findings["severity"], strict=True
    ):
        if severity == Severity.GRAVE and finding_id not in settled:
            severe[school] = severe.get(school, 0) + 1
    overdue: dict[str, int] = {}
    for case in known:
        if case.overdue(today):
            overdue[case.sighting.school_id] = overdue.get(case.sighting.school_id, 0) + 1
    not_examined = answer.coverage[answer.coverage["status"].isin(labels.NOT_EXAMINED)]
    unexamined = not_examined["school_id"].astype(str).value_counts().to_dict()
    result = []
    for row in answer.schools.to_dict("records"):
        school = str(row["school_id"])
        last = visited.get(school, "")
        since = max((today - dt.date.fromisoformat(last)).days, 0) if last else None
        counts = severe.get(school, 0), overdue.get(school, 0), int(unexamined.get(school, 0))
        result.append(SchoolRisk(school, str(row["school_name"]) or school, str(row["township"]), *counts, last, since))
    return sorted(result, key=lambda risk: (-risk.points, risk.school_id))
