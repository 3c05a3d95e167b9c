"""What each new book is expected to sell in the year after the history, with a band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import PolicyError
from territory_opt.forecast.season import seasonal_indices, without_season
from territory_opt.forecast.smoothing import smooth, tuned
from territory_opt.history import History
from territory_opt.problem import Problem, TextArray
from territory_opt.travel.place import FloatArray

Way = Literal["auto", "trend", "mean"]
_TUNED_BY = 2_000  # accounts


class Projection(NamedTuple):
    """Sum over some periods to come per rep (reps,), by the trend or by the mean.

    sd: standard deviation around `expected`, NaN with one period, which says nothing of it; freedom: degrees
    of freedom that it is known by.
    """

    way: Literal["trend", "mean"]
    expected: FloatArray
    sd: FloatArray
    freedom: FloatArray

    def band(self, confidence: float) -> tuple[FloatArray, FloatArray]:
        """Bounds that hold the outcome with this confidence (reps,), by Student's t."""
        from scipy.special import stdtrit

        reach = stdtrit(self.freedom, 0.5 + confidence / 2) * self.sd
        return np.maximum(self.expected - reach, 0.0), self.expected + reach


@dataclass(frozen=True)
class Forecast:
    """Money of the coming year per rep (reps,), restated to the books of an alignment.

    last_year: what the accounts of the book bought in the last year of the history, or in all of it where
    it is shorter, taken to a year. sd: standard deviation of the coming year around `expected`. low, high:
    the band that holds the outcome with the given confidence, if errors are normal. All three are NaN with
    one period of history. way: "trend" or "mean".
    """

    rep_ids: TextArray
    last_year: FloatArray
    expected: FloatArray
    sd: FloatArray
    low: FloatArray
    high: FloatArray
    confidence: float
    way: Literal["trend", "mean"]
    notes: tuple[str, ...] = ()


def forecast(
    problem: Problem, alignment: Alignment, *, way: Way = "auto", confidence: float = 0.8
) -> Forecast:
    """The coming year of each new book: the history of its accounts, whoever sold to them, carried forward.

    way: "trend" smooths level and trend of each book without the season (`smoothing.smooth`). How strongly,
    the accounts decide, not the books: so a book's forecast does not hang on who has the others, and books
    sum to the company, unless the trend of one ends below 0, which counts as 0; damped trends after Gardner &
    McKenzie (1985), Management Science 31(10). "mean" carries the mean of
    the last year forward, with a band from the accounts' own volatility, taken as independent: the variance
    of a book is the sum of those of its accounts. "auto" is the trend with two years or more.

    Raises PolicyError without a history, for a confidence outside 0 … 1, or a trend of less than 3 periods.
    """
    history = history_of(problem)
    if not 0 < confidence < 1:
        raise PolicyError(f"confidence = {confidence:g} must be between 0 and 1")
    m = history.per_year
    found = project(history, alignment, len(problem.reps), m, way)
    recent = history.revenue[:, -m:]
    last = alignment.total(recent.sum(axis=1) * (m / recent.shape[1]), len(problem.reps))
    low, high = found.band(confidence)
    notes = tuple(_notes(history, alignment))
    return Forecast(problem.reps.ids, last, found.expected, found.sd, low, high, confidence, found.way, notes)


def history_of(problem: Problem) -> History:
    """The history of a problem; PolicyError that says how to give one, or that it is of other accounts."""
    if problem.history is None:
        raise PolicyError("a forecast needs past sales: add history.csv with account_id, period and revenue")
    rows, n = len(problem.history.revenue), len(problem.accounts)
    if rows != n:
        raise PolicyError(f"the history has {rows:,} rows for {n:,} accounts: it needs one for each")
    return problem.history


def project(
    history: History, alignment: Alignment, n_reps: int, periods: int, way: Way = "auto"
) -> Projection:
    """Each book's sum over the next periods (reps,)."""
    m, length, way = history.per_year, len(history.periods), way_of(history, way)
    if way == "trend" and length < 3:
        raise PolicyError(f"a trend needs 3 periods, the history has {length}: use the mean")
    if way not in ("trend", "mean"):
        raise PolicyError(f"way = {way!r} must be auto, trend or mean")
    coming = seasonal_indices(history)[(history.season[-1] + 1 + np.arange(periods)) % m]
    even = without_season(history)
    if way == "trend":
        books = np.array([alignment.total(column, n_reps) for column in even.T]).T
        found = smooth(books, tuned(_largest(even)))
        expected = np.maximum(found.ahead(periods) @ coming, 0.0)
        return Projection(way, expected, found.spread(coming), np.full(n_reps, float(found.freedom)))
    return _by_mean(even, alignment, n_reps, coming, m)


def way_of(history: History, way: Way) -> Way:
    """Which way "auto" stands for with this history."""
    if way != "auto":
        return way
    return "trend" if len(history.periods) >= 2 * history.per_year else "mean"


def volatility(history: History) -> FloatArray:
    """Standard deviation of a year's revenue of each account (accounts,), without the season.

    Periods are taken as independent, so that variances add (Bienaymé 1853): √(periods a year) times the
    standard deviation of one. NaN with one period.
    """
    if len(history.periods) < 2:
        return np.full(len(history.revenue), np.nan)
    return np.sqrt(history.per_year) * without_season(history).std(axis=1, ddof=1)


def _largest(even: FloatArray) -> FloatArray:
    """The accounts that bought most: enough to tune by."""
    total = np.abs(even).sum(axis=1)
    return even if len(even) <= _TUNED_BY else even[np.argsort(-total, kind="stable")[:_TUNED_BY]]


def _by_mean(even: FloatArray, alignment: Alignment, n_reps: int, coming: FloatArray, m: int) -> Projection:
    """The variance counts the noise to come and that of the mean itself; NaN with one period.

    Degrees of freedom of a sum of variances after Welch (1947) and Satterthwaite (1946): the more accounts of
    like volatility, the better it is known.
    """
    recent, freedom = even[:, -m:], max(even.shape[1] - 1, 1)
    level = alignment.total(recent.mean(axis=1), n_reps)
    each = even.var(axis=1, ddof=1) if even.shape[1] > 1 else np.full(len(even), np.nan)
    variance, fourth = alignment.total(each, n_reps), alignment.total(np.square(each), n_reps)
    known = np.divide(freedom * np.square(variance), fourth, out=np.full(n_reps, 1.0), where=fourth > 0)
    factor = np.square(coming).sum() + coming.sum() ** 2 / recent.shape[1]
    expected = np.maximum(level * coming.sum(), 0.0)
    return Projection("mean", expected, np.sqrt(variance * factor), known)


def _notes(history: History, alignment: Alignment) -> list[str]:
    notes = []
    out = history.revenue[~alignment.covered, -history.per_year :].sum()
    if out > 0:
        notes.append(
            f"Accounts that nobody serves bought {out:,.0f} in the last year: that is in no forecast."
        )
    if len(history.periods) < 2 * history.per_year:
        notes.append("Less than two years of history: no season and no trend can be told from noise.")
    if len(history.periods) < 2:
        notes.append("One period of history says nothing of how sales vary: there is no band.")
    return notes
