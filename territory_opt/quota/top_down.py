"""A company goal shared out over the new books."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import PolicyError
from territory_opt.problem import Problem, TextArray
from territory_opt.quota.rounding import largest_remainder
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class Line:
    """One step from the goal to the quotas: what it is, and its money per rep (reps,)."""

    label: str
    money: FloatArray


@dataclass(frozen=True)
class Quotas:
    """Quota per rep (reps,), and the lines it is the sum of."""

    rep_ids: TextArray
    goal: float
    over_assignment: float
    quota: FloatArray
    baseline: FloatArray
    potential: FloatArray
    lines: tuple[Line, ...]

    def account_of(self, rep: int) -> str:
        """How one rep's quota arose, line by line."""
        rows = [f"{line.label}: {line.money[rep]:,.2f}" for line in self.lines]
        return "; ".join([*rows, f"quota: {self.quota[rep]:,.2f}"])


def top_down(
    problem: Problem,
    alignment: Alignment,
    *,
    goal: float | None = None,
    growth: float = 0.05,
    potential_weight: float = 0.5,
    over_assignment: float = 0.0,
) -> Quotas:
    """Share a goal out by the revenue and the potential of the new books.

    A weight of 0 gives every book the same growth on its revenue, 1 shares by potential alone; between,
    both parts are blended. Revenue and potential move with the accounts, so a quota follows its book.
    Method: fair share with over-assignment (Zoltners, Sinha & Lorimer 2006, ch. 10).

    Args:
        goal: money per year; by default the sum of the reps' present `quota` column where there is one,
            else revenue × (1 + growth).
        over_assignment: share by which the quotas exceed the goal, 0.05 for 5 %.

    Raises:
        PolicyError: a goal of nothing, no book to share it over, or parameters out of range.
    """
    n_reps = len(problem.reps)
    baseline = alignment.total(problem.accounts.measures["revenue"], n_reps)
    potential = alignment.total(problem.accounts.measures["potential"], n_reps)
    if goal is None:
        goal = _default_goal(problem, float(baseline.sum()), growth)
    faults = _faults(goal, baseline, potential, potential_weight, over_assignment)
    if faults:
        raise PolicyError("; ".join(faults))
    assigned = goal * (1 + over_assignment)
    lines = []
    if potential_weight < 1:
        part = (1 - potential_weight) * assigned * baseline / baseline.sum()
        lines.append(Line("by revenue of the book", part))
    if potential_weight > 0:
        part = potential_weight * assigned * potential / potential.sum()
        lines.append(Line("by potential of the book", part))
    exact = np.sum([line.money for line in lines], axis=0)
    quota = largest_remainder(exact, assigned)
    lines.append(Line("rounding to the cent", quota - exact))
    return Quotas(problem.reps.ids, goal, over_assignment, quota, baseline, potential, tuple(lines))


def _default_goal(problem: Problem, revenue: float, growth: float) -> float:
    today = problem.reps.measures.get("quota")
    if today is not None and np.nansum(today) > 0:
        return float(np.nansum(today))
    return revenue * (1 + growth)


def _faults(
    goal: float, baseline: FloatArray, potential: FloatArray, weight: float, over: float
) -> list[str]:
    faults = []
    if not goal > 0 or not np.isfinite(goal):
        faults.append(f"the goal of {goal:g} must be above 0")
    if not 0 <= weight <= 1:
        faults.append(f"potential_weight = {weight:g} must be between 0 and 1")
    if not 0 <= over < 1:
        faults.append(f"over_assignment = {over:g} must be between 0 and 1")
    if weight < 1 and baseline.sum() <= 0:
        faults.append("no book has revenue to share by; set potential_weight = 1")
    if weight > 0 and potential.sum() <= 0:
        faults.append("no book has potential to share by; set potential_weight = 0")
    return faults
