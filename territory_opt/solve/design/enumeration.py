"""Connected sets of units within the bands, compiled: what a territory can be, cheapest first.

Units are decided near the centre first. What is still to come is bounded twice: by the best that the
remaining units can do for one meter alone, exactly but for rounding (a table, as for knapsacks: Kellerer,
Pferschy & Pisinger 2004), and by regrets at a price of load, which see what contiguity shuts out.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from territory_opt.problem import BoolArray
from territory_opt.travel.place import FloatArray, IndexArray


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
def _reached(
    home: int,
    first: IndexArray,
    neighbour: IndexArray,
    state: IndexArray,
    stack: IndexArray,
    reach: BoolArray,
) -> None:
    """Which units the home reaches without those that are out (state -1)."""
    reach[:] = False
    reach[home] = True
    stack[0], size = home, 1
    while size > 0:
        size -= 1
        u = stack[size]
        for at in range(first[u], first[u + 1]):
            v = neighbour[at]
            if state[v] >= 0 and not reach[v]:
                reach[v] = True
                stack[size] = v
                size += 1


@njit(cache=True, nogil=True)
def _within(load: FloatArray, low: FloatArray, high: FloatArray) -> bool:
    """Whether loads keep the bands."""
    for q in range(len(load)):
        room = 1e-9 * max(abs(load[q]), 1.0)
        if load[q] < low[q] - room or load[q] > high[q] + room:
            return False
    return True


@njit(cache=True, nogil=True)
def _territories_of_part(
    start: int,
    first: IndexArray,
    neighbour: IndexArray,
    state: IndexArray,
    reach: BoolArray,
    stack: IndexArray,
    seen: IndexArray,
    mark: int,
    total: FloatArray,
    load: FloatArray,
    low: FloatArray,
    high: FloatArray,
    k: int,
) -> tuple[int, int]:
    """How many territories at least and at most the part of the rest with a unit can be; 0, k while it is open.

    It is open while a unit of it may still join the set.
    """
    n_meters = load.shape[0]
    total[:] = 0.0
    seen[start] = mark
    stack[0], size = start, 1
    while size > 0:
        size -= 1
        u = stack[size]
        if state[u] == 0 and reach[u]:
            return 0, k
        for q in range(n_meters):
            total[q] += load[q, u]
        for at in range(first[u], first[u + 1]):
            v = neighbour[at]
            if state[v] != 1 and seen[v] != mark:
                seen[v] = mark
                stack[size] = v
                size += 1
    least, greatest = 1, k
    for q in range(n_meters):
        while least <= k and total[q] > least * high[q] + 1e-9 * abs(total[q]):
            least += 1
        while greatest >= 1 and total[q] < greatest * low[q] - 1e-9 * abs(total[q]):
            greatest -= 1
    return least, greatest


@njit(cache=True, nogil=True)
def connected_sets(
    home: int,
    first: IndexArray,
    neighbour: IndexArray,
    order: IndexArray,
    cost: FloatArray,
    regret: FloatArray,
    base: float,
    table: FloatArray,
    last: FloatArray,
    meter: int,
    unit_of_step: float,
    load: FloatArray,
    low: FloatArray,
    high: FloatArray,
    least_low: FloatArray,
    most_high: FloatArray,
    others: int,
    limit: float,
    closing: bool,
    most: int,
    nodes: int,
) -> tuple[BoolArray, FloatArray, int]:
    """Sets with the home, of units in `order`, that keep the bands, are connected and cost at most `limit`.

    cost, regret (units,): base + Σ |regret| of units in that regret more than 0 and out that regret less is
    a bound of its own. table: completions of `order` in steps of the meter, last: highest load of unit i …
    closing: each set must cost less than the one before. Returned are sets (sets, units), their costs, and
    how many of the nodes are left over, 0 or less when cut short; `most` is the most sets.
    """
    n, depth_max, size = load.shape[1], len(order), table.shape[1]
    state = np.full(n, -1)
    state[order] = 0
    state[home] = 1
    out, out_cost, count = np.zeros((16, n), np.bool_), np.empty(16), 0
    stack, reach = np.empty(n, np.int64), np.zeros((depth_max + 1, n), np.bool_)
    value, lost = np.empty(depth_max + 1), np.empty(depth_max + 1)
    weight = np.empty((depth_max + 1, load.shape[0]))
    tried, side = np.zeros(depth_max + 1, np.int64), np.zeros(depth_max + 1, np.int64)
    _reached(home, first, neighbour, state, stack, reach[0])
    value[0], lost[0] = cost[home], base
    weight[0] = load[:, home]
    seen, mark, total = np.zeros(n, np.int64), 0, np.zeros(load.shape[0])
    depth = 0
    while depth >= 0 and nodes > 0 and count < most:
        if depth == depth_max:
            fits, fewest, greatest = _within(weight[depth], low, high) and value[depth] <= limit, 0, 0
            mark += n
            for v in range(n):
                if fits and state[v] != 1 and seen[v] <= mark - n:
                    part = _territories_of_part(v, first, neighbour, state, reach[depth], stack, seen, mark,
                                                total, load, least_low, most_high, others)  # fmt: skip
                    fewest, greatest, fits = fewest + part[0], greatest + part[1], part[0] <= part[1]
            if fits and fewest <= others <= greatest:
                if count == len(out):
                    out, out_cost = np.concatenate((out, out)), np.concatenate((out_cost, out_cost))
                out[count], out_cost[count] = state == 1, value[depth]
                count += 1
                if closing:
                    limit = value[depth] - 1e-9 * max(abs(value[depth]), 1e-9)
            depth -= 1
            continue
        u = order[depth]
        if tried[depth] == 0:
            nodes -= 1
            with_u = _bound(value[depth] + cost[u], weight[depth, meter] + load[meter, u], table[depth + 1],
                            last[depth + 1], high[meter], unit_of_step, size)  # fmt: skip
            without = _bound(value[depth], weight[depth, meter], table[depth + 1], last[depth + 1], high[meter],
                             unit_of_step, size)  # fmt: skip
            side[depth] = 1 if with_u <= without else -1
        elif tried[depth] == 1:
            side[depth] = -side[depth]
        state[u] = 0
        if tried[depth] == 2:
            tried[depth] = 0
            depth -= 1
            continue
        tried[depth] += 1
        if side[depth] == 1:
            if not reach[depth, u]:
                continue
            if _bound(value[depth] + cost[u], weight[depth, meter] + load[meter, u], table[depth + 1],
                      last[depth + 1], high[meter], unit_of_step, size) > limit:  # fmt: skip
                continue
            lost[depth + 1] = lost[depth] + max(regret[u], 0.0)
            if lost[depth + 1] > limit:
                continue
            state[u] = 1
            value[depth + 1] = value[depth] + cost[u]
            weight[depth + 1] = weight[depth] + load[:, u]
            reach[depth + 1] = reach[depth]
        else:
            if _bound(value[depth], weight[depth, meter], table[depth + 1], last[depth + 1], high[meter],
                      unit_of_step, size) > limit:  # fmt: skip
                continue
            lost[depth + 1] = lost[depth] + max(-regret[u], 0.0)
            if lost[depth + 1] > limit:
                continue
            value[depth + 1] = value[depth]
            weight[depth + 1] = weight[depth]
            if reach[depth, u]:
                state[u] = -1
                _reached(home, first, neighbour, state, stack, reach[depth + 1])
                whole, more = True, lost[depth + 1]
                for i in range(depth_max):
                    v = order[i]
                    if not reach[depth + 1, v]:
                        if state[v] == 1:
                            whole = False
                            break
                        if i > depth:
                            more += max(-regret[v], 0.0)
                if not whole or more > limit:
                    continue
            else:
                state[u] = -1
                reach[depth + 1] = reach[depth]
        fits = True
        for at in range(first[u], first[u + 1]):
            v = neighbour[at] if side[depth] == 1 else u
            if fits and state[v] != 1:
                mark += 1
                part = _territories_of_part(v, first, neighbour, state, reach[depth + 1], stack, seen, mark, total, load,
                                            least_low, most_high, others)  # fmt: skip
                fits = part[0] <= part[1]
            if side[depth] == -1:
                break
        if not fits:
            continue
        depth += 1
        tried[depth] = 0
    return out[:count], out_cost[:count], nodes


@njit(cache=True, nogil=True)
def _bound(
    value: float, load: float, row: FloatArray, last: float, high: float, unit_of_step: float, size: int
) -> float:
    """What a set costs at least that costs `value` and weighs `load` before the units of the row."""
    x = (high - load + last) / unit_of_step + 1e-6
    return value + row[int(min(x, size - 1.0))] if x >= 0.0 else np.inf
