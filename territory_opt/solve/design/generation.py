"""Column generation: prices of units under which no connected territory within the bands is a bargain.

A territory costs what its units cost from its centre, less their prices. The bound that this gives is that
of set partitioning over *all* territories: with lumpy units and narrow bands it lies far above what pairs
can tell (Garfinkel & Nemhauser 1970; Mehrotra, Johnson & Nemhauser 1998, both for districts). Prices are
asked for between the best known ones and those of the master (Wentges 1997): any prices give a bound.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from territory_opt.problem import BoolArray
from territory_opt.solve.design.master import Pool, worth
from territory_opt.solve.design.prices import Prices, priced
from territory_opt.solve.design.pricing import Effort, Offers
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray, IndexArray

_SMOOTH = 0.5  # share of the best prices in those that are asked for
_LEAST_SMOOTH = 0.1
_BOX = 0.1  # how far prices may go from the best, of the mean price
_CLOSE = 1e-5  # between bound and master, as a share: the rest does not matter
_NODES, _MORE, _MOST_NODES = 2_000, 5, 50_000  # of a site in a round, when nothing is found, at most
_PER_SITE = 5  # territories taken in a round


@dataclass(frozen=True)
class Worths:
    """prices of units, and of a territory (one), and the bound that they give.

    least (sites,): no territory of a site costs less above the prices of its units.
    """

    prices: Prices
    one: float
    bound: float
    least: FloatArray

    def limits(self, goal: float) -> FloatArray:
        """What a territory of each site may cost above prices in a design of at most `goal` (sites,)."""
        return goal - self.bound + np.minimum(self.least, self.one)


class Generation:
    """Raises a bound over kept pairs, from given prices and a plan."""

    def __init__(
        self,
        sites: Sites,
        keep: BoolArray,
        graph: csr_array,
        prices: Prices,
        plan: IndexArray | None,
        executor: Executor | None = None,
    ):
        self.sites, self.keep, self.graph, self.executor = sites, keep, graph, executor
        self.pool = Pool(sites)
        if plan is not None:
            self.pool.add(plan == np.unique(plan)[:, None])
        found = priced(sites, keep, prices)
        one = float(np.sort(found.alone)[sites.k - 1])
        self.best = Worths(prices, one, found.any, np.minimum(found.alone, one))
        self.box, self.smooth = _BOX * float(np.abs(prices.unit).mean()), _SMOOTH
        self.nodes, self.done = _NODES, not np.isfinite(found.any)

    def run(self, goal: float, deadline_s: float) -> Worths:
        """The best prices met when the bound reaches the goal, nothing gets better, or time is up."""
        while not self.done and self.best.bound < goal and time.perf_counter() < deadline_s:
            self._round()
        return self.best

    def _round(self) -> None:
        best, sites, share = self.best, self.sites, self.smooth
        mix = worth(self.pool, best.prices.unit, best.one, self.box)
        if mix is None:
            self.done = True
            return
        unit = share * best.prices.unit + (1.0 - share) * mix.unit
        one = share * best.one + (1.0 - share) * mix.one
        prices = Prices(unit, best.prices.band)
        effort = Effort(True, self.nodes, 10_000)
        every = range(sites.n_sites)
        offers = Offers(sites, self.keep, self.graph, prices).of(
            np.full(sites.n_sites, one), every, effort, self.executor
        )
        least = np.array([min(offer.least, one) for offer in offers])
        bound = float(unit.sum() + np.sort(least)[: sites.k].sum())
        better = bound > best.bound
        if better:
            self.best = Worths(prices, one, bound, least)
        new = self.pool.add(np.concatenate([offer.member[-_PER_SITE:] for offer in offers]))
        free = mix.walls < 1e-6
        self.done = free and mix.value - self.best.bound <= _CLOSE * abs(mix.value)
        self._learn(new > 0, better, free, all(offer.whole for offer in offers))

    def _learn(self, new: bool, better: bool, free: bool, whole: bool) -> None:
        """What to do otherwise: nothing, look deeper, trust the master more, widen the box, or end."""
        if new:
            self.smooth = _SMOOTH
        elif not whole and self.nodes < _MOST_NODES:
            self.nodes *= _MORE
        elif self.smooth > 0.0:
            self.smooth = 0.5 * self.smooth if self.smooth > _LEAST_SMOOTH else 0.0
        elif free or not better:
            self.done = True
        else:
            self.box *= 2.0
