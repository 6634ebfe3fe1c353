"""The county's answer with what people decided about it: what is handed to other tools is made of this alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import pandas as pd

from xueji_lib import local_rules
from xueji_lib.judge.results import Results
from xueji_lib.register.catalogue import Catalogue
from xueji_lib.reports.case_states import NOBODY, SETTLED, CaseStates, FindingState, joined
from xueji_lib.rules.findings import FINDINGS

OF_THIS_CHECK: Final = "本次判定"
BESIDES: Final = "此外成立"
"""Made by people at the school, or found before by a check that could not be made this time."""
STATE: Final = ("origin", "state", "counted", "state_note", "state_due", "school_measure", "person", "done")
"""Columns behind those of findings.csv: where the finding is from, and what became of it (``FindingState``)."""


@dataclass(frozen=True)
class CountyAnswer:
    """``states``: what people decided, by school_id; ``earlier``: the answers of the terms before, oldest first."""

    results: Results
    states: Mapping[str, CaseStates] = field(default_factory=dict)
    earlier: Sequence[Results] = ()

    @cached_property
    def catalogue(self) -> Catalogue:
        """The checks that were made, the county's own among them."""
        return local_rules.catalogue(self.results.edition)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """Every finding: those of the answer, in its order, then those that stand besides. Columns ``FINDINGS`` and
        ``STATE``; ``counted`` is False of what people settled, which no paper and no figure counts."""
        listed = set(self.results.findings["finding_id"])
        rows = joined(self.results.findings, self.states.values())[FINDINGS].reset_index(drop=True)
        of_each = [
            self.states.get(school, NOBODY).of(finding)
            for school, finding in zip(rows["school_id"], rows["finding_id"], strict=True)
        ]
        rows["origin"] = [OF_THIS_CHECK if finding in listed else BESIDES for finding in rows["finding_id"]]
        rows["counted"] = [state.state not in SETTLED for state in of_each]
        for column, text in _TEXTS.items():
            rows[column] = pd.Series([getattr(state, text) for state in of_each], index=rows.index, dtype="str")
        return rows[[*FINDINGS, *STATE]]


_TEXTS: Final[Mapping[str, str]] = {
    "state": "state", "state_note": "note", "state_due": "due", "school_measure": "measure", "person": "person",
    "done": "done",
}  # fmt: skip
"""Column of ``STATE`` → field of ``FindingState``."""
assert set(_TEXTS.values()) == set(FindingState.__slots__)
