"""How well time turns into sales in each territory, where the columns are there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.problem import WORKLOAD_H, Problem, TextArray
from territory_opt.travel.place import FloatArray

WON, LOST, CYCLE = "won", "lost", "cycle_days"


@dataclass(frozen=True)
class Productivity:
    """Figures per rep (reps,), NaN where the columns are not there or the book is empty.

    win_rate: deals won ÷ deals decided. cycle_days: days to close a deal, mean over the deals won, over
    accounts where the deals are not counted. revenue_per_quarter: a quarter of the book's revenue per year.
    selling_share: hours with customers ÷ hours with customers and driving. used_share: the same hours ÷
    capacity_h, NaN where there is no limit.
    """

    rep_ids: TextArray
    win_rate: FloatArray
    cycle_days: FloatArray
    revenue_per_quarter: FloatArray
    selling_share: FloatArray
    used_share: FloatArray

    @property
    def mean_revenue_per_quarter(self) -> float:
        """Average revenue per rep and quarter, over reps with a book."""
        sold = self.revenue_per_quarter[self.revenue_per_quarter > 0]
        return float(sold.mean()) if len(sold) else np.nan


def productivity(problem: Problem, alignment: Alignment) -> Productivity:
    """Win rate, cycle length, revenue per quarter and selling time of each territory of an alignment.

    Deals stand in the accounts' columns won and lost (per year), days to close in cycle_days. As used in
    practice.
    """
    n, measures = len(problem.reps), problem.accounts.measures
    nothing = np.full(len(problem.accounts), np.nan)
    won, lost, cycle = (measures.get(name, nothing) for name in (WON, LOST, CYCLE))
    decided = np.isfinite(won) & np.isfinite(lost)
    weight = np.where(np.isfinite(cycle), won if WON in measures else 1.0, 0.0)
    weight = np.nan_to_num(weight)

    def total(values: FloatArray) -> FloatArray:
        return alignment.total(np.nan_to_num(values), n)

    hours = alignment.load(problem, WORKLOAD_H)
    selling = alignment.total(measures["visits"] * measures["visit_h"], n)
    return Productivity(
        problem.reps.ids,
        _ratio(total(np.where(decided, won, 0.0)), total(np.where(decided, won + lost, 0.0))),
        _ratio(total(weight * np.nan_to_num(cycle)), total(weight)),
        total(measures["revenue"]) / 4,
        _ratio(selling, hours),
        _ratio(hours, problem.reps.capacity_h),
    )


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
