"""Compiled inner loops. Each has a plain NumPy twin in the tests as its referee."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.travel.place import FloatArray, IndexArray


@njit(cache=True)
def hard_sweep(
    start: IndexArray, cost: FloatArray, load: FloatArray, bins: IndexArray, prices: FloatArray
) -> float:
    """Σ over units of the least priced pair; prices has a last entry for bin -1, always 0."""
    total = 0.0
    for u in range(len(start) - 1):
        least = np.inf
        for p in range(start[u], start[u + 1]):
            value = cost[p]
            for m in range(load.shape[0]):
                value += prices[bins[m, p]] * load[m, p]
            least = min(least, value)
        total += least
    return total


@njit(cache=True)
def soft_sweep(
    start: IndexArray,
    cost: FloatArray,
    load: FloatArray,
    bins: IndexArray,
    prices: FloatArray,
    temperature: float,
) -> tuple[float, FloatArray]:
    """Σ over units of the soft least priced pair, and its gradient: the expected load of each bin."""
    total = 0.0
    expected = np.zeros(len(prices))
    widest = 0
    for u in range(len(start) - 1):
        widest = max(widest, start[u + 1] - start[u])
    value = np.empty(widest)
    for u in range(len(start) - 1):
        first, size = start[u], start[u + 1] - start[u]
        least = np.inf
        for k in range(size):
            value[k] = cost[first + k]
            for m in range(load.shape[0]):
                value[k] += prices[bins[m, first + k]] * load[m, first + k]
            least = min(least, value[k])
        weight_sum = 0.0
        for k in range(size):
            value[k] = np.exp((least - value[k]) / temperature)
            weight_sum += value[k]
        total += least - temperature * np.log(weight_sum)
        for k in range(size):
            weight = value[k] / weight_sum
            if weight > 1e-12:
                for m in range(load.shape[0]):
                    expected[bins[m, first + k]] += weight * load[m, first + k]
    return total, expected


@njit(cache=True)
def bin_cost(
    b: int,
    load: float,
    low: FloatArray,
    high: FloatArray,
    price: FloatArray,
    grid: FloatArray,
    money: FloatArray,
    curved: IndexArray,
) -> float:
    """Curve of one bin: breach priced, and the straight lines inside the band."""
    cost = 0.0
    if load < low[b]:
        cost = price[b] * (low[b] - load)
    elif load > high[b]:
        cost = price[b] * (load - high[b])
    if curved[b]:
        last = grid.shape[1] - 1
        step = (grid[b, last] - grid[b, 0]) / last
        if load <= grid[b, 0] or step <= 0.0:
            cost += money[b, 0]
        elif load >= grid[b, last]:
            cost += money[b, last]
        else:
            k = min(int((load - grid[b, 0]) / step), last - 1)
            share = (load - grid[b, k]) / step
            cost += money[b, k] + share * (money[b, k + 1] - money[b, k])
    return cost


@njit(cache=True)
def change(
    leave: int,
    enter: int,
    loads: FloatArray,
    rep: IndexArray,
    load: FloatArray,
    bin_of_rep: IndexArray,
    low: FloatArray,
    high: FloatArray,
    price: FloatArray,
    grid: FloatArray,
    money: FloatArray,
    curved: IndexArray,
    apply: bool,
) -> float:
    """Change of all curves if a unit goes from pair `leave` to pair `enter`; applied to loads if asked."""
    delta = 0.0
    for m in range(load.shape[0]):
        old, new = bin_of_rep[m, rep[leave]], bin_of_rep[m, rep[enter]]
        if old == new:
            if old >= 0 and load[m, leave] != load[m, enter]:
                g = loads[old]
                h = g - load[m, leave] + load[m, enter]
                delta += bin_cost(old, h, low, high, price, grid, money, curved)
                delta -= bin_cost(old, g, low, high, price, grid, money, curved)
                if apply:
                    loads[old] = h
            continue
        if old >= 0:
            g = loads[old]
            h = g - load[m, leave]
            delta += bin_cost(old, h, low, high, price, grid, money, curved)
            delta -= bin_cost(old, g, low, high, price, grid, money, curved)
            if apply:
                loads[old] = h
        if new >= 0:
            g = loads[new]
            h = g + load[m, enter]
            delta += bin_cost(new, h, low, high, price, grid, money, curved)
            delta -= bin_cost(new, g, low, high, price, grid, money, curved)
            if apply:
                loads[new] = h
    return delta


@njit(cache=True)
def anneal(
    seed: int,
    tries: int,
    hot: float,
    cold: float,
    choice: IndexArray,
    loads: FloatArray,
    start: IndexArray,
    rep: IndexArray,
    cost: FloatArray,
    load: FloatArray,
    bin_of_rep: IndexArray,
    low: FloatArray,
    high: FloatArray,
    price: FloatArray,
    grid: FloatArray,
    money: FloatArray,
    curved: IndexArray,
) -> float:
    """Annealed shifts and swaps on choice and loads, in place; the change of the objective.

    Temperature falls geometrically from hot to cold. Penalties rise: breaches count a tenth at first.
    Every second try is a swap: a unit changes to rep r and a random unit of r takes its old rep.
    """
    np.random.seed(seed)
    n_units, n_reps = len(start) - 1, bin_of_rep.shape[1]
    head = np.full(n_reps, -1, np.int32)
    following = np.empty(n_units, np.int32)
    previous = np.empty(n_units, np.int32)
    for u in range(n_units):
        _link(u, rep[choice[u]], head, following, previous)
    rising = price * 0.1
    total = 0.0
    for i in range(tries):
        if i % 1024 == 0:
            done = i / tries
            temperature = hot * (cold / hot) ** done
            rising = price * min(1.0, 0.1 * 10.0 ** (2.0 * done))
        u = np.random.randint(n_units)
        size = start[u + 1] - start[u]
        if size < 2:
            continue
        p, q = choice[u], start[u] + np.random.randint(size)
        if p == q:
            continue
        delta = cost[q] - cost[p]
        delta += change(p, q, loads, rep, load, bin_of_rep, low, high, rising, grid, money, curved, True)
        v, back = -1, -1
        if i % 2 == 1:
            v = _some(head[rep[q]], following, np.random.randint(16))
            if v >= 0:
                for k in range(start[v], start[v + 1]):
                    if rep[k] == rep[p]:
                        back = k
                        break
            if back >= 0:
                delta += cost[back] - cost[choice[v]] + change(
                    choice[v], back, loads, rep, load, bin_of_rep, low, high, rising, grid, money,
                    curved, True,
                )  # fmt: skip
        if delta <= 0.0 or np.random.random() < np.exp(-delta / temperature):
            total += delta
            _unlink(u, rep[p], head, following, previous)
            _link(u, rep[q], head, following, previous)
            choice[u] = q
            if back >= 0:
                _unlink(v, rep[q], head, following, previous)
                _link(v, rep[p], head, following, previous)
                choice[v] = back
        else:
            if back >= 0:
                change(
                    back, choice[v], loads, rep, load, bin_of_rep, low, high, rising, grid, money,
                    curved, True,
                )  # fmt: skip
            change(q, p, loads, rep, load, bin_of_rep, low, high, rising, grid, money, curved, True)
    return total


@njit(cache=True)
def _link(u: int, r: int, head: IndexArray, following: IndexArray, previous: IndexArray) -> None:
    following[u], previous[u] = head[r], -1
    if head[r] >= 0:
        previous[head[r]] = u
    head[r] = u


@njit(cache=True)
def _unlink(u: int, r: int, head: IndexArray, following: IndexArray, previous: IndexArray) -> None:
    if previous[u] >= 0:
        following[previous[u]] = following[u]
    else:
        head[r] = following[u]
    if following[u] >= 0:
        previous[following[u]] = previous[u]


@njit(cache=True)
def _some(u: int, following: IndexArray, steps: int) -> int:
    """The unit some steps down a list, or its last."""
    while steps > 0 and u >= 0 and following[u] >= 0:
        u = following[u]
        steps -= 1
    return u
