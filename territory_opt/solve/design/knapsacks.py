"""What each site would gain at given prices of units: a relaxed knapsack a site, compiled.

With the rule "each unit once" priced, a site serves those units that pay: the linear knapsack of one meter,
solved by taking units in the order of their priced cost per load (Dantzig 1957).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.travel.place import FloatArray, IndexArray


@njit(cache=True, nogil=True)
def fill(
    priced: FloatArray,
    load: FloatArray,
    low: float,
    high: float,
    price: float,
    home: int,
    share: FloatArray,
) -> tuple[float, float]:
    """Least Σ priced·x + price·(load outside low … high), 0 ≤ x ≤ 1, the unit `home` served.

    priced (units,), inf for a unit that may not be served; load (units,), none below 0; price: inf for a
    hard band. Writes x to share (units,). Returns the value, inf if the band cannot be met, and the worth
    of a unit of load at the optimum: x is best for priced - worth·load.
    """
    value, total = 0.0, 0.0
    count = 0
    order = np.empty(len(priced), np.int64)
    ratio = np.empty(len(priced))
    below = low > 0.0
    for u in range(len(priced)):
        share[u] = 0.0
        if u == home or (load[u] <= 0.0 and priced[u] < 0.0):
            if not np.isfinite(priced[u]):
                return np.inf, 0.0
            share[u] = 1.0
            value += priced[u]
            total += load[u]
        elif load[u] > 0.0 and (priced[u] < 0.0 or (below and np.isfinite(priced[u]))):
            ratio[count] = priced[u] / load[u]
            order[count] = u
            count += 1
    by_ratio = np.argsort(ratio[:count])
    worth = 0.0
    for i in by_ratio:
        u = order[i]
        left = load[u]
        while left > 0.0:
            # Money for a unit of load: its price under the band, nothing inside, a fine over it.
            if total < low:
                room, pay = low - total, price
            elif total < high:
                room, pay = high - total, 0.0
            else:
                room, pay = np.inf, -price
            if ratio[i] >= pay:
                break
            part = min(left, room)
            value += ratio[i] * part
            total = low if part == low - total else (high if part == high - total else total + part)
            left -= part
        share[u] = 1.0 - left / load[u]
        worth = ratio[i]
        if left > 0.0:
            break
    # A price of load that fits both the units taken and the band's slopes on either side.
    floor = 0.0 if total < high else -price
    ceiling = 0.0 if total > low else price
    if total > high:
        ceiling = -price
    if total < low:
        floor = price
    worth = min(max(worth, floor), ceiling)
    outside = max(low - total, total - high, 0.0)
    if outside > 0.0 and not np.isfinite(price):
        return np.inf, 0.0
    return (value + price * outside if outside > 0.0 else value), worth


@njit(cache=True, nogil=True)
def site_values(
    first: int,
    last: int,
    cost: FloatArray,
    unit_price: FloatArray,
    load: FloatArray,
    low: FloatArray,
    high: FloatArray,
    price: FloatArray,
    home: IndexArray,
    value: FloatArray,
    worth: FloatArray,
    meter: IndexArray,
) -> None:
    """For sites first … last-1: the knapsack of the meter that asks most; its value, worth of load, number.

    cost (sites, units); load (meters, units); low, high (meters, sites); price (meters,).
    """
    share = np.empty(cost.shape[1])
    for s in range(first, last):
        priced = cost[s] - unit_price
        value[s] = -np.inf
        for m in range(load.shape[0]):
            v, w = fill(priced, load[m], low[m, s], high[m, s], price[m], home[s], share)
            if v > value[s]:
                value[s], worth[s], meter[s] = v, w, m


@njit(cache=True, nogil=True)
def served(
    chosen: IndexArray,
    cost: FloatArray,
    unit_price: FloatArray,
    load: FloatArray,
    low: FloatArray,
    high: FloatArray,
    price: FloatArray,
    home: IndexArray,
    meter: IndexArray,
) -> FloatArray:
    """How often each unit is served by the chosen sites, each by its own knapsack (units,)."""
    count, share = np.zeros(cost.shape[1]), np.empty(cost.shape[1])
    for s in chosen:
        m = meter[s]
        fill(cost[s] - unit_price, load[m], low[m, s], high[m, s], price[m], home[s], share)
        count += share
    return count
