"""Quantiles of the beta and of Student's t distribution, and the exact range of a share.

Written here, because they are all that would be needed of a statistics library of 40 MB on every office computer
(docs/dependencies.md); tests hold them against published tables.
"""

from __future__ import annotations

import math
from typing import Final

_TINY: Final = 1e-300
_STEPS: Final = 500


def beta_cdf(x: float, a: float, b: float) -> float:
    """P(X ≤ x) of Beta(a, b): the regularised incomplete beta function, by its continued fraction (Lentz)."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1) / (a + b + 2):  # there the fraction of the other tail converges fast
        return 1.0 - beta_cdf(1.0 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1) or _TINY)
    result = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / (1.0 + term * d or _TINY)
            c = 1.0 + term / c or _TINY
            result *= c * d
        if abs(c * d - 1.0) < 1e-13:
            break
    return math.exp(log_front) * result / a


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x with P(X ≤ x) = p of Beta(a, b), by halving."""
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        if beta_cdf(middle, a, b) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def t_975(degrees: float) -> float:
    """The 97.5 % point of Student's t."""
    x = beta_quantile(0.05, degrees / 2, 0.5)
    return math.sqrt(degrees * (1.0 / x - 1.0))


def share_range(share: float, size: float) -> tuple[float, float]:
    """The exact 95 % range (Clopper and Pearson) of a share that ``size`` cases showed; neither need be whole."""
    hits = share * size
    low = 0.0 if hits <= 0 else beta_quantile(0.025, hits, size - hits + 1)
    high = 1.0 if hits >= size else beta_quantile(0.975, hits + 1, size - hits)
    return low, high
