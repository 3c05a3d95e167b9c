"""Exponential smoothing of level and trend, for many series at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from territory_opt.travel.place import FloatArray

_ALPHA = np.linspace(0.05, 0.95, 10)
_BETA = np.linspace(0.0, 0.9, 7)


class Smoothed(NamedTuple):
    """State after the last period of each series (series,): level, trend and the parameters that fitted best.

    sigma: standard deviation of the one-step errors.
    """

    level: FloatArray
    trend: FloatArray
    alpha: FloatArray
    beta: FloatArray
    damping: float
    sigma: FloatArray

    def ahead(self, periods: int) -> FloatArray:
        """Expected value of each of the next periods (series, periods)."""
        return self.level[:, None] + self.trend[:, None] * _damped(self.damping, periods)

    def spread(self, weights: FloatArray) -> FloatArray:
        """Standard deviation of the weighted sum of the next periods (series,); weights (periods,).

        The error of period k goes on into period k + j with α + α·β·(φ + … + φ^j); Hyndman, Koehler, Ord &
        Snyder (2008), "Forecasting with Exponential Smoothing", class 1.
        """
        h = len(weights)
        carry = self.alpha[:, None] * (1 + self.beta[:, None] * _damped(self.damping, h))
        passed = np.concatenate([np.ones((len(carry), 1)), carry[:, : h - 1]], axis=1)
        reach = [(passed[:, : h - k] * weights[k:]).sum(axis=1) for k in range(h)]
        return self.sigma * np.sqrt(np.square(reach).sum(axis=0))


def smooth(
    series: FloatArray, damping: float = 0.9, alpha: FloatArray = _ALPHA, beta: FloatArray = _BETA
) -> Smoothed:
    """Holt's linear trend (1957), damped (Gardner & McKenzie 1985; 1 does not damp); series (series,
    periods).

    α and β of each series are those of a grid with the least squared one-step error. A line through the first
    periods, at most 8, gives the first state. Needs 3 periods; fewer raise ValueError.
    """
    n, periods = series.shape
    if periods < 3:
        raise ValueError("a trend needs at least 3 periods")
    a, b = (grid.ravel() for grid in np.meshgrid(alpha, beta, indexing="ij"))
    level, trend = _first_line(series[:, : min(periods, 8)])
    level, trend = np.repeat(level[:, None], len(a), axis=1), np.repeat(trend[:, None], len(a), axis=1)
    squares = np.zeros((n, len(a)))
    for t in range(periods):
        expected = level + damping * trend
        error = series[:, t, None] - expected
        squares += error**2
        level, trend = expected + a * error, damping * trend + a * b * error
    best = squares.argmin(axis=1)
    row = np.arange(n)
    sigma = np.sqrt(squares[row, best] / max(periods - 2, 1))
    return Smoothed(level[row, best], trend[row, best], a[best], b[best], damping, sigma)


def _first_line(series: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Level before the first period and slope, by least squares."""
    t = np.arange(1, series.shape[1] + 1, dtype=np.float64)
    slope = (series * (t - t.mean())).sum(axis=1) / np.square(t - t.mean()).sum()
    return series.mean(axis=1) - slope * t.mean(), slope


def _damped(damping: float, periods: int) -> FloatArray:
    """φ + φ² + … + φ^h for h = 1 … periods."""
    return np.cumsum(damping ** np.arange(1, periods + 1))
