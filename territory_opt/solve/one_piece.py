"""From a plan to the best one whose territories are each in one piece.

The prices of the problem without that rule bound the problem with it. A connected plan is grown from the
priced one, annealed along its borders, and improved by solving the surroundings of two or three territories
again, with cuts against every piece that comes off.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from territory_opt.problem import Int32Array
from territory_opt.solve.borders import anneal_borders
from territory_opt.solve.exact import solve_exact
from territory_opt.solve.ground import Ground, pair_table
from territory_opt.solve.growth import regrown
from territory_opt.solve.model import Cut, Model
from territory_opt.solve.repair import Cutter, Neighbourhood
from territory_opt.solve.run import Run
from territory_opt.solve.separators import FIXED, separators
from territory_opt.solve.shifts import Schedule
from territory_opt.travel.place import FloatArray, IndexArray

_TRIES_PER_PAIR, _TRIES_AT_LEAST = 500, 50_000
_FIRST_TRIES, _MORE_TRIES = 1_000_000, 5_000_000  # about a second, and five
#: Measured on grids of 200 areas, 8 reps: runs differ by 0.2 % whatever the schedule, so several are made.
_SCHEDULES = (
    Schedule(0.0, 1.0, 0.01, 0.01, _FIRST_TRIES),
    Schedule(0.0, 3.0, 0.01, 0.01, _FIRST_TRIES),
    Schedule(0.0, 10.0, 0.03, 0.01, _FIRST_TRIES),
)
#: From the best plan so far, breaches at nearly their full price.
_SHAKES = (Schedule(0.0, 0.1, 0.01, 0.5, _MORE_TRIES), Schedule(0.0, 0.3, 0.01, 0.5, _MORE_TRIES))
_ROUNDS_OF_PART = 6
_EFFORT_OF_PART = 0.5


def connected_plans(
    run: Run, ground: Ground, plans: list[IndexArray], seed: int, executor: Executor
) -> Iterator[IndexArray]:
    """A connected plan grown from each given one, then annealed along its borders by a schedule each."""
    grown = [regrown(run.model, ground, run.reduced, plan) for plan in plans]
    yield from grown
    best = min(grown, key=lambda plan: (ground.surplus(run.model.rep[plan]), run.model.value(plan)))
    anneal = partial(_annealed, run.model, ground, run.regret_scale, seed, best)
    yield from executor.map(anneal, _SCHEDULES)


def reannealed_plans(run: Run, ground: Ground, seed: int, executor: Executor) -> Iterator[IndexArray]:
    """The best plan shaken, gently and thoroughly."""
    anneal = partial(_annealed, run.model, ground, run.regret_scale, seed, run.choice)
    thorough = [replace(schedule, most_tries=_MORE_TRIES) for schedule in _SCHEDULES]
    yield from executor.map(anneal, (*_SHAKES, *thorough))


def _annealed(
    model: Model, ground: Ground, scale: float, seed: int, plan: IndexArray, schedule: Schedule
) -> IndexArray:
    choice, n_reps = plan.copy(), model.bin.shape[1]
    holder = ground.holder(model.rep[choice]).astype(np.int64)
    on_map = np.diff(ground.start) > 0
    unit = model.unit
    loose = np.flatnonzero(~on_map[unit] & (np.diff(model.start) > 1)[unit])
    tries = int(np.clip(_TRIES_PER_PAIR * model.n_pairs, _TRIES_AT_LEAST, schedule.most_tries))
    anneal_borders(
        seed, tries, schedule.hot * scale, schedule.cold * scale, schedule.softest, choice,
        model.loads(choice), holder, np.bincount(holder[holder >= 0], minlength=n_reps), loose,
        ground.unit, ground.first, ground.other, ground.area, ground.start,
        pair_table(model.start, model.rep, n_reps), unit, model.rep, model.cost, model.load, model.bin,
        model.low, model.high, model.price, model.grid, model.money, model.curved,
    )  # fmt: skip
    return choice


@dataclass(frozen=True)
class _Part:
    """A neighbourhood on the map: pair, the table of its pairs with FIXED for what stays (units, reps)."""

    piece: Neighbourhood
    ground: Ground
    pair: Int32Array
    plan: IndexArray  # of the whole model
    whole: Model
    merit: FloatArray


def improve_connected(
    run: Run, ground: Ground, seed: int, executor: Executor, effort: float, patience: int
) -> None:
    """Batches of neighbouring territories, solved again side by side until nothing is gained for a while."""
    rng, idle, spent, size = np.random.default_rng(seed), 0, 0.0, 3
    while spent < effort and idle < patience and not run.stopped:
        cutter = Cutter(run)
        groups = _neighbouring_groups(run, ground, rng, size)
        if not groups:
            return
        parts = [_part(run, ground, cutter, group, int(rng.integers(2**31 - 1))) for group in groups]
        answers = list(executor.map(_solved, parts))
        gained = False
        for found, _ in answers:
            if found is not None:
                choice = run.choice.copy()
                choice[run.model.unit[found]] = found
                gained = run.offer(choice) or gained
        idle = 0 if gained else idle + 1
        worked = sum(cost for _, cost in answers) / len(answers)
        size = (
            min(size + 1, 6) if worked < 0.2 * _EFFORT_OF_PART else max(size - (worked > _EFFORT_OF_PART), 2)
        )
        spent += sum(cost for _, cost in answers)
        if not run.step("borders"):
            return


def _neighbouring_groups(run: Run, ground: Ground, rng: np.random.Generator, size: int) -> list[Int32Array]:
    """Disjoint groups of territories that touch, the first of each drawn by the money it costs."""
    n_reps = run.model.bin.shape[1]
    holder = ground.holder(run.model.rep[run.choice])
    one = np.repeat(holder, np.diff(ground.first))
    other = holder[ground.other]
    touch = np.zeros((n_reps, n_reps))
    np.add.at(touch, (one[(one >= 0) & (other >= 0)], other[(one >= 0) & (other >= 0)]), 1.0)
    np.fill_diagonal(touch, 0.0)
    money = np.zeros(n_reps)
    money[: len(run.money_of_rep)] = run.money_of_rep
    chance = money + money.mean() + 1e-9
    free = np.asarray(touch.any(axis=1))
    groups: list[Int32Array] = []
    while len(groups) < 4 and free.sum() > 1:
        group = [int(rng.choice(n_reps, p=chance * free / (chance * free).sum()))]
        free[group[0]] = False
        while len(group) < size and (pull := touch[group].sum(axis=0) * free).sum() > 0:
            group.append(int(rng.choice(n_reps, p=pull / pull.sum())))
            free[group[-1]] = False
        if len(group) > 1:
            groups.append(np.array(sorted(group), np.int32))
    return groups


def _part(run: Run, ground: Ground, cutter: Cutter, reps: Int32Array, seed: int) -> _Part:
    """The units of some reps, free among them; the root of each, its dearest unit, stays."""
    model = run.model
    piece = cutter.part(reps, np.inf, 0, seed)
    merit = merit_of_areas(run, ground)
    roots = _roots(ground, ground.holder(model.rep[run.choice]), merit, reps)
    stays = np.isin(model.unit[piece.pair], roots)
    keep = ~stays | np.isin(piece.pair, run.choice)
    piece = replace(piece, model=piece.model.keep(keep), pair=piece.pair[keep])
    piece = replace(piece, hint=np.flatnonzero(np.isin(piece.pair, run.choice)))
    table = np.full((model.n_units, model.bin.shape[1]), -1, np.int32)
    fixed = np.ones(model.n_units, bool)
    fixed[model.unit[piece.pair]] = False
    table[np.flatnonzero(fixed), model.rep[run.choice][fixed]] = FIXED
    table[model.unit[piece.pair], model.rep[piece.pair]] = np.arange(len(piece.pair))
    return _Part(piece, ground, table, run.choice, model, merit)


def merit_of_areas(run: Run, ground: Ground) -> FloatArray:
    """How dear each area would be to give away, (areas,): what ties it to its territory."""
    others = run.reduced.copy()
    others[run.choice] = np.inf
    second = np.minimum.reduceat(others, run.model.start[:-1])
    extra = np.minimum(second - run.reduced[run.choice], 1e3 * run.regret_scale)
    merit: FloatArray = np.append(np.maximum(extra, 0.0), 0.0)[ground.unit] + 1e-9 * run.regret_scale
    return merit


def _roots(ground: Ground, holder: Int32Array, merit: FloatArray, reps: Int32Array) -> Int32Array:
    """The unit of greatest merit of each of some territories."""
    own = [np.flatnonzero(holder == rep) for rep in reps]
    return np.array([ground.unit[areas[merit[areas].argmax()]] for areas in own if len(areas)], np.int32)


def _solved(part: _Part) -> tuple[IndexArray | None, float]:
    """Connected pairs of the whole model for the units of a part, or None; and the effort."""
    piece, cuts, spent = part.piece, list[Cut](), 0.0
    for _ in range(_ROUNDS_OF_PART):
        left = piece.deadline_s - time.time()
        if piece.model.n_units == 0 or left <= 0:
            break
        answer = solve_exact(
            piece.model, hard=piece.hard, hint=piece.hint, effort=_EFFORT_OF_PART, seed=piece.seed,
            runtime_s=left, base=piece.base, cuts=cuts,
        )  # fmt: skip
        spent += answer.effort
        if answer.choice is None:
            break
        found, plan = piece.pair[answer.choice], part.plan.copy()
        plan[part.whole.unit[found]] = found
        more = list(separators(part.ground, part.pair, part.ground.holder(part.whole.rep[plan]), part.merit))
        if not more:
            return found, spent
        cuts += more
    return None, spent
