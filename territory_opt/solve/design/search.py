"""Search for a better design: neighbourhoods solved exactly, annealed starts anew, then again, deeper."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import count

import numpy as np

from territory_opt.solve.design.annealing import Around
from territory_opt.solve.design.neighbourhoods import Groups, anneal_part, cut_out, merged, solve_part
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.starts import WARM_UP, annealed_plans, mapped, start_plan
from territory_opt.solve.design.territories import Territories, broken_territories, rank
from territory_opt.travel.place import IndexArray

_FEW = 3  # territories, for which softness does not matter
#: Territories that are mended together at first, one more every other turn, up to so many; then few again,
#: which are others then.
_MENDED, _MENDED_AT_MOST, _MENDING_TURNS = 3, 10, 48
_PARTS = 4  # at a time, whatever the workers: the same seed must give the same plan

Watch = Callable[[IndexArray], bool]


@dataclass(frozen=True)
class Found:
    """site (units,): the best design met, or None; proved: none is better, or there is none.

    plan: the least bad one met, which may break bands; None if no unit is in any centre's reach.
    """

    site: IndexArray | None
    proved: bool
    plan: Territories | None


class _Search:
    """The best plan so far and what is at hand to better it."""

    def __init__(self, sites: Sites, deadline_s: float, executor: Executor | None, watch: Watch | None):
        self.sites, self.deadline_s, self.executor, self.watch = sites, deadline_s, executor, watch
        self.around = Around.of(sites)
        self.soft = bool(np.isfinite(sites.breach_prices()).any())
        self.best: Territories | None = None
        self.proved = self.stopped = False

    def goes_on(self) -> bool:
        """Whether there is time and anything to do."""
        enough = self.proved or self.stopped or self.best is None
        return not enough and time.perf_counter() < self.deadline_s

    def keep(self, plan: Territories) -> None:
        """Remember a plan if it is the best, and ask whether that is enough."""
        if self.best is None or rank(self.sites, plan.site) < rank(self.sites, self.best.site):
            self.best = plan
        if self.watch is not None and not self.watch(self.best.site):
            self.stopped = True

    def start_anew(self, seed: int, tries_per_unit: int) -> Territories | None:
        """The best of some annealed plans."""
        plans = annealed_plans(
            self.sites, self.around, seed, tries_per_unit, self.best, self.deadline_s, self.executor
        )
        for plan in plans:
            self.keep(plan)
        return min(plans, key=lambda p: rank(self.sites, p.site), default=None)

    def mend(self, plan: Territories | None, seed: int) -> Territories | None:
        """Territories outside a hard band with those around them, ever more: annealed again, and solved.

        Annealing is quick; a unit that others hang on, which must all go along, is for branch and cut.
        """
        if plan is None or self.soft:
            return plan
        groups = Groups(self.sites.k, np.random.default_rng(seed))
        for turn in range(_MENDING_TURNS):
            broken = broken_territories(self.sites, plan)
            if not len(broken) or not self.goes_on():
                break
            more = turn // 2 % (_MENDED_AT_MOST - _MENDED + 1)
            size = min(_MENDED + more, self.sites.k)
            batch = groups.around(self.sites, plan, broken, size, _PARTS)
            cut = partial(cut_out, self.sites, plan, patience=1, deadline_s=self.deadline_s)
            parts = [cut(group) for group in batch]
            mends = solve_part if turn % 2 else partial(anneal_part, seed=seed + turn)
            answers = mapped(self.executor, mends, parts)
            for part, answer in zip(parts, answers, strict=True):
                if answer.site is not None:
                    plan = merged(plan, part, answer.site)
            self.keep(plan)
        return plan

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
            answers = mapped(self.executor, solve_part, parts)
            for part, answer in zip(parts, answers, strict=True):
                groups.learn(part.group, answer.site is not None)
                if answer.site is not None:
                    plan = merged(plan, part, answer.site)
            self.keep(plan)
            self.proved |= size == k and answers[0].proved and answers[0].site is None
            if size > 2 and not any(answer.proved for answer in answers):
                largest = size


def search(
    sites: Sites,
    seed: int,
    deadline_s: float,
    executor: Executor | None = None,
    *,
    start: Territories | None = None,
    rounds: int | None = None,
    watch: Watch | None = None,
) -> Found:
    """The best design met until the deadline (of `time.perf_counter`), or until one is proved to be the best.

    Same seed, same plan, whatever the executor: effort is counted in steps, and the clock only cuts short.
    start: a plan to begin from; without it some are annealed. rounds: of improvement, at most. watch: is
    told the best plan, site per unit, now and then; False ends the search.
    """
    run = _Search(sites, deadline_s, executor, watch)
    numbers = count(seed * 100_003 + len(WARM_UP))  # a seed of its own for every stage
    first = start if start is not None else start_plan(sites, seed, deadline_s, executor)
    if first is not None:
        run.keep(first)
    patience = 1
    if sites.is_large():
        run.mend(run.best, next(numbers))
    while run.goes_on() and (rounds is None or patience <= rounds):
        run.improve(run.best, next(numbers), patience)
        if run.goes_on():
            anew = run.start_anew(next(numbers), WARM_UP[-1] * patience)
            run.improve(anew, next(numbers), patience)
        patience += 1
    site = None if run.best is None or sites.faults(run.best.site) else run.best.site
    return Found(site, run.proved, run.best)
