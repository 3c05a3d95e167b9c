"""Territory design as arrays: k centres to choose among sites, each unit served from one of them.

    minimise  Σ_u cost[u, centre of u]   with exactly k open centres,
    every open centre's load of every meter within its band, and, if asked for, every territory connected

(Hess et al. 1965; Validi, Buchanan & Lykhovyd 2022.) The capacitated p-median problem is the case of one
meter without lower limits and without edges. A band may be soft, with a price, and the territories may be
for k reps who know some units better than others: then a plan's value holds the best seating of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from territory_opt.problem import BoolArray, Int32Array
from territory_opt.travel.place import FloatArray, IndexArray

_LARGE = 4_000_000  # pairs


@dataclass(frozen=True)
class Sites:
    """Units, the sites that may become centres, and what an open centre may carry.

    cost (units, sites): of serving a unit from a site, inf where that is not allowed.
    load (meters, units): what a unit weighs, whoever serves it.
    low, high (meters, sites): limits of an open site's load, -inf and inf where there is none.
    home (sites,): the unit that a site lies in and serves when it is open, -1 for none.
    edges (edges, 2): units next to each other.
    contiguous: every territory must be connected by edges, with its centre's unit in it.
    k: number of centres.
    breach_price (meters,): cost per unit of load outside a band, inf for a hard one; None: all are hard.
    rep_cost (units, k): extra cost of a unit with each of k reps, one a territory; None: nobody's business.
    """

    cost: FloatArray
    load: FloatArray
    low: FloatArray
    high: FloatArray
    home: Int32Array
    edges: Int32Array
    contiguous: bool
    k: int
    breach_price: FloatArray | None = None
    rep_cost: FloatArray | None = None

    @property
    def n_units(self) -> int:
        return self.cost.shape[0]

    @property
    def n_sites(self) -> int:
        return self.cost.shape[1]

    def is_large(self) -> bool:
        """Whether there are too many pairs to begin with little and to anneal long."""
        return self.n_units * self.n_sites >= _LARGE and bool((self.home >= 0).all())

    def value(self, site: IndexArray) -> float:
        """Cost of a plan, site per unit (units,): pairs, breaches of soft bands, and reps at their best."""
        value = float(self.cost[np.arange(self.n_units), site].sum())
        if self.breach_price is not None:
            soft = np.isfinite(self.breach_price)
            value += float(self.breach_price[soft] @ self.breach(site)[soft].sum(axis=1))
        if self.rep_cost is not None:
            value += float(self.rep_cost[np.arange(self.n_units), self.reps(site)].sum())
        return value

    def breach(self, site: IndexArray) -> FloatArray:
        """Load outside the bands of each meter and site, 0 where a site is closed; shape (meters, sites)."""
        loads, open_sites = self.loads(site), np.zeros(self.n_sites, bool)
        open_sites[site] = True
        return np.where(open_sites, np.maximum(np.maximum(self.low - loads, loads - self.high), 0.0), 0.0)

    def reps(self, site: IndexArray) -> IndexArray:
        """The rep of each unit (units,) when every territory has one and they cost least together."""
        if self.rep_cost is None:
            raise ValueError("there are no reps to seat")
        centre, territory = np.unique(site, return_inverse=True)
        together = np.zeros((len(centre), self.rep_cost.shape[1]))
        np.add.at(together, territory, self.rep_cost)
        _, rep = linear_sum_assignment(together)
        return rep[territory]

    def loads(self, site: IndexArray) -> FloatArray:
        """Load of each meter on each site; shape (meters, sites)."""
        loads = np.zeros((len(self.load), self.n_sites))
        for total, row in zip(loads, self.load, strict=True):
            total += np.bincount(site, row, self.n_sites)
        return loads

    def faults(self, site: IndexArray) -> list[str]:
        """What a plan breaks, in words, recounted from the arrays; none when it is a design."""
        found = []
        open_sites = np.unique(site)
        if len(open_sites) != self.k:
            found.append(f"{len(open_sites)} centres instead of {self.k}")
        if not np.isfinite(self.cost[np.arange(self.n_units), site]).all():
            found.append("a unit is served from a site that may not serve it")
        at_home = self.home[open_sites]
        if (site[at_home[at_home >= 0]] != open_sites[at_home >= 0]).any():
            found.append("a centre does not serve its own unit")
        loads = self.loads(site)[:, open_sites]
        room = 1e-9 * np.maximum(np.abs(loads), 1.0)
        outside = (loads < self.low[:, open_sites] - room) | (loads > self.high[:, open_sites] + room)
        if self.breach_price is not None:
            outside &= ~np.isfinite(self.breach_price)[:, None]
        if outside.any():
            found.append(f"{int(outside.any(axis=0).sum())} territories are outside a band")
        if self.contiguous and (self.pieces(site)[open_sites] > 1).any():
            found.append(f"{int((self.pieces(site)[open_sites] > 1).sum())} territories are not connected")
        return found

    def pieces(self, site: IndexArray) -> IndexArray:
        """Number of connected parts of each site's territory (sites,), 0 for a closed one."""
        same = self.edges[site[self.edges[:, 0]] == site[self.edges[:, 1]]]
        graph = coo_array((np.ones(len(same), np.int8), (same[:, 0], same[:, 1])), shape=(self.n_units,) * 2)
        _, part = connected_components(graph, directed=False)
        _, first = np.unique(part, return_index=True)
        return np.bincount(site[first], minlength=self.n_sites)

    def part(self, units: IndexArray, sites: IndexArray, reps: IndexArray, k: int) -> Sites:
        """The question for some units, sites and reps alone, numbered from 0; home -1 for those outside."""
        number = np.full(self.n_units + 1, -1, np.int32)
        number[units] = np.arange(len(units))
        edges = number[self.edges]
        return Sites(
            np.ascontiguousarray(self.cost[np.ix_(units, sites)]),
            np.ascontiguousarray(self.load[:, units]),
            np.ascontiguousarray(self.low[:, sites]),
            np.ascontiguousarray(self.high[:, sites]),
            number[self.home[sites]],
            edges[(edges >= 0).all(axis=1)],
            self.contiguous,
            k,
            self.breach_price,
            None if self.rep_cost is None else np.ascontiguousarray(self.rep_cost[np.ix_(units, reps)]),
        )

    def least_cost(self) -> FloatArray:
        """Cost of each pair (units, sites), with the rep whom the unit costs least."""
        return self.cost if self.rep_cost is None else self.cost + self.rep_cost.min(axis=1)[:, None]

    def breach_prices(self) -> FloatArray:
        """Price of a unit of load outside a band of each meter (meters,), inf for hard ones."""
        return np.full(len(self.load), np.inf) if self.breach_price is None else self.breach_price

    def least_step(self) -> float:
        """By how much values of plans differ at least when they do: 1 where all costs are whole, else 0."""
        if self.rep_cost is not None or np.isfinite(self.breach_prices()).any():
            return 0.0
        cost = self.cost[np.isfinite(self.cost)]
        return float((cost == np.rint(cost)).all())

    def may_serve(self) -> BoolArray:
        """Which pairs are allowed; shape (units, sites)."""
        return np.isfinite(self.cost)
