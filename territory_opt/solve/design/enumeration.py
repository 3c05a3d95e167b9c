"""Connected sets of units within the bands, compiled: what a territory can be, cheapest first.

Units are put in or out one after another. What is still to come is bounded twice: by the best that the
units left can do for the load of one meter, exactly but for rounding (a table, as for knapsacks: Kellerer,
Pferschy & Pisinger 2004), and by regrets at a price of load, which see what contiguity shuts out. And what
a set leaves of the map must fall into parts that can be whole territories themselves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from territory_opt.problem import BoolArray
from territory_opt.travel.place import FloatArray, IndexArray

_SAME = 1e-9  # loads and costs this close, as a share, are the same


class Map(NamedTuple):
    """Neighbours as compressed rows, load (meters, units), and the loads of the others, as many."""

    first: IndexArray
    neighbour: IndexArray
    load: FloatArray
    least: FloatArray
    most: FloatArray
    others: int


class Site(NamedTuple):
    """A home, its bands (meters,), units to decide in their order, and what each costs (units,).

    base + Σ |regret| over units in that regret more than 0, and out that regret less, is a bound. table:
    completions of `order` in steps of the load of a meter; spare: by how much steps may be too many.
    """

    home: int
    low: FloatArray
    high: FloatArray
    order: IndexArray
    cost: FloatArray
    regret: FloatArray
    base: float
    table: FloatArray
    spare: FloatArray
    meter: int
    step: float


class _Walk(NamedTuple):
    """Where the search is: state of units (1 in, 0 open, -1 out) and, by depth, sums and who can be reached.

    stack, seen, mark, total: room to work in.
    """

    state: IndexArray
    value: FloatArray
    lost: FloatArray
    weight: FloatArray
    reach: BoolArray
    tried: IndexArray
    side: IndexArray
    stack: IndexArray
    seen: IndexArray
    mark: IndexArray
    total: FloatArray


@njit(cache=True, nogil=True)
def completions(cost: FloatArray, step: IndexArray, width: IndexArray, size: int) -> FloatArray:
    """Least cost of units i … whose steps sum to x - width[i] … x, for x < size; shape (units + 1, size)."""
    n = len(cost)
    least = np.full(size, np.inf)
    least[0] = 0.0
    table = np.empty((n + 1, size))
    _window(least, width[n], table[n])
    for i in range(n - 1, -1, -1):
        for x in range(size - 1, step[i] - 1, -1):
            least[x] = min(least[x], least[x - step[i]] + cost[i])
        _window(least, width[i], table[i])
    return table


@njit(cache=True, nogil=True)
def _window(values: FloatArray, width: int, least: FloatArray) -> None:
    """least[x] = min of values[x - width … x] (Lemire 2006)."""
    queue, start, stop = np.empty(len(values), np.int64), 0, 0
    for x in range(len(values)):
        while stop > start and values[queue[stop - 1]] >= values[x]:
            stop -= 1
        queue[stop] = x
        stop += 1
        if queue[start] < x - width:
            start += 1
        least[x] = values[queue[start]]


@njit(cache=True, nogil=True)
def connected_sets(
    land: Map, site: Site, limit: float, cheapest: bool, most: int, nodes: int
) -> tuple[BoolArray, FloatArray, int]:
    """Sets with the home that keep the bands, are connected and cost at most `limit`, others left possible.

    cheapest: each must cost less than the one before. Returned are sets (sets, units), at most `most`, their
    costs, and how many of the nodes are left over, 0 or less when cut short.
    """
    walk, last = _begun(land, site), len(site.order)
    found, cost, count, depth = np.zeros((16, land.load.shape[1]), np.bool_), np.empty(16), 0, 0
    while depth >= 0 and nodes > 0 and count < most:
        if depth == last:
            if walk.value[depth] <= limit and _is_territory(land, site, walk, depth):
                if count == len(cost):
                    found, cost = np.concatenate((found, found)), np.concatenate((cost, cost))
                found[count], cost[count] = walk.state == 1, walk.value[depth]
                count += 1
                if cheapest:
                    limit = walk.value[depth] - _SAME * max(abs(walk.value[depth]), _SAME)
            depth -= 1
            continue
        u, tried = site.order[depth], walk.tried[depth]
        walk.state[u] = 0
        if tried == 2:
            depth -= 1
            continue
        if tried == 0:
            nodes -= 1
            with_u = _bound(site, walk, depth, walk.value[depth] + site.cost[u], land.load[site.meter, u])
            walk.side[depth] = 1 if with_u <= _bound(site, walk, depth, walk.value[depth], 0.0) else -1
        else:
            walk.side[depth] = -walk.side[depth]
        walk.tried[depth] += 1
        if walk.side[depth] == 1:
            goes_on = _join(land, site, walk, depth, limit)
        else:
            goes_on = _leave(land, site, walk, depth, limit)
        if goes_on:
            depth += 1
            walk.tried[depth] = 0
    return found[:count], cost[:count], nodes


@njit(cache=True, nogil=True)
def _begun(land: Map, site: Site) -> _Walk:
    """The home is in, all units that are not in the order are out."""
    n, deep = land.load.shape[1], len(site.order) + 1
    state = np.full(n, -1)
    state[site.order] = 0
    state[site.home] = 1
    walk = _Walk(
        state, np.empty(deep), np.empty(deep), np.empty((deep, land.load.shape[0])),
        np.zeros((deep, n), np.bool_), np.zeros(deep, np.int64), np.zeros(deep, np.int64),
        np.empty(n, np.int64), np.zeros(n, np.int64), np.zeros(1, np.int64), np.empty(land.load.shape[0]),
    )  # fmt: skip
    walk.value[0], walk.lost[0] = site.cost[site.home], site.base
    walk.weight[0] = land.load[:, site.home]
    _look_around(land, site, walk, 0)
    return walk


@njit(cache=True, nogil=True)
def _bound(site: Site, walk: _Walk, depth: int, value: float, load: float) -> float:
    """What a set costs at least that costs `value` with the unit decided, which adds a load or none."""
    row = site.table[depth + 1]
    weight = walk.weight[depth, site.meter] + load
    x = (site.high[site.meter] - weight + site.spare[depth + 1]) / site.step + 1e-6
    return value + row[int(min(x, len(row) - 1.0))] if x >= 0.0 else np.inf


@njit(cache=True, nogil=True)
def _join(land: Map, site: Site, walk: _Walk, depth: int, limit: float) -> bool:
    """Put the next unit in, if that can lead to a set."""
    u = site.order[depth]
    value, lost = walk.value[depth] + site.cost[u], walk.lost[depth] + max(site.regret[u], 0.0)
    if not walk.reach[depth, u] or lost > limit:
        return False
    if _bound(site, walk, depth, value, land.load[site.meter, u]) > limit:
        return False
    walk.state[u] = 1
    walk.value[depth + 1], walk.lost[depth + 1] = value, lost
    for q in range(len(site.high)):
        walk.weight[depth + 1, q] = walk.weight[depth, q] + land.load[q, u]
    walk.reach[depth + 1] = walk.reach[depth]
    for at in range(land.first[u], land.first[u + 1]):
        v = land.neighbour[at]
        if walk.state[v] != 1 and not _can_be_others(land, walk, depth + 1, v):
            return False
    return True


@njit(cache=True, nogil=True)
def _leave(land: Map, site: Site, walk: _Walk, depth: int, limit: float) -> bool:
    """Put the next unit out, if that can lead to a set."""
    u = site.order[depth]
    value, lost = walk.value[depth], walk.lost[depth] + max(-site.regret[u], 0.0)
    if lost > limit or _bound(site, walk, depth, value, 0.0) > limit:
        return False
    walk.state[u] = -1
    walk.value[depth + 1], walk.lost[depth + 1] = value, lost
    walk.weight[depth + 1] = walk.weight[depth]
    if not walk.reach[depth, u]:
        walk.reach[depth + 1] = walk.reach[depth]
        return True
    _look_around(land, site, walk, depth + 1)
    for i in range(len(site.order)):
        v = site.order[i]
        if not walk.reach[depth + 1, v]:
            if walk.state[v] == 1:
                return False
            if i > depth:
                lost += max(-site.regret[v], 0.0)
    return lost <= limit and _can_be_others(land, walk, depth + 1, u)


@njit(cache=True, nogil=True)
def _look_around(land: Map, site: Site, walk: _Walk, depth: int) -> None:
    """Which units the home reaches over units that are not out."""
    reach, stack = walk.reach[depth], walk.stack
    reach[:] = False
    reach[site.home] = True
    stack[0], size = site.home, 1
    while size > 0:
        size -= 1
        u = stack[size]
        for at in range(land.first[u], land.first[u + 1]):
            v = land.neighbour[at]
            if walk.state[v] >= 0 and not reach[v]:
                reach[v] = True
                stack[size] = v
                size += 1


@njit(cache=True, nogil=True)
def _is_territory(land: Map, site: Site, walk: _Walk, depth: int) -> bool:
    """Whether a set keeps the bands and leaves parts that can be the others."""
    for q in range(len(site.high)):
        load = walk.weight[depth, q]
        room = _SAME * max(abs(load), 1.0)
        if load < site.low[q] - room or load > site.high[q] + room:
            return False
    fewest, most, before = 0, 0, walk.mark[0]
    for u in range(len(walk.state)):
        if walk.state[u] != 1 and walk.seen[u] <= before:
            part = _others_of_part(land, walk, depth, u)
            if part[0] > part[1]:
                return False
            fewest, most = fewest + part[0], most + part[1]
    return fewest <= land.others <= most


@njit(cache=True, nogil=True)
def _can_be_others(land: Map, walk: _Walk, depth: int, u: int) -> bool:
    part = _others_of_part(land, walk, depth, u)
    return part[0] <= part[1]


@njit(cache=True, nogil=True)
def _others_of_part(land: Map, walk: _Walk, depth: int, start: int) -> tuple[int, int]:
    """How many territories at least and at most the part of the rest around a unit can be, by its loads.

    Anything, while a unit of it may still join the set.
    """
    walk.mark[0] += 1
    mark, seen, stack, total = walk.mark[0], walk.seen, walk.stack, walk.total
    total[:] = 0.0
    seen[start] = mark
    stack[0], size = start, 1
    while size > 0:
        size -= 1
        u = stack[size]
        if walk.state[u] == 0 and walk.reach[depth, u]:
            return 0, land.others
        for q in range(len(total)):
            total[q] += land.load[q, u]
        for at in range(land.first[u], land.first[u + 1]):
            v = land.neighbour[at]
            if walk.state[v] != 1 and seen[v] != mark:
                seen[v] = mark
                stack[size] = v
                size += 1
    return _territories_within(land, total)


@njit(cache=True, nogil=True)
def _territories_within(land: Map, total: FloatArray) -> tuple[int, int]:
    """How many territories loads make at least and at most."""
    fewest, most = 1, land.others
    for q in range(len(total)):
        room = _SAME * max(abs(total[q]), 1.0)
        while fewest <= land.others and total[q] > fewest * land.most[q] + room:
            fewest += 1
        while most >= 1 and total[q] < most * land.least[q] - room:
            most -= 1
    return fewest, most
