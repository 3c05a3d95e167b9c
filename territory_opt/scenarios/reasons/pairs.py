"""What units cost with reps when every load is paid at the shadow prices of a plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.problem import BoolArray
from territory_opt.question import Question
from territory_opt.result import Result
from territory_opt.travel.place import FloatArray, IndexArray


@dataclass(frozen=True)
class Pairs:
    """Money per year of units with reps, all arrays (units, reps).

    cost: as it counts. priced: with all loads paid at shadow prices; what a unit would save elsewhere, by
    prices, is the difference. allowed: whether the rules let the rep serve all of the unit.
    """

    cost: FloatArray
    priced: FloatArray
    allowed: BoolArray


def pairs(question: Question, result: Result, units: IndexArray, reps: IndexArray) -> Pairs:
    """Every pair of some units with some reps; reps is (reps,), or (units, k) for some of each unit's own."""
    size = np.diff(question.start)[units]
    first = np.cumsum(size) - size
    member = question.account[np.repeat(question.start[units] - first, size) + np.arange(size.sum())]
    account = member[:, None]
    rep = np.repeat(reps, size, axis=0) if reps.ndim == 2 else reps[None, :]
    problem, policy = question.problem, question.policy
    shape = np.broadcast_shapes(account.shape, rep.shape)
    cost, allowed = np.zeros(shape), np.broadcast_to(~problem.reps.leaving[rep], shape).copy()
    for term in policy.pair_terms():
        cost += term.cost(problem, account, rep)
    for rule in policy.pair_rules():
        allowed &= rule.allows(problem, account, rep)
    paid = cost.copy()
    for load_term in question.terms:
        price = np.append(result.known_prices[load_term.label()], 0.0)
        paid += price[load_term.bins(problem)[0][rep]] * load_term.load(problem, account, rep)
    return Pairs(
        np.add.reduceat(cost, first, axis=0),
        np.add.reduceat(paid, first, axis=0),
        np.logical_and.reduceat(allowed, first, axis=0),
    )
