"""Minimum-cost flow: one measure, in whole numbers, exact but for the few units that it splits.

Each unit sends its load of one measure to reps, and each rep may take what lies in its band for nothing and
more or less at the price of a breach. A split unit goes where most of it went. Loads that depend on the rep
are not known before the plan, so it is run again with the loads of the last one. Every measure is tried.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from benchmarks.peers.market import Effort, FloatArray, Market, NoPlanError, Proposal, bin_scale
from territory_opt.solve.model import Model

MOST_PAIRS, PER_UNIT = 3_000_000, 24
_ROUNDS = 5
_STEPS = 2.0**20  # integer steps of a band's limit
_COST_RANGE = 2.0**58  # the solver multiplies costs by the number of nodes, in 64 bits


def align(market: Market, effort: Effort) -> Proposal:
    """Flows and rounding, a few rounds for each measure, the best plan by the judge's count."""
    model, form = market.model(MOST_PAIRS, PER_UNIT)
    start = np.asarray(model.start)
    best, rounds, longest = (np.inf, np.zeros(0, np.int64), ""), 0, 0.0
    for meter, term in enumerate(market.question.terms):
        supply = np.minimum.reduceat(model.load[meter], start[:-1])
        for _ in range(_ROUNDS):
            before = effort.spent
            if effort.left <= longest:
                break
            choice = send(model, meter, supply.astype(np.float64))
            best = min(best, (market.objective(model.rep[choice]), choice, term.label()), key=lambda b: b[0])
            supply = model.load[meter][choice]
            rounds, longest = rounds + 1, max(longest, effort.spent - before)
    if not rounds:
        raise NoPlanError("there is no measure to balance, or the time was up before the network was written")
    _, choice, label = best
    form = f"{form}, one measure"
    return Proposal(market.rep_of_account(model.rep[choice]), form, f"best of {rounds} rounds: {label}")


def send(model: Model, meter: int, supply: FloatArray) -> NDArray[np.int64]:
    """Pair of each unit from one flow of one meter; NoPlanError when the solver refuses.

    supply: load of each unit (units,), wherever it goes.
    """
    start, n_units = np.asarray(model.start), len(model.start) - 1
    unit = np.repeat(np.arange(n_units), np.diff(start))
    bins = model.bin[meter]
    scale = bin_scale(model)[bins[bins >= 0]]
    step = float(scale.mean() if len(scale) else 1.0) / _STEPS
    amount = np.maximum(np.rint(supply / step), 1.0).astype(np.int64)
    room, price = _drains(model, bins, step, float(amount.sum()))
    # Money per step of load; only differences within a unit matter.
    least = np.minimum.reduceat(model.cost, start[:-1])
    cost = (model.cost - np.repeat(least, np.diff(start))) / amount[unit]
    sink = n_units + len(bins)
    dearest = max(float(cost.max(initial=0.0)), float(np.abs(price).max(initial=0.0)), 1e-12)
    money = min(_COST_RANGE / (sink + 2), 2.0**40) / dearest
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        unit.astype(np.int32),
        (n_units + model.rep).astype(np.int32),
        amount[unit],
        np.rint(cost * money).astype(np.int64),
    )
    solver.add_arcs_with_capacity_and_unit_cost(
        np.tile(np.arange(n_units, sink, dtype=np.int32), len(room)),
        np.full(room.size, sink, np.int32),
        room.ravel().astype(np.int64),
        np.rint(price.ravel() * money).astype(np.int64),
    )
    nodes = np.append(np.arange(n_units), sink).astype(np.int32)
    solver.set_nodes_supplies(nodes, np.append(amount, -amount.sum()))
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise NoPlanError(f"the flow ended with {status.name}")
    return np.lexsort((solver.flows(arcs), unit))[start[1:] - 1]


def _drains(
    model: Model, bins: NDArray[np.int32], step: float, total: float
) -> tuple[FloatArray, FloatArray]:
    """Three arcs from each rep to the sink: up to the band, inside it, above it. Room and price, (3, reps).

    The first is paid for instead of being charged when it stays empty, which comes to the same.
    """
    room, price = np.zeros((3, len(bins))), np.zeros((3, len(bins)))
    room[2] = total  # a rep without a bin takes whatever comes, for nothing
    known = np.flatnonzero(bins >= 0)
    b = bins[known]
    low = np.where(np.isfinite(model.low[b]), np.ceil(model.low[b] / step), 0.0).clip(0.0, total)
    high = np.where(np.isfinite(model.high[b]), np.floor(model.high[b] / step), total).clip(low, total)
    room[0, known], room[1, known] = low, high - low
    price[0, known], price[2, known] = -model.price[b] * step, model.price[b] * step
    return room, price
