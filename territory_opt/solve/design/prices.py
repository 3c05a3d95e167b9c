"""A price per unit and per band, and what no design can cost less than.

Each unit's "served exactly once" is priced out; what is left falls apart into one knapsack per site, of which
the k cheapest are opened (Lagrangian relaxation of the Hess model; Validi, Buchanan & Lykhovyd 2022 price the
bands as well, here each site sets its own best). Any prices give a bound, so rounding or an early end cannot
make one false; good prices are found by subgradient steps.

The same prices bound every design that uses a given pair, which is how pairs are dropped with proof. With
contiguity a pair needs a whole path of pairs to its centre, and the bound counts all of them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from territory_opt.problem import BoolArray
from territory_opt.solve.design.priced_sites import dearest_paths, price_sites
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray, IndexArray

_ROUNDING = 1e-9  # share of the sizes that are summed by which a bound in floats may be too high


@dataclass(frozen=True)
class Prices:
    """unit (units,): what serving a unit is worth; band (meters, sites): what load is worth to a site."""

    unit: FloatArray
    band: FloatArray


@dataclass(frozen=True)
class Priced:
    """Least any design costs, and one that opens a site (sites,); reduced costs (units, sites)."""

    any: float
    site: FloatArray
    reduced: FloatArray


def first_prices(sites: Sites) -> Prices:
    """Each unit's cost from the site that is k-th cheapest in a k-th of all sites: about right, and cheap."""
    rank = min(sites.n_sites - 1, max(sites.n_sites // (2 * sites.k), 0))
    unit = np.partition(np.where(np.isfinite(sites.cost), sites.cost, 1e30), rank, axis=1)[:, rank]
    return Prices(np.where(unit < 1e30, unit, 0.0), np.zeros_like(sites.low))


def priced(sites: Sites, keep: BoolArray, prices: Prices) -> Priced:
    """Bounds at given prices, over designs that use kept pairs only."""
    band, reduced = prices.band.copy(), np.empty_like(sites.cost)
    value, _, _ = _price(sites, keep, prices.unit, band, 0, reduced)
    least = np.partition(value, sites.k - 1)[sites.k - 1]
    if not np.isfinite(least):
        return Priced(np.inf, np.full(len(value), np.inf), reduced)
    chosen = np.sort(value)[: sites.k]
    size = np.abs(prices.unit).sum() + np.abs(chosen).sum()
    everything = float(prices.unit.sum() + chosen.sum() - _ROUNDING * size)
    return Priced(everything, everything + np.maximum(value - least, 0.0), reduced)


def pair_bounds(sites: Sites, keep: BoolArray, found: Priced, graph: csr_array) -> FloatArray:
    """What a design costs at least that uses a pair; shape (units, sites), inf where none can."""
    extra = np.maximum(found.reduced, 0.0)
    if sites.contiguous:
        homes = sites.home >= 0
        extra[:, homes] = dearest_paths(graph.indptr, graph.indices, sites.home, keep, extra)[:, homes]
    return found.site[None, :] + extra


def ascend(
    sites: Sites, keep: BoolArray, prices: Prices, goal: float, steps: int, deadline_s: float
) -> tuple[Prices, float]:
    """Better prices by subgradient steps towards a goal, inf where none is known; and their bound.

    Steps as Polyak's, shortened whenever twenty of them in a row bring nothing; the direction keeps some
    of the last one, which damps zigzags (Camerini, Fratta & Maffioli 1975). Meters take turns at being
    the knapsack.
    """
    band, reduced = prices.band.copy(), np.empty_like(sites.cost)
    unit, direction = prices.unit.copy(), np.zeros(sites.n_units)
    best, best_bound = prices, -np.inf
    length, idle = 1.0, 0
    for step in range(steps):
        value, last, share = _price(sites, keep, unit, band, step % len(sites.load), reduced)
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
        direction = 1.0 - _served(sites, reduced, opened, last, share) + 0.4 * direction
        norm = float(direction @ direction)
        if norm < 1e-12 or bound >= goal or length < 1e-4 or time.perf_counter() >= deadline_s:
            break
        target = goal if np.isfinite(goal) else best_bound + 0.05 * abs(best_bound)
        unit += length * (target - bound) / norm * direction
    return best, best_bound


def _served(
    sites: Sites, reduced: FloatArray, opened: IndexArray, last: IndexArray, share: FloatArray
) -> FloatArray:
    """How often each unit is served by the open sites, each of which does what is best for itself."""
    served = (reduced[:, opened] < 0.0).sum(axis=1).astype(np.float64)
    for j in opened:
        if sites.home[j] >= 0:
            served[sites.home[j]] += 1.0
        if last[j] >= 0:  # its reduced cost is 0 but for rounding
            served[last[j]] += share[j] - (reduced[last[j], j] < 0.0)
    return served


def _price(
    sites: Sites, keep: BoolArray, unit: FloatArray, band: FloatArray, m: int, reduced: FloatArray
) -> tuple[FloatArray, IndexArray, FloatArray]:
    return price_sites(
        sites.cost, sites.load, sites.low, sites.high, sites.home, keep, unit, band, m, reduced
    )
