"""Territory design as arrays: k centres to choose among sites, each unit served from one of them.

    minimise  Σ_u cost[u, centre of u]   with exactly k open centres,
    every open centre's load of every meter within its band, and, if asked for, every territory connected

(Hess et al. 1965; Validi, Buchanan & Lykhovyd 2022.) The capacitated p-median problem is the case of one
meter without lower limits and without edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from territory_opt.problem import BoolArray, Int32Array
from territory_opt.travel.place import FloatArray, IndexArray


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
    """

    cost: FloatArray
    load: FloatArray
    low: FloatArray
    high: FloatArray
    home: Int32Array
    edges: Int32Array
    contiguous: bool
    k: int

    @property
    def n_units(self) -> int:
        return self.cost.shape[0]

    @property
    def n_sites(self) -> int:
        return self.cost.shape[1]

    def value(self, site: IndexArray) -> float:
        """Cost of a plan, site per unit (units,)."""
        return float(self.cost[np.arange(self.n_units), site].sum())

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

    def may_serve(self) -> BoolArray:
        """Which pairs are allowed; shape (units, sites)."""
        return np.isfinite(self.cost)
