"""Annealing of connected districts for few cut edges: units change side or swap, and all stay connected."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.solve.design.connected import holds
from territory_opt.travel.place import FloatArray, IndexArray


@njit(cache=True, nogil=True)
def anneal_edges(
    load: FloatArray,
    low: FloatArray,
    high: FloatArray,
    first: IndexArray,
    neighbour: IndexArray,
    weight: FloatArray,
    label: IndexArray,
    k: int,
    seed: int,
    tries: int,
    heat: tuple[float, float],
    price: tuple[float, float],
) -> tuple[IndexArray, float]:
    """Label per unit of the best plan met within the bands, and its weight of cut edges; inf when none was.

    low, high (meters,). weight: of each entry of `neighbour`. label is changed in place. heat, price:
    temperature and price of a mean load outside a band, at the start and the end, in weight of edges.
    """
    np.random.seed(seed)
    n_units, n_meters = len(label), load.shape[0]
    mean, total = np.empty(n_meters), np.zeros((n_meters, k))
    broken, value = 0.0, 0.0
    for m in range(n_meters):
        mean[m] = max(load[m].sum() / k, 1e-12)
        for u in range(n_units):
            total[m, label[u]] += load[m, u]
        for t in range(k):
            broken += _outside(total[m, t], low[m], high[m]) / mean[m]
    for u in range(n_units):
        for at in range(first[u], first[u + 1]):
            value += 0.5 * weight[at] * (label[u] != label[neighbour[at]])
    best, best_value = np.full(n_units, -1), np.inf
    stack, seen = np.empty(n_units, np.int64), np.zeros(n_units, np.int64)
    cooling = (heat[1] / heat[0]) ** (1.0 / max(tries, 1))
    rising = (price[1] / price[0]) ** (1.0 / max(tries, 1))
    temperature, fine, mark = heat[0], price[0], 0
    for _ in range(tries):
        temperature *= cooling
        fine *= rising
        u = np.random.randint(n_units)
        if first[u] == first[u + 1]:
            continue
        s, t = label[u], label[neighbour[np.random.randint(first[u], first[u + 1])]]
        if s == t:
            continue
        v = np.random.randint(n_units) if np.random.random() < 0.5 else -1
        if v >= 0 and label[v] != t:
            v = -1
        change = _turn(first, neighbour, weight, label, u, t)
        if v >= 0:
            change += _turn(first, neighbour, weight, label, v, s)
        breach = 0.0
        for m in range(n_meters):
            moved = load[m, u] - (load[m, v] if v >= 0 else 0.0)
            breach += _outside(total[m, s] - moved, low[m], high[m]) / mean[m]
            breach += _outside(total[m, t] + moved, low[m], high[m]) / mean[m]
            breach -= _outside(total[m, s], low[m], high[m]) / mean[m]
            breach -= _outside(total[m, t], low[m], high[m]) / mean[m]
        mark += 2
        if not (
            np.random.random() < np.exp(min(-(change + fine * breach) / temperature, 0.0))
            and holds(first, neighbour, label, s, u, v, stack, seen, mark)
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
        if broken < 1e-9 and value < best_value - 1e-9:
            best_value = value
            best[:] = label
    return best, best_value


@njit(cache=True, nogil=True)
def _turn(
    first: IndexArray, neighbour: IndexArray, weight: FloatArray, label: IndexArray, u: int, t: int
) -> float:
    """Give u the label t; by how much the weight of cut edges grows."""
    change, s = 0.0, label[u]
    for at in range(first[u], first[u + 1]):
        if label[neighbour[at]] == s:
            change += weight[at]
        elif label[neighbour[at]] == t:
            change -= weight[at]
    label[u] = t
    return change


@njit(cache=True, nogil=True)
def _outside(load: float, low: float, high: float) -> float:
    """By how much a load is outside its band, with the room that sums of floats need."""
    room = 1e-10 * max(abs(load), 1.0)
    return max(load - high - room, 0.0) + max(low - load - room, 0.0)
