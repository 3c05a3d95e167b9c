"""Which commission a rep is paid on a unit of revenue: the planner's word, else what his plan pays today."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.alignment import Alignment
from territory_opt.errors import Issue
from territory_opt.incentives.payout import pay_on_target, plans_of
from territory_opt.incentives.settings import IncentiveSettings, fault_of, refuse
from territory_opt.problem import Problem
from territory_opt.travel.place import FloatArray


def rates_today(problem: Problem, settings: IncentiveSettings) -> FloatArray:
    """What a sale pays each rep today, (reps,): variable pay on target ÷ today's quota.

    Today's quota is the reps' column `quota`; where there is none, the revenue of today's book stands for it,
    and without either the rate is NaN. The quota of the new book would not do: it is 0 for a rep who loses
    everything, and large for one who gains.

    Example: variable 40,000 on a quota of 1,000,000: 0.04. No quota and a book of 800,000: 0.05.

    Raises PolicyError that lists every fault of the pay plans.
    """
    which, issues = plans_of(problem, settings)
    refuse(issues)
    _, variable = pay_on_target(problem, settings, which)
    n = len(problem.reps)
    book = Alignment.today(problem).total(problem.accounts.measures["revenue"], n)
    quota = np.asarray(problem.reps.measures.get("quota", np.full(n, np.nan)), np.float64)
    base = np.where(quota > 0, quota, book)
    return np.divide(variable, base, out=np.full(n, np.nan), where=base > 0)


def rates_of(
    problem: Problem, settings: IncentiveSettings, rate: ArrayLike | None
) -> tuple[FloatArray, list[Issue]]:
    """Commission of each rep, (reps,): own column, then the settings, then `rate`, else NaN; and every fault.

    Only what the planner writes has to be a share: what follows from a quota can be more than 1.
    """
    n = len(problem.reps)
    rates = np.array(problem.reps.measures.get("commission_rate", np.full(n, np.nan)), np.float64)
    issues = []
    if (rates < 0).any() or (rates > 1).any():
        fault = "must be between 0 and 1 (0.02 for 2 %)"
        issues.append(Issue("reps", None, "commission_rate", "", fault, "Correct it"))
    if settings.rate is not None:
        rates = np.where(np.isnan(rates), settings.rate, rates)
    if rate is not None:
        rates = np.where(np.isnan(rates), np.broadcast_to(np.asarray(rate, np.float64), n), rates)
    if np.isnan(rates).all():
        mend = "Write rate under [incentives], or give the reps a column commission_rate"
        issues.append(fault_of("rate", "no rep has a rate of commission", mend))
    return rates, issues
