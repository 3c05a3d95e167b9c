"""A price per unit and per band, and what no design can cost less than.

Each unit's "served exactly once" is priced out; what is left falls apart into one knapsack per site, of which
the k cheapest are opened (Lagrangian relaxation of the Hess model; Validi, Buchanan & Lykhovyd 2022 price the
bands as well, here each site sets its own best). A soft band's price is never more than a breach costs, and
reps count at each unit's cheapest. Any prices give a bound, so rounding or an early end cannot make one
false; good prices are found by subgradient steps.

The same prices bound every design that uses a given pair, which is how pairs are dropped with proof. With
contiguity a pair needs a whole path of pairs to its centre, and the bound counts all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

from territory_opt.problem import BoolArray
from territory_opt.solve.design.knapsacks import price_sites
from territory_opt.solve.design.paths import cheapest_paths
from territory_opt.solve.design.separators import adjacency
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray, IndexArray

_ROUNDING = 1e-9  # share of the sizes that are summed by which a bound in floats may be too high
_STEPS = 400
_MANY_PAIRS = 200_000  # from here on it pays to share out the sites
_LONG_WAYS, _MANY_LEFT = 2e10, 1_000_000  # paths of 3,141 counties take a minute; no use to so many pairs


@dataclass(frozen=True)
class Prices:
    """unit (units,): what serving a unit is worth; band (meters, sites): what load is worth to a site."""

    unit: FloatArray
    band: FloatArray


@dataclass(frozen=True)
class Priced:
    """Least any design costs, and one that opens a site (sites,); reduced costs (units, sites).

    alone (sites,): what opening a site is worth by itself.
    """

    any: float
    site: FloatArray
    reduced: FloatArray
    alone: FloatArray


@dataclass(frozen=True)
class Bound:
    """No design costs less than `value`, none that uses a pair less than with_pair (units, sites)."""

    value: float
    with_pair: FloatArray
    prices: Prices


def lagrangian(
    sites: Sites,
    goal: float,
    deadline_s: float = np.inf,
    steps: int = _STEPS,
    executor: Executor | None = None,
    prices: Prices | None = None,
    aim: float | None = None,
) -> Bound:
    """The best bound met until it reaches a goal. executor: of threads, for many pairs. prices: the first.

    aim: what a design may cost, to go by where there is no goal.
    """
    keep = sites.may_serve()
    first = prices or first_prices(sites)
    prices, _ = ascend(sites, keep, first, goal, steps, deadline_s, executor, aim)
    found = priced(sites, keep, prices)
    alone = found.site[None, :] + np.maximum(found.reduced, 0.0)
    hopeless = sites.n_units**2 * sites.n_sites > _LONG_WAYS and int((alone < goal).sum()) > _MANY_LEFT
    if time.perf_counter() >= deadline_s or hopeless:  # without paths it holds too
        return Bound(found.any, alone, prices)
    pair = pair_bounds(sites, keep, found, adjacency(sites.n_units, sites.edges))
    return Bound(found.any, pair, prices)


def first_prices(sites: Sites) -> Prices:
    """Each unit's cost from the site that is k-th cheapest in a k-th of all sites: about right, and cheap."""
    rank = min(sites.n_sites - 1, max(sites.n_sites // (2 * sites.k), 0))
    cost = sites.least_cost()
    unit = np.partition(np.where(np.isfinite(cost), cost, 1e30), rank, axis=1)[:, rank]
    return Prices(np.where(unit < 1e30, unit, 0.0), np.zeros_like(sites.low))


def prices_of(sites: Sites, site: IndexArray) -> Prices:
    """What each unit costs in a plan (units,): where there are many, a better start than `first_prices`."""
    cost = sites.least_cost()[np.arange(sites.n_units), site]
    return Prices(np.where(np.isfinite(cost), cost, 0.0), np.zeros_like(sites.low))


def priced(sites: Sites, keep: BoolArray, prices: Prices, meter: int | None = None) -> Priced:
    """Bounds at given prices, over designs that use kept pairs only. meter: its band prices are set anew."""
    knapsacks = _Knapsacks(sites, keep)
    turn = 0 if meter is None else int(np.searchsorted(knapsacks.meters, meter))
    value = knapsacks.fill(prices.unit, prices.band.copy(), turn)
    least = np.partition(value, sites.k - 1)[sites.k - 1]
    if not np.isfinite(least):
        return Priced(np.inf, np.full(len(value), np.inf), knapsacks.reduced, value)
    chosen = np.sort(value)[: sites.k]
    size = np.abs(prices.unit).sum() + np.abs(chosen).sum()
    everything = float(prices.unit.sum() + chosen.sum() - _ROUNDING * size)
    return Priced(everything, everything + np.maximum(value - least, 0.0), knapsacks.reduced, value)


def everywhere(
    sites: Sites,
    prices: Prices,
    others: Sequence[Callable[[], Sites]],
    deadline_s: float,
    executor: Executor | None = None,
) -> float:
    """What no design costs less than whose centres may be at further sites as well; -inf when time runs out.

    others: the same question with these instead, some at a time. At the same prices of units each of them is
    worth what is best for itself, and the cheapest k of all count.
    """

    def value(some: Callable[[], Sites]) -> FloatArray:
        if time.perf_counter() >= deadline_s:
            return np.full(1, np.nan)
        part = some()
        knapsacks, band = _Knapsacks(part, part.may_serve()), np.zeros_like(part.low)
        turns = 1 if len(knapsacks.meters) == 1 else 2 * len(knapsacks.meters)
        every = [knapsacks.fill(prices.unit, band, turn).copy() for turn in range(turns)]
        return np.max(every, axis=0)  # any prices of bands bound it

    here = priced(sites, sites.may_serve(), prices)
    mapped = map(value, others) if executor is None else executor.map(value, others)
    alone = np.concatenate([here.alone, *mapped])
    if np.isnan(alone).any():
        return -np.inf
    opened = np.sort(alone)[: sites.k]
    size = np.abs(prices.unit).sum() + np.abs(opened).sum()
    return float(prices.unit.sum() + opened.sum() - _ROUNDING * size)


def pair_bounds(sites: Sites, keep: BoolArray, found: Priced, graph: csr_array) -> FloatArray:
    """What a design costs at least that uses a pair; shape (units, sites), inf where none can."""
    extra = np.maximum(found.reduced, 0.0)
    if sites.contiguous:
        homes = sites.home >= 0
        extra[:, homes] = cheapest_paths(graph, sites.home, keep, extra)[:, homes]
    return np.ascontiguousarray(found.site[None, :] + extra)


def ascend(
    sites: Sites,
    keep: BoolArray,
    prices: Prices,
    goal: float,
    steps: int,
    deadline_s: float,
    executor: Executor | None = None,
    aim: float | None = None,
) -> tuple[Prices, float]:
    """Better prices by subgradient steps towards a goal, inf where none is known (aim: a guess); their bound.

    Steps as Polyak's, shortened whenever twenty of them in a row bring nothing; the direction keeps some
    of the last one, which damps zigzags (Camerini, Fratta & Maffioli 1975). Meters take turns at being
    the knapsack.
    """
    knapsacks = _Knapsacks(sites, keep, executor)
    band, unit, direction = prices.band.copy(), prices.unit.copy(), np.zeros(sites.n_units)
    best, best_bound = prices, -np.inf
    length, idle = 1.0, 0
    for step in range(steps):
        value = knapsacks.fill(unit, band, step)
        opened = np.argsort(value, kind="stable")[: sites.k]
        if not np.isfinite(value[opened]).all():
            return best, np.inf
        bound = float(unit.sum() + value[opened].sum())
        if bound > best_bound + 1e-6 * abs(bound):
            idle = 0
        if bound > best_bound:
            best, best_bound = Prices(unit.copy(), band.copy()), bound
        idle += 1
        if idle >= 20:
            length, idle, unit = 0.6 * length, 0, best.unit.copy()
        direction = 1.0 - knapsacks.served(opened) + 0.4 * direction
        norm = float(direction @ direction)
        if norm < 1e-12 or bound >= goal or length < 1e-4 or time.perf_counter() >= deadline_s:
            break
        target = goal if np.isfinite(goal) else max(best_bound + 0.05 * abs(best_bound), aim or -np.inf)
        unit += length * (target - bound) / norm * direction
    return best, best_bound


class _Knapsacks:
    """The arrays as the kernel wants them, and what it last wrote: value, last, share (sites,), reduced."""

    def __init__(self, sites: Sites, keep: BoolArray, executor: Executor | None = None):
        self.sites, self.executor = sites, executor
        self.cost, self.keep = np.asfortranarray(sites.least_cost()), np.asfortranarray(keep)
        self.breach_price = sites.breach_prices()
        self.load, self.low, self.high = sites.load, sites.low, sites.high
        # A meter with loads below 0 is no knapsack: it keeps a price of 0.
        self.meters = np.flatnonzero((self.load >= 0.0).all(axis=1))
        if not len(self.meters):
            nothing = np.zeros((1, sites.n_units)), np.full((1, sites.n_sites), np.inf), np.full(1, np.inf)
            self.load, self.low, self.high = nothing[0], -nothing[1], nothing[1]
            self.breach_price, self.meters = nothing[2], np.zeros(1, np.int64)
        self.reduced = np.empty_like(self.cost)
        self.value, self.share = np.empty(sites.n_sites), np.empty(sites.n_sites)
        self.last = np.empty(sites.n_sites, np.int64)

    def fill(self, unit: FloatArray, band: FloatArray, step: int) -> FloatArray:
        """Value of each site (sites,), with the band prices of one meter after the other set anew."""
        m = int(self.meters[step % len(self.meters)])
        if len(band) < len(self.load):
            band = np.zeros_like(self.low)

        def part(ends: tuple[int, int]) -> None:
            price_sites(
                *ends, self.cost, self.load, self.low, self.high, self.breach_price, self.sites.home,
                self.keep, unit, band, m, self.reduced, self.value, self.last, self.share,
            )  # fmt: skip

        if self.executor is None or self.cost.size < _MANY_PAIRS:
            part((0, self.sites.n_sites))
        else:
            ends = np.linspace(0, self.sites.n_sites, 9).astype(int).tolist()
            list(self.executor.map(part, pairwise(ends)))
        return self.value

    def served(self, opened: IndexArray) -> FloatArray:
        """How often each unit is served by the open sites, each of which does what is best for itself."""
        home, last = self.sites.home[opened], self.last[opened]
        served = (self.reduced[:, opened] < 0.0).sum(axis=1).astype(np.float64)
        np.add.at(served, home[home >= 0], 1.0)
        ends = np.flatnonzero(last >= 0)  # the reduced cost there is 0 but for rounding
        ended = self.reduced[last[ends], opened[ends]] < 0.0
        np.add.at(served, last[ends], self.share[opened][ends] - ended)
        return served
