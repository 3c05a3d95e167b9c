"""Exponential smoothing of level and trend, for many series at once."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from territory_opt.travel.place import FloatArray

_ALPHA = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95)
_BETA = (0.0, 0.1, 0.2, 0.4)
_DAMPING = (0.8, 0.9, 1.0)
_START = 8  # periods at most that the first line goes through


class Tuning(NamedTuple):
    """How fast level (α) and trend (β) follow, and what is left of the trend after each period (φ)."""

    alpha: float
    beta: float
    damping: float


class Smoothed(NamedTuple):
    """State after the last period of each series (series,): level, trend, and the sum of squared errors.

    An error is that of a forecast one period ahead, over the periods after those that the start was taken
    from; freedom: how many these are.
    """

    level: FloatArray
    trend: FloatArray
    tuning: Tuning
    squares: FloatArray
    freedom: int

    @property
    def sigma(self) -> FloatArray:
        """Standard deviation of the one-step errors (series,)."""
        return np.sqrt(self.squares / self.freedom)

    def ahead(self, periods: int) -> FloatArray:
        """Expected value of each of the next periods (series, periods)."""
        return self.level[:, None] + self.trend[:, None] * _damped(self.tuning.damping, periods)

    def spread(self, weights: FloatArray) -> FloatArray:
        """Standard deviation of the weighted sum of the next periods (series,); weights (periods,).

        The error of period k goes on into period k + j with α + α·β·(φ + … + φ^j); Hyndman, Koehler, Ord &
        Snyder (2008), "Forecasting with Exponential Smoothing", class 1.
        """
        h, (alpha, beta, damping) = len(weights), self.tuning
        passed = np.r_[1.0, alpha * (1 + beta * _damped(damping, h))][:h]
        reach = np.array([passed[: h - k] @ weights[k:] for k in range(h)])
        return self.sigma * np.sqrt(np.square(reach).sum())


def smooth(series: FloatArray, tuning: Tuning) -> Smoothed:
    """Holt's linear trend (1957), damped (Gardner & McKenzie 1985; φ = 1 does not damp).

    series (series, periods). A line through the first periods, at most 8, gives the first state. All is
    linear in the series: what holds of parts holds of their sum. Fewer than 3 periods raise ValueError.
    """
    periods = series.shape[1]
    if periods < 3:
        raise ValueError("a trend needs at least 3 periods")
    alpha, beta, damping = tuning
    start = max(min(periods // 2, _START), 2)
    level, trend = _first_line(series[:, :start])
    squares = np.zeros(len(series))
    for t in range(periods):
        expected = level + damping * trend
        error = series[:, t] - expected
        if t >= start:  # before, the line has seen what it is to tell
            squares += error**2
        level, trend = expected + alpha * error, damping * trend + alpha * beta * error
    return Smoothed(level, trend, tuning, squares, periods - start)


def tuned(series: FloatArray) -> Tuning:
    """The tuning of a grid with the least squared one-step errors over all series; (series, periods)."""
    grid = [Tuning(*values) for values in product(_ALPHA, _BETA, _DAMPING)]
    return min(grid, key=lambda tuning: float(smooth(series, tuning).squares.sum()))


def _first_line(series: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Level before the first period and slope, by least squares."""
    t = np.arange(1, series.shape[1] + 1, dtype=np.float64)
    slope = (series * (t - t.mean())).sum(axis=1) / np.square(t - t.mean()).sum()
    return series.mean(axis=1) - slope * t.mean(), slope


def _damped(damping: float, periods: int) -> FloatArray:
    """φ + φ² + … + φ^h for h = 1 … periods."""
    return np.cumsum(damping ** np.arange(1, periods + 1))
