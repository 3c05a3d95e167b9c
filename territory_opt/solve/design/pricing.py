"""Which territories of each site are worth most at given prices of units; or all that are worth enough."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from territory_opt.problem import BoolArray
from territory_opt.solve.design.enumeration import Map, Site, completions, connected_sets
from territory_opt.solve.design.paths import cheapest_paths
from territory_opt.solve.design.prices import Prices, priced
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.starts import mapped
from territory_opt.travel.place import FloatArray, IndexArray

_STEPS = 4000  # of load, up to what a territory may carry


@dataclass(frozen=True)
class Effort:
    """cheapest: each territory must be worth more than the one before; else all that are worth enough count.

    nodes, most: units decided, and territories, of a site at most.
    """

    cheapest: bool
    nodes: int
    most: int


@dataclass(frozen=True)
class Offer:
    """Territories of a site: member (territories, units), and cost above the prices of their units.

    No other one costs less than `least`. nodes: units that were decided; whole: that was all there is.
    """

    member: BoolArray
    cost: FloatArray
    least: float
    nodes: int
    whole: bool


class Offers:
    """What the sites of a contiguous question offer at some prices, over the pairs that are left."""

    def __init__(self, sites: Sites, keep: BoolArray, graph: csr_array, prices: Prices):
        self.sites, self.meter = sites, tightest(sites)
        limits = sites.low.min(axis=1), sites.high.max(axis=1)
        self.land = Map(graph.indptr, graph.indices, sites.load, *limits, sites.k - 1)
        found = priced(sites, keep, prices, self.meter)
        self.value, self.regret = found.alone, found.reduced
        self.far = cheapest_paths(graph, sites.home, keep, np.maximum(found.reduced, 0.0))
        others = np.delete(np.arange(len(sites.load)), self.meter)
        band = prices.band[others]
        limit = np.where(band > 0.0, sites.low[others], sites.high[others])
        self.fixed = (band * np.where(band == 0.0, 0.0, limit)).sum(axis=0)
        self.true_cost = np.where(keep, sites.cost, 0.0) - prices.unit[:, None]
        self.cost = self.true_cost - sites.load[others].T @ band

    def of(
        self, limit: FloatArray, chosen: Iterable[int], effort: Effort, executor: Executor | None = None
    ) -> list[Offer]:
        """An offer of each chosen site, of territories that cost at most limit (sites,) above the prices."""
        return mapped(executor, partial(self._of_site, limit, effort), chosen)

    def _of_site(self, limits: FloatArray, effort: Effort, j: int) -> Offer:
        sites, m, limit = self.sites, self.meter, float(limits[j])
        if not self.value[j] <= min(limit, 1e300):
            return Offer(np.zeros((0, sites.n_units), bool), np.zeros(0), limit, 0, True)
        home, order = int(sites.home[j]), self._order(j, limit)
        table = _Table.of(sites.load[m], sites.low[m, j], sites.high[m, j], home, order, self.cost[:, j])
        site = Site(
            home, sites.low[:, j], sites.high[:, j], order, self.cost[:, j], self.regret[:, j],
            float(self.value[j] - self.fixed[j]), table.least, table.spare, m, table.step,
        )  # fmt: skip
        member, cost, left = connected_sets(
            self.land, site, limit - self.fixed[j], effort.cheapest, effort.most, effort.nodes
        )
        whole = left > 0 and len(cost) < effort.most
        if whole:
            least = float(cost.min(initial=np.inf)) + self.fixed[j]
        else:
            least = max(float(self.value[j]), self.cost[home, j] + table.root + self.fixed[j])
        true_cost = member.astype(np.float64) @ self.true_cost[:, j]
        return Offer(member, true_cost, min(limit, least), effort.nodes - left, whole)

    def _order(self, j: int, limit: float) -> IndexArray:
        """Units that a territory of the site could hold, heavy ones first: a third of the nodes of others."""
        able = np.flatnonzero(self.value[j] + self.far[:, j] <= limit)
        able = able[able != self.sites.home[j]]
        return able[np.argsort(-self.sites.load[self.meter, able], kind="stable")]


def tightest(sites: Sites) -> int:
    """The meter whose bands are narrowest against what there is, of those without loads below 0."""
    total = np.maximum(np.abs(sites.load).sum(axis=1), 1e-12)
    wide = (sites.high - sites.low).min(axis=1) / total
    return int(np.argmin(np.where((sites.load >= 0.0).all(axis=1), wide, np.inf)))


@dataclass(frozen=True)
class _Table:
    """Completions by a meter in steps; spare: by how much steps may say too much; root: least of all."""

    least: FloatArray
    spare: FloatArray
    step: float
    root: float

    @classmethod
    def of(
        cls, load: FloatArray, low: float, high: float, home: int, order: IndexArray, cost: FloatArray
    ) -> _Table:
        weight = load[order]
        room = min(high - load[home], float(weight.sum()))
        step = max(room / _STEPS, 1e-12)
        whole = np.rint(weight / step).astype(np.int64)
        off = weight - step * whole
        above, below = (np.append(np.cumsum(np.maximum(o, 0.0)[::-1])[::-1], 0.0) for o in (off, -off))
        size = int(max((room + below[0]) / step, 0.0)) + 2
        width = np.minimum((min(high, 1e300) - low + above + below) / step + 2.0, size).astype(np.int64)
        least = completions(cost[order], whole, width, size)
        at = min((high - load[home] + below[0]) / step + 1e-6, size - 1.0)
        return cls(least, below, step, float(least[0, max(int(at), 0)]))
