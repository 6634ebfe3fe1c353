"""The schools that one school may be held against: of its kind, in the same kind of place, about as large.

Of these only quartiles are told, and nothing of fewer than ``FEWEST``: no school can be told from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import pandas as pd

from xueji_lib.judge.results import Results
from xueji_lib.judge.term_tallies import TermTally
from xueji_lib.register.catalogue import VIOLATIONS_SHORT

FEWEST: Final = 5
_SMALLEST, _LARGEST = 0.5, 2.0
"""About as large: from half to double the pupils."""
_QUARTILES: Final = {"q1": 0.25, "median": 0.5, "q3": 0.75}


class LikeSchools:
    """Knows all schools of an answer. ``tallies``: of every school (``TermTallies.of``)."""

    def __init__(self, answer: Results, tallies: Mapping[str, TermTally]) -> None:
        self._answer, self._tallies = answer, tallies

    @cached_property
    def _schools(self) -> pd.DataFrame:
        """A row a school: kind, area, pupils; rate and number of open answers of each violation."""
        rows = []
        for row in self._answer.schools.to_dict("records"):
            school = str(row["school_id"])
            tally = self._tallies.get(school)
            about: dict[str, Any] = {"kind": str(row["school_kind"]), "area": str(row["area"]), "pupils": 0}
            if tally is not None and tally.pupils:
                about["pupils"] = tally.pupils
                for violation in VIOLATIONS_SHORT:
                    of_violation = tally.violations[str(violation)]
                    about |= {f"rate{violation}": tally.rate(of_violation), f"open{violation}": bool(of_violation.open)}
            rows.append({"school_id": school, **about})
        return pd.DataFrame(rows).set_index("school_id")

    def middle(self, school_id: str) -> dict[str, Any]:
        """What the others are like: ``like`` in words, ``schools`` how many they are, and violation → ``rate`` (q1,
        median, q3 of findings per hundred pupils) and ``open`` (how many were not wholly examined), where at least
        ``FEWEST`` have a rate. Schools that were not examined at all have none."""
        own = self._schools.loc[school_id]
        if not (own["kind"] and own["area"] and own["pupils"]):
            return {"like": "", "schools": 0}
        least, most = int(own["pupils"] * _SMALLEST), int(own["pupils"] * _LARGEST)
        all_schools = self._schools
        alike = all_schools[
            (all_schools["kind"] == own["kind"])
            & (all_schools["area"] == own["area"])
            & all_schools["pupils"].between(least, most)
            & (all_schools.index != school_id)
        ]
        told: dict[str, Any] = {"like": f"{own['kind']}、{own['area']}，在籍 {least}—{most} 人", "schools": len(alike)}
        for violation in VIOLATIONS_SHORT if len(alike) >= FEWEST else ():
            rates = alike[f"rate{violation}"].dropna().astype("float64")
            if len(rates) >= FEWEST:
                quartiles = {name: round(float(rates.quantile(cut)), 2) for name, cut in _QUARTILES.items()}
                is_open = alike.loc[rates.index, f"open{violation}"].astype("bool")
                told[str(violation)] = {"rate": quartiles, "open": int(is_open.sum())}
        return told
