"""How likely each rep makes the quota, from the volatility of the accounts in the book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from territory_opt.errors import Issue, PolicyError
from territory_opt.problem import BoolArray
from territory_opt.quota.outlook import Outlook
from territory_opt.quota.top_down import Quotas
from territory_opt.travel.place import FloatArray

#: Attainment and the part of the variable pay on target that is paid there: in proportion, twice at most.
PROPORTIONAL = ((0.0, 0.0), (1.0, 1.0), (2.0, 2.0))
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
    payout: Sequence[tuple[float, float]] = PROPORTIONAL,
) -> Attainment:
    """Chances of every rep by Monte Carlo; with draws = 0 by the closed form of Gaussian sales.

    Closed form: a book of mean S and standard deviation s makes a quota Q with a chance of Φ((S − Q)/s). It
    is exact for the shape "gaussian" without churn, and an approximation by the central limit theorem
    otherwise, the better the more accounts a book has. By Monte Carlo the chance has a standard error of
    √(p(1 − p)/draws), at most 0.5 points at 10,000 draws. Same seed, same numbers on any number of workers.

    Args:
        payout: points (attainment, part of the variable pay on target), straight between, level beyond.

    Raises PolicyError listing every parameter out of range.
    """
    if faults := list(_faults(draws, seed, threshold, excellence, payout)):
        raise PolicyError([Issue("", None, "", "", fault, "") for fault in faults])
    known = has_quota(quotas)
    quota = np.where(known, quotas.quota, np.nan)
    judge = _Judge(threshold, excellence, payout)
    rows = np.full((len(quota), 5), np.nan)
    if draws:
        from territory_opt.quota.draws import book_draws

        rows[known] = judge.drawn(np.zeros(1), 1.0)  # a rep without a book sells nothing
        for rep, sales in book_draws(outlook, draws, seed, workers):
            if known[rep]:
                rows[rep] = judge.drawn(sales, quota[rep])
    else:
        rows[known] = judge.gaussian(outlook.book[known], outlook.sd[known], quota[known])
    chance = rows[:, 0]
    error = np.sqrt(chance * (1 - chance) / draws) if draws else np.where(known, 0.0, np.nan)
    expected, sd = np.where(known, outlook.book, np.nan), np.where(known, outlook.sd, np.nan)
    return Attainment(quota, expected, sd, chance, error, rows[:, 1:4], rows[:, 4], draws)


@dataclass(frozen=True)
class _Judge:
    """Chance, three buckets and pay of sales against a quota."""

    threshold: float
    excellence: float
    payout: Sequence[tuple[float, float]]

    def drawn(self, sales: FloatArray, quota: float) -> FloatArray:
        """(5,) from the sales of every draw."""
        low = float((sales < self.threshold * quota - _CENT).mean())
        high = float((sales >= self.excellence * quota - _CENT).mean())
        at, pays = zip(*self.payout, strict=True)
        pay = float(np.interp(sales / quota, at, pays).mean())
        return np.array([(sales >= quota - _CENT).mean(), low, max(1 - low - high, 0.0), high, pay])

    def gaussian(self, mean: FloatArray, sd: FloatArray, quota: FloatArray) -> FloatArray:
        """(reps, 5) from mean and standard deviation."""
        chance = _at_least(mean, sd, quota - _CENT * (sd == 0))
        low = 1 - _at_least(mean, sd, self.threshold * quota - _CENT * (sd == 0))
        high = _at_least(mean, sd, self.excellence * quota - _CENT * (sd == 0))
        pay = _expected_pay(mean / quota, sd / quota, self.payout)
        return np.stack([chance, low, np.maximum(1 - low - high, 0.0), high, pay], axis=1)


def _at_least(mean: FloatArray, sd: FloatArray, amount: FloatArray) -> FloatArray:
    """P(X ≥ amount) of a Gaussian; 1 or 0 where it does not vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sd > 0, ndtr((mean - amount) / sd), (mean >= amount).astype(np.float64))


def _expected_pay(mean: FloatArray, sd: FloatArray, payout: Sequence[tuple[float, float]]) -> FloatArray:
    """Mean of a piecewise linear payout of a Gaussian attainment.

    A bend of Δ in the slope at k adds Δ · E[(X − k)⁺], which is Δ · ((μ − k)·Φ(d) + σ·φ(d)) with
    d = (μ − k)/σ: the call option of Bachelier (1900).
    """
    at, pays = (np.array(column, np.float64) for column in zip(*payout, strict=True))
    slope = np.concatenate([[0.0], np.diff(pays) / np.diff(at), [0.0]])
    above = mean[:, None] - at
    wide = np.where(sd > 0, sd, 1.0)[:, None]
    d = above / wide
    option = above * ndtr(d) + wide * np.exp(-(d**2) / 2) / np.sqrt(2 * np.pi)
    option = np.where(sd[:, None] > 0, option, np.maximum(above, 0.0))
    return pays[0] + option @ np.diff(slope)


def _faults(
    draws: int, seed: int, threshold: float, excellence: float, payout: Sequence[tuple[float, float]]
) -> Iterator[str]:
    if not draws >= 0:
        yield f"draws = {draws} must be 0 (closed form) or more"
    if not seed >= 0:
        yield f"seed = {seed} must be 0 or more"
    if not 0 < threshold < 1:
        yield f"threshold = {threshold:g} must be between 0 and 1 (0.9: below 90 % of the quota)"
    if not (excellence > 1 and np.isfinite(excellence)):
        yield f"excellence = {excellence:g} must be above 1 (1.1: from 110 % of the quota)"
    at = [point[0] for point in payout]
    if len(at) < 2 or not np.isfinite(np.asarray(payout, np.float64)).all() or not (np.diff(at) > 0).all():
        yield "payout must be two or more points (attainment, pay), attainment rising"
