"""Compiled inner loops of territory design. Pairs are dense here: (units, sites)."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.problem import BoolArray, Int32Array
from territory_opt.travel.place import FloatArray, IndexArray


@njit(cache=True, nogil=True)
def price_sites(
    cost: FloatArray,
    load: FloatArray,
    low: FloatArray,
    high: FloatArray,
    home: Int32Array,
    keep: BoolArray,
    unit_price: FloatArray,
    band_price: FloatArray,
    m: int,
    reduced: FloatArray,
) -> tuple[FloatArray, IndexArray, FloatArray]:
    """Least priced cost of opening each site (sites,), where any share of a unit may be served.

    A unit served earns its price; a load earns band_price[m, j] against the limit it pushes at. The price
    of meter m is set to its best for each site on the way: the sites' problem is then a knapsack with two
    limits, filled by cost per load. band_price (meters, sites) and reduced (units, sites), the reduced
    cost of every pair, are written. A site whose own unit it may not serve, or which cannot keep its
    band, is worth inf. Returned with it: the unit that a site's filling ends on (-1: none) and the share
    of it that is served.
    """
    n_units, n_sites = cost.shape
    value, share = np.empty(n_sites), np.zeros(n_sites)
    last = np.full(n_sites, -1)
    for j in range(n_sites):
        own = home[j]
        value[j] = np.inf
        reduced[:, j] = np.inf
        if own >= 0 and not keep[own, j]:
            continue
        constant, weight, count = 0.0, 0.0, 0
        who = np.empty(n_units, np.int64)
        ratio = np.empty(n_units)
        for q in range(load.shape[0]):
            if q != m:
                constant += _at_limit(band_price[q, j], low[q, j], high[q, j])
        for u in range(n_units):
            if not keep[u, j]:
                continue
            r = cost[u, j] - unit_price[u]
            for q in range(load.shape[0]):
                if q != m:
                    r -= band_price[q, j] * load[q, u]
            reduced[u, j] = r
            w = load[m, u]
            if u == own:
                weight += w
            elif w > 0.0:
                who[count], ratio[count] = u, r / w
                count += 1
        order = np.argsort(ratio[:count])
        if weight > high[m, j] + 1e-9 * abs(high[m, j]):
            continue
        price = 0.0
        for at in order:
            u = who[at]
            if (ratio[at] >= 0.0 or weight >= high[m, j]) and weight >= low[m, j]:
                break
            weight += load[m, u]
            # The unit on which the filling ends sets the price, unless it ends between two limits.
            if weight >= high[m, j] or ratio[at] > 0.0:
                limit = high[m, j] if ratio[at] < 0.0 else low[m, j]
                price, last[j], share[j] = ratio[at], u, 1.0 - max(weight - limit, 0.0) / load[m, u]
        if weight < low[m, j] - 1e-9 * abs(low[m, j]):
            continue
        band_price[m, j] = price
        total = constant + _at_limit(price, low[m, j], high[m, j])
        for u in range(n_units):
            if keep[u, j]:
                reduced[u, j] -= price * load[m, u]
                if u == own:
                    total += reduced[u, j]
                    reduced[u, j] = 0.0
                else:
                    total += min(reduced[u, j], 0.0)
        value[j] = total
    return value, last, share


@njit(cache=True, nogil=True)
def _at_limit(price: float, low: float, high: float) -> float:
    """What a limit adds at a price per load: a positive one pays up to low, a negative above high."""
    if price > 0.0:
        return price * low
    if price < 0.0:
        return price * high
    return 0.0


@njit(cache=True, nogil=True)
def dearest_paths(
    first: IndexArray, neighbour: IndexArray, home: Int32Array, keep: BoolArray, weight: FloatArray
) -> FloatArray:
    """Least Σ weight[v, j] along a path of kept units from each site's home to each unit, both ends included.

    first, neighbour: adjacency of units as compressed rows. weight (units, sites) must not be negative. inf
    where no path is left: whoever serves such a unit from there has a territory in pieces.
    """
    n_units, n_sites = keep.shape
    length = np.full((n_units, n_sites), np.inf)
    for j in range(n_sites):
        own = home[j]
        if own < 0 or not keep[own, j]:
            continue
        done = np.zeros(n_units, np.bool_)
        length[own, j] = weight[own, j]
        while True:
            u, least = -1, np.inf
            for v in range(n_units):
                if not done[v] and length[v, j] < least:
                    u, least = v, length[v, j]
            if u < 0:
                break
            done[u] = True
            for at in range(first[u], first[u + 1]):
                v = neighbour[at]
                if keep[v, j] and not done[v]:
                    length[v, j] = min(length[v, j], least + weight[v, j])
    return length
