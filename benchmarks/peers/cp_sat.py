"""CP-SAT on the whole model, started from the waterfall's plan.

One boolean a pair, exactly one pair a unit, and per band a row of loads with priced slack below and above.
CP-SAT counts in whole numbers, and small ones suit it best: loads are rounded to the disadvantage of the
band, so that a plan that fits fits truly; its own bound, of the rounded problem, is shown and not used.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from benchmarks.peers.market import Effort, Market, NoPlanError, Proposal, bin_scale
from benchmarks.peers.waterfall import fill
from territory_opt.solve.model import Model

MOST_PAIRS = 60_000
_LOAD_STEPS = 2.0**18  # integer steps of a band's limit; coarser ones search no faster
_MONEY_RANGE = 2.0**30  # integer cost of the dearest plan without breaches


def align(market: Market, effort: Effort) -> Proposal:
    """Search until the time is up or the plan is proved."""
    model, form = market.model(MOST_PAIRS, effort.candidates)
    cp, x, money, offset = write(model, fill(model))
    if effort.left <= 0:
        raise NoPlanError("the time was up before the model was written")
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = effort.workers
    solver.parameters.random_seed = effort.seed
    solver.parameters.linearization_level = 2
    solver.parameters.max_time_in_seconds = effort.left
    status = solver.solve(cp)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise NoPlanError(f"CP-SAT ended with {solver.status_name(status)}")
    chosen = np.flatnonzero(np.fromiter((solver.boolean_value(v) for v in x), bool, len(x)))
    own_bound = solver.best_objective_bound / money + offset
    note = "proved for its model" if status == cp_model.OPTIMAL else f"claims a bound of {own_bound:,.0f}"
    form = f"{form}, started from the waterfall, {effort.workers} workers"
    return Proposal(market.rep_of_account(model.rep[chosen]), form, note, own_bound=own_bound)


def write(
    model: Model, hint: NDArray[np.integer]
) -> tuple[cp_model.CpModel, list[cp_model.IntVar], float, float]:
    """The model and its booleans; objective ÷ third + fourth is money."""
    start = np.asarray(model.start)
    cp = cp_model.CpModel()
    x = [cp.new_bool_var("") for _ in range(len(model.rep))]
    for first, last in zip(start[:-1].tolist(), start[1:].tolist(), strict=True):
        cp.add_exactly_one(x[first:last])
    least = np.minimum.reduceat(model.cost, start[:-1]).astype(np.float64)
    extra = model.cost - np.repeat(least, np.diff(start))
    money = _MONEY_RANGE / max(float(np.maximum.reduceat(extra, start[:-1]).sum()), 1.0)
    objective = [cp_model.LinearExpr.weighted_sum(x, np.rint(extra * money).astype(np.int64).tolist())]
    hinted = np.zeros(len(x), bool)
    hinted[hint] = True
    for variable, value in zip(x, hinted.tolist(), strict=True):
        cp.add_hint(variable, value)
    step = bin_scale(model) / _LOAD_STEPS
    price = np.maximum(np.rint(model.price * step * money), 1).astype(np.int64)
    for b, pairs, load in _rows(model):
        booleans = [x[p] for p in pairs]
        for limit, sign in ((model.high[b], 1), (model.low[b], -1)):
            if np.isfinite(limit):
                # ±total − breach ≤ ±limit: too much above, too little below; rounded up either way.
                weight = np.ceil(sign * load / step[b]).astype(np.int64)
                at_most = int(np.floor(sign * limit / step[b]))
                breach = cp.new_int_var(0, int(np.abs(weight).sum()) + abs(at_most), "")
                total = cp_model.LinearExpr.weighted_sum(booleans, weight.tolist())
                cp.add(total - breach <= at_most)
                cp.add_hint(breach, max(int(weight[hinted[pairs]].sum()) - at_most, 0))
                objective.append(int(price[b]) * breach)
    cp.minimize(sum(objective))
    return cp, x, money, float(least.sum())


def _rows(model: Model) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float64]]]:
    """Bins that some pair loads: the bin, its pairs, their loads."""
    for bins, load in zip(model.bin, model.load, strict=True):
        b = bins[model.rep]
        order = np.argsort(b, kind="stable")
        order = order[(b[order] >= 0) & (load[order] != 0)]
        for pairs in np.split(order, np.flatnonzero(np.diff(b[order])) + 1):
            if len(pairs):
                yield int(b[pairs[0]]), pairs, load[pairs].astype(np.float64)
