"""Search for a good design: annealed starts, then neighbourhoods solved exactly, then again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TypeVar

import numpy as np

from territory_opt.solve.design.annealing import Around, Schedule, annealed_start
from territory_opt.solve.design.neighbourhoods import Groups, cut_out, merged, solve_part
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.territories import Territories, rank
from territory_opt.travel.place import IndexArray

_STARTS = 4
_WARM_UP = (5_000, 20_000)  # tries per unit; the first plans come soon, the others are better
_MOST_TRIES = 60_000_000
_FEW = 3  # territories, for which softness does not matter
_PARTS = 4  # at a time, whatever the workers: the same seed must give the same plan

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True)
class Found:
    """site (units,): the best design met, or None; proved: none is better, or there is none."""

    site: IndexArray | None
    proved: bool


class _Search:
    """The best plan so far and what is at hand to better it."""

    def __init__(self, sites: Sites, seed: int, deadline_s: float, executor: Executor | None):
        self.sites, self.seed, self.deadline_s = sites, seed, deadline_s
        self.executor = executor
        self.around = Around.of(sites)
        self.soft = sites.breach_price is not None and bool(np.isfinite(sites.breach_price).any())
        self.best: Territories | None = None
        self.proved = False

    def goes_on(self) -> bool:
        """Whether there is time and anything to do."""
        return time.perf_counter() < self.deadline_s and self.best is not None and not self.proved

    def map(self, function: Callable[[S], T], items: Iterable[S]) -> list[T]:
        """function(item) for each item, in order."""
        return list((map if self.executor is None else self.executor.map)(function, items))

    def keep(self, plan: Territories) -> None:
        """Remember a plan if it is the best."""
        if self.best is None or rank(self.sites, plan.site) < rank(self.sites, self.best.site):
            self.best = plan

    def start(self, seed: int, tries_per_unit: int) -> Territories | None:
        """The best of some annealed plans, the later half of them shaken out of the best so far."""
        tries = min(tries_per_unit, max(_MOST_TRIES // self.sites.n_units, 1))
        run = partial(annealed_start, self.sites, self.around, Schedule(tries), self.deadline_s)
        starts = [(_STARTS * seed + i, self.best if 2 * i >= _STARTS else None) for i in range(_STARTS)]
        plans = [plan for plan in self.map(run, starts) if plan is not None]
        for plan in plans:
            self.keep(plan)
        return min(plans, key=lambda p: rank(self.sites, p.site), default=None)

    def improve(self, plan: Territories | None, seed: int, patience: int) -> None:
        """Neighbourhoods of a plan, ever larger, until none of a size that can be solved gains anything.

        Soft bands make the model's relaxation too weak to be of use: there annealing is left alone.
        """
        if plan is None or (self.soft and self.sites.k > _FEW):
            return
        k = self.sites.k
        groups, size, largest = Groups(k, np.random.default_rng(seed)), min(2, k), k
        while self.goes_on():
            batch = groups.batch(self.sites, plan, size, _PARTS)
            if not batch and size >= largest:
                break
            if not batch:
                size = min(size + 1 + size // 4, largest)
                continue
            cut = partial(cut_out, self.sites, plan, patience=patience, deadline_s=self.deadline_s)
            parts = [cut(group) for group in batch]
            answers = self.map(solve_part, parts)
            for part, answer in zip(parts, answers, strict=True):
                groups.learn(part.group, answer.site is not None)
                if answer.site is not None:
                    plan = merged(plan, part, answer.site)
            self.keep(plan)
            self.proved |= size == k and answers[0].proved and answers[0].site is None
            if size > 2 and not any(answer.proved for answer in answers):
                largest = size


def search(sites: Sites, seed: int, deadline_s: float, executor: Executor | None = None) -> Found:
    """The best design met until the deadline (as time.perf_counter()), or until one is proved to be the best.

    Same seed, same plan, whatever the executor: effort is counted in steps, and the clock only cuts short.
    """
    run = _Search(sites, seed, deadline_s, executor)
    numbers = count(seed * 100_003)  # a seed of its own for every stage
    for tries in _WARM_UP:
        run.start(next(numbers), tries)
    patience = 1
    while run.goes_on():
        run.improve(run.best, next(numbers), patience)
        if run.goes_on():
            run.improve(run.start(next(numbers), _WARM_UP[-1] * patience), next(numbers), patience)
        patience += 1
    legal = run.best is not None and not sites.faults(run.best.site)
    return Found(run.best.site if run.best is not None and legal else None, run.proved)
