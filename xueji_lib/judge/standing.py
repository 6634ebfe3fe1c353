"""Where a school stands in the seven violations: now, in its last terms, and against the middle of schools like it.

Per hundred pupils, so that schools of different size can be held side by side; no other school can be told from the
middle (``like_schools``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from xueji_lib.judge.school_background import Background
from xueji_lib.register import labels
from xueji_lib.register.catalogue import VIOLATIONS_SHORT

_QUARTILES: Final = ("q1", "median", "q3")


@dataclass(frozen=True, slots=True)
class ViolationStanding:
    """One violation. ``rate``: findings per 100 pupils, None where no pupil is known or nothing was examined.
    ``middle``: q1, median, q3 of the rates of like schools, empty where there is none to show; ``middle_open``: how
    many of these were not wholly examined. ``last_rate``: of the term before. ``unlooked``: checks that were not made,
    or not of all."""

    violation: int
    count: int
    rate: float | None
    middle: Mapping[str, float]
    middle_open: int
    last_rate: float | None
    unlooked: int

    @property
    def name(self) -> str:
        """The violation's number and short name."""
        return f"{labels.violation(self.violation)}、{VIOLATIONS_SHORT[self.violation]}"

    @property
    def place(self) -> str:
        """Against the middle, in words."""
        if self.rate is None or not self.middle:
            return ""
        if self.rate > self.middle["q3"]:
            return "多于四分之三的同类学校"
        if self.unlooked:
            return "没查全，不好比"
        if self.rate > self.middle["median"]:
            return "高于同类中位"
        return "不高于同类中位"


def lines(background: Background) -> list[ViolationStanding]:
    """Where the school stands, one item a violation; none where it was not judged."""
    if not background.terms:
        return []
    *before, now = background.terms
    standings = []
    for violation in VIOLATIONS_SHORT:
        tally = now.violations[str(violation)]
        like = background.middle.get(str(violation), {})
        standings.append(
            ViolationStanding(
                violation, tally.findings, now.rate(tally),
                _known(like.get("rate", {})), int(like.get("open", 0)),
                before[-1].rate(before[-1].violations[str(violation)]) if before else None,
                tally.open,
            )
        )  # fmt: skip
    return standings


def _known(middle: Mapping[str, Any]) -> Mapping[str, float]:
    quartiles = {name: float(middle[name]) for name in _QUARTILES if middle.get(name) is not None}
    return quartiles if len(quartiles) == len(_QUARTILES) else {}
