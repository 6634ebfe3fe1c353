"""What stands although an answer of the rules does not have it: for papers and pages alike.

People made it at the school; or an earlier check found it, and this time its check could not be made (缺数据, 出错,
无法判定): that takes nothing back.
"""

from __future__ import annotations

from collections.abc import Iterable

from xueji_lib.casebook.cases import Case
from xueji_lib.casebook.sightings import BY_PEOPLE, examined
from xueji_lib.judge.results import Results


class Besides:
    """Knows an answer, and picks what stands besides it."""

    def __init__(self, answer: Results) -> None:
        self._listed = set(answer.findings["finding_id"])
        self._examined = examined(answer)
        self._is_look = bool(answer.look)

    def of(self, known: Iterable[Case]) -> list[Case]:
        """Those of these cases. A look shows what it found, and what people made."""
        return [case for case in known if self.holds(case)]

    def holds(self, case: Case) -> bool:
        """The case stands, and the answer does not have it."""
        seen = case.sighting
        if not seen.present or case.awaits_school or case.id in self._listed:
            return False
        if seen.origin in BY_PEOPLE:
            return True
        return not self._is_look and (seen.school_id, seen.finding["rule_id"]) not in self._examined
