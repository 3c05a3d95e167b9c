"""How likely each rep makes the quota, from the volatility of the accounts in the book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt.errors import Issue, PolicyError
from territory_opt.problem import BoolArray
from territory_opt.quota.outlook import Outlook
from territory_opt.quota.payout import (
    PROPORTIONAL,
    Curve,
    Payout,
    at_least,
    curve_faults,
    curve_of,
    expected_pay,
    paid,
)
from territory_opt.quota.quotas import Quotas
from territory_opt.travel.place import FloatArray, IndexArray

THRESHOLD, EXCELLENCE = 0.90, 1.10
_CENT = 0.005  # a quota is made to the cent


@dataclass(frozen=True)
class Attainment:
    """What each rep may attain next year; arrays are (reps,), NaN where a rep has no quota to make.

    expected, sd: mean and standard deviation of the book's sales, money per year, exact. chance: P(sales ≥
    quota); error: its standard error by sampling, 0 where nothing was drawn. buckets: probability to end
    below `threshold`, between, and from `excellence` on, (reps, 3). pay: expected part of the variable pay on
    target. draws: 0 for the closed form.
    """

    quota: FloatArray
    expected: FloatArray
    sd: FloatArray
    chance: FloatArray
    error: FloatArray
    buckets: FloatArray
    pay: FloatArray
    draws: int

    @property
    def attainment(self) -> FloatArray:
        """Expected sales ÷ quota."""
        return self.expected / self.quota


def has_quota(quotas: Quotas) -> BoolArray:
    """Reps who can be judged: they stay, and have a quota above 0."""
    return (quotas.quota > 0) & (quotas.share > 0)


def attainment(
    quotas: Quotas,
    outlook: Outlook,
    *,
    draws: int = 10_000,
    seed: int = 1,
    workers: int | None = None,
    threshold: float = THRESHOLD,
    excellence: float = EXCELLENCE,
    payout: Payout = PROPORTIONAL,
) -> Attainment:
    """Chances of every rep by Monte Carlo; with draws = 0 by the closed form of Gaussian sales.

    Closed form: a book of mean S and standard deviation s makes a quota Q with a chance of Φ((S − Q)/s). It
    is exact for the shape "gaussian" without churn, and an approximation by the central limit theorem
    otherwise, the better the more accounts a book has. By Monte Carlo the chance has a standard error of
    √(p(1 − p)/draws), at most 0.5 points at 10,000 draws (Hammersley & Handscomb 1964, "Monte Carlo
    Methods"). Same seed, same numbers on any number of workers.

    Args:
        payout: points (attainment, part of the variable pay on target), straight between, level beyond, two
            at one attainment for a jump; one curve for everybody, or one for each rep_id.

    Raises PolicyError listing every parameter out of range.
    """
    if faults := list(_faults(draws, seed, threshold, excellence, payout)):
        raise PolicyError([Issue("", None, "", "", fault, "") for fault in faults])
    known = has_quota(quotas)
    quota = np.where(known, quotas.quota, np.nan)
    judge = _Judge(threshold, excellence, [curve_of(payout, str(rep)) for rep in quotas.rep_ids])
    rows = np.full((len(quota), 5), np.nan)
    if draws:
        for rep, attained in attained_years(quotas, outlook, draws, seed, workers):
            rows[rep] = judge.drawn(rep, attained, quota[rep])
    else:
        rows[known] = judge.gaussian(np.flatnonzero(known), outlook.book, outlook.sd, quota)
    chance = rows[:, 0]
    error = np.sqrt(chance * (1 - chance) / draws) if draws else np.where(known, 0.0, np.nan)
    expected, sd = np.where(known, outlook.book, np.nan), np.where(known, outlook.sd, np.nan)
    return Attainment(quota, expected, sd, chance, error, rows[:, 1:4], rows[:, 4], draws)


def attained_years(
    quotas: Quotas, outlook: Outlook, draws: int = 10_000, seed: int = 1, workers: int | None = None
) -> Iterator[tuple[int, FloatArray]]:
    """Every rep who can be judged, by index, and sales ÷ quota in each year drawn (draws,).

    A quota that is missed or beaten by less than a cent is just made. A rep without a book sells nothing.
    """
    from territory_opt.quota.draws import book_draws

    left = has_quota(quotas)
    for rep, sales in book_draws(outlook, draws, seed, workers):
        if left[rep]:
            left[rep] = False
            quota = quotas.quota[rep]
            yield rep, np.where(np.abs(sales - quota) <= _CENT, 1.0, sales / quota)
    yield from ((int(rep), np.zeros(draws)) for rep in np.flatnonzero(left))


@dataclass(frozen=True)
class _Judge:
    """Chance, three buckets and pay of sales against a quota; curves: of each rep."""

    threshold: float
    excellence: float
    curves: list[tuple[tuple[float, float], ...]]

    def drawn(self, rep: int, attained: FloatArray, quota: float) -> FloatArray:
        """(5,) from the attainment of every draw."""
        cent = _CENT / quota
        low = float((attained < self.threshold - cent).mean())
        high = float((attained >= self.excellence - cent).mean())
        pay = float(paid(self.curves[rep], attained).mean())
        return np.array([(attained >= 1).mean(), low, max(1 - low - high, 0.0), high, pay])

    def gaussian(self, rep: IndexArray, book: FloatArray, spread: FloatArray, goal: FloatArray) -> FloatArray:
        """(those reps, 5) from mean and standard deviation of all books."""
        mean, sd, quota = book[rep], spread[rep], goal[rep]
        cent = _CENT * (sd == 0)
        chance = at_least(mean, sd, quota - cent)
        low = 1 - at_least(mean, sd, self.threshold * quota - cent)
        high = at_least(mean, sd, self.excellence * quota - cent)
        pay = np.empty(len(rep))
        for curve in {self.curves[r] for r in rep}:
            own = np.array([self.curves[r] == curve for r in rep])
            pay[own] = expected_pay((mean / quota)[own], (sd / quota)[own], curve)
        return np.stack([chance, low, np.maximum(1 - low - high, 0.0), high, pay], axis=1)


def _faults(draws: int, seed: int, threshold: float, excellence: float, payout: Payout) -> Iterator[str]:
    if not draws >= 0:
        yield f"draws = {draws} must be 0 (closed form) or more"
    if not seed >= 0:
        yield f"seed = {seed} must be 0 or more"
    if not 0 < threshold < 1:
        yield f"threshold = {threshold:g} must be between 0 and 1 (0.9: below 90 % of the quota)"
    if not (excellence > 1 and np.isfinite(excellence)):
        yield f"excellence = {excellence:g} must be above 1 (1.1: from 110 % of the quota)"
    curves: Mapping[str, Curve] = payout if isinstance(payout, Mapping) else {"": payout}
    for rep, curve in curves.items():
        yield from (f"payout{f' of {rep}' if rep else ''} {fault}" for fault in curve_faults(curve))
