"""A lower bound on every design, and on every design that uses a given pair.

"Each unit once" gets a price per unit; what is left falls apart into a knapsack a site, and the k sites that
gain most. Subgradient steps find good prices (Held, Wolfe & Crowder 1974; for the capacitated p-median
Lorena & Senne 2004). Connectivity is left out: without it a plan can only be cheaper.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from territory_opt.solve.design.knapsacks import served, site_values
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray, IndexArray

_STEPS = 400
_PATIENCE = 12  # steps without a better bound until they are halved
_MANY_PAIRS = 200_000  # from here on it pays to share out the sites


@dataclass(frozen=True)
class Lagrange:
    """bound: no design costs less. with_pair (units, sites): no design that uses the pair costs less.

    unit_price (units,): what serving each unit is worth.
    """

    bound: float
    unit_price: FloatArray
    with_pair: FloatArray


@dataclass(frozen=True)
class _Sweep:
    """value (sites,) and what belongs to it at some prices; chosen: the k sites of least value."""

    bound: float
    value: FloatArray
    worth: FloatArray
    meter: IndexArray
    chosen: IndexArray


class _Relaxation:
    """The arrays as the kernels want them; reps count at each unit's cheapest."""

    def __init__(self, sites: Sites, executor: Executor | None):
        cost = sites.cost if sites.rep_cost is None else sites.cost + sites.rep_cost.min(axis=1)[:, None]
        self.cost = np.ascontiguousarray(cost.T)
        usable = (sites.load >= 0).all(axis=1)  # a meter with loads below 0 is left out
        self.load = sites.load[usable]
        self.low, self.high = sites.low[usable], sites.high[usable]
        price = np.full(len(sites.load), np.inf) if sites.breach_price is None else sites.breach_price
        self.price = price[usable]
        if not usable.any():
            self.load, self.price = np.zeros((1, sites.n_units)), np.zeros(1)
            self.low, self.high = np.full((1, sites.n_sites), -np.inf), np.full((1, sites.n_sites), np.inf)
        self.home, self.k, self.executor = sites.home, sites.k, executor

    def sweep(self, unit_price: FloatArray) -> _Sweep:
        n_sites = len(self.cost)
        value, worth, meter = np.empty(n_sites), np.empty(n_sites), np.empty(n_sites, np.int64)

        def part(ends: tuple[int, int]) -> None:
            site_values(
                *ends, self.cost, unit_price, self.load, self.low, self.high, self.price, self.home,
                value, worth, meter,
            )  # fmt: skip

        if self.executor is None or self.cost.size < _MANY_PAIRS:
            part((0, n_sites))
        else:
            cuts = np.linspace(0, n_sites, 9).astype(int).tolist()
            list(self.executor.map(part, pairwise(cuts)))
        chosen = np.argsort(value, kind="stable")[: self.k]
        return _Sweep(float(unit_price.sum() + value[chosen].sum()), value, worth, meter, chosen)

    def served(self, sweep: _Sweep, unit_price: FloatArray) -> FloatArray:
        return served(
            sweep.chosen, self.cost, unit_price, self.load, self.low, self.high, self.price, self.home,
            sweep.meter,
        )  # fmt: skip


def lagrangian(
    sites: Sites,
    upper: float,
    deadline_s: float = float("inf"),
    steps: int = _STEPS,
    unit_price: FloatArray | None = None,
    executor: Executor | None = None,
) -> Lagrange:
    """The best bound met on the way. upper: value of a known design, for the length of a step.

    deadline_s: as time.time(). unit_price: where to begin. executor: of threads, for many pairs.
    """
    relaxation = _Relaxation(sites, executor)
    price = _first_prices(relaxation) if unit_price is None else unit_price
    best, best_price = relaxation.sweep(price), price
    sweep, direction, pace, since = best, np.zeros(len(price)), 1.0, 0
    for _ in range(steps):
        if pace < 0.005 or time.time() > deadline_s or not np.isfinite(sweep.bound):
            break
        wrong = 1.0 - relaxation.served(sweep, price)
        direction = wrong + 0.6 * direction
        gap = (upper if np.isfinite(upper) else best.bound + 0.05 * abs(best.bound)) - sweep.bound
        if not wrong.any() or gap <= 0:
            break
        price = price + pace * gap / float(direction @ direction) * direction
        sweep = relaxation.sweep(price)
        since += 1
        if sweep.bound > best.bound:
            best, best_price, since = sweep, price, 0
        elif since >= _PATIENCE:
            pace, since = pace / 2, 0
            price, sweep, direction = best_price, best, np.zeros(len(price))
    return Lagrange(best.bound, best_price, _with_pair(sites, relaxation, best, best_price))


def _first_prices(relaxation: _Relaxation) -> FloatArray:
    """What a unit costs at one of its nearest sites, about k to all of which there are centres."""
    rank = min(len(relaxation.cost) - 1, len(relaxation.cost) // max(relaxation.k, 1))
    near = np.partition(relaxation.cost, rank, axis=0)[: rank + 1]
    return np.where(np.isfinite(near), near, 0.0).mean(axis=0)


def _with_pair(sites: Sites, relaxation: _Relaxation, sweep: _Sweep, price: FloatArray) -> FloatArray:
    """The bound, plus what it takes to open the site in place of the k-th, and to serve the unit there."""
    if not np.isfinite(sweep.bound):
        return np.full(sites.cost.shape, np.inf)
    opening = np.maximum(sweep.value - sweep.value[sweep.chosen[-1]], 0.0)
    worth = np.where(np.isfinite(sweep.value), sweep.worth, 0.0)
    serving = relaxation.cost - price - worth[:, None] * relaxation.load[sweep.meter]
    serving = np.maximum(serving, 0.0)
    at_home = np.flatnonzero(sites.home >= 0)
    serving[at_home, sites.home[at_home]] = 0.0
    return (sweep.bound + opening[:, None] + serving).T
