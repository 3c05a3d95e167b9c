"""How good the forecast would have been: a back-test on the last year, restated to the new books."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import PolicyError
from territory_opt.forecast.territories import Way, history_of, project, way_of
from territory_opt.problem import Problem, TextArray
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class Accuracy:
    """Forecast against outcome per rep (reps,), over the periods that were held back.

    error: |forecast − actual| ÷ actual, NaN where nothing was sold. wape: Σ |forecast − actual| ÷ Σ actual,
    so that large books count more; mape: the mean of `error`; bias: Σ forecast ÷ Σ actual − 1, above 0
    where too much was forecast; in_band: share of the reps whose outcome lay in the band, which should be
    the confidence. way: what was tested, "trend" or "mean".
    """

    rep_ids: TextArray
    periods: tuple[str, ...]
    expected: FloatArray
    actual: FloatArray
    error: FloatArray
    wape: float
    mape: float
    bias: float
    in_band: float
    confidence: float
    way: str


def forecast_accuracy(
    problem: Problem, alignment: Alignment, *, way: Way = "auto", confidence: float = 0.8
) -> Accuracy:
    """Hold back the last year (a third of a history of less than two years) and forecast it from what was
    before, in the way that a forecast from all of it goes: "auto" is the trend with two years or more.

    Measures as in Hyndman & Koehler (2006), "Another look at measures of forecast accuracy"; WAPE after
    Kolassa & Schütz (2007). PolicyError without a history or with less than 3 periods.
    """
    history = history_of(problem)
    length, m = len(history.periods), history.per_year
    held = m if length >= 2 * m else length // 3
    if held < 1:
        raise PolicyError(f"a back-test needs 3 periods of history, there are {length}")
    n = len(problem.reps)
    before = project(history.until(length - held), alignment, n, held, way_of(history, way))
    expected, (low, high) = before.expected, before.band(confidence)
    actual = alignment.total(history.revenue[:, -held:].sum(axis=1), n)
    miss, sold = np.abs(expected - actual), actual > 0
    error = np.divide(miss, actual, out=np.full(n, np.nan), where=sold)
    total = actual.sum()
    return Accuracy(
        problem.reps.ids,
        tuple(history.periods[-held:]),
        expected,
        actual,
        error,
        float(miss.sum() / total) if total > 0 else np.nan,
        float(np.nanmean(error)) if sold.any() else np.nan,
        float(expected.sum() / total - 1) if total > 0 else np.nan,
        float(((actual >= low) & (actual <= high))[sold].mean()) if sold.any() else np.nan,
        confidence,
        before.way,
    )
