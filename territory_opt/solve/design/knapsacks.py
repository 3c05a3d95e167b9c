"""What opening each site is worth at given prices of units and bands: a relaxed knapsack a site, compiled.

Arrays of pairs (units, sites) come with the column of a site in one piece of memory (Fortran's order).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.problem import BoolArray, Int32Array
from territory_opt.travel.place import FloatArray, IndexArray


@njit(cache=True, nogil=True)
def price_sites(
    start: int,
    stop: int,
    cost: FloatArray,
    load: FloatArray,
    low: FloatArray,
    high: FloatArray,
    breach_price: FloatArray,
    home: Int32Array,
    keep: BoolArray,
    unit_price: FloatArray,
    band_price: FloatArray,
    m: int,
    reduced: FloatArray,
    value: FloatArray,
    last: IndexArray,
    share: FloatArray,
) -> None:
    """Least priced cost of opening sites start … stop-1, where any share of a unit may be served.

    A unit served earns its price; a load earns band_price[q, j] against the limit it pushes at, never more
    than a breach costs (breach_price, inf for a hard band). The price of meter m is set to its best for
    each site on the way: the sites' problem is then a knapsack with two limits, filled by cost per load
    (Dantzig 1957). Written are band_price (meters, sites); reduced (units, sites), the reduced cost of
    every pair; value (sites,), inf for a site whose own unit it may not serve, or which cannot keep a hard
    band; last and share (sites,): the unit that a site's filling ends on (-1: none), and how much of it.
    """
    n_units = cost.shape[0]
    who, ratio = np.empty(n_units, np.int64), np.empty(n_units)
    for j in range(start, stop):
        value[j], last[j], share[j] = np.inf, -1, 0.0
        reduced[:, j] = np.inf
        own = home[j]
        if own >= 0 and not keep[own, j]:
            continue
        lower, upper, most = low[m, j], high[m, j], breach_price[m]
        constant, weight, count = 0.0, 0.0, 0
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
            elif w > 0.0 and (r < 0.0 or lower > 0.0):
                who[count], ratio[count] = u, r / w
                count += 1
        price = 0.0
        if weight > upper + 1e-9 * abs(upper):
            price, count = -most, 0
        for at in np.argsort(ratio[:count]):
            u = who[at]
            if (ratio[at] >= 0.0 or weight >= upper) and weight >= lower:
                if ratio[at] < 0.0 and last[j] < 0:  # a site's own unit leaves no room
                    price, last[j] = ratio[at], u
                break
            weight += load[m, u]
            # The unit on which the filling ends sets the price, unless it ends between two limits.
            if weight >= upper or ratio[at] > 0.0:
                limit = upper if ratio[at] < 0.0 else lower
                price, last[j], share[j] = ratio[at], u, 1.0 - max(weight - limit, 0.0) / load[m, u]
        if weight < lower - 1e-9 * abs(lower):
            price = most
        if not np.isfinite(price):
            continue
        if abs(price) >= most:  # a breach is cheaper: no unit is served in part
            price, last[j] = (most if price > 0.0 else -most), -1
        band_price[m, j] = price
        total = constant + _at_limit(price, lower, upper)
        for u in range(n_units):
            if keep[u, j]:
                reduced[u, j] -= price * load[m, u]
                if u == own:
                    total += reduced[u, j]
                    reduced[u, j] = 0.0
                else:
                    total += min(reduced[u, j], 0.0)
        value[j] = total


@njit(cache=True, nogil=True)
def _at_limit(price: float, low: float, high: float) -> float:
    """What a limit adds at a price per load: a positive one pays up to low, a negative above high."""
    if price > 0.0:
        return price * low
    if price < 0.0:
        return price * high
    return 0.0
