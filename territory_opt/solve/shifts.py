"""From prices to a plan: each unit to its best rep at these prices, then annealed shifts and swaps.

At the best prices all but a few units sit right already. With regret = priced cost of a pair less the least
of its unit, the cost of a plan above the bound is Σ regrets + Σ_bins |price|·(distance to the band's edge),
so only pairs of small regret are worth trying: the core (Balas & Zemel 1980 for the knapsack problem).
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from territory_opt.solve.kernels import anneal
from territory_opt.solve.model import Model, least_pair
from territory_opt.travel.place import FloatArray, IndexArray

#: At 200,000 × 400 a plan was 0.36 % above the bound after 67 tries a pair, 0.25 % after 270.
_TRIES_PER_PAIR = 200
_TRIES_AT_LEAST = 300_000
_MANY_UNITS = 50_000  # from here on neighbourhoods gain more in the time of a third run


@dataclass(frozen=True)
class Schedule:
    """One annealing run: core width and temperatures in scales of regret, first share of breach prices."""

    width: float
    hot: float
    cold: float
    softest: float
    most_tries: int = 150_000_000


#: Measured at 1,000 × 20 and 10,000 × 100: no schedule wins on every market, and they run side by side.
SCHEDULES = (Schedule(3.0, 0.3, 0.01, 0.001), Schedule(3.0, 1.0, 0.01, 0.01), Schedule(6.0, 0.3, 0.01, 0.01))
#: For a plan at which neighbourhoods stall: 0.005 % at 10,000 × 100, where hotter ones never found back.
SHAKES = (Schedule(3.0, 0.02, 0.005, 1.0, 2_000_000), Schedule(3.0, 0.05, 0.005, 1.0, 2_000_000))


def annealed_plans(
    model: Model, reduced: FloatArray, regret_scale: float, seed: int, executor: Executor
) -> list[IndexArray]:
    """A plan from each schedule, starting at every unit's pair of least reduced cost."""
    run = partial(_annealed, model, reduced, regret_scale, seed, least_pair(model, reduced))
    return list(executor.map(run, SCHEDULES if model.n_units < _MANY_UNITS else SCHEDULES[:2]))


def shaken_plans(
    model: Model, reduced: FloatArray, regret_scale: float, seed: int, plan: IndexArray, executor: Executor
) -> list[IndexArray]:
    """A plan from each gentle schedule, starting at a good one, with breaches at their full price."""
    return list(executor.map(partial(_annealed, model, reduced, regret_scale, seed, plan), SHAKES))


def _annealed(
    model: Model, reduced: FloatArray, regret_scale: float, seed: int, plan: IndexArray, schedule: Schedule
) -> IndexArray:
    choice, least = plan.copy(), np.minimum.reduceat(reduced, model.start[:-1])
    regret = reduced - np.repeat(least, np.diff(model.start))
    worth = regret <= schedule.width * regret_scale
    worth[plan] = True
    core = _core(model, worth)
    if len(core) == 0:
        return choice
    entry = core[np.argsort(model.rep[core], kind="stable")]
    n_reps = int(model.rep.max()) + 1
    entry_start = np.searchsorted(model.rep[entry], np.arange(n_reps + 1))
    tries = int(np.clip(_TRIES_PER_PAIR * len(core), _TRIES_AT_LEAST, schedule.most_tries))
    anneal(
        seed, tries, schedule.hot * regret_scale, schedule.cold * regret_scale, schedule.softest,
        choice, model.loads(choice), core, entry, entry_start, model.unit, model.rep, model.cost,
        model.load, model.bin, model.low, model.high, model.price, model.grid, model.money, model.curved,
    )  # fmt: skip
    return choice


def _core(model: Model, worth: IndexArray) -> IndexArray:
    """Pairs worth trying, of units that have a choice among them."""
    choices = np.add.reduceat(worth, model.start[:-1], dtype=np.int64)
    return np.flatnonzero(worth & np.repeat(choices > 1, np.diff(model.start)))
