"""Territories from nothing, as its stages: start, bound, search, proof.

A start is annealed; the Lagrangian bound says what no design can cost less than, and which pairs a better one
can use. Where these are few, the search is short and a proof takes the rest of the time; elsewhere the search
goes on until the deadline, and the bound is raised at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from territory_opt.solve.design.cut_edges import prove_cut
from territory_opt.solve.design.exact import prove
from territory_opt.solve.design.labels import Districts
from territory_opt.solve.design.prices import Bound, everywhere, lagrangian, prices_of
from territory_opt.solve.design.progress import Designed, Progress
from territory_opt.solve.design.search import search
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.starts import start_plan
from territory_opt.solve.stop import OnStep

_MOST_PAIRS, _MOST_UNLESS_FOUND = 15_000, 100_000  # that a proof can close on; the second without a plan
_SHARE_OF_SEARCH, _ROUNDS = 0.25, 2  # before a proof
_SHARE_OF_BOUND, _BOUND_S = 0.05, 10.0  # of the time, and seconds at most, to raise the bound at the end
_STEPS, _LAST_STEPS = 600, 100_000
_SHARE_OF_LARGE_BOUND = 0.35  # of the time, where no proof can close
_S_PER_PAIR = 1.5e-7  # of pricing sites that were not tried


def design(
    sites: Sites,
    *,
    seed: int = 0,
    deadline_s: float = np.inf,
    executor: Executor | None = None,
    on_step: OnStep | None = None,
    others: Sequence[Callable[[], Sites]] = (),
) -> Designed:
    """The best design by the deadline (of `time.perf_counter`), and how good it must be.

    Same seed, same design on any executor, unless the deadline cuts it short. on_step: called with each
    `Step`; returning False stops the run, and Ctrl-C keeps the best plan so far. others: the question with
    the sites that there are beyond those tried, some at a time; the bound then counts them as well.
    """
    run = Progress(sites, deadline_s, on_step)
    try:
        return _stages(run, sites, seed, executor, others)
    except KeyboardInterrupt:
        if run.last is None:
            raise
        return replace(run.designed(), interrupted=True)


def _stages(
    run: Progress,
    sites: Sites,
    seed: int,
    executor: Executor | None,
    others: Sequence[Callable[[], Sites]],
) -> Designed:
    threads = executor if isinstance(executor, ThreadPoolExecutor) else None  # a bound fills shared arrays
    if sites.is_large() or others:
        return _large(run, sites, seed, (executor, threads), others)

    plan = start_plan(sites, seed, run.until(0.5), executor)
    run.take("start", None if plan is None else plan.site)

    known = lagrangian(sites, run.value, run.until(0.5), _STEPS, threads)
    run.take("bound", bound=known.value)
    proves = _may_close(sites, run.value, known)

    if run.goes_on():
        until = run.until(_SHARE_OF_SEARCH) if proves else run.until(1.0 - _SHARE_OF_BOUND, _BOUND_S)
        rounds = _ROUNDS if proves else None
        found = search(sites, seed, until, executor, start=plan, rounds=rounds, watch=run.watch)
        run.take("search", found.site if found.site is not None or found.plan is None else found.plan.site)
        if found.proved:
            run.take("search", bound=run.value)

    if run.goes_on() and proves:
        proof = prove(
            sites, start=run.site, known=known, seed=seed, deadline_s=run.deadline_s, executor=threads
        )
        run.take("proof", proof.site, proof.bound)
        return run.designed(proof.verdict)
    if run.goes_on():
        last = lagrangian(sites, run.value, run.deadline_s, _LAST_STEPS, threads, known.prices)
        run.take("bound", bound=last.value)
    return run.designed()


def _large(
    run: Progress,
    sites: Sites,
    seed: int,
    workers: tuple[Executor | None, Executor | None],
    others: Sequence[Callable[[], Sites]],
) -> Designed:
    """The stages where no proof can close: most of the time is the search's, a fixed share the bound's.

    workers: any, and threads. others: where only some of the sites are tried, nothing is proved until all of
    them are priced.
    """
    executor, threads = workers
    plan = start_plan(sites, seed, run.until(0.5), executor)
    run.take("start", None if plan is None else plan.site)
    pricing_s = min(_S_PER_PAIR * sites.n_units**2, 0.5 * _SHARE_OF_LARGE_BOUND * run.left_s()) * bool(others)
    if run.goes_on():
        until = run.until(1.0 - _SHARE_OF_LARGE_BOUND)
        found = search(sites, seed, until, executor, start=plan, watch=run.watch)
        run.take("search", found.site if found.site is not None or found.plan is None else found.plan.site)
    if run.goes_on():
        until = run.until(0.0, pricing_s) if others else run.deadline_s
        met = run.site if run.site is not None else run.last
        first, aim = (None, None) if met is None else (prices_of(sites, met), sites.value(met))
        known = lagrangian(sites, run.value, until, _LAST_STEPS, threads, first, aim)
        bound = everywhere(sites, known.prices, others, run.deadline_s, threads) if others else known.value
        run.take("bound", bound=bound)
    return run.designed()


def design_by_edges(
    districts: Districts,
    *,
    seed: int = 0,
    deadline_s: float = np.inf,
    workers: int = 1,
    on_step: OnStep | None = None,
) -> Designed:
    """The same for districts that cut as few edges as possible: site is a label per unit.

    Their start, search and proof are one model's business (see `cut_edges`): without centres there is
    nothing for the bound and the neighbourhoods of the other stages to hold on to.
    """
    run = Progress(districts, deadline_s, on_step)
    proof = prove_cut(districts, seed=seed, deadline_s=deadline_s, workers=workers)
    run.take("proof", proof.label, proof.bound)
    return run.designed(proof.verdict)


def _may_close(sites: Sites, value: float, known: Bound) -> bool:
    """Whether so few pairs are left for a better design that branch and cut may end among them.

    Its model knows neither soft bands nor reps: their relaxation is too weak to end.
    """
    if np.isfinite(sites.breach_prices()).any() or sites.rep_cost is not None:
        return False
    left = int((known.with_pair < value).sum())
    return left <= (_MOST_PAIRS if value < np.inf else _MOST_UNLESS_FOUND)
