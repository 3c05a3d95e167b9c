"""What units cost with reps when every load is paid at the shadow prices of a plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.problem import BoolArray
from territory_opt.question import Question
from territory_opt.scenarios.scenario import Scenario
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


def priced_by(question: Question, scenario: Scenario) -> tuple[FloatArray, ...] | None:
    """A price for each bin of each load term, from the plan or that of its parent; None without any."""
    if scenario.result is not None:
        known = scenario.result.known_prices
    else:
        start = scenario.start()
        known = {} if start is None else start.prices
    if not known and question.terms:
        return None
    sizes = [len(curve.low) for curve in question.curves]
    labels = [term.label() for term in question.terms]
    return tuple(np.asarray(known.get(k, np.zeros(n))) for k, n in zip(labels, sizes, strict=True))


def pairs(question: Question, prices: tuple[FloatArray, ...], units: IndexArray, reps: IndexArray) -> Pairs:
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
    for load_term, price in zip(question.terms, prices, strict=True):
        paid += np.append(price, 0.0)[load_term.bins(problem)[0][rep]] * load_term.load(problem, account, rep)
    return Pairs(
        np.add.reduceat(cost, first, axis=0),
        np.add.reduceat(paid, first, axis=0),
        np.logical_and.reduceat(allowed, first, axis=0),
    )
