"""Compiled search along the borders of territories: every move leaves each territory in one piece."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.solve.kernels import change
from territory_opt.solve.walks import across, area_near, reached, walk
from territory_opt.travel.place import FloatArray, IndexArray

_MOVES = 4  # of a chain at most


@njit(cache=True, nogil=True)
def anneal_borders(
    seed: int,
    tries: int,
    hot: float,
    cold: float,
    softest: float,
    choice: IndexArray,
    loads: FloatArray,
    holder: IndexArray,
    size: IndexArray,
    loose: IndexArray,
    unit_of_area: IndexArray,
    first: IndexArray,
    other: IndexArray,
    area: IndexArray,
    start: IndexArray,
    pair: IndexArray,
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
    """Annealed chains of moves on choice, loads, holder and size (areas of each rep), in place.

    loose: pairs of units that lie in no area, and may go where they like; pair (units, reps). Temperature
    falls geometrically from hot to cold; the price of a breach rises from `softest` of its value to all of
    it after four fifths of the tries. A chain is one to three units that cross a border, each leaving the
    territory that the one before entered (for the first one's, half of the time: a swap), and now and then
    a loose one. Returns the change of the objective, breaches at the prices they had.
    """
    np.random.seed(seed)
    mark, queue = np.full(len(holder), -1, np.int64), np.empty(len(holder), np.int64)
    enter, leave = np.empty(_MOVES, np.int64), np.empty(_MOVES, np.int64)
    total, rising, temperature = 0.0, price * softest, hot
    for i in range(tries):
        if i % 1024 == 0:
            done = i / tries
            temperature = hot * (cold / hot) ** done
            rising = price * softest ** max(0.0, 1.0 - 1.25 * done)
        n = _drawn(i, enter, loose, choice, holder, size, unit_of_area, first, other, pair, unit)
        if n == 0:
            continue
        delta = _made(
            n, enter, leave, choice, unit, cost, loads, rep, load, bin_of_rep, low, high, rising, grid, money,
            curved,
        )  # fmt: skip
        if (delta <= 0.0 or np.random.random() < np.exp(-delta / temperature)) and _settled(
            n, 2 * _MOVES * i, enter, leave, choice, unit, rep, holder, size, first, other, area, start, mark,
            queue,
        ):  # fmt: skip
            total += delta
            continue
        for k in range(n - 1, -1, -1):
            change(enter[k], leave[k], loads, rep, load, bin_of_rep, low, high, rising, grid, money, curved)
    return total


@njit(cache=True, nogil=True)
def _drawn(
    i: int,
    enter: IndexArray,
    loose: IndexArray,
    choice: IndexArray,
    holder: IndexArray,
    size: IndexArray,
    unit_of_area: IndexArray,
    first: IndexArray,
    other: IndexArray,
    pair: IndexArray,
    unit: IndexArray,
) -> int:
    """Draw the moves of try i into `enter`: a chain, and now and then a loose unit; how many there are."""
    n = 0
    if len(loose) == 0 or i % 4 != 0:
        n = _chain(1 + i % 3, enter, holder, size, unit_of_area, first, other, pair, unit)
    if len(loose) > 0 and i % 2 == 0:
        enter[n] = loose[np.random.randint(len(loose))]
        n += choice[unit[enter[n]]] != enter[n]
    return n


@njit(cache=True, nogil=True)
def _made(
    n: int,
    enter: IndexArray,
    leave: IndexArray,
    choice: IndexArray,
    unit: IndexArray,
    cost: FloatArray,
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
    """What the moves change in cost and curves; loads are brought up to date, `leave` says what is left."""
    delta = 0.0
    for k in range(n):
        leave[k] = choice[unit[enter[k]]]
        delta += cost[enter[k]] - cost[leave[k]]
        delta += change(
            leave[k], enter[k], loads, rep, load, bin_of_rep, low, high, price, grid, money, curved
        )
    return delta


@njit(cache=True, nogil=True)
def _settled(
    n: int,
    stamp: int,
    enter: IndexArray,
    leave: IndexArray,
    choice: IndexArray,
    unit: IndexArray,
    rep: IndexArray,
    holder: IndexArray,
    size: IndexArray,
    first: IndexArray,
    other: IndexArray,
    area: IndexArray,
    start: IndexArray,
    mark: IndexArray,
    queue: IndexArray,
) -> bool:
    """Give the areas of the moves to their new reps, unless that tears a territory; whether it was done."""
    _hold(enter, n, unit, rep, holder, size, area, start)
    if not _whole_after(
        enter, leave, n, stamp, unit, rep, holder, size, first, other, area, start, mark, queue
    ):
        _hold(leave, n, unit, rep, holder, size, area, start)
        return False
    for k in range(n):
        choice[unit[enter[k]]] = enter[k]
    return True


@njit(cache=True, nogil=True)
def _chain(
    most: int,
    enter: IndexArray,
    holder: IndexArray,
    size: IndexArray,
    unit_of_area: IndexArray,
    first: IndexArray,
    other: IndexArray,
    pair: IndexArray,
    unit: IndexArray,
) -> int:
    """Draw up to so many moves across borders into `enter`, each of another unit; how many there are."""
    at = np.random.randint(len(holder))
    home = holder[at]
    if home < 0:
        return 0
    for k in range(most):
        wanted = home if k > 0 and np.random.random() < 0.5 else -1
        to = across(at, wanted, holder, size, first, other)
        p = pair[unit_of_area[at], to] if to >= 0 else -1
        if p < 0:
            return k
        for j in range(k):
            if unit[enter[j]] == unit_of_area[at]:
                return k
        enter[k] = p
        at = walk(at, to, holder, first, other)
        if at < 0:
            return k + 1
    return most


@njit(cache=True, nogil=True)
def _hold(
    pairs: IndexArray,
    n: int,
    unit: IndexArray,
    rep: IndexArray,
    holder: IndexArray,
    size: IndexArray,
    area: IndexArray,
    start: IndexArray,
) -> None:
    """Give the areas of some pairs' units to their reps."""
    for k in range(n):
        u, r = unit[pairs[k]], rep[pairs[k]]
        for j in range(start[u], start[u + 1]):
            size[holder[area[j]]] -= 1
            holder[area[j]] = r
            size[r] += 1


@njit(cache=True, nogil=True)
def _whole_after(
    enter: IndexArray,
    leave: IndexArray,
    n: int,
    stamp: int,
    unit: IndexArray,
    rep: IndexArray,
    holder: IndexArray,
    size: IndexArray,
    first: IndexArray,
    other: IndexArray,
    area: IndexArray,
    start: IndexArray,
    mark: IndexArray,
    queue: IndexArray,
) -> bool:
    """Whether every territory that some moves touched is in one piece."""
    for k in range(n):
        u = unit[enter[k]]
        if start[u] == start[u + 1]:
            continue
        for side in range(2):
            r = rep[enter[k]] if side == 0 else rep[leave[k]]
            if size[r] > 1:
                seed = area_near(u, r, holder, first, other, area, start)
                if reached(seed, stamp + 2 * k + side, holder, first, other, mark, queue) < size[r]:
                    return False
    return True
