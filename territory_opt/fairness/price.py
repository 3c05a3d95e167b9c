"""What imbalance costs: selling time that sits where the potential is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.problem import Problem

_ROUNDING = 1e-12  # of the load: what is left of sums that are equal


def price_of_imbalance(load: ArrayLike, target: ArrayLike, elasticity: float = 0.3) -> float:
    """Sales lost against perfect balance, in units of the load; 0 when every load is on target.

    Time T in proportion to the target, and sales T^b · G^(1-b) in a territory of load G: perfect balance
    sells the whole load, this plan Σ target^b · load^(1-b), both for the same total. To second order that
    is b(1-b)/2 · CV² of sales. Model: Zoltners & Sinha (1980), Management Science 26(3), with a power
    response of elasticity b.

    Args:
        load, target: shape (reps,), 0 or more; targets are scaled to the total of the loads.
        elasticity: b, by how many per cent sales grow with one per cent more selling time; 0 to 1.

    Raises ValueError for values out of range.
    """
    g, t = np.asarray(load, np.float64), np.asarray(target, np.float64)
    if not (np.isfinite(g).all() and np.isfinite(t).all()) or (g < 0).any() or (t < 0).any() or t.sum() <= 0:
        raise ValueError("needs loads and targets of 0 or more, targets not all 0")
    if not 0 <= elasticity <= 1:
        raise ValueError(f"elasticity = {elasticity:g} must be between 0 and 1")
    t = t * (g.sum() / t.sum())
    lost = float(g.sum() - (t**elasticity * g ** (1 - elasticity)).sum())
    return lost if lost > _ROUNDING * g.sum() else 0.0  # perfect balance loses nothing, not 1e-16


def lost_money(problem: Problem, lost_share: Sequence[float]) -> tuple[float, ...]:
    """What shares of sales that imbalance loses are worth: money per year, shape of `lost_share`; else NaN.

    The share is one of *sales*, whatever the measure: potential, hours or visits only say where the selling
    time is needed. So it is taken of what the accounts buy today, the sum of `revenue`, and measures in
    hours and in money can be compared. Where no account has revenue, nobody can say, and the answer is NaN.
    By hand: 2 % of sales lost, accounts that buy 500,000 a year: 10,000 a year.

    Source: what an alignment loses as a share of sales, Zoltners & Lorimer (2000), J. Personal Selling &
    Sales Management 20(3).
    """
    sales = float(problem.accounts.measures["revenue"].sum())
    return tuple(share * sales if sales > 0 else float("nan") for share in lost_share)
