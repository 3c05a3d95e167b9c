"""What the points of a frontier know of each other: plans that fit elsewhere too, and bounds that hold there.

Let V(δ, w) be the least of other costs + w · disruption over the plans within bands of width δ. A plan within
δ is one within every wider band, so that V falls with δ; it rises with w, as disruption is never below 0; and
it is concave in w, being the least of straight lines (parametric programming: Geoffrion 1967). So what is
proved for one point proves something for others, and the plan of one may be the best known for another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from territory_opt.audit import Audit, MeterCount
from territory_opt.policy import Balance, Disruption, Policy
from territory_opt.problem import Problem
from territory_opt.result import Result, Status, relative_gap
from territory_opt.scenarios.value import value
from territory_opt.solve.pipeline import PROVED_GAP

Place = tuple[float, float]  # width of every band, weight of disruption
Results = dict[Place, Result]
_ROUNDING = 1e-9


def weighed(policy: Policy, within: float, weight: float) -> Policy:
    """The wishes with every band so wide, and disruption counted so many times."""

    def changed(wish: Any) -> Any:
        if isinstance(wish, Balance):
            return replace(wish, within=within, at_least=None, at_most=None)
        if isinstance(wish, Disruption):
            return replace(wish, churn_risk=weight * wish.churn_risk, handover_h=weight * wish.handover_h)
        return wish

    return Policy(map(changed, policy.terms), map(changed, policy.rules))


def largest_deviation(audit: Audit) -> float:
    """The largest distance of an index from 1.00 over all measures that have a target, 0 without any."""
    return max((deviation_of(meter) for meter in audit.meters if meter.by_rep), default=0.0)


def deviation_of(meter: MeterCount) -> float:
    """The largest distance of an index of one measure from 1.00, 0 where none has a target."""
    return float(np.abs(meter.index[np.isfinite(meter.index)] - 1).max(initial=0.0))


def exchanged(problem: Problem, policy: Policy, found: Mapping[Place, Result]) -> Results:
    """Each point with the best plan of all that keeps its wishes, and the best bound that all prove for it.

    A point without a plan that keeps all wishes stays as it was: its bound is on the penalty, too.
    """
    # A priced band counts imbalance along straight lines between its edges, so that widths do not compare.
    priced = any(isinstance(wish, Balance) and wish.price for wish in policy.wishes)
    results = {}
    for place, own in found.items():
        result = _with_best_plan(problem, policy, place, own, found)
        if not result.clashes:
            bound = min(max(_bounds(place, found, priced)), result.objective)
            closed = relative_gap(result.objective, bound) <= PROVED_GAP
            result = replace(result, bound=bound, status=Status.OPTIMAL if closed else Status.FEASIBLE)
        results[place] = result
    return results


def _with_best_plan(
    problem: Problem, policy: Policy, place: Place, own: Result, found: Mapping[Place, Result]
) -> Result:
    within, weight = place
    fits = [
        (_cost_at(weight, other_weight, other.audit), other)
        for (width, other_weight), other in found.items()
        if not other.clashes and (width <= within or largest_deviation(other.audit) <= within)
    ]
    if not fits:
        return own
    cost, other = min(fits, key=lambda fit: fit[0])
    if other is own or not (own.clashes or cost < own.objective - _ROUNDING * abs(own.objective)):
        return own
    counted = value(problem, weighed(policy, *place), other.alignment)
    better = not counted.clashes and (own.clashes or counted.objective < own.objective)
    return replace(own, alignment=other.alignment, audit=counted.audit) if better else own


def _cost_at(weight: float, other_weight: float, audit: Audit) -> float:
    """What a plan costs that was counted with disruption weighed otherwise, money per year."""
    return audit.cost + (weight / other_weight - 1) * audit.terms[Disruption.name]


def _bounds(place: Place, found: Mapping[Place, Result], priced: bool) -> Iterator[float]:
    """Everything that is proved of the plans within a point's bands at its weight."""
    within, weight = place
    wide = {at: r.bound for at, r in found.items() if at[0] == within or (at[0] > within and not priced)}
    lower = [(w, bound) for (_, w), bound in wide.items() if w <= weight]
    higher = [(w, bound) for (_, w), bound in wide.items() if w > weight]
    yield from (bound for _, bound in lower)
    for (w, bound), (more, top) in product(lower, higher):
        part = (weight - w) / (more - w)
        if np.isfinite(bound) and np.isfinite(top):
            yield (1 - part) * bound + part * top
