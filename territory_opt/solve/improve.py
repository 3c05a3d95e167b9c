"""From prices to a plan, and from a plan to a better one."""

from __future__ import annotations

import os
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np

from territory_opt.problem import BoolArray
from territory_opt.solve.exact import solve_exact
from territory_opt.solve.kernels import anneal
from territory_opt.solve.model import Model, least_pair
from territory_opt.solve.prices import Prices, narrowed, reduced_cost
from territory_opt.solve.repair import Neighbours, solve_part
from territory_opt.solve.run import Run

_TRIES_PER_UNIT = 3000
_TRIES_AT_LEAST = 300_000
_HEATS = (0.02, 0.1, 0.5, 2.0)  # starting temperatures of the runs, in mean pair costs
_COLD = 0.001
_NARROW = 8  # pairs per unit, the best by reduced cost
_EXACT_PAIRS = 12_000  # CP-SAT proves most problems of this size once reduced costs have thinned them
_SOFT_EXACT_PAIRS = 2000  # broken bands make the relaxation weak
_PARTS = 4  # neighbourhoods of a batch, whatever the number of workers
_PART_UNITS = 250
_PATIENCE = 24  # batches without a better plan before the search ends by itself


def anneal_plan(run: Run, prices: Prices, seed: int) -> None:
    """Round to each unit's cheapest pair at these prices, then anneal shifts and swaps."""
    model = run.model
    reduced = reduced_cost(model, prices.value)
    narrow, pair = narrowed(model, reduced, _NARROW)
    start = least_pair(narrow, reduced[pair])
    if prices.choice is not None:
        at = np.minimum(np.searchsorted(pair, prices.choice), len(pair) - 1)
        start = np.where(pair[at] == prices.choice, at, start)
    mean = max(float(np.abs(model.cost[pair[start]]).mean()), 1e-9)
    tries = max(_TRIES_AT_LEAST, _TRIES_PER_UNIT * model.n_units) // len(_HEATS)
    for k, heat in enumerate(_HEATS):
        choice = _anneal(narrow, start, seed + k, tries, heat * mean, _COLD * mean)
        run.offer(pair[choice])
        if run.seconds_left <= 0:
            return


def _anneal(model: Model, choice: np.ndarray, seed: int, tries: int, hot: float, cold: float) -> np.ndarray:
    choice = choice.copy()
    anneal(
        seed, tries, hot, min(cold, hot), choice, model.loads(choice), model.start, model.rep,
        model.cost, model.load, model.bin, model.low, model.high, model.price, model.grid,
        model.money, model.curved,
    )  # fmt: skip
    return choice


def prove_exactly(run: Run, prices: Prices, seed: int, effort: float) -> None:
    """Give the whole problem to CP-SAT, without the pairs that no better plan can use, if few are left."""
    keep = _could_improve(run, prices)
    if keep.sum() > _EXACT_PAIRS:
        return
    model, pair = run.model.keep(keep), np.flatnonzero(keep)
    hint = np.searchsorted(pair, run.choice)
    for hard in (True, False):
        if not hard and (run.feasible or keep.sum() > _SOFT_EXACT_PAIRS):
            break
        exact = solve_exact(model, hard=hard, hint=hint, effort=effort, seed=seed, runtime_s=run.seconds_left)
        if exact.choice is not None:
            run.offer(pair[exact.choice])
        if hard and exact.proved and exact.choice is None:
            # Pairs are only dropped against a plan that keeps all bands, so this holds for all of them.
            run.impossible = not run.feasible
        elif hard is run.feasible:
            run.prove(min(exact.bound, run.value))
        if exact.proved and exact.choice is not None and hard is run.feasible:
            run.prove(run.value)
        if not run.step("exact"):
            return
        if not (hard and run.impossible):
            break


def _could_improve(run: Run, prices: Prices) -> BoolArray:
    """Pairs that a better plan may use: bound + regret of the pair must stay below the best value."""
    model = run.model
    if not run.feasible:
        return np.ones(model.n_pairs, bool)
    reduced = reduced_cost(model, prices.value)
    least = np.minimum.reduceat(reduced, model.start[:-1])
    regret = reduced - np.repeat(least, np.diff(model.start))
    room = max(run.value - run.priced_bound, 0.0) * (1 + 1e-9) + 1e-9 * abs(run.value)
    keep = regret <= room
    keep[run.choice] = True
    return keep


def improve(run: Run, prices: Prices, seed: int, executor: Executor | None) -> None:
    """Batches of disjoint neighbourhoods, solved by CP-SAT side by side, until nothing gets better."""
    model = run.model
    neighbours = Neighbours(model, prices.value)
    if neighbours.n_reps < 2:
        return
    rng = np.random.default_rng(seed)
    own = None
    if executor is None:
        executor = own = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        idle, reps_per_part, effort = 0, 5, 1.0
        while idle < _PATIENCE:
            groups = neighbours.batch(run.choice, rng, reps_per_part, _PARTS)
            if not groups:
                return
            left, useful = run.seconds_left, _could_improve(run, prices)
            parts = [neighbours.part(run.choice, g, rng, _PART_UNITS, effort, left, useful) for g in groups]
            better = False
            for pairs in executor.map(solve_part, parts):
                if pairs is not None:
                    choice = run.choice.copy()
                    choice[model.unit[pairs]] = pairs
                    better |= run.offer(choice)
            idle = 0 if better else idle + 1
            if idle and idle % 3 == 0:  # what is small enough to solve finds nothing: look wider
                reps_per_part = min(reps_per_part + 1, 9)
                effort = min(effort * 1.5, 4.0)
            if not run.step("repair"):
                return
    finally:
        if own is not None:
            own.shutdown()
