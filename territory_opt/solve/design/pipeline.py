"""Territories from nothing, as its stages: start, bound, search, proof.

A start is annealed; the Lagrangian bound says what no design can cost less than, and which pairs a better one
can use. Where these are few, the search is short and a proof takes the rest of the time; elsewhere the search
goes on until the deadline, and the bound is raised at the end.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from territory_opt.result import Step
from territory_opt.solve.design.exact import prove
from territory_opt.solve.design.prices import Bound, lagrangian
from territory_opt.solve.design.search import search
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.starts import start_plan
from territory_opt.solve.design.verdict import Verdict
from territory_opt.solve.stop import OnStep
from territory_opt.travel.place import IndexArray

_SAME = 3e-7  # as a share of the value: closer than that, branch and cut cannot tell
_MOST_PAIRS, _MOST_UNLESS_FOUND = 15_000, 100_000  # that a proof can close on; the second without a plan
_SHARE_OF_SEARCH, _ROUNDS = 0.25, 2  # before a proof
_SHARE_OF_BOUND, _BOUND_S = 0.05, 10.0  # of the time, and seconds at most, to raise the bound at the end
_STEPS, _LAST_STEPS = 600, 100_000


@dataclass(frozen=True)
class Designed:
    """site: per unit, or None. value: its cost, inf for none. No design costs less than bound."""

    site: IndexArray | None
    value: float
    bound: float
    verdict: Verdict
    stage: str  # that said the last word


class _Run:
    """The best design and the best bound, told to `on_step` whenever a stage says something."""

    def __init__(self, sites: Sites, deadline_s: float, on_step: OnStep | None):
        self.sites, self.deadline_s, self.on_step = sites, deadline_s, on_step
        self.began_s, self.steps, self.stage = time.perf_counter(), 0, "start"
        self.site: IndexArray | None = None
        self.value, self.bound, self.stopped = np.inf, -np.inf, False

    def take(self, stage: str, site: IndexArray | None = None, bound: float = -np.inf) -> bool:
        """Keep a plan that is a better design, and a higher bound; whether to go on."""
        self.stage = stage
        if site is not None and self.sites.value(site) < self.value and not self.sites.faults(site):
            self.site, self.value = site, self.sites.value(site)
        self.bound = max(self.bound, min(bound, self.value))
        step = Step(stage, self.steps, time.perf_counter() - self.began_s, self.value, self.bound)
        self.steps += 1
        self.stopped |= self.on_step is not None and self.on_step(step) is False
        return self.goes_on()

    def watch(self, site: IndexArray) -> bool:
        """Told the best plan of the search; whether that is to go on."""
        return self.take("search", site)

    def goes_on(self) -> bool:
        """Whether there is time, and anything to find or to prove."""
        return not (self.closed() or self.stopped) and time.perf_counter() < self.deadline_s

    def closed(self) -> bool:
        """Whether the design is the best there is."""
        return self.site is not None and self.bound >= self.value - _SAME * abs(self.value)

    def until(self, share: float, spare_s: float = 0.0) -> float:
        """When a share of the time left will be used up, but for so much at the end at most."""
        left_s = self.deadline_s - time.perf_counter()
        return self.deadline_s - min((1.0 - share) * left_s, spare_s or np.inf) if left_s < np.inf else np.inf

    def designed(self, verdict: Verdict | None = None) -> Designed:
        """What came out; without a verdict of the proof's, as value and bound say."""
        if self.site is not None:
            verdict = Verdict.OPTIMAL if self.closed() else Verdict.FEASIBLE
        elif verdict is None:
            verdict = Verdict.INFEASIBLE if self.bound == np.inf else Verdict.UNKNOWN
        return Designed(self.site, self.value, self.bound, verdict, self.stage)


def design(
    sites: Sites,
    *,
    seed: int = 0,
    deadline_s: float = np.inf,
    executor: Executor | None = None,
    on_step: OnStep | None = None,
) -> Designed:
    """The best design by the deadline (of `time.perf_counter`), and how good it must be.

    Same seed, same design on any executor, unless the deadline cuts it short. on_step: called with each
    `Step`; returning False stops the run.
    """
    run = _Run(sites, deadline_s, on_step)
    threads = executor if isinstance(executor, ThreadPoolExecutor) else None  # a bound fills shared arrays

    plan = start_plan(sites, seed, run.until(0.5), executor)
    run.take("start", None if plan is None else plan.site)

    known = lagrangian(sites, run.value, run.until(0.5), _STEPS, threads)
    run.take("bound", bound=known.value)
    proves = _may_close(sites, run.value, known)

    if run.goes_on():
        until = run.until(_SHARE_OF_SEARCH) if proves else run.until(1.0 - _SHARE_OF_BOUND, _BOUND_S)
        rounds = _ROUNDS if proves else None
        found = search(sites, seed, until, executor, start=plan, rounds=rounds, watch=run.watch)
        run.take("search", found.site, run.value if found.proved and found.site is not None else -np.inf)

    if run.goes_on() and proves:
        proof = prove(sites, start=run.site, known=known, seed=seed, deadline_s=deadline_s)
        run.take("proof", proof.site, proof.bound)
        return run.designed(proof.verdict)
    if run.goes_on():
        last = lagrangian(sites, run.value, deadline_s, _LAST_STEPS, threads, known.prices)
        run.take("bound", bound=last.value)
    return run.designed()


def _may_close(sites: Sites, value: float, known: Bound) -> bool:
    """Whether so few pairs are left for a better design that branch and cut may end among them.

    Its model knows neither soft bands nor reps: their relaxation is too weak to end.
    """
    if np.isfinite(sites.breach_prices()).any() or sites.rep_cost is not None:
        return False
    left = int((known.with_pair < value).sum())
    return left <= (_MOST_PAIRS if value < np.inf else _MOST_UNLESS_FOUND)
