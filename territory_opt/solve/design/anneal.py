"""Annealing of a design: units change territory or swap, centres move, and connected stays connected.

Labels 0 … k-1 name territories, centre[t] is the site of territory t. A load outside its band costs a
price per share of the mean load, which rises as the temperature falls: too low and the bands stay broken,
too high at first and nothing moves.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.problem import Int32Array
from territory_opt.travel.place import FloatArray, IndexArray


@njit(cache=True, nogil=True)
def anneal(
    cost: FloatArray,
    load: FloatArray,
    low: FloatArray,
    high: FloatArray,
    home: Int32Array,
    first: IndexArray,
    neighbour: IndexArray,
    contiguous: bool,
    label: IndexArray,
    centre: IndexArray,
    seed: int,
    tries: int,
    heat: tuple[float, float],
    price: tuple[float, float],
) -> tuple[IndexArray, float]:
    """Site per unit of the best plan met, and its cost; inf when every plan met broke a band.

    label, centre are changed in place. heat: temperature at the start and the end, in money; price: of a
    share of the mean load outside a band, at the start and the end.
    """
    np.random.seed(seed)
    n_units, k = len(label), len(centre)
    n_meters = load.shape[0]
    mean = np.empty(n_meters)
    total = np.zeros((n_meters, k))
    for m in range(n_meters):
        for u in range(n_units):
            total[m, label[u]] += load[m, u]
        mean[m] = max(load[m].sum() / k, 1e-12)
    value, broken = 0.0, 0.0
    for u in range(n_units):
        value += cost[u, centre[label[u]]]
    for t in range(k):
        for m in range(n_meters):
            broken += outside(total[m, t], low[m, centre[t]], high[m, centre[t]]) / mean[m]
    best, best_value = np.full(n_units, -1), np.inf
    temperature, fine = heat[0], price[0]
    cooling = (heat[1] / heat[0]) ** (1.0 / max(tries, 1))
    rising = (price[1] / price[0]) ** (1.0 / max(tries, 1))
    stack, seen = np.empty(n_units, np.int64), np.zeros(n_units, np.int64)
    mark = 0
    for _ in range(tries):
        temperature *= cooling
        fine *= rising
        u = np.random.randint(n_units)
        s = label[u]
        if np.random.random() < 0.02:
            # The centre moves to u, if u has a site of its own.
            new = _site_of(home, u, cost.shape[1])
            if new < 0 or new == centre[s]:
                continue
            saved, breach = 0.0, 0.0
            for v in range(n_units):
                if label[v] == s:
                    saved += cost[v, new] - cost[v, centre[s]]
            for m in range(n_meters):
                breach += outside(total[m, s], low[m, new], high[m, new]) / mean[m]
                breach -= outside(total[m, s], low[m, centre[s]], high[m, centre[s]]) / mean[m]
            if np.random.random() < np.exp(min(-(saved + fine * breach) / temperature, 0.0)):
                centre[s] = new
                value += saved
                broken += breach
            continue
        if contiguous:
            if first[u] == first[u + 1]:
                continue
            t = label[neighbour[np.random.randint(first[u], first[u + 1])]]
        else:
            t = np.random.randint(k)
        if s == t or home[centre[s]] == u:
            continue
        v = -1
        if np.random.random() < 0.5:
            v = np.random.randint(n_units)
            if label[v] != t or home[centre[t]] == v:
                v = -1
        change = cost[u, centre[t]] - cost[u, centre[s]]
        if v >= 0:
            change += cost[v, centre[s]] - cost[v, centre[t]]
        breach = 0.0
        for m in range(n_meters):
            moved = load[m, u] - (load[m, v] if v >= 0 else 0.0)
            breach += outside(total[m, s] - moved, low[m, centre[s]], high[m, centre[s]]) / mean[m]
            breach += outside(total[m, t] + moved, low[m, centre[t]], high[m, centre[t]]) / mean[m]
            breach -= outside(total[m, s], low[m, centre[s]], high[m, centre[s]]) / mean[m]
            breach -= outside(total[m, t], low[m, centre[t]], high[m, centre[t]]) / mean[m]
        if not np.random.random() < np.exp(min(-(change + fine * breach) / temperature, 0.0)):
            continue
        label[u] = t
        if v >= 0:
            label[v] = s
        if contiguous:
            mark += 2
            if not (
                holds(first, neighbour, label, s, u, v, stack, seen, mark)
                and holds(first, neighbour, label, t, v, u, stack, seen, mark + 1)
            ):
                label[u] = s
                if v >= 0:
                    label[v] = t
                continue
        for m in range(n_meters):
            moved = load[m, u] - (load[m, v] if v >= 0 else 0.0)
            total[m, s] -= moved
            total[m, t] += moved
        value += change
        broken += breach
        if broken < 1e-9 and value < best_value - 1e-9 * abs(best_value if best_value < np.inf else 0.0):
            best_value = value
            for w in range(n_units):
                best[w] = centre[label[w]]
    return best, best_value


@njit(cache=True, nogil=True)
def outside(load: float, low: float, high: float) -> float:
    """By how much a load is outside its band, with the room that sums of floats need."""
    room = 1e-10 * max(abs(load), 1.0)
    return max(load - high - room, 0.0) + max(low - load - room, 0.0)


@njit(cache=True, nogil=True)
def _site_of(home: Int32Array, u: int, n_sites: int) -> int:
    """A site that lies in a unit, -1 if none does."""
    if u < n_sites and home[u] == u:
        return u
    for j in range(n_sites):
        if home[j] == u:
            return j
    return -1


@njit(cache=True, nogil=True)
def holds(
    first: IndexArray,
    neighbour: IndexArray,
    label: IndexArray,
    t: int,
    gone: int,
    come: int,
    stack: IndexArray,
    seen: IndexArray,
    mark: int,
) -> bool:
    """Whether territory t is still connected after `gone` left it and `come` joined it (-1: nobody did).

    It was connected, so it is enough that the former neighbours of `gone` reach each other, and `come` them.
    """
    wanted, start = 0, -1
    if gone >= 0:
        for at in range(first[gone], first[gone + 1]):
            if label[neighbour[at]] == t and neighbour[at] != come:
                wanted += 1
                start = neighbour[at]
    if come >= 0:
        wanted += 1
        start = come
    if wanted <= 1 and come < 0:
        return wanted == 1
    if gone < 0:
        beside = False
        for at in range(first[come], first[come + 1]):
            beside = beside or label[neighbour[at]] == t
        return beside
    found, size = 0, 1
    stack[0] = start
    seen[start] = mark
    while size > 0:
        size -= 1
        w = stack[size]
        near = w == come
        for at in range(first[w], first[w + 1]):
            x = neighbour[at]
            if x == gone and w != come:
                near = True
            if label[x] == t and seen[x] != mark:
                seen[x] = mark
                stack[size] = x
                size += 1
        found += near
        if found == wanted:
            return True
    return False
