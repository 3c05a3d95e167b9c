"""Territories from nothing, as its stages: units, sites, search, seats, recount."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from typing import overload

import numpy as np

from territory_opt.design.joining import Answered, joined
from territory_opt.design.limits import too_heavy
from territory_opt.design.plan import Design
from territory_opt.design.question import Asked
from territory_opt.design.recount import designed
from territory_opt.design.sizes import Sizes
from territory_opt.design.splitting import Cut, split
from territory_opt.design.units import units_of
from territory_opt.design.wishes import Wishes, asked, bands_of, faults_of_size, whole, with_visiting_h
from territory_opt.errors import PolicyError
from territory_opt.problem import Problem
from territory_opt.result import Step
from territory_opt.solve import MaxRuntime, OnStep, Stop
from territory_opt.solve.design.pipeline import design as search
from territory_opt.solve.design.progress import Designed
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.stop import seconds_left

_DEFAULT = {"workload_h": 0.10, "potential": 0.15}


@overload
def design(
    problem: Problem,
    k: int,
    *,
    measures: Mapping[str, float] | Iterable[str] = ...,
    within: float = ...,
    objective: str = ...,
    contiguous: bool = ...,
    split_over: float | None = ...,
    hour_cost: float = ...,
    seed: int = ...,
    stop: Stop | None = ...,
    executor: Executor | None = ...,
    on_step: OnStep | None = ...,
) -> Design: ...
@overload
def design(
    problem: Problem,
    k: Iterable[int],
    *,
    measures: Mapping[str, float] | Iterable[str] = ...,
    within: float = ...,
    objective: str = ...,
    contiguous: bool = ...,
    split_over: float | None = ...,
    hour_cost: float = ...,
    seed: int = ...,
    stop: Stop | None = ...,
    executor: Executor | None = ...,
    on_step: OnStep | None = ...,
) -> Sizes: ...
def design(
    problem: Problem,
    k: int | Iterable[int],
    *,
    measures: Mapping[str, float] | Iterable[str] = _DEFAULT,
    within: float = 0.10,
    objective: str = "travel",
    contiguous: bool = False,
    split_over: float | None = None,
    hour_cost: float = 60.0,
    seed: int = 1,
    stop: Stop | None = None,
    executor: Executor | None = None,
    on_step: OnStep | None = None,
) -> Design | Sizes:
    """k territories with new centres, as if nobody served anybody; for several k a table of them.

    Args:
        problem: the facts. Owners, locks and today's seats play no part; `Design.staffed` brings them back.
        k: how many territories, or a range of numbers to compare.
        measures: what each territory gets its share of, total / k, and within which part of it; names alone
            are kept `within`. `workload_h` counts as hours of visits: driving is what the plan saves.
        objective: "travel", money a year; "inertia", the first measure times km²; "distance", km.
        contiguous: whether the areas of each territory hang together.
        split_over: areas that hold more than this share of a territory's target in some measure are cut
            along their accounts, each part an area of its own (`Design.splits`); None: areas stay whole.
        hour_cost: of driving, money. seed: same seed, same design, unless the clock cuts the run short.
        stop: 60 s of wall time for each k by default; the search also ends by itself.
        executor: where plans are searched for side by side, on threads of all cores by default; any number
            of workers gives the same design. on_step: told each `Step`; False ends the run.

    Ctrl-C ends the search and keeps the best plan so far.

    Units are areas with their accounts where accounts lie in any, else families. A plan that breaks a band
    is no error: it comes back with its faults. Raises PolicyError that lists every fault of the question.
    """
    bands = bands_of(measures, within)
    if whole(k) is None and isinstance(k, Iterable) and not isinstance(k, str):
        every = [Wishes(each, bands, objective, contiguous, hour_cost, split_over) for each in k]
        for wishes in every:
            asked(problem, wishes, seed)
        return Sizes(tuple(_one(problem, wishes, seed, stop, executor, on_step) for wishes in every))
    return _one(
        problem,
        Wishes(k, bands, objective, contiguous, hour_cost, split_over),  # type: ignore[arg-type]
        seed,
        stop,
        executor,
        on_step,
    )


def _one(
    problem: Problem,
    wishes: Wishes,
    seed: int,
    stop: Stop | None,
    executor: Executor | None,
    on_step: OnStep | None,
) -> Design:
    began_s = time.perf_counter()
    question, cut = _question(problem, wishes, seed)
    sites = question.sites()
    others = question.others(sites.home)
    limit = stop or MaxRuntime(60.0)

    def goes_on(step: Step) -> bool:
        told = on_step is None or on_step(step) is not False
        return told and not limit(step)

    deadline_s = began_s + seconds_left(limit, 0.0)
    workers = executor or ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        found = search(
            sites, seed=seed, deadline_s=deadline_s, executor=workers, on_step=goes_on, others=others
        )
    finally:
        if executor is None:
            workers.shutdown(cancel_futures=True)
    why = too_heavy(question.problem, wishes, question.units, sites)
    answer = _plan(question, sites, found, bool(others))
    if cut is not None:
        answer, cut = joined(answer, cut)
    design = designed(answer, found, why, seed, time.perf_counter() - began_s)
    return replace(design, splits=() if cut is None else cut.splits())


def _question(problem: Problem, wishes: Wishes, seed: int) -> tuple[Asked, Cut | None]:
    """The question, and its areas in parts if some are to be cut; PolicyError lists every fault."""
    units = asked(problem, wishes, seed)
    problem = with_visiting_h(problem)
    cut = split(problem, wishes)
    if cut is not None:
        problem, units = cut.problem, units_of(cut.problem, wishes.contiguous)
    if wishes.split_over is not None and (faults := [*faults_of_size(problem, wishes, units)]):
        raise PolicyError(faults)
    return Asked(problem, wishes, units), cut


def _plan(question: Asked, sites: Sites, found: Designed, narrow: bool) -> Answered:
    """The plan found, or the least bad one; narrow: centres are still to be chosen among all units."""
    site = found.site if found.site is not None else found.least_bad
    if site is None:
        accounts = question.units.total(np.ones(len(question.problem.accounts)))
        site = _nearest(sites.cost, sites.home, accounts, question.wishes.k)
    if narrow:
        sites, site = question.recentred(sites, site)
    return Answered(question, sites, site)


def _nearest(cost: np.ndarray, home: np.ndarray, accounts: np.ndarray, k: int) -> np.ndarray:
    """Where the search met no plan at all: the largest units as centres, each unit with the cheapest."""
    centre = np.argsort(-accounts[home], kind="stable")[:k]
    site = centre[cost[:, centre].argmin(axis=1)]
    site[home[centre]] = centre
    return site
