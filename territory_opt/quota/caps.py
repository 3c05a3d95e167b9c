"""Caps and floors on growth that no plan can keep, found before any plan is made."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import Issue, PolicyError
from territory_opt.problem import Problem
from territory_opt.quota.ramp import month_weights, monthly_ramp
from territory_opt.quota.settings import QuotaSettings

_CENT = 0.005


def cap_faults(problem: Problem, settings: QuotaSettings) -> Iterator[Issue]:
    """Bounds on growth that the goal breaks however the accounts are shared out.

    Each quota lies between (1 + growth_at_least) · p · R and (1 + growth_at_most) · p · R, R the revenue of
    its book and p the rep's part of a full quota; the books sum to the revenue of all accounts, whatever
    the plan. So quotas that sum to less than the least p allows, or to more than the largest, are impossible.
    By hand: accounts that sell 400, growth of 5 % at most: a goal of 440 is out of reach, 420 is the most.

    What may still hang on the plan is left to it: revenue that no rep who stays has today counts for no
    floor; and where a rep works accounts without any revenue today, a cap is not judged, for a book without
    revenue has no growth and may carry what the others may not. Nor is a quota of which new reps leave a part
    to nobody. Source: when a resource can be shared within bounds, Patriksson (2008), European J. of
    Operational Research 185(1).
    """
    part, goal = _parts(problem, settings), _goal(problem, settings)
    if part is None or goal is None or (not settings.ramp_shared and (part < 1).any()):
        return
    total, at_least, at_most = goal * (1 + settings.total_hedge), *_revenue(problem)
    low, high = settings.growth_at_least, settings.growth_at_most
    floor, top = at_least * part.min(), at_most * part.max()
    if low is not None and total < (1 + low) * floor - _CENT:
        said = f"asks for {(1 + low) * floor:,.2f} in all, but the quotas sum to {total:,.2f}"
        yield _fault("growth_at_least", low, said, f"Lower it to {_rounded(total / floor - 1, -1):g}", goal)
    if high is not None and total > (1 + high) * top + _CENT and top > 0:
        said = f"allows {(1 + high) * top:,.2f} in all, but the quotas sum to {total:,.2f}"
        yield _fault("growth_at_most", high, said, f"Raise it to {_rounded(total / top - 1, 1):g}", goal)


def _rounded(growth: float, way: int) -> float:
    """Up or down to the next hundredth of a per cent, so that it is enough."""
    return float(way * np.ceil(way * growth * 1e4 - 1e-6) / 1e4)


def _fault(name: str, bound: float, said: str, mend: str, goal: float) -> Issue:
    return Issue("quota", None, name, f"{bound:g}", said, f"{mend}, or change the goal of {goal:,.0f}")


def _revenue(problem: Problem) -> tuple[float, float]:
    """What the books of a plan sell in all, at least and at most; 0 at most: a book without revenue may take
    any quota."""
    today, n, stays = Alignment.today(problem), len(problem.reps), ~problem.reps.leaving
    sold = today.total(problem.accounts.measures["revenue"], n)
    held = today.total(np.ones(len(problem.accounts)), n)
    prospecting = ((held > 0) & (sold <= 0) & stays).any()
    return float(sold[stays].sum()), 0.0 if prospecting else float(problem.accounts.measures["revenue"].sum())


def _goal(problem: Problem, settings: QuotaSettings) -> float | None:
    """The goal as far as it does not depend on a plan; None where it does, or there is none."""
    if settings.goal is not None:
        return settings.goal if settings.goal > 0 else None
    if settings.method == "bottom_up":
        return None
    today = problem.reps.measures.get("quota")
    if today is not None and np.nansum(today) > 0:
        return float(np.nansum(today))
    return float(problem.accounts.measures["revenue"].sum()) * (1 + settings.growth)


def _parts(problem: Problem, settings: QuotaSettings) -> np.ndarray | None:
    """Part of a full quota of each rep who stays; None where dates are at fault or nobody stays."""
    try:
        part = monthly_ramp(problem.reps, settings) @ month_weights(settings)
    except PolicyError:  # named by the faults of columns
        return None
    stays = part[~problem.reps.leaving]
    return stays if len(stays) and stays.max() > 0 else None
