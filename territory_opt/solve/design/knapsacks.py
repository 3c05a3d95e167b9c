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
        constant = 0.0
        for q in range(load.shape[0]):
            if q != m:
                constant += _at_limit(band_price[q, j], low[q, j], high[q, j])
        _reduce(j, cost, load, keep, unit_price, band_price, m, reduced)
        room = low[m, j], high[m, j], breach_price[m]
        price, last[j], share[j] = _filled(reduced[:, j], keep[:, j], load[m], own, room, who, ratio)
        if not np.isfinite(price):
            continue
        band_price[m, j] = price
        value[j] = constant + _at_limit(price, low[m, j], high[m, j])
        value[j] += _served(reduced[:, j], keep[:, j], load[m], own, price)


@njit(cache=True, nogil=True)
def _reduce(
    j: int,
    cost: FloatArray,
    load: FloatArray,
    keep: BoolArray,
    unit_price: FloatArray,
    band_price: FloatArray,
    m: int,
    reduced: FloatArray,
) -> None:
    """Write the reduced costs of site j, all prices counted but that of meter m."""
    for u in range(cost.shape[0]):
        if keep[u, j]:
            reduced[u, j] = cost[u, j] - unit_price[u]
    for q in range(load.shape[0]):
        if q != m and band_price[q, j] != 0.0:
            for u in range(cost.shape[0]):
                reduced[u, j] -= band_price[q, j] * load[q, u]


@njit(cache=True, nogil=True)
def _filled(
    reduced: FloatArray,
    keep: BoolArray,
    load: FloatArray,
    own: int,
    room: tuple[float, float, float],
    who: IndexArray,
    ratio: FloatArray,
) -> tuple[float, int, float]:
    """Best price of a load, the unit that the filling ends on (-1: between the limits), and its share.

    Nothing is sorted: only the unit is sought on which the filling ends. room: lower and upper limit, and
    what a breach costs at most. who, ratio (units,): to work in.
    """
    lower, upper, most = room
    weight = load[own] if own >= 0 else 0.0
    if weight > upper + 1e-9 * abs(upper):
        return -most, -1, 0.0
    gains = weight
    for u in range(len(reduced)):
        if reduced[u] < 0.0 and load[u] > 0.0 and u != own and keep[u]:
            gains += load[u]
    if lower <= gains < upper:
        return 0.0, -1, 0.0
    too_many = gains >= upper  # of those that gain; else some that lose must come in
    limit, count = (upper if too_many else lower), 0
    for u in range(len(reduced)):
        if keep[u] and load[u] > 0.0 and u != own and (reduced[u] < 0.0) == too_many:
            who[count], ratio[count] = u, reduced[u] / load[u]
            count += 1
    if not too_many:
        weight = gains
    at, before = _crossing(who, ratio, load, count, limit - weight)
    if at < 0:
        short = weight + before < lower - 1e-9 * abs(lower)
        return (most if short else 0.0), -1, 0.0
    price, u = ratio[at], who[at]
    if abs(price) >= most:  # a breach is cheaper: no unit is served in part
        return (most if price > 0.0 else -most), -1, 0.0
    return price, u, min(max((limit - weight - before) / load[u], 0.0), 1.0)


@njit(cache=True, nogil=True)
def _crossing(
    who: IndexArray, ratio: FloatArray, load: FloatArray, count: int, wanted: float
) -> tuple[int, float]:
    """Where the loads of units, by rising ratio, add up to `wanted`, and those before; -1 and all if never.

    By halving what is left, as Hoare's selection does; who and ratio are put in another order.
    """
    first, stop, before = 0, count, 0.0
    while first < stop:
        pivot = _middle(ratio[first], ratio[(first + stop) // 2], ratio[stop - 1])
        below, at = first, first
        above = stop
        small = same = 0.0
        while at < above:  # below: smaller ones; up to above: as large as the pivot
            if ratio[at] < pivot:
                small += load[who[at]]
                _swap(who, ratio, at, below)
                below += 1
                at += 1
            elif ratio[at] > pivot:
                above -= 1
                _swap(who, ratio, at, above)
            else:
                same += load[who[at]]
                at += 1
        if before + small >= wanted and below > first:
            stop = below
        elif before + small + same >= wanted:
            before += small
            for i in range(below, above):
                if before + load[who[i]] >= wanted:
                    return i, before
                before += load[who[i]]
            return above - 1, before - load[who[above - 1]]
        else:
            before += small + same
            first = above
    return -1, before


@njit(cache=True, nogil=True)
def _middle(a: float, b: float, c: float) -> float:
    return max(min(a, b), min(max(a, b), c))


@njit(cache=True, nogil=True)
def _swap(who: IndexArray, ratio: FloatArray, i: int, j: int) -> None:
    who[i], who[j] = who[j], who[i]
    ratio[i], ratio[j] = ratio[j], ratio[i]


@njit(cache=True, nogil=True)
def _served(reduced: FloatArray, keep: BoolArray, load: FloatArray, own: int, price: float) -> float:
    """What the units are worth that a site serves at a price; their reduced costs are brought up to date."""
    total = 0.0
    for u in range(len(reduced)):
        if keep[u]:
            reduced[u] -= price * load[u]
            if u == own:
                total += reduced[u]
                reduced[u] = 0.0
            else:
                total += min(reduced[u], 0.0)
    return total


@njit(cache=True, nogil=True)
def _at_limit(price: float, low: float, high: float) -> float:
    """What a limit adds at a price per load: a positive one pays up to low, a negative above high."""
    if price > 0.0:
        return price * low
    if price < 0.0:
        return price * high
    return 0.0
