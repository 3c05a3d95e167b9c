"""From a plan to a better one: batches of neighbourhoods, and the exact solve of what is small enough."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np

from territory_opt.problem import BoolArray
from territory_opt.solve.exact import solve_exact
from territory_opt.solve.repair import Answer, Cutter, Neighbourhood, Neighbours, solve_part
from territory_opt.solve.run import Run

_EXACT_PAIRS = 12_000  # CP-SAT proves most problems of this size once reduced costs have thinned them
_SOFT_EXACT_PAIRS = 2000  # broken bands make the relaxation weak
_PARTS_AT_LEAST, _REPS_AT_MOST = 4, 16
_EFFORT = 1.0  # CP-SAT's deterministic time for a part


def prove_exactly(run: Run, seed: int, effort: float) -> None:
    """Give the whole problem to CP-SAT, without the pairs that no better plan can use, if few are left."""
    if (run.columns.beyond - run.columns.least).min(initial=np.inf) <= run.room:
        return  # a pair left out might be part of a better plan
    keep = _could_improve(run)
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
        else:
            # The bound is of the pairs kept: a plan with another pair costs no less than ours.
            run.prove(min(exact.bound, run.value), in_bands=hard)
        if exact.proved and exact.choice is not None and hard is run.feasible:
            run.prove(run.value, in_bands=hard)
        if not run.step("exact"):
            return
        if not (hard and run.impossible):
            break


def _could_improve(run: Run) -> BoolArray:
    """Pairs that a better plan may use: bound + regret of the pair must stay below the best value."""
    if not run.feasible:
        return np.ones(run.model.n_pairs, bool)
    keep: BoolArray = run.regret <= run.room
    keep[run.choice] = True
    return keep


def improve(run: Run, seed: int, executor: Executor, patience: int) -> None:
    """Batches of disjoint neighbourhoods, solved by CP-SAT side by side, until nothing gets better.

    While all parts are proved quickly they grow, and when nothing is gained they look at pairs of more
    regret; parts that are too hard shrink.
    """
    neighbours = Neighbours(run, np.random.default_rng(seed))
    if neighbours.n_reps < 2:
        return
    n_parts = max(_PARTS_AT_LEAST, neighbours.n_reps // 25)
    size, width, idle = 6, 3.0 * run.unit_cost, 0
    while idle < patience:
        cutter = Cutter(run)
        groups = neighbours.batch(n_parts, size)
        if not groups:
            return
        seeds = neighbours.rng.integers(2**31 - 1, size=len(groups)).tolist()
        left = run.seconds_left
        parts = [cutter.part(reps, width, _EFFORT, s, left) for (_, reps), s in zip(groups, seeds, strict=True)]
        answers = list(executor.map(solve_part, parts))
        gained = _take(run, parts, answers)
        for (kind, _), gain in zip(groups, gained, strict=True):
            neighbours.reward(kind, gain)
        hard = np.mean([answer.effort for answer in answers])
        if hard < 0.1 * _EFFORT:
            size = min(size + 1, _REPS_AT_MOST)
        elif hard > 0.5 * _EFFORT:
            size = max(size - 1, 3)
        idle = 0 if any(gained) else idle + 1
        if idle and idle % 3 == 0:
            width = min(2.0 * width, max(run.room, run.unit_cost))
        if not run.step("repair"):
            return


def _take(run: Run, parts: list[Neighbourhood], answers: list[Answer]) -> list[bool]:
    """All answers of a batch at once where they agree; one by one where bins are shared and they do not."""
    unit = run.model.unit
    found = [answer.pair for answer in answers]
    different = [
        pair is not None and not np.array_equal(pair, part.pair[part.hint])
        for pair, part in zip(found, parts, strict=True)
    ]
    together = run.choice.copy()
    for pair, differs in zip(found, different, strict=True):
        if differs and pair is not None:
            together[unit[pair]] = pair
    if any(different) and run.offer(together):
        return different
    gained = []
    for pair, differs in zip(found, different, strict=True):
        choice = run.choice.copy()
        if differs and pair is not None:
            choice[unit[pair]] = pair
        gained.append(bool(differs) and run.offer(choice))
    return gained
