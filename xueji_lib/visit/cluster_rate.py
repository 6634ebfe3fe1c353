"""A rate from roll-calls of classes drawn by lot, with a 95 % range: what may be said of the classes nobody called.

Design-based: the ratio estimator of a stratified sample in two stages (schools, classes in them), its variance by
linearisation with finite population corrections at both stages (Cochran 1977, 11.8 and 6.13), classes being clusters.
The range is that of Korn and Graubard (1998) for rare things: Clopper and Pearson's for the effective number of
pupils, corrected for the degrees of freedom. The effective number is never larger than pupils of a class who are
alike by ``ALIKE`` allow: few clusters that happen to agree do not prove that all do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import variance
from typing import Final

from xueji_lib.visit.beta_range import share_range, t_975

ALIKE: Final = 0.02
"""Correlation within a class (and school) that is taken for granted at the least."""
METHOD: Final = (
    "按分层两阶段整群抽样（学校、班）的比率估计，班为群，方差用线性化法，两个阶段都做有限总体校正；"
    "95% 区间用 Korn—Graubard 法（Clopper—Pearson 精确区间，样本量折算为有效样本量并按自由度校正）"
)


@dataclass(frozen=True, slots=True)
class CalledClass:
    """A class that was drawn and called: how many were counted, and how many of them are of the kind in question."""

    hits: int
    size: int


@dataclass(frozen=True, slots=True)
class SchoolCalls:
    """A school's called classes. ``classes``: how many classes the lot was drawn from."""

    classes: int
    called: tuple[CalledClass, ...]


@dataclass(frozen=True, slots=True)
class SchoolStratum:
    """Schools chosen in one way. ``frame``: how many there were to choose from; as many as ``schools`` where all of
    them were visited (those by risk)."""

    frame: int
    schools: tuple[SchoolCalls, ...]


@dataclass(frozen=True, slots=True)
class EstimatedRate:
    """``low`` and ``high``: the 95 % range; None where the sample is too small to give one. ``whole``: every class was
    called, nothing is estimated. ``hits``, ``size``, ``classes``, ``schools``: what was counted."""

    rate: float
    low: float | None
    high: float | None
    whole: bool
    hits: int
    size: int
    classes: int
    schools: int


def estimate(strata: Sequence[SchoolStratum]) -> EstimatedRate | None:
    """The rate, None where nobody was counted."""
    strata = [_with_calls(stratum) for stratum in strata]
    strata = [stratum for stratum in strata if stratum.schools]
    calls = [one for stratum in strata for school in stratum.schools for one in school.called]
    hits, size = sum(one.hits for one in calls), sum(one.size for one in calls)
    if not size:
        return None
    estimated_hits = sum(
        _total(stratum, [[one.hits for one in s.called] for s in stratum.schools]) for stratum in strata
    )
    estimated_size = sum(
        _total(stratum, [[one.size for one in s.called] for s in stratum.schools]) for stratum in strata
    )
    rate = estimated_hits / estimated_size
    counted = hits, size, len(calls), sum(len(stratum.schools) for stratum in strata)
    if all(len(s.schools) == s.frame and all(len(o.called) == o.classes for o in s.schools) for s in strata):
        return EstimatedRate(rate, rate, rate, True, *counted)
    spread, degrees = 0.0, 0
    for stratum in strata:
        part = _variance(stratum, rate)
        if part is None:
            return EstimatedRate(rate, None, None, False, *counted)
        spread, degrees = spread + part[0], degrees + part[1]
    if degrees < 1:
        return EstimatedRate(rate, None, None, False, *counted)
    effective = size / (1 + (size / len(calls) - 1) * ALIKE) / max(1 - size / estimated_size, 1e-9)
    if spread > 0 and 0 < rate < 1:
        effective = min(effective, rate * (1 - rate) * estimated_size**2 / spread)
    effective *= (t_975(max(size - 1, 1)) / t_975(degrees)) ** 2
    return EstimatedRate(rate, *share_range(rate, effective), False, *counted)


def _with_calls(stratum: SchoolStratum) -> SchoolStratum:
    return SchoolStratum(stratum.frame, tuple(school for school in stratum.schools if school.called))


def _total(stratum: SchoolStratum, values: Sequence[Sequence[float]]) -> float:
    """The stratum's total, as its schools' classes let expect."""
    of_schools = [
        school.classes / len(own) * sum(own) for school, own in zip(stratum.schools, values, strict=True)
    ]  # fmt: skip
    return stratum.frame / len(of_schools) * sum(of_schools)


def _variance(stratum: SchoolStratum, rate: float) -> tuple[float, int] | None:
    """The variance of the stratum's part of the total, and its degrees of freedom; None where they cannot be known:
    one school by lot speaks for others, or one class of a school alone for its classes."""
    residuals = [[one.hits - rate * one.size for one in school.called] for school in stratum.schools]
    expanded = [
        school.classes / len(own) * sum(own) for school, own in zip(stratum.schools, residuals, strict=True)
    ]  # fmt: skip
    drawn, frame = len(expanded), stratum.frame
    pooled = [variance(own) for own in residuals if len(own) > 1]
    usual = sum(pooled) / len(pooled) if pooled else None
    within: float | None = 0.0
    for school, own in zip(stratum.schools, residuals, strict=True):
        left = school.classes - len(own)
        if left <= 0:
            continue
        own_variance = variance(own) if len(own) > 1 else usual
        if own_variance is None or within is None:
            within = None
            break
        within += school.classes * left * own_variance / len(own)
    if drawn == frame:
        return None if within is None else (within, sum(len(own) - 1 for own in residuals))
    if drawn < 2:
        return None
    between = frame**2 * variance(expanded) / drawn
    if within is None:  # as if schools were drawn with replacement: on the safe side
        return between, drawn - 1
    return between * (1 - drawn / frame) + frame / drawn * within, drawn - 1
