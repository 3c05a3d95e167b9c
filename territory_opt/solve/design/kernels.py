"""Compiled local search on territories: shifts, chains of two, and moves of centres, by annealing.

A plan is a territory per unit and a site per territory. Each kernel has a plain NumPy twin in the tests.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.solve.design.connected import may_leave
from territory_opt.travel.place import FloatArray, IndexArray

_KINDS = 8  # of every eight tries one moves a centre, four shift a unit, and three shift two in a chain


@njit(cache=True, nogil=True)
def breach_cost(load: float, low: float, high: float, price: float) -> float:
    """What a load outside its band costs."""
    if load < low:
        return price * (low - load)
    if load > high:
        return price * (load - high)
    return 0.0


@njit(cache=True, nogil=True)
def shift_cost(
    u: int,
    into: int,
    label: IndexArray,
    centre: IndexArray,
    cost: FloatArray,
    rep_cost: FloatArray,
    load: FloatArray,
    low: FloatArray,
    high: FloatArray,
    price: FloatArray,
    loads: FloatArray,
) -> float:
    """Change of the objective if unit u went to territory `into`; loads (meters, territories) stay."""
    a = label[u]
    s, t = centre[a], centre[into]
    delta = cost[u, t] - cost[u, s]
    if rep_cost.shape[0] > 0:
        delta += rep_cost[u, into] - rep_cost[u, a]
    for m in range(load.shape[0]):
        w = load[m, u]
        delta += breach_cost(loads[m, a] - w, low[m, s], high[m, s], price[m])
        delta -= breach_cost(loads[m, a], low[m, s], high[m, s], price[m])
        delta += breach_cost(loads[m, into] + w, low[m, t], high[m, t], price[m])
        delta -= breach_cost(loads[m, into], low[m, t], high[m, t], price[m])
    return delta


@njit(cache=True, nogil=True)
def centre_cost(
    a: int,
    site: int,
    centre: IndexArray,
    first: IndexArray,
    after: IndexArray,
    cost: FloatArray,
    low: FloatArray,
    high: FloatArray,
    price: FloatArray,
    loads: FloatArray,
) -> float:
    """Change of the objective if territory a had its centre at a site; inf if that may not serve a unit."""
    old = centre[a]
    delta = 0.0
    for m in range(loads.shape[0]):
        delta += breach_cost(loads[m, a], low[m, site], high[m, site], price[m])
        delta -= breach_cost(loads[m, a], low[m, old], high[m, old], price[m])
    u = first[a]
    while u >= 0:
        delta += cost[u, site] - cost[u, old]
        u = after[u]
    return delta


@njit(cache=True, nogil=True)
def _move(
    u: int,
    into: int,
    label: IndexArray,
    load: FloatArray,
    loads: FloatArray,
    first: IndexArray,
    after: IndexArray,
    before: IndexArray,
) -> None:
    """Take unit u out of its territory's chain of members and put it at the head of another's."""
    a = label[u]
    for m in range(load.shape[0]):
        loads[m, a] -= load[m, u]
        loads[m, into] += load[m, u]
    if before[u] >= 0:
        after[before[u]] = after[u]
    else:
        first[a] = after[u]
    if after[u] >= 0:
        before[after[u]] = before[u]
    label[u], before[u], after[u] = into, -1, first[into]
    if first[into] >= 0:
        before[first[into]] = u
    first[into] = u


@njit(cache=True, nogil=True)
def anneal(
    seed: int,
    tries: int,
    hot: float,
    cold: float,
    label: IndexArray,
    centre: IndexArray,
    cost: FloatArray,
    rep_cost: FloatArray,
    load: FloatArray,
    low: FloatArray,
    high: FloatArray,
    price: FloatArray,
    home: IndexArray,
    near: IndexArray,
    start: IndexArray,
    beside: IndexArray,
    contiguous: bool,
) -> tuple[IndexArray, IndexArray]:
    """Annealed moves on label (units,) and centre (territories,), in place; returns the best met of both.

    rep_cost (units, territories), or no rows. price (meters,): finite, of a unit of breach. near (units,
    few): sites to try as centres. start, beside: units to be with, as rows of a sparse matrix; those next
    to it if contiguous.
    A unit never leaves the territory whose centre lies in it, nor a territory of its own.
    """
    np.random.seed(seed)
    n_units, n_meters = cost.shape[0], load.shape[0]
    k = len(centre)
    loads = np.zeros((n_meters, k))
    first, after, before = np.full(k, -1), np.full(n_units, -1), np.full(n_units, -1)
    for u in range(n_units):
        for m in range(n_meters):
            loads[m, label[u]] += load[m, u]
        after[u] = first[label[u]]
        if after[u] >= 0:
            before[after[u]] = u
        first[label[u]] = u
    is_open = np.zeros(cost.shape[1], np.bool_)
    is_open[centre] = True
    stack, seen, mark = np.empty(n_units, np.int64), np.zeros(n_units, np.int64), 0
    temperature = hot
    best_label, best_centre = label.copy(), centre.copy()
    value, best = 0.0, 0.0
    for i in range(tries):
        if i % 1024 == 0:
            temperature = hot * (cold / hot) ** (i / tries)
        if value < best - 1e-12 * abs(best):
            best = value
            best_label[:], best_centre[:] = label, centre
        u = np.random.randint(n_units)
        a = label[u]
        kind = i % _KINDS
        if kind == 0:
            site = near[u, np.random.randint(near.shape[1])]
            if is_open[site] or (home[site] >= 0 and label[home[site]] != a):
                continue
            delta = centre_cost(a, site, centre, first, after, cost, low, high, price, loads)
            if delta <= 0.0 or np.random.random() < np.exp(-delta / temperature):
                is_open[centre[a]], is_open[site] = False, True
                centre[a] = site
                value += delta
            continue
        if u == home[centre[a]] or (first[a] == u and after[u] < 0) or start[u] == start[u + 1]:
            continue
        w = beside[start[u] + np.random.randint(start[u + 1] - start[u])]
        b = label[w]
        if a == b:
            continue
        delta = shift_cost(u, b, label, centre, cost, rep_cost, load, low, high, price, loads)
        if kind < 5:
            if delta <= 0.0 or np.random.random() < np.exp(-delta / temperature):
                mark += 2
                if contiguous and not may_leave(u, label, start, beside, stack, seen, mark):
                    continue
                _move(u, b, label, load, loads, first, after, before)
                value += delta
            continue
        if not np.isfinite(delta) or start[w] == start[w + 1]:
            continue
        v = w
        if kind > 5:  # someone else of that territory may make room as well
            v = beside[start[w] + np.random.randint(start[w + 1] - start[w])]
            if label[v] != b or v == u:
                v = w
        if v == home[centre[b]] or start[v] == start[v + 1]:
            continue
        x = beside[start[v] + np.random.randint(start[v + 1] - start[v])]
        c = label[x]
        if c == b or x == u:
            continue
        mark += 2
        if contiguous and not may_leave(u, label, start, beside, stack, seen, mark):
            continue
        _move(u, b, label, load, loads, first, after, before)
        delta += shift_cost(v, c, label, centre, cost, rep_cost, load, low, high, price, loads)
        if (delta <= 0.0 or np.random.random() < np.exp(-delta / temperature)) and (
            not contiguous or may_leave(v, label, start, beside, stack, seen, mark + 1)
        ):
            _move(v, c, label, load, loads, first, after, before)
            value += delta
        else:
            _move(u, a, label, load, loads, first, after, before)
    if value < best:
        return label.copy(), centre.copy()
    return best_label, best_centre
