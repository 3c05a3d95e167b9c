"""Equal chances of making a quota, as a band on a linear load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import ndtri

from territory_opt.errors import DataError
from territory_opt.policy.base import Curve, rep_bins
from territory_opt.policy.loads import Balance
from territory_opt.policy.words import range_faults
from territory_opt.problem import ACCOUNTS, WORKLOAD_H, Int32Array, Problem
from territory_opt.travel.place import FloatArray, IndexArray
from territory_opt.volatility import USUAL, volatility_of


@dataclass(frozen=True)
class QuotaAttainment:
    """Each rep's chance of making the quota within 50 % ± `within`, when quotas follow the shares.

    The goal is what the accounts are expected to sell (`measure`, a year), and a rep's quota is his share of
    it, Q. A book of expected sales S and variance V makes it with a chance of Φ((S − Q)/√V) where sales are
    Gaussian and independent. The chance is within the band where |S − Q| ≤ z·√V with z = Φ⁻¹(½ + within).

    That is no linear band, since V belongs to the book; this term uses a linear band that implies it. Among
    all books that sell S or more, the least variance is that of the steadiest accounts filled up to S, the
    last one in part (Dantzig 1957, Operations Research 5(2), the fractional knapsack): a floor F(S) that no
    book can be under. So the load is S, and the band Q ± z·s with the largest s for which s² ≤ F(Q − z·s).
    Proved: every book inside the band has its chance within 50 % ± `within`, and a shock that hits all
    accounts alike only brings chances nearer to 50 %. Not claimed: that a book outside has not. Books of
    lively accounts would be allowed more, so the band is on the narrow side.

    Small territories get a wider band than large ones, in per cent of the quota: their luck evens out less.

    Args:
        measure: what the accounts are expected to sell, money per year.
        within: 0.10 for a chance of 40 % to 60 %.
        by: as in `Balance`: shares of what each region has.
        volatility: coefficient of variation of an account's year where no column `volatility` or
            `revenue_sd` says it.
    """

    name: ClassVar[str] = "attainment"
    measure: str = "revenue"
    within: float = 0.10
    by: str | None = None
    volatility: float = USUAL

    def label(self) -> str:
        of = f" by {self.by}" if self.by else ""
        low, high = 100 * (0.5 - self.within), 100 * (0.5 + self.within)
        return f"{self.measure} for a {low:.4g}–{high:.4g} % chance of quota{of}"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from range_faults("within", self.within, low=0.001, high=0.499)
        yield from range_faults("volatility", self.volatility, low=0.0)
        wrong = list(Balance(self.measure, by=self.by).faults(problem))
        if self.measure in (WORKLOAD_H, ACCOUNTS):
            wrong.append(
                f"{self.measure} is nothing that accounts buy; name a column of sales, such as revenue"
            )
        yield from wrong
        if self.volatility >= 0 and 0 < self.within < 0.5 and not wrong:
            yield from self._volatility_faults(problem)

    def _volatility_faults(self, problem: Problem) -> Iterator[str]:
        try:
            curve = self.curve(problem, problem.accounts.measures[self.measure])
        except DataError as error:
            yield from (f"{issue.column} in row {issue.row} {issue.fault}" for issue in error.issues)
            return
        if ((curve.high <= curve.low) & (curve.target > 0)).any():
            yield (
                "a book of accounts that never vary makes its quota or not, so no band gives even chances: "
                "give accounts a volatility above 0, or balance the measure"
            )

    def bins(self, problem: Problem) -> tuple[Int32Array, tuple[str, ...]]:
        return rep_bins(problem)

    def load(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        return problem.load(self.measure, account, rep)

    def curve(self, problem: Problem, least: FloatArray) -> Curve:
        target = Balance(self.measure, by=self.by).target(problem, least)
        cv, _ = volatility_of(problem.accounts, self.volatility)
        half = half_width(target, float(ndtri(0.5 + self.within)), least, cv * least)
        return Curve(target - half, target + half, target)


def half_width(quota: FloatArray, z: float, expected: FloatArray, sd: FloatArray) -> FloatArray:
    """z·s with the largest s for which s² ≤ F(quota − z·s), per rep (reps,); 0 where F is 0.

    expected, sd: of each account (accounts,), sd 0 where expected is. F(S): least variance of any set of
    accounts that sells S or more, parts of accounts allowed (Dantzig 1957). It rises with S, so s is found by
    bisection, and the lower end is returned: the promise holds to the last digit.
    """
    sells = expected > 0
    mean, variance = expected[sells], sd[sells] ** 2
    order = np.argsort(variance / mean, kind="stable")
    sold = np.concatenate([[0.0], np.cumsum(mean[order])])
    floor = np.concatenate([[0.0], np.cumsum(variance[order])])
    low = np.zeros(len(quota))
    high = np.sqrt(np.interp(quota, sold, floor))
    for _ in range(60):
        middle = (low + high) / 2
        holds = middle**2 <= np.interp(quota - z * middle, sold, floor)
        low, high = np.where(holds, middle, low), np.where(holds, high, middle)
    return z * low
