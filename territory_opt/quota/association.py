"""Whether attainment goes with something it should not go with: slope and rank correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from territory_opt.travel.place import FloatArray

_DIGITS = 9  # attainments that differ by less are ties: sums of floats miss by a hair


@dataclass(frozen=True)
class Slope:
    """A straight line through (x, y) by least squares; low, high: confidence interval of the slope.

    All but n are NaN where no slope can be told: fewer than three points, no spread of x, or one point that
    alone has all of the spread (it would lie on any line).
    """

    value: float
    low: float
    high: float
    mean_x: float
    mean_y: float
    n: int

    @property
    def known(self) -> bool:
        """Whether there is a slope with an interval."""
        return bool(np.isfinite([self.value, self.low, self.high]).all())


def slope(x: ArrayLike, y: ArrayLike, confidence: float = 0.95, *, robust: bool = True) -> Slope:
    """Slope b of y = a + b·x by ordinary least squares, with a t interval on n - 2 degrees of freedom.

    b = Σ(x - x̄)(y - ȳ) / Σ(x - x̄)². robust: the standard error HC3, which allows for attainments that vary
    more in small books than in large ones: √(Σ(x - x̄)²·(e/(1 - h))²) / Σ(x - x̄)², residual e and leverage
    h = 1/n + (x - x̄)²/Σ(x - x̄)² (MacKinnon & White 1985, Journal of Econometrics 29(3); the choice for
    fewer than 250 points: Long & Ervin 2000, The American Statistician 54(3)). Else the classic one,
    √(Σe²/(n - 2) / Σ(x - x̄)²). Points with a NaN are left out.
    """
    x, y = _pairs(x, y)
    n = len(x)
    nan = float("nan")
    nothing = Slope(nan, nan, nan, nan, nan, n)
    if n < 3:
        return nothing
    dx, dy = x - x.mean(), y - y.mean()
    sxx = float(dx @ dx)
    if sxx <= (1e-9 * np.abs(x).max()) ** 2 * n:
        return nothing
    b = float(dx @ dy) / sxx
    residual, leverage = dy - b * dx, 1 / n + dx**2 / sxx
    if leverage.max() > 1 - 1e-9:
        return nothing
    if robust:
        error = np.sqrt(float(dx**2 @ (residual / (1 - leverage)) ** 2)) / sxx
    else:
        error = np.sqrt(float(residual @ residual) / (n - 2) / sxx)
    half = float(stdtrit(n - 2, 0.5 + confidence / 2) * error)
    return Slope(b, b - half, b + half, float(x.mean()), float(y.mean()), n)


def rank_correlation(x: ArrayLike, y: ArrayLike) -> tuple[float, float]:
    """Spearman's correlation of ranks (ties share their mean rank) and its two-sided p value.

    p by t = ρ·√((n - 2)/(1 - ρ²)) on n - 2 degrees of freedom (Kendall & Stuart 1973), which is rough below
    ten points. NaN for fewer than three, or where one side is all the same. Spearman (1904).
    """
    x, y = (_ranks(values) for values in _pairs(x, y))
    n = len(x)
    if n < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan"), float("nan")
    dx, dy = x - x.mean(), y - y.mean()
    rho = float(np.clip((dx @ dy) / np.sqrt((dx @ dx) * (dy @ dy)), -1, 1))
    with np.errstate(divide="ignore"):
        t = rho * np.sqrt((n - 2) / (1 - rho**2)) if abs(rho) < 1 else np.inf
    return rho, float(2 * stdtr(n - 2, -abs(t)))


def _pairs(x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    a, b = np.asarray(x, np.float64), np.asarray(y, np.float64)
    known = np.isfinite(a) & np.isfinite(b)
    return a[known], b[known]


def _ranks(values: FloatArray) -> FloatArray:
    """Rank of each value from 1, ties with their mean."""
    scale = np.abs(values).max(initial=0.0) or 1.0
    _, code, count = np.unique((values / scale).round(_DIGITS), return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[code]
