"""Terms that cost money per pair: travel, disruption, fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from territory_opt.policy.matching import fits
from territory_opt.policy.words import column_faults, range_faults
from territory_opt.problem import Problem
from territory_opt.travel.place import FloatArray, IndexArray


@dataclass(frozen=True)
class Travel:
    """Driving between home and account: hours per year × hour_cost."""

    name: ClassVar[str] = "travel"
    hour_cost: float = 60.0

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from range_faults("hour_cost", self.hour_cost, low=0.0)

    def cost(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        return problem.travel_h(account, rep) * self.hour_cost


@dataclass(frozen=True)
class Disruption:
    """A broken relationship: the revenue put at risk and the hours of handing over.

    A relationship of fewer than `full_tenure_months` counts in proportion; one of unknown age in full.
    Practice and defaults: Zoltners & Lorimer (2000), J. Personal Selling & Sales Management 20(3).
    """

    name: ClassVar[str] = "disruption"
    churn_risk: float = 0.05
    handover_h: float = 4.0
    hour_cost: float = 60.0
    full_tenure_months: float = 24.0

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from range_faults("churn_risk", self.churn_risk, low=0.0)
        yield from range_faults("handover_h", self.handover_h, low=0.0)
        yield from range_faults("hour_cost", self.hour_cost, low=0.0)
        yield from range_faults("full_tenure_months", self.full_tenure_months, low=1e-9)

    def cost(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        # Only the accounts asked for: a block of a large problem must not cost a pass over all accounts.
        accounts = problem.accounts
        worth = self.churn_risk * accounts.measures["revenue"][account] + self.handover_h * self.hour_cost
        if "months_with_owner" in accounts.measures:
            tenure = accounts.measures["months_with_owner"][account] / self.full_tenure_months
            worth = worth * np.where(np.isnan(tenure), 1.0, np.clip(tenure, 0.0, 1.0))
        owner = accounts.owner[account]
        return np.where((owner >= 0) & (owner != rep), worth, 0.0)


@dataclass(frozen=True)
class Fit:
    """Potential won less often by a rep who does not match the account.

    The account's text in column `by` must be among the rep's texts in `reps_by` (a list separated by
    `;`); without a match, `uplift` of the account's `value` per year is lost. Blank on either side fits.
    """

    name: ClassVar[str] = "fit"
    by: str = "segment"
    reps_by: str | None = None
    uplift: float = 0.1
    value: str = "potential"

    def faults(self, problem: Problem) -> Iterator[str]:
        yield from range_faults("uplift", self.uplift, low=0.0)
        yield from column_faults(problem, account_tag=self.by, account_measure=self.value)
        yield from column_faults(problem, rep_tag=rep_column(problem, self.by, self.reps_by))

    def cost(self, problem: Problem, account: IndexArray, rep: IndexArray) -> FloatArray:
        lost = self.uplift * problem.accounts.measure(self.value)[account]
        reps_by = rep_column(problem, self.by, self.reps_by)
        return np.where(fits(problem, self.by, reps_by, account, rep), 0.0, lost)


def rep_column(problem: Problem, by: str, reps_by: str | None) -> str:
    """The reps' column that answers the accounts' column `by`: itself, or its plural as a list."""
    if reps_by is not None:
        return reps_by
    return by if by in problem.reps.tags else f"{by}s"
