"""Search for a good design: annealed starts, then neighbourhoods solved exactly, then again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from territory_opt.solve.design.annealing import Around, Schedule, annealed_start
from territory_opt.solve.design.neighbourhoods import Answer, Groups, Part, cut_out, solve_part
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.territories import Territories, rank
from territory_opt.travel.place import IndexArray

_STARTS = 4
_MAX_PAIRS, _MAX_NODES = 1500, 60  # of a neighbourhood, at first
_PARTS = 4  # at a time, whatever the workers: the same seed must give the same plan

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True)
class Found:
    """site (units,): the best design met, None if there is none; proved: no design is better."""

    site: IndexArray | None
    proved: bool


class _Search:
    """The best plan so far and what is at hand to better it."""

    def __init__(self, sites: Sites, seed: int, deadline_s: float, executor: Executor | None):
        self.sites, self.seed, self.deadline_s = sites, seed, deadline_s
        self.executor = executor
        self.around = Around.of(sites)
        self.best: IndexArray | None = None
        self.proved = False

    def in_time(self) -> bool:
        return time.time() < self.deadline_s

    def map(self, function: Callable[[S], T], items: Iterable[S]) -> list[T]:
        """function(item) for each item, in order."""
        return list((map if self.executor is None else self.executor.map)(function, items))

    def keep(self, plan: Territories) -> None:
        """Remember a plan if it is the best."""
        if self.best is None or rank(self.sites, plan.site) < rank(self.sites, self.best):
            self.best = plan.site

    def started(self, seed: int) -> Territories | None:
        """The best of some annealed plans."""
        run = partial(annealed_start, self.sites, self.around, Schedule())
        plans = [p for p in self.map(run, range(seed, seed + _STARTS)) if p is not None]
        for plan in plans:
            self.keep(plan)
        return min(plans, key=lambda p: rank(self.sites, p.site), default=None)

    def improved(self, plan: Territories, seed: int, patience: int) -> Territories:
        """The plan after neighbourhoods, until none of a size that can be solved gains anything."""
        groups, size = Groups(self.sites.k, np.random.default_rng(seed)), min(2, self.sites.k)
        max_pairs, max_nodes, largest = _MAX_PAIRS * patience, _MAX_NODES * patience, self.sites.k
        while self.in_time():
            batch = groups.batch(self.sites, plan, size, _PARTS)
            if not batch:
                if size >= largest:
                    break
                size += 1
                continue
            parts = [cut_out(self.sites, plan, g, max_pairs, max_nodes, self.deadline_s) for g in batch]
            answers = self.map(solve_part, parts)
            for group, part, answer in zip(batch, parts, answers, strict=True):
                groups.learn(group, answer.site is not None)
                if answer.site is not None:
                    plan = _merged(plan, group, part, answer)
            self.keep(plan)
            if size == self.sites.k and answers[0].proved and self.in_time():
                self.proved = True
                break
            if not any(a.proved for a in answers) and size > 2 and size < self.sites.k:
                largest = size
        return plan


def search(sites: Sites, seed: int, deadline_s: float, executor: Executor | None = None) -> Found:
    """The best design met until the deadline (as time.time()), or until one is proved to be the best.

    Same seed, same plan, whatever the executor: effort is counted in steps, and the clock only cuts short.
    """
    run = _Search(sites, seed, deadline_s, executor)
    for patience in range(1, 1000):
        plan = run.started(seed * 1000 + patience * _STARTS)
        if plan is None:
            break
        run.improved(plan, seed + patience, patience)
        if run.proved or not run.in_time():
            break
        if patience % 2 == 0 and run.best is not None:
            run.improved(Territories.of(sites, run.best), seed - patience, 2 * patience)
            if run.proved or not run.in_time():
                break
    legal = run.best is not None and not sites.faults(run.best)
    return Found(run.best if legal else None, run.proved and legal)


def _merged(plan: Territories, group: IndexArray, part: Part, answer: Answer) -> Territories:
    """The plan with a part designed anew."""
    assert answer.site is not None
    label, centre = plan.label.copy(), plan.centre.copy()
    local = Territories.of(part.sites, answer.site)
    label[part.units] = group[local.label]
    centre[group] = part.at[local.centre]
    return Territories(label, centre)
