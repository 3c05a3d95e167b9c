"""Compiled inner loops. Each has a plain NumPy twin in the tests as its referee."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.travel.place import FloatArray, IndexArray


@njit(cache=True, nogil=True)
def hard_sweep(
    first: int,
    last: int,
    start: IndexArray,
    rep: IndexArray,
    cost: FloatArray,
    load: FloatArray,
    bin_of_rep: IndexArray,
    prices: FloatArray,
) -> float:
    """Σ over units first … last-1 of the least priced pair; prices ends with a 0 for bin -1."""
    total = 0.0
    for u in range(first, last):
        least = np.inf
        for p in range(start[u], start[u + 1]):
            value = cost[p]
            for m in range(load.shape[0]):
                value += prices[bin_of_rep[m, rep[p]]] * load[m, p]
            least = min(least, value)
        total += least
    return total


@njit(cache=True, nogil=True)
def soft_sweep(
    first: int,
    last: int,
    start: IndexArray,
    rep: IndexArray,
    cost: FloatArray,
    load: FloatArray,
    bin_of_rep: IndexArray,
    prices: FloatArray,
    temperature: FloatArray,
) -> tuple[float, FloatArray]:
    """Σ of the soft least priced pair of units first … last-1, and its gradient: expected load by bin.

    temperature: per unit, shape (units,).
    """
    total = 0.0
    expected = np.zeros(len(prices))
    widest = 0
    for u in range(first, last):
        widest = max(widest, start[u + 1] - start[u])
    value = np.empty(widest)
    for u in range(first, last):
        head, size = start[u], start[u + 1] - start[u]
        least = np.inf
        for k in range(size):
            value[k] = cost[head + k]
            for m in range(load.shape[0]):
                value[k] += prices[bin_of_rep[m, rep[head + k]]] * load[m, head + k]
            least = min(least, value[k])
        weight_sum = 0.0
        for k in range(size):
            distance = (value[k] - least) / temperature[u]
            value[k] = np.exp(-distance) if distance < 30.0 else 0.0  # below 1e-13 it counts for nothing
            weight_sum += value[k]
        total += least - temperature[u] * np.log(weight_sum)
        for k in range(size):
            if value[k] > 0.0:
                weight = value[k] / weight_sum
                for m in range(load.shape[0]):
                    expected[bin_of_rep[m, rep[head + k]]] += weight * load[m, head + k]
    return total, expected


@njit(cache=True, nogil=True)
def choose_columns(
    cost: FloatArray,
    load: FloatArray,
    allowed: IndexArray,
    bin_of_rep: IndexArray,
    prices: FloatArray,
    fewest: int,
    keep: int,
    width: float,
) -> tuple[IndexArray, FloatArray, FloatArray]:
    """The pairs of least priced cost of each unit of a dense block.

    cost, allowed (units, reps); load (meters, units, reps). A unit keeps its best `fewest`, and up to
    `keep` as long as their priced cost is within `width` of its least. Returns rep (units, keep) in the
    order of the reps, -1 where fewer are kept; the least priced cost (units,); and that of the best pair
    left out, inf where none is.
    """
    n_units, n_reps = cost.shape
    chosen = np.full((n_units, keep), -1, np.int32)
    least, beyond = np.empty(n_units), np.empty(n_units)
    value, who = np.empty(keep + 1), np.empty(keep + 1, np.int32)
    for u in range(n_units):
        count = 0
        for r in range(n_reps):
            if not allowed[u, r]:
                continue
            priced = cost[u, r]
            for m in range(load.shape[0]):
                priced += prices[bin_of_rep[m, r]] * load[m, u, r]
            if count > keep and priced >= value[keep]:
                continue
            k = min(count, keep)
            while k > 0 and value[k - 1] > priced:
                value[k], who[k] = value[k - 1], who[k - 1]
                k -= 1
            value[k], who[k] = priced, r
            count = min(count + 1, keep + 1)
        least[u] = value[0] if count > 0 else np.inf
        held = min(count, keep)
        while held > fewest and value[held - 1] > least[u] + width:
            held -= 1
        beyond[u] = value[held] if count > held else np.inf
        chosen[u, :held] = np.sort(who[:held])
    return chosen, least, beyond


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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
) -> float:
    """Change of all curves as a unit goes from pair `leave` to pair `enter`; loads are brought up to date."""
    delta = 0.0
    for m in range(load.shape[0]):
        old, new = bin_of_rep[m, rep[leave]], bin_of_rep[m, rep[enter]]
        if old == new:
            if old >= 0 and load[m, leave] != load[m, enter]:
                g = loads[old]
                h = g - load[m, leave] + load[m, enter]
                delta += bin_cost(old, h, low, high, price, grid, money, curved)
                delta -= bin_cost(old, g, low, high, price, grid, money, curved)
                loads[old] = h
            continue
        if old >= 0:
            g = loads[old]
            h = g - load[m, leave]
            delta += bin_cost(old, h, low, high, price, grid, money, curved)
            delta -= bin_cost(old, g, low, high, price, grid, money, curved)
            loads[old] = h
        if new >= 0:
            g = loads[new]
            h = g + load[m, enter]
            delta += bin_cost(new, h, low, high, price, grid, money, curved)
            delta -= bin_cost(new, g, low, high, price, grid, money, curved)
            loads[new] = h
    return delta


@njit(cache=True, nogil=True)
def anneal(
    seed: int,
    tries: int,
    hot: float,
    cold: float,
    softest: float,
    choice: IndexArray,
    loads: FloatArray,
    core: IndexArray,
    entry: IndexArray,
    entry_start: IndexArray,
    unit: IndexArray,
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
    """Annealed shifts, hand-overs, swaps and three-cycles on choice and loads, in place.

    core: the pairs that may be tried; entry: the same sorted by rep, with entry_start (reps + 1).
    Temperature falls geometrically from hot to cold; the price of a breach rises from `softest` of its
    value to all of it after four fifths of the tries. Returns the change of the objective, breaches at the
    prices they had.

    A shift takes unit u from rep a to b. A hand-over lets another unit take the room at a, a swap one from
    b, a three-cycle one from c that is replaced by one from b.
    """
    np.random.seed(seed)
    total = 0.0
    rising, temperature = price * softest, hot
    enter, leave = np.empty(3, np.int64), np.empty(3, np.int64)
    for i in range(tries):
        if i % 1024 == 0:
            done = i / tries
            temperature = hot * (cold / hot) ** done
            rising = price * softest ** max(0.0, 1.0 - 1.25 * done)
        enter[0] = core[np.random.randint(len(core))]
        u = unit[enter[0]]
        if choice[u] == enter[0]:
            continue
        a, b = rep[choice[u]], rep[enter[0]]
        length, kind = 1, i % 4
        if kind > 0:
            came_from = b if kind == 1 else -1
            enter[1] = _entrant(
                a, came_from, u, u, entry, entry_start, unit, rep, choice, 8 if kind == 1 else 2
            )
            if enter[1] < 0:
                continue
            length = 2
        if kind == 3:
            v = unit[enter[1]]
            c = rep[choice[v]]
            if c == b:
                continue
            enter[2] = _entrant(c, b, u, v, entry, entry_start, unit, rep, choice, 8)
            if enter[2] < 0:
                continue
            length = 3
        delta = 0.0
        for k in range(length):
            leave[k] = choice[unit[enter[k]]]
            delta += cost[enter[k]] - cost[leave[k]]
            delta += change(
                leave[k], enter[k], loads, rep, load, bin_of_rep, low, high, rising, grid, money, curved
            )
        if delta <= 0.0 or np.random.random() < np.exp(-delta / temperature):
            total += delta
            for k in range(length):
                choice[unit[enter[k]]] = enter[k]
        else:
            for k in range(length - 1, -1, -1):
                change(
                    enter[k], leave[k], loads, rep, load, bin_of_rep, low, high, rising, grid, money, curved
                )
    return total


@njit(cache=True, nogil=True)
def _entrant(
    into: int,
    came_from: int,
    not_this: int,
    nor_this: int,
    entry: IndexArray,
    entry_start: IndexArray,
    unit: IndexArray,
    rep: IndexArray,
    choice: IndexArray,
    tries: int,
) -> int:
    """A random pair by which a unit of rep came_from (any if -1) would enter a rep; -1 when none is met."""
    first, size = entry_start[into], entry_start[into + 1] - entry_start[into]
    if size == 0:
        return -1
    for _ in range(tries):
        p = entry[first + np.random.randint(size)]
        v = unit[p]
        at = rep[choice[v]]
        if v != not_this and v != nor_this and at != into and (came_from < 0 or at == came_from):
            return p
    return -1
