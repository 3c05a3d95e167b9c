"""First plans: territories drawn around centres far apart and annealed, then some shaken out of the best."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

import numpy as np

from territory_opt.solve.design.annealing import Around, Schedule, annealed_start
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.territories import Territories, rank

WARM_UP = (5_000, 20_000)  # tries per unit; the first plans come soon, the others are better
_STARTS = 4  # at a time, whatever the workers: the same seed must give the same plan
_MOST_TRIES = 60_000_000

S = TypeVar("S")
T = TypeVar("T")


def mapped(executor: Executor | None, function: Callable[[S], T], items: Iterable[S]) -> list[T]:
    """function(item) for each item, in order."""
    return list((map if executor is None else executor.map)(function, items))


def start_plan(
    sites: Sites, seed: int, deadline_s: float = np.inf, executor: Executor | None = None
) -> Territories | None:
    """The best of some annealed plans, bands may be broken; None when no unit is in a centre's reach."""
    best, around = None, Around.of(sites)
    for turn, tries in enumerate(WARM_UP[:1] if sites.is_large() else WARM_UP):
        plans = annealed_plans(sites, around, seed * 100_003 + turn, tries, best, deadline_s, executor)
        best = min([*plans, *([best] if best else [])], key=lambda p: rank(sites, p.site), default=None)
    return best


def annealed_plans(
    sites: Sites,
    around: Around,
    seed: int,
    tries_per_unit: int,
    best: Territories | None,
    deadline_s: float,
    executor: Executor | None,
) -> list[Territories]:
    """Some annealed plans, the later half of them shaken out of the best so far."""
    tries = min(tries_per_unit, max(_MOST_TRIES // sites.n_units, 1))
    run = partial(annealed_start, sites, around, Schedule(tries), deadline_s)
    starts = [(_STARTS * seed + i, best if 2 * i >= _STARTS else None) for i in range(_STARTS)]
    return [plan for plan in mapped(executor, run, starts) if plan is not None]
