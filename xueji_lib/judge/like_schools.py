"""The schools that one school may be held against: of its kind, in the same kind of place, about as large.

Of these only quartiles are told, and nothing of fewer than ``FEWEST``: no school can be told from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import numpy as np

from xueji_lib.judge.results import Results
from xueji_lib.judge.term_tallies import TermTally
from xueji_lib.register.catalogue import VIOLATIONS_SHORT

FEWEST: Final = 5
_SMALLEST, _LARGEST = 0.5, 2.0
"""About as large: from half to double the pupils."""
_QUARTILES: Final = {"q1": 25, "median": 50, "q3": 75}


class LikeSchools:
    """Knows all schools of an answer. ``tallies``: of every school (``TermTallies.of``)."""

    def __init__(self, answer: Results, tallies: Mapping[str, TermTally]) -> None:
        schools = answer.schools
        self._ids = schools["school_id"].astype("str").to_numpy(dtype=object)
        self._kinds = schools["school_kind"].astype("str").fillna("").to_numpy(dtype=object)
        self._areas = schools["area"].astype("str").fillna("").to_numpy(dtype=object)
        self._tallies = [tallies.get(school) for school in self._ids]
        self._pupils = np.array([(tally.pupils or 0) if tally else 0 for tally in self._tallies], dtype=np.int64)
        self._row = {school: row for row, school in enumerate(self._ids)}

    @cached_property
    def _rates(self) -> Mapping[int, Any]:
        """Violation → findings per hundred pupils, a school at each position; NaN where there is no rate."""
        return {
            violation: np.array([self._rate(tally, violation) for tally in self._tallies])
            for violation in VIOLATIONS_SHORT
        }

    @cached_property
    def _open(self) -> Mapping[int, Any]:
        """Violation → whether the school was not wholly examined, a school at each position."""
        return {
            violation: np.array([bool(tally and tally.violations[str(violation)].open) for tally in self._tallies])
            for violation in VIOLATIONS_SHORT
        }

    @staticmethod
    def _rate(tally: TermTally | None, violation: int) -> float:
        rate = tally.rate(tally.violations[str(violation)]) if tally is not None and tally.pupils else None
        return np.nan if rate is None else rate

    def middle(self, school_id: str) -> dict[str, Any]:
        """What the others are like: ``like`` in words, ``schools`` how many they are, and violation → ``rate`` (q1,
        median, q3 of findings per hundred pupils) and ``open`` (how many were not wholly examined), where at least
        ``FEWEST`` have a rate. Schools that were not examined at all have none."""
        own = self._row[school_id]
        kind, area, pupils = self._kinds[own], self._areas[own], int(self._pupils[own])
        if not (kind and area and pupils):
            return {"like": "", "schools": 0}
        least, most = int(pupils * _SMALLEST), int(pupils * _LARGEST)
        is_like = (self._kinds == kind) & (self._areas == area) & (self._pupils >= least) & (self._pupils <= most)
        is_like[own] = False
        alike = np.flatnonzero(is_like)
        told: dict[str, Any] = {"like": f"{kind}、{area}，在籍 {least}—{most} 人", "schools": len(alike)}
        for violation in VIOLATIONS_SHORT if len(alike) >= FEWEST else ():
            rated = alike[~np.isnan(self._rates[violation][alike])]
            if len(rated) >= FEWEST:
                cuts = np.percentile(self._rates[violation][rated], list(_QUARTILES.values()))
                quartiles = {name: round(float(cut), 2) for name, cut in zip(_QUARTILES, cuts, strict=True)}
                told[str(violation)] = {"rate": quartiles, "open": int(self._open[violation][rated].sum())}
        return told
