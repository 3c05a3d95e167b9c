"""Leagues of territories with like opportunity, and handicaps that make a contest fair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.arrays import Tabular
from territory_opt.errors import Issue
from territory_opt.incentives.settings import IncentiveSettings, fault_of, refuse, setting_issues
from territory_opt.problem import Int32Array, Problem, TextArray
from territory_opt.travel.place import FloatArray

_LEAST, _MOST = 0.75, 1.25  # members of a league, as shares of the mean


@dataclass(frozen=True)
class Leagues(Tabular):
    """One row a rep who competes, (members,).

    index: potential per share, 1.00 is the mean. league: 1 is the one with the largest index. expected: sales
    that the response model expects of the rep's time and potential, money per year. handicap: by what sales
    are multiplied in a contest, so that everybody in a league expects the same score.
    """

    rep_ids: TextArray
    potential: FloatArray
    share: FloatArray
    index: FloatArray
    league: Int32Array
    expected: FloatArray
    handicap: FloatArray
    notes: tuple[str, ...] = ()

    @property
    def expected_score(self) -> FloatArray:
        """Expected sales × handicap: the same throughout a league."""
        return self.expected * self.handicap

    def columns(self) -> dict[str, Any]:
        return {
            "rep_id": self.rep_ids,
            "league": self.league,
            "potential": self.potential.round(2),
            "share": self.share.round(4),
            "potential index": self.index.round(6),
            "expected contest sales": self.expected.round(2),
            "handicap": self.handicap.round(6),
            "expected score": self.expected_score.round(2),
        }


def leagues(problem: Problem, alignment: Alignment, settings: IncentiveSettings) -> Leagues:
    """Territories in leagues of about equal size with as little spread of opportunity inside as can be.

    The leagues are the intervals of the index with the least sum of squares (Fisher, 1958, J. American
    Statistical Association 53), found by dynamic programming, with ±25 % of the mean number of members. The
    handicap is the league's mean of expected sales ÷ the rep's own; expected are sales in proportion to
    T^b · G^(1-b) of time and potential, which sum to the revenue of all.

    Example: indexes 0.5, 0.6, 1.4, 1.5 in two leagues: the first two and the last two.

    Reps without a share or potential do not compete. Raises PolicyError that lists every fault.
    """
    book = alignment.total(problem.accounts.measures["potential"], len(problem.reps))
    share = np.where(problem.reps.leaving, 0.0, problem.reps.share)
    member = np.flatnonzero((share > 0) & (book > 0))
    refuse([*setting_issues(settings), *_member_issues(len(member), settings.leagues)])
    density = book[member] / share[member]
    index = density / (book[member].sum() / share[member].sum())
    order = np.lexsort((problem.reps.ids[member], index))
    league = np.empty(len(member), np.int32)
    league[order] = settings.leagues - _intervals(index[order], settings.leagues)
    weight = share[member] ** settings.elasticity * book[member] ** (1 - settings.elasticity)
    revenue = float(problem.accounts.measures["revenue"].sum()) or float(book.sum())
    expected = revenue * weight / weight.sum()
    mean = np.bincount(league, expected) / np.maximum(np.bincount(league), 1)
    ids, out = problem.reps.ids[member], int((~problem.reps.leaving).sum()) - len(member)
    notes = (f"{out} reps without a share or potential do not compete.",) if out else ()
    return Leagues(ids, book[member], share[member], index, league, expected, mean[league] / expected, notes)


def _member_issues(members: int, wished: int) -> list[Issue]:
    if wished < 1:
        return [fault_of("leagues", "is missing", "Say how many leagues")]
    if wished > members:
        return [fault_of("leagues", f"{wished} leagues of {members} reps who compete", "Ask for fewer")]
    return []


def _intervals(values: FloatArray, k: int) -> Int32Array:
    """League 0 … k-1 of each value, sorted upwards, with the least sum of squares; (n,)."""
    n = len(values)
    fewest, most = max(int(_LEAST * n / k), 1), -int(-_MOST * n // k)
    first, second = np.append(0.0, np.cumsum(values)), np.append(0.0, np.cumsum(values**2))
    best = np.where(np.arange(n + 1) == 0, 0.0, np.inf)
    taken = np.zeros((k, n + 1), np.int64)  # members of the last league, for the best way so far
    for league in range(k):
        value = np.full(n + 1, np.inf)
        for size in range(fewest, min(most, n) + 1):
            total = first[size:] - first[: n + 1 - size]
            spread = second[size:] - second[: n + 1 - size] - total**2 / size
            tried = best[: n + 1 - size] + np.maximum(spread, 0.0)
            better = tried < value[size:] - 1e-12
            value[size:] = np.where(better, tried, value[size:])
            taken[league, size:] = np.where(better, size, taken[league, size:])
        best = value
    sizes, end = [], n
    for league in reversed(range(k)):
        sizes.append(int(taken[league, end]))
        end -= sizes[-1]
    return np.repeat(np.arange(k), sizes[::-1]).astype(np.int32)
