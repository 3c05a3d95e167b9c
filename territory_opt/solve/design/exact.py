"""A design proved best: prices bound it, and what no better one could have goes.

The search asks a narrower question first: is there a design of at most `goal`? Only pairs that some such
design could use are left (see `prices`), few for a goal near the bound. A design found is the best of all
if it costs no more than the goal; otherwise the goal itself is a bound, and the next one is higher. So a
weak first plan costs little: the question never needs more pairs than the answer does.

Connected territories of a small map are asked for as wholes first: generated for a bound, then listed up to a
goal, and put together (see `generation`, `listing`). That proves in seconds for 67 counties in 7 districts
within half a per cent what pairs leave 20 % open. Where lists become too long, branch and cut has the rest.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse.csgraph import connected_components

from territory_opt.problem import BoolArray
from territory_opt.solve.design.generation import Generation, Worths
from territory_opt.solve.design.linear import Row, Solved, branch_and_cut, program
from territory_opt.solve.design.listing import can_list, cover, listed
from territory_opt.solve.design.paths import cheapest_paths
from territory_opt.solve.design.prices import Bound, Prices, ascend, first_prices, pair_bounds, priced
from territory_opt.solve.design.separators import adjacency, cut_off, cuts_for
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.starts import start_plan
from territory_opt.solve.design.verdict import Verdict
from territory_opt.travel.place import FloatArray, IndexArray

_SAME = 1e-9  # costs this close, as a share, are the same
_GAP = 3e-7  # a proof is closed when HiGHS's own rounding is all that is left
_STEPS = 600  # subgradient steps; more bring under 0.01 %
_FIRST = 8  # pairs per unit that the first goal leaves
_WIDER = 2.5  # and how many times as many the next
_SHARE_OF_PRICES, _SHARE_OF_LISTS = 0.25, 0.6  # of the time, where territories are generated and listed
_MOST_UNITS = 150  # of a map that is small enough for that
_FIRST_GOAL, _LEAST_GOAL, _HIGHER = 0.01, 1e-6, 1.5  # of a list: above the bound, of all costs; and the next


@dataclass(frozen=True)
class Proof:
    """site: per unit, or None. value: its cost, inf for none. No design costs less than bound."""

    site: IndexArray | None
    value: float
    bound: float
    verdict: Verdict


def prove(
    sites: Sites,
    *,
    start: IndexArray | None = None,
    known: Bound | None = None,
    seed: int = 0,
    deadline_s: float = np.inf,
    executor: Executor | None = None,
) -> Proof:
    """The cheapest design, or the best by the deadline (of `time.perf_counter`) and how good it must be.

    Bands are hard here, and there are no reps. start: a plan to begin with; without it, or with a faulty
    one, some are annealed first. known: a bound that is known already. executor: of threads.
    """
    if start is None or sites.faults(start):
        plan = start_plan(sites, seed, deadline_s)
        start = None if plan is None or sites.faults(plan.site) else plan.site
    search = _Search(sites, start, deadline_s, executor)
    search.run(known)
    return Proof(search.best, search.value, search.bound, search.verdict(seed))


class _Search:
    """What is known while a proof goes on."""

    def __init__(self, sites: Sites, start: IndexArray | None, deadline_s: float, executor: Executor | None):
        self.sites, self.deadline_s, self.executor = sites, deadline_s, executor
        self.graph = adjacency(sites.n_units, sites.edges)
        self.best, self.value, self.bound = start, np.inf if start is None else sites.value(start), -np.inf
        self.settled = False  # the best plan is best, or there is none
        self.pieces: list[tuple[IndexArray, int]] = []  # (units, site) that a plan left lying
        self.broken: list[Row] = []  # territories outside a band by less than HiGHS sees

    def run(self, known: Bound | None) -> None:
        """Raise the goal until a design meets it, nothing is left to find, or time is up."""
        sites = self.sites
        if sites.contiguous and connected_components(self.graph, directed=False)[0] > sites.k:
            self.bound = np.inf
            return
        keep = self.possible()
        first = first_prices(sites) if known is None else known.prices
        prices, _ = ascend(sites, keep, first, self.value, _STEPS, self.deadline_s)
        found = priced(sites, keep, prices)
        pair = pair_bounds(sites, keep, found, self.graph)
        if known is not None:
            self.bound, pair = known.value, np.maximum(pair, known.with_pair)
        self.bound = max(self.bound, min(found.any, self.value))
        if can_list(sites) and sites.n_units <= _MOST_UNITS and not self.closed():
            self.list_territories((pair <= self.value) & np.isfinite(pair), prices)
        goal = _goal(pair, _FIRST * sites.n_units, self.value)
        while not self.closed() and not self.late():
            if not self.ask(pair, prices, goal):
                return
            if goal >= self.value:
                self.settled = True
                return
            goal = _goal(pair, int(_WIDER * (pair <= goal).sum()), self.value)

    def list_territories(self, keep: BoolArray, prices: Prices) -> None:
        """Raise the bound by column generation, and the goal while all territories up to it can be listed."""
        sites, until = self.sites, self.until(_SHARE_OF_LISTS)
        dearest = float(np.where(keep, sites.cost, 0.0).max(axis=1).sum())
        generation = Generation(sites, keep, self.graph, prices, self.best, self.executor)
        worths = generation.run(min(self.value, 1.01 * dearest + _SAME), self.until(_SHARE_OF_PRICES))
        self.bound = max(self.bound, min(worths.bound, self.value))
        higher = max(_FIRST_GOAL * abs(worths.bound), _LEAST_GOAL * dearest)
        while not self.closed() and time.perf_counter() < until:
            goal = min(worths.bound + higher, self.value, 1.01 * dearest + _SAME)
            if not self.ask_lists(keep, worths, goal, until - time.perf_counter()):
                return
            self.settled |= goal >= min(self.value, dearest)
            higher *= _HIGHER
        if self.value == np.inf and self.bound > dearest + 1e-6 * abs(dearest):  # not by a rounding
            self.bound = np.inf

    def ask_lists(self, keep: BoolArray, worths: Worths, goal: float, runtime_s: float) -> bool:
        """Whether it became certain what the best design of at most `goal` is, from lists of territories."""
        began = time.perf_counter()
        among = listed(self.sites, keep, self.graph, worths, goal, runtime_s, self.executor)
        runtime_s -= time.perf_counter() - began
        return self.answered(cover(self.sites, among, worths, goal, runtime_s), goal)

    def ask(self, pair: FloatArray, prices: Prices, goal: float) -> bool:
        """Whether it became certain what the best design of at most `goal` is, or that there is none."""
        keep = self.narrowed(pair, prices, goal)
        rows = [row for piece, b in self.pieces for row in cuts_for(self.sites, self.graph, keep, piece, b)]
        while not self.late():
            keep &= pair <= min(goal, self.value)
            solved = branch_and_cut(self.sites, program(self.sites, keep), rows + self.broken, self.left_s())
            more = [] if solved.site is None else self.cuts(solved.site, keep)
            if not more or solved.bound > goal:
                return self.answered(solved, goal)
            self.bound = max(self.bound, min(goal, self.value, solved.bound))
            rows += more
        return False

    def narrowed(self, pair: FloatArray, prices: Prices, goal: float) -> BoolArray:
        """Pairs that a design of at most `goal` could use: fewer pairs, sharper prices, until it ends."""
        goal = min(goal, self.value)
        keep = (pair <= goal) & np.isfinite(pair)
        while keep.any() and not self.late():
            prices, _ = ascend(self.sites, keep, prices, goal, _STEPS // 3, self.deadline_s)
            found = priced(self.sites, keep, prices)
            pair = pair_bounds(self.sites, keep, found, self.graph)
            fewer = keep & (pair <= goal) & np.isfinite(pair)
            if fewer.sum() > 0.9 * keep.sum():
                return fewer
            keep = fewer
        return keep

    def possible(self) -> BoolArray:
        """Pairs that any design could use: allowed and, if connected, within reach before a band is full."""
        sites, keep = self.sites, self.sites.may_serve()
        if sites.contiguous:
            for m, load in enumerate(sites.load):
                weight = np.repeat(load[:, None], sites.n_sites, axis=1)
                way = cheapest_paths(self.graph, sites.home, keep, weight)
                keep &= (way <= sites.high[m] + _SAME * np.abs(sites.high[m])) | (sites.home < 0)
        return keep

    def cuts(self, site: IndexArray, keep: BoolArray) -> list[Row]:
        """Rows that forbid what is wrong with a plan; none when nothing is."""
        found = self.outside(site)
        self.broken += found
        if self.sites.contiguous:
            for piece, b in cut_off(self.sites, self.graph, site):
                self.pieces.append((piece, b))
                found += cuts_for(self.sites, self.graph, keep, piece, b)
        return found

    def outside(self, site: IndexArray) -> list[Row]:
        """HiGHS lets a band break by a millionth of it: such a territory may not come back."""
        sites, loads, found = self.sites, self.sites.loads(site), []
        room = _SAME * np.maximum(np.abs(loads), 1.0)
        for j in np.unique(site):
            units = np.flatnonzero(site == j)
            if (loads[:, j] > (sites.high + room)[:, j]).any() or (
                loads[:, j] < (sites.low - room)[:, j]
            ).any():
                others = np.flatnonzero(site != j)
                factor = np.append(np.ones(len(units)), np.full(len(others), -1.0))
                found.append(Row(np.append(units, others), int(j), factor, len(units) - 1.0))
        return found

    def answered(self, solved: Solved, goal: float) -> bool:
        """Note what is known now; whether that was the whole answer."""
        self.bound = max(self.bound, min(goal, self.value, solved.bound))
        if solved.site is not None and not self.sites.faults(solved.site):
            value = self.sites.value(solved.site)
            if value < self.value:
                self.best, self.value = solved.site, value
        return solved.proved

    def closed(self) -> bool:
        """Whether nothing is left to find."""
        return self.settled or self.bound >= self.value - _GAP * abs(self.value) or self.bound == np.inf

    def left_s(self) -> float:
        return self.deadline_s - time.perf_counter()

    def until(self, share: float) -> float:
        """When a share of the time left will be used up."""
        return self.deadline_s - (1.0 - share) * self.left_s() if np.isfinite(self.deadline_s) else np.inf

    def late(self) -> bool:
        return time.perf_counter() >= self.deadline_s

    def verdict(self, seed: int) -> Verdict:
        if self.best is not None:
            return Verdict.OPTIMAL if self.closed() else Verdict.FEASIBLE
        if self.bound < np.inf:
            return Verdict.UNKNOWN
        if not self.sites.contiguous:
            return Verdict.NO_BANDS
        alone = prove(replace(self.sites, contiguous=False), seed=seed, deadline_s=self.deadline_s)
        if alone.site is None:
            return Verdict.INFEASIBLE if alone.verdict is Verdict.UNKNOWN else Verdict.NO_BANDS
        return Verdict.NO_CONTIGUITY


def _goal(pair: FloatArray, wanted: int, value: float) -> float:
    """The least goal that leaves the wanted number of pairs; the value, if that needs hardly more."""
    finite = np.sort(pair[np.isfinite(pair)])
    if wanted >= len(finite):
        return value
    goal = float(finite[wanted])
    return value if goal >= value or (pair <= value).sum() <= 1.5 * wanted else goal
