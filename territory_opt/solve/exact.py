"""CP-SAT on a model that is small enough: the whole of it, or a neighbourhood.

Floats become integers by scales chosen per solve, and bands are widened by the rounding they may suffer, so
"infeasible" and the returned bound hold for the true numbers; a plan's value is always recomputed in floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from territory_opt.policy.base import BAND_TOLERANCE
from territory_opt.solve.model import Cut, Model
from territory_opt.travel.place import FloatArray, IndexArray

# Largest integers, far from 2^63 even in products. The tests compare CP-SAT with branch and cut on drawn
# models: version 9.15 called plans optimal that were up to 9 % off, the more often the larger the integers.
_COST_RANGE = {True: 2.0**32, False: 2.0**38}  # by hard; breaches take up most of it
_LOAD_RANGE = {True: 2.0**32, False: 2.0**24}  # by hard; a soft band multiplies loads by a price
_PRODUCT_BITS = 46


@dataclass(frozen=True)
class Exact:
    """Answer of one CP-SAT solve. choice: a pair per unit, or None. bound: holds in floats, -inf if none."""

    choice: IndexArray | None
    bound: float
    proved: bool  # the choice is optimal, or with hard bands: there is none
    effort: float  # deterministic time spent


def solve_exact(
    model: Model,
    *,
    hard: bool,
    hint: IndexArray | None,
    effort: float,
    seed: int,
    runtime_s: float = float("inf"),
    base: FloatArray | None = None,
    workers: int = 1,
    linearization: int = 1,
    cuts: Sequence[Cut] = (),
) -> Exact:
    """Minimise the model with CP-SAT.

    hard: bands may not be broken at all; otherwise a breach costs the model's price.
    base: load that is already in each bin (bins,). effort: limit in CP-SAT's deterministic time.
    linearization: CP-SAT's level; 2 makes more of the linear relaxation, for the sake of the bound.
    cuts: further constraints on the pairs.
    """
    base = np.zeros(model.n_bins) if base is None else base
    cp = cp_model.CpModel()
    x = [cp.new_bool_var("") for _ in range(model.n_pairs)]
    for u in range(model.n_units):
        cp.add_exactly_one(x[model.start[u] : model.start[u + 1]])
    for cut in cuts:
        cp.add(sum(x[p] for p in cut.plus) - sum(x[p] for p in cut.minus) <= cut.most)
    money = _Money(cp, model, base, hard)
    money.add_pairs(x)
    _add_bins(cp, model, base, x, money, hard)
    money.minimise()
    if hint is not None:
        chosen = np.zeros(model.n_pairs, bool)
        chosen[hint] = True
        for variable, value in zip(x, chosen.tolist(), strict=True):
            cp.add_hint(variable, value)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed % (2**31 - 1)
    solver.parameters.max_deterministic_time = effort
    solver.parameters.linearization_level = linearization
    if np.isfinite(runtime_s):
        solver.parameters.max_time_in_seconds = max(runtime_s, 0.01)
    status = interruptible(solver, cp)
    spent = solver.response_proto.deterministic_time
    if status == cp_model.INFEASIBLE:
        return Exact(None, np.inf, True, spent)
    bound = money.to_float(solver.best_objective_bound) if status != cp_model.UNKNOWN else -np.inf
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Exact(None, bound, False, spent)
    chosen = np.fromiter((solver.boolean_value(v) for v in x), bool, model.n_pairs)
    return Exact(np.flatnonzero(chosen), bound, status == cp_model.OPTIMAL, spent)


def interruptible(solver: cp_model.CpSolver, cp: cp_model.CpModel) -> cp_model.CpSolverStatus:
    """Solve in a thread of its own, so that Ctrl-C reaches Python at once and stops the solver."""
    solver.parameters.catch_sigint_signal = False
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(solver.solve, cp)
        try:
            return running.result()
        except KeyboardInterrupt:
            solver.stop_search()
            raise


class _Money:
    """The integer objective and its way back to floats."""

    def __init__(self, cp: cp_model.CpModel, model: Model, base: FloatArray, hard: bool):
        self.cp, self.model = cp, model
        # Only differences within a unit matter; taking the least off keeps the integers small.
        least = np.minimum.reduceat(model.cost, model.start[:-1]) if model.n_units else np.zeros(0)
        self.offset = float(least.sum())
        self.extra = model.cost - np.repeat(least, np.diff(model.start))
        largest = float(np.maximum.reduceat(self.extra, model.start[:-1]).sum()) if model.n_units else 0.0
        if not hard:  # no breach is paid for in a hard band, and integers stay fine
            largest += float((model.price * _most(model, base)).sum())
        largest += float(np.abs(model.money).sum())
        self.scale = _COST_RANGE[hard] / max(largest, 1e-9)
        self.expression: list[cp_model.LinearExprT] = []
        self.slack = 0.5 * model.n_units / self.scale  # rounding that a bound must allow for

    def add_pairs(self, x: list[cp_model.IntVar]) -> None:
        cost = np.rint(self.extra * self.scale).astype(np.int64)
        self.expression.append(cp_model.LinearExpr.weighted_sum(x, cost.tolist()))

    def add(self, variable: cp_model.IntVar) -> None:
        self.expression.append(variable)

    def minimise(self) -> None:
        self.cp.minimize(sum(self.expression))

    def to_float(self, value: float) -> float:
        return value / self.scale + self.offset - self.slack


def _most(model: Model, base: FloatArray) -> FloatArray:
    """An upper limit for the load of each bin."""
    most = base.copy()
    for bins, load in zip(model.bin, model.load, strict=True):
        if model.n_units == 0:
            continue
        most_of_unit = np.maximum.reduceat(load, model.start[:-1]).sum()
        most[np.unique(bins[bins >= 0])] += most_of_unit
    finite = np.where(np.isfinite(model.low), model.low, 0.0)
    return np.maximum(most, finite)


def _add_bins(
    cp: cp_model.CpModel,
    model: Model,
    base: FloatArray,
    x: list[cp_model.IntVar],
    money: _Money,
    hard: bool,
) -> None:
    most = _most(model, base)
    for bins, load in zip(model.bin, model.load, strict=True):
        bin_of_pair = bins[model.rep]
        for b in np.unique(bin_of_pair[(bin_of_pair >= 0) & (load != 0)]):
            pairs = np.flatnonzero((bin_of_pair == b) & (load != 0))
            scale = _LOAD_RANGE[hard] / max(float(most[b]), 1e-12)
            weights = np.rint(load[pairs] * scale).astype(np.int64)
            total = cp_model.LinearExpr.weighted_sum([x[p] for p in pairs], weights.tolist())
            rounding = 0.5 * len(np.unique(model.unit[pairs])) + 1
            outside = _add_band(cp, model, int(b), base, total, rounding, scale, most[b], money, hard)
            if model.curved[b]:
                _add_curve(cp, model, int(b), base, [x[p] for p in pairs], load[pairs], outside, scale, money)
    _check_untouched(cp, model, base, hard)


def _add_band(
    cp: cp_model.CpModel,
    model: Model,
    b: int,
    base: FloatArray,
    total: cp_model.LinearExpr,
    rounding: float,
    scale: float,
    most: float,
    money: _Money,
    hard: bool,
) -> tuple[cp_model.LinearExprT, cp_model.LinearExprT]:
    """Keep or price the band; the load over it and what is missing under it, in integers.

    rounding: by how much the total may differ from the true load, in integers. A hard band is widened by
    it, so that "infeasible" is true; the price of it in a soft one is taken off the bound.
    """
    limit = model.high[b] if np.isfinite(model.high[b]) else model.low[b]
    if not np.isfinite(limit):
        return 0, 0
    slack = scale * BAND_TOLERANCE * max(abs(limit), 1e-9)  # what the audit grants
    if hard:
        slack += rounding
    else:
        money.slack += model.price[b] * max(rounding - slack, 0.0) / scale
    over: cp_model.LinearExprT = 0
    under: cp_model.LinearExprT = 0
    if not hard:
        room = int(np.ceil(scale * most)) + 1
        over, under = cp.new_int_var(0, room, ""), cp.new_int_var(0, room, "")
        top = int(np.ceil(money.scale * model.price[b] * most * 1.01)) + 2
        dear = cp.new_int_var(0, 2 * top, "")
        money.add(dear)
        # dear ≥ price × (over + under), with the ratio of both scales as a fraction of integers.
        ratio = model.price[b] * money.scale / scale
        factor = _denominator(2 * top)
        cp.add(factor * dear >= int(np.floor(ratio * factor)) * (over + under))
    if np.isfinite(model.high[b]):
        cp.add(total - over <= int(np.floor((model.high[b] - base[b]) * scale + slack)))
    if np.isfinite(model.low[b]):
        cp.add(total + under >= int(np.ceil((model.low[b] - base[b]) * scale - slack)))
    return over, under


def _add_curve(
    cp: cp_model.CpModel,
    model: Model,
    b: int,
    base: FloatArray,
    x: list[cp_model.IntVar],
    load: FloatArray,
    outside: tuple[cp_model.LinearExprT, cp_model.LinearExprT],
    scale: float,
    money: _Money,
) -> None:
    """cost ≥ each line of the convex curve, at the load inside the band: without what is outside of it.

    Every coefficient is rounded to the side that makes the line lower, so the bound holds as it is.
    """
    grid, value = model.grid[b], model.money[b]
    top = int(np.ceil(money.scale * float(np.abs(value).max()) * 4)) + 4
    cost = cp.new_int_var(-top, top, "")
    money.add(cost)
    over, under = outside
    factor = _denominator(4 * top)
    for x0, x1, y0, y1 in zip(grid[:-1], grid[1:], value[:-1], value[1:], strict=True):
        if x1 - x0 <= 1e-12 * max(abs(x1), 1.0):
            continue
        slope = (y1 - y0) / (x1 - x0) * money.scale * factor
        constant = y0 * money.scale * factor + slope * (base[b] - x0)
        line = cp_model.LinearExpr.weighted_sum(x, np.floor(slope * load).astype(np.int64).tolist())
        line += int(np.floor(constant)) + int(np.floor(slope / scale)) * under
        cp.add(factor * cost >= line - int(np.ceil(slope / scale)) * over)
    cp.add(cost >= int(np.floor(money.scale * float(value.min()))))


def _denominator(largest: int) -> int:
    """A power of two by which integers up to `largest` may be multiplied."""
    return 1 << max(0, min(24, _PRODUCT_BITS - int(largest).bit_length()))


def _check_untouched(cp: cp_model.CpModel, model: Model, base: FloatArray, hard: bool) -> None:
    """With hard bands, a bin that no pair can reach but is outside its band makes the model infeasible."""
    if not hard:
        return
    reached = np.zeros(model.n_bins, bool)
    for bins, load in zip(model.bin, model.load, strict=True):
        b = bins[model.rep][load != 0]
        reached[b[b >= 0]] = True
    scale = np.where(np.isfinite(model.high), np.abs(model.high), np.abs(model.low))
    outside = model.breach(base) > BAND_TOLERANCE * np.where(np.isfinite(scale), scale, 0.0)
    if (outside & ~reached).any():
        cp.add_bool_or([])
