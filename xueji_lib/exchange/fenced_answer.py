"""The county's answer as somebody may see it who may see some schools: fenced where frames are read, so that whatever
is made of it can show no other school."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from xueji_lib.judge.results import Results


@dataclass(frozen=True)
class FencedResults(Results):
    """The rows of ``schools`` alone; what the county itself is charged with is not among them."""

    schools_seen: frozenset[str] = frozenset()

    def _frame(self, name: str, school_id: str | None = None) -> pd.DataFrame:
        rows = super()._frame(name, school_id)
        return rows[rows["school_id"].isin(self.schools_seen)].reset_index(drop=True)


def fenced(answer: Results, schools: frozenset[str]) -> FencedResults:
    """The answer with the rows of these schools alone."""
    about = (answer.folder, answer.term_id, answer.as_of, answer.edition, answer.fingerprint)
    return FencedResults(*about, dict(answer.timings), dict(answer.digests), schools)
