"""Territories from nothing, as its stages: units, sites, search, seats, recount."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, overload

from territory_opt.design.drawing import drawn, drawn_inside
from territory_opt.design.effort import Effort, Watch
from territory_opt.design.faults import asked, faults_of_size
from territory_opt.design.joining import joined
from territory_opt.design.levels import with_levels
from territory_opt.design.plan import Design
from territory_opt.design.question import Asked
from territory_opt.design.recount import designed
from territory_opt.design.regions import Regions, regions_of
from territory_opt.design.sharing import territories_by_region
from territory_opt.design.sizes import Sizes
from territory_opt.design.splitting import Cut, split
from territory_opt.design.units import units_of
from territory_opt.design.wishes import Wishes, bands_of, levels_of, whole, with_visiting_h
from territory_opt.errors import PolicyError
from territory_opt.problem import Problem
from territory_opt.solve import MaxRuntime, OnStep, Stop

_DEFAULT = {"workload_h": 0.10, "potential": 0.15}
_SHARE_OF_LEVELS = 0.15  # of the time: a few hundred territories are soon grouped


@overload
def design(
    problem: Problem,
    k: int | Mapping[str, int],
    *,
    measures: Mapping[str, float] | Iterable[str] = ...,
    within: float = ...,
    objective: str = ...,
    contiguous: bool = ...,
    inside: str | None = ...,
    levels: Mapping[str, int] | None = ...,
    level_by: str = ...,
    level_within: float | None = ...,
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
    inside: str | None = ...,
    levels: Mapping[str, int] | None = ...,
    level_by: str = ...,
    level_within: float | None = ...,
    split_over: float | None = ...,
    hour_cost: float = ...,
    seed: int = ...,
    stop: Stop | None = ...,
    executor: Executor | None = ...,
    on_step: OnStep | None = ...,
) -> Sizes: ...
def design(
    problem: Problem,
    k: int | Mapping[str, int] | Iterable[int],
    *,
    measures: Mapping[str, float] | Iterable[str] = _DEFAULT,
    within: float = 0.10,
    objective: str = "travel",
    contiguous: bool = False,
    inside: str | None = None,
    levels: Mapping[str, int] | None = None,
    level_by: str = "count",
    level_within: float | None = None,
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
        inside: a text column of the areas, or else of the accounts, that gives regions: no territory crosses
            one. k is shared over them by load (largest remainder), or is a number for each, {"South": 3}; the
            target of a measure is then what the region holds / its number.
        levels: groups above the territories and how many of each, {"district": 25, "region": 5}: no group
            crosses one above it, nor a given region. Each costs what its accounts would from its centre, and
            is proved against all other groupings of what is one level below.
        level_by: whether groups are balanced by "count" of what is below (a manager's span of control) or by
            "load" in each measure; level_within: in which band around an even share, by default a third of
            a count or 0.15 of a load.
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
    others = {
        "within": bands_of(measures, within),
        "objective": objective,
        "contiguous": contiguous,
        "hour_cost": hour_cost,
        "split_over": split_over,
        "inside": inside or "",
        "levels": levels_of(levels or {}, level_by, level_within),
    }
    if whole(k) is None and isinstance(k, Iterable) and not isinstance(k, str | Mapping):
        every = [_wishes(each, **others) for each in k]
        for wishes in every:
            asked(problem, wishes, seed)
        return Sizes(tuple(_one(problem, wishes, seed, stop, executor, on_step) for wishes in every))
    return _one(problem, _wishes(k, **others), seed, stop, executor, on_step)


def _wishes(k: object, **others: Any) -> Wishes:
    """The wishes, with a number of territories for each region where k is a mapping of these."""
    if not isinstance(k, Mapping):
        return Wishes(k, **others)  # type: ignore[arg-type]
    numbers = [whole(number) for number in k.values()]
    total = sum(n or 0 for n in numbers) if all(n is not None and n > 0 for n in numbers) else k
    return Wishes(total, per_region={str(name): n for name, n in k.items()}, **others)  # type: ignore[arg-type]


def _one(
    problem: Problem,
    wishes: Wishes,
    seed: int,
    stop: Stop | None,
    executor: Executor | None,
    on_step: OnStep | None,
) -> Design:
    watch = Watch(stop or MaxRuntime(60.0), on_step)
    question, cut = _question(problem, wishes, seed)
    workers = executor or ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        return _drawn(question, cut, Effort(seed, watch.deadline_s, workers, watch))
    finally:
        if executor is None:
            workers.shutdown(cancel_futures=True)


def _drawn(question: Asked, cut: Cut | None, effort: Effort) -> Design:
    """Territories, inside the given regions where there are any; then the levels above."""
    wishes, regions = question.wishes, _regions(question)
    share = 1.0 - _SHARE_OF_LEVELS * bool(wishes.levels)
    if regions is None:
        found = drawn(question, effort.of(share))
    else:
        k = territories_by_region(question.problem, wishes, question.units, regions)
        found = drawn_inside(question, regions.of_unit, regions.names, k.tolist(), effort.of(share))
    if cut is not None:
        question, found, cut = joined(question, found, cut)
        regions = _regions(question)
    found = found.numbered(question.units)
    design = designed(question, found, regions, effort.seed)
    given = None if regions is None else regions.of_unit[found.centre]
    design = with_levels(design, given, () if regions is None else regions.names, effort)
    splits = () if cut is None else cut.splits()
    return replace(design, splits=splits, runtime_s=time.perf_counter() - effort.watch.began_s)


def _regions(question: Asked) -> Regions | None:
    inside = question.wishes.inside
    return regions_of(question.problem, question.units, inside) if inside else None


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
