"""What the books are expected to sell, and how much that varies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.alignment import Alignment
from territory_opt.errors import Issue, PolicyError
from territory_opt.problem import Int32Array, Problem, TextArray
from territory_opt.travel.place import FloatArray
from territory_opt.volatility import USUAL, volatility_of

Shape = Literal["lognormal", "gaussian"]
SHAPES: tuple[Shape, ...] = ("lognormal", "gaussian")
FORECAST = "forecast"  # a column of the accounts, money per year


@dataclass(frozen=True)
class Outlook:
    """Sales of next year as random numbers, one per account; accounts are independent but for the market.

    Account a of rep r sells B·X: B is 0 with probability churn[a], else 1; X has the mean
    expected[a] / (1 - churn[a]) and the coefficient of variation cv[a], so that B·X has the mean expected[a].
    The market of a draw moves all accounts alike, with mean 1 and standard deviation market_sd: it multiplies
    lognormal sales (and is lognormal), and adds that share of the mean to Gaussian ones (and is Gaussian).

    rep: of each account, -1 for none (accounts,). expected, cv, churn: (accounts,). notes: what was assumed.
    scaled: whether expected sales are only today's revenue at one rate.
    """

    rep_ids: TextArray
    rep: Int32Array
    expected: FloatArray
    cv: FloatArray
    churn: FloatArray
    market_sd: float = 0.0
    shape: Shape = "lognormal"
    notes: tuple[str, ...] = ()
    scaled: bool = False

    def per_rep(self, values: FloatArray) -> FloatArray:
        """Sum of a value of the accounts by rep, (reps,)."""
        return Alignment(self.rep).total(values, len(self.rep_ids))

    @property
    def book(self) -> FloatArray:
        """Expected sales of each book, money per year (reps,)."""
        return self.per_rep(self.expected)

    @property
    def variance(self) -> FloatArray:
        """Variance of each book without the market (reps,): E² · ((1 + cv²)/(1 - churn) - 1) an account."""
        relative = (1 + self.cv**2) / (1 - self.churn) - 1
        return self.per_rep(self.expected**2 * relative)

    @property
    def sd(self) -> FloatArray:
        """Standard deviation of each book with the market (reps,), money per year.

        Independent parts V and a market of standard deviation m on a book of S: V + m²·S² where it is
        added, and (1 + m²)(V + S²) - S² where it multiplies.
        """
        with_market = self.variance + (self.market_sd * self.book) ** 2
        if self.shape == "lognormal":
            with_market = with_market + self.market_sd**2 * self.variance
        return np.sqrt(with_market)


def outlook_of(
    problem: Problem,
    alignment: Alignment,
    goal: float,
    *,
    expected: str | ArrayLike | None = None,
    volatility: float | Mapping[str, float] = USUAL,
    churn: float | ArrayLike = 0.0,
    market_sd: float = 0.0,
    shape: Shape = "lognormal",
) -> Outlook:
    """The outlook on the books of an alignment.

    Args:
        goal: what the books are expected to sell in all, money per year; used where nothing else is known.
        expected: money per year of each account (accounts,), or the name of a column. By default the column
            `forecast`; without one today's revenue, all of it times one factor so that it sums to the goal:
            what is judged is then how the goal is shared and not whether it can be reached.
        volatility: see `territory_opt.volatility`; used where the accounts have no column for it.
        churn: probability that an account buys nothing, one or (accounts,), below 1.

    Raises:
        PolicyError listing every parameter out of range, and where nothing is expected of any book;
        DataError listing every account whose volatility is below 0.
    """
    n = len(problem.accounts)
    mean, source = _expected(problem, alignment, goal, expected)
    lost = (
        np.broadcast_to(np.asarray(churn, np.float64), (n,))
        if np.size(churn) in (1, n)
        else np.full(n, np.nan)
    )
    if faults := list(_faults(mean, lost, market_sd, shape)):
        raise PolicyError([Issue("", None, "", "", fault, "") for fault in faults])
    cv, said = volatility_of(problem.accounts, volatility)
    notes = (source, *said, *_assumed(lost, market_sd))
    scaled = expected is None and FORECAST not in problem.accounts.measures
    return Outlook(problem.reps.ids, alignment.rep, mean, cv, lost, market_sd, shape, notes, scaled)


def _expected(
    problem: Problem, alignment: Alignment, goal: float, expected: str | ArrayLike | None
) -> tuple[FloatArray, str]:
    """Expected sales of each account, and where they come from."""
    if expected is None and FORECAST in problem.accounts.measures:
        expected = FORECAST
    if isinstance(expected, str):
        return problem.accounts.measure(expected), f"Expected sales are the column {expected}."
    if expected is not None:
        mean = np.asarray(expected, np.float64)
        if mean.shape != (len(problem.accounts),):
            raise PolicyError(
                f"expected has shape {mean.shape} where there are {len(problem.accounts)} accounts"
            )
        return mean, "Expected sales are as given."
    revenue = problem.accounts.measures["revenue"]
    served = float(revenue[alignment.covered].sum())
    if not served > 0:
        raise PolicyError("no book has revenue, so expected sales of the accounts must be given")
    factor = goal / served
    said = f"Expected sales are today's revenue times {factor:.4g}, which sums to the goal."
    return revenue * factor, said


def _faults(mean: FloatArray, churn: FloatArray, market_sd: float, shape: str) -> Iterator[str]:
    bad = ~(np.isfinite(mean) & (mean >= 0))
    if bad.any():
        yield f"expected sales of {bad.sum():,} accounts are missing or below 0"
    if not ((churn >= 0) & (churn < 1)).all():
        yield "churn must be a probability of 0 or more and below 1, one or one for each account"
    if not (np.isfinite(market_sd) and market_sd >= 0):
        yield f"market_sd = {market_sd:g} must be 0 or more (0.05: the market is 5 % up or down)"
    if shape not in SHAPES:
        yield f"shape = {shape!r} must be one of {', '.join(SHAPES)}"


def _assumed(churn: FloatArray, market_sd: float) -> Iterator[str]:
    if churn.any():
        yield f"An account buys nothing with a chance of {100 * churn.mean():.3g} % on average."
    if market_sd:
        yield f"The market moves all accounts alike by {100 * market_sd:.3g} % (standard deviation)."
