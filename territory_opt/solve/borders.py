"""Compiled search along the borders of territories: every move leaves each territory in one piece."""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.solve.kernels import change
from territory_opt.travel.place import FloatArray, IndexArray

_STEPS = 6  # of a walk inside a territory, to an area at its border
_MOVES = 4  # of a chain at most
_INTO_NOTHING = 0.05  # how often a move looks for a rep without areas


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
        n = 0
        if len(loose) == 0 or i % 4 != 0:
            n = _chain(1 + i % 3, enter, holder, size, unit_of_area, first, other, pair, unit)
        if len(loose) > 0 and i % 2 == 0:
            enter[n] = loose[np.random.randint(len(loose))]
            n += choice[unit[enter[n]]] != enter[n]
        if n == 0:
            continue
        delta = 0.0
        for k in range(n):
            leave[k] = choice[unit[enter[k]]]
            delta += cost[enter[k]] - cost[leave[k]]
            delta += change(
                leave[k], enter[k], loads, rep, load, bin_of_rep, low, high, rising, grid, money, curved
            )
        if delta <= 0.0 or np.random.random() < np.exp(-delta / temperature):
            _hold(enter, n, unit, rep, holder, size, area, start)
            if _whole_after(
                enter,
                leave,
                n,
                2 * _MOVES * i,
                unit,
                rep,
                holder,
                size,
                first,
                other,
                area,
                start,
                mark,
                queue,
            ):
                for k in range(n):
                    choice[unit[enter[k]]] = enter[k]
                total += delta
                continue
            _hold(leave, n, unit, rep, holder, size, area, start)
        for k in range(n - 1, -1, -1):
            change(enter[k], leave[k], loads, rep, load, bin_of_rep, low, high, rising, grid, money, curved)
    return total


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
        to = _across(at, wanted, holder, size, first, other)
        p = pair[unit_of_area[at], to] if to >= 0 else -1
        if p < 0:
            return k
        for j in range(k):
            if unit[enter[j]] == unit_of_area[at]:
                return k
        enter[k] = p
        at = _walk(at, to, holder, first, other)
        if at < 0:
            return k + 1
    return most


@njit(cache=True, nogil=True)
def _across(
    at: int, wanted: int, holder: IndexArray, size: IndexArray, first: IndexArray, other: IndexArray
) -> int:
    """A rep on the other side of a border of this area, the wanted one if he is there, -1 for none."""
    if np.random.random() < _INTO_NOTHING:
        r = np.random.randint(len(size))
        if size[r] == 0:
            return r
    found, seen = -1, 0
    for j in range(first[at], first[at + 1]):
        r = holder[other[j]]
        if r < 0 or r == holder[at]:
            continue
        if r == wanted:
            return r
        seen += 1
        if np.random.randint(seen) == 0:
            found = r
    return found


@njit(cache=True, nogil=True)
def _walk(at: int, r: int, holder: IndexArray, first: IndexArray, other: IndexArray) -> int:
    """From an area into a territory beside it, and on to one at its border; -1 where there is no way."""
    for _ in range(_STEPS):
        step, seen = -1, 0
        for j in range(first[at], first[at + 1]):
            if holder[other[j]] == r:
                seen += 1
                if np.random.randint(seen) == 0:
                    step = other[j]
        if step < 0:
            return -1
        at = step
        for j in range(first[at], first[at + 1]):
            if holder[other[j]] >= 0 and holder[other[j]] != r and np.random.random() < 0.5:
                return at
    return -1


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
                seed = _area_near(u, r, holder, first, other, area, start)
                if _reached(seed, stamp + 2 * k + side, holder, first, other, mark, queue) < size[r]:
                    return False
    return True


@njit(cache=True, nogil=True)
def _area_near(
    u: int,
    r: int,
    holder: IndexArray,
    first: IndexArray,
    other: IndexArray,
    area: IndexArray,
    start: IndexArray,
) -> int:
    """An area of a rep: one of this unit's, else beside it, else any."""
    for j in range(start[u], start[u + 1]):
        a = area[j]
        if holder[a] == r:
            return a
        for i in range(first[a], first[a + 1]):
            if holder[other[i]] == r:
                return other[i]
    for a in range(len(holder)):
        if holder[a] == r:
            return a
    return -1


@njit(cache=True, nogil=True)
def _reached(
    seed: int,
    stamp: int,
    holder: IndexArray,
    first: IndexArray,
    other: IndexArray,
    mark: IndexArray,
    queue: IndexArray,
) -> int:
    """How many areas hang together with one, itself included. mark: the last stamp that saw each area;
    every call has its own."""
    r, head, tail = holder[seed], 0, 1
    queue[0] = seed
    mark[seed] = stamp
    while head < tail:
        a = queue[head]
        head += 1
        for j in range(first[a], first[a + 1]):
            b = other[j]
            if holder[b] == r and mark[b] != stamp:
                mark[b] = stamp
                queue[tail] = b
                tail += 1
    return tail
