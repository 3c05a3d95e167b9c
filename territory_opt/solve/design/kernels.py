"""Compiled local search on territories: shifts, chains of two, and moves of centres, by annealing.

A plan is a territory per unit and a site per territory. Each kernel has a plain NumPy twin in the tests.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from territory_opt.problem import BoolArray
from territory_opt.solve.design.connected import may_leave
from territory_opt.travel.place import FloatArray, IndexArray

_MOST_ALONG = 8  # units that another takes with it
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


class Question(NamedTuple):
    """What annealing works on; arrays as in `anneal`."""

    cost: FloatArray
    rep_cost: FloatArray
    load: FloatArray
    low: FloatArray
    high: FloatArray
    price: FloatArray
    home: IndexArray
    near: IndexArray
    start: IndexArray
    beside: IndexArray
    contiguous: bool
    along: bool


class Plan(NamedTuple):
    """A plan with what moves need to know: loads, members as chains, open sites, and room to work in.

    loads (meters, territories). first (territories,), after, before (units,): members of each territory.
    stack, seen (units,) and mark (1,): see `holds`.
    """

    label: IndexArray
    centre: IndexArray
    loads: FloatArray
    first: IndexArray
    after: IndexArray
    before: IndexArray
    is_open: BoolArray
    stack: IndexArray
    seen: IndexArray
    mark: IndexArray


@njit(cache=True, nogil=True)
def anneal(
    seed: int, tries: int, hot: float, cold: float, label: IndexArray, centre: IndexArray, q: Question
) -> tuple[IndexArray, IndexArray]:
    """Annealed moves on label (units,) and centre (territories,), in place; returns the best met of both.

    q.rep_cost (units, territories), or no rows. q.price (meters,): finite, of a unit of breach. q.near
    (units, few): sites to try as centres. q.start, q.beside: units to be with, as rows of a sparse matrix;
    those next to it if contiguous. q.along: a unit may take with it what would lose its centre without it.
    A unit never leaves the territory whose centre lies in it, nor a territory of its own.
    """
    np.random.seed(seed)
    plan = _laid_out(label, centre, q)
    temperature = hot
    best_label, best_centre = label.copy(), centre.copy()
    value, best = 0.0, 0.0
    for i in range(tries):
        if i % 1024 == 0:
            temperature = hot * (cold / hot) ** (i / tries)
        if value < best - 1e-12 * abs(best):
            best = value
            best_label[:], best_centre[:] = label, centre
        u = np.random.randint(len(label))
        kind = i % _KINDS
        if kind == 0:
            value += _recentre(u, temperature, plan, q)
        elif _may_move(u, plan, q):
            w = q.beside[q.start[u] + np.random.randint(q.start[u + 1] - q.start[u])]
            if label[w] != label[u]:
                if kind < 5:
                    value += _shift(u, label[w], temperature, plan, q)
                else:
                    value += _chain(u, w, kind > 5, temperature, plan, q)
    if value < best:
        return label.copy(), centre.copy()
    return best_label, best_centre


@njit(cache=True, nogil=True)
def _laid_out(label: IndexArray, centre: IndexArray, q: Question) -> Plan:
    """A plan with its loads and chains; label and centre are shared, not copied."""
    n_units, n_meters, k = len(label), q.load.shape[0], len(centre)
    loads = np.zeros((n_meters, k))
    first, after, before = np.full(k, -1), np.full(n_units, -1), np.full(n_units, -1)
    for u in range(n_units):
        for m in range(n_meters):
            loads[m, label[u]] += q.load[m, u]
        after[u] = first[label[u]]
        if after[u] >= 0:
            before[after[u]] = u
        first[label[u]] = u
    is_open = np.zeros(q.cost.shape[1], np.bool_)
    is_open[centre] = True
    stack, seen, mark = np.empty(n_units, np.int64), np.zeros(n_units, np.int64), np.zeros(1, np.int64)
    return Plan(label, centre, loads, first, after, before, is_open, stack, seen, mark)


@njit(cache=True, nogil=True)
def _accepted(delta: float, temperature: float) -> bool:
    return delta <= 0.0 or np.random.random() < np.exp(-delta / temperature)


@njit(cache=True, nogil=True)
def _may_move(u: int, plan: Plan, q: Question) -> bool:
    """Whether a unit has somewhere to go, and neither holds its territory's centre nor is all of it."""
    a = plan.label[u]
    alone = plan.first[a] == u and plan.after[u] < 0
    return not (u == q.home[plan.centre[a]] or alone or q.start[u] == q.start[u + 1])


@njit(cache=True, nogil=True)
def _tears(u: int, plan: Plan, q: Question) -> bool:
    """Whether the territory of a unit would fall apart without it, where that counts."""
    if not q.contiguous:
        return False
    plan.mark[0] += 1
    return not may_leave(u, plan.label, q.start, q.beside, plan.stack, plan.seen, plan.mark[0])


@njit(cache=True, nogil=True)
def _change(u: int, into: int, plan: Plan, q: Question) -> float:
    return shift_cost(
        u, into, plan.label, plan.centre, q.cost, q.rep_cost, q.load, q.low, q.high, q.price, plan.loads
    )


@njit(cache=True, nogil=True)
def _recentre(u: int, temperature: float, plan: Plan, q: Question) -> float:
    """Try a site near unit u as the centre of its territory; the change of the objective."""
    a = plan.label[u]
    site = q.near[u, np.random.randint(q.near.shape[1])]
    if plan.is_open[site] or (q.home[site] >= 0 and plan.label[q.home[site]] != a):
        return 0.0
    delta = centre_cost(
        a, site, plan.centre, plan.first, plan.after, q.cost, q.low, q.high, q.price, plan.loads
    )
    if not _accepted(delta, temperature):
        return 0.0
    plan.is_open[plan.centre[a]], plan.is_open[site] = False, True
    plan.centre[a] = site
    return delta


@njit(cache=True, nogil=True)
def _shift(u: int, into: int, temperature: float, plan: Plan, q: Question) -> float:
    """Try unit u in another territory; the change of the objective."""
    delta = _change(u, into, plan, q)
    if not _accepted(delta, temperature):
        return 0.0
    if _tears(u, plan, q):
        return _shift_along(u, into, temperature, plan, q) if q.along else 0.0
    _move(u, into, plan, q)
    return delta


@njit(cache=True, nogil=True)
def _shift_along(u: int, into: int, temperature: float, plan: Plan, q: Question) -> float:
    """Try unit u in another territory with all that hangs on it alone; the change of the objective."""
    a, n = plan.label[u], _hanging(u, plan, q)
    if n > _MOST_ALONG:
        return 0.0
    delta = _change(u, into, plan, q)
    _move(u, into, plan, q)
    for i in range(n):
        delta += _change(plan.stack[i], into, plan, q)
        _move(plan.stack[i], into, plan, q)
    if np.isfinite(delta) and _accepted(delta, temperature):
        return delta
    for i in range(n):
        _move(plan.stack[i], a, plan, q)
    _move(u, a, plan, q)
    return 0.0


@njit(cache=True, nogil=True)
def _hanging(u: int, plan: Plan, q: Question) -> int:
    """How many units of u's territory reach its centre through u alone; they are put on the stack."""
    a, size = plan.label[u], 1
    plan.mark[0] += 1
    mark = plan.mark[0]
    plan.stack[0] = q.home[plan.centre[a]]
    plan.seen[plan.stack[0]] = mark
    while size > 0:
        size -= 1
        v = plan.stack[size]
        for at in range(q.start[v], q.start[v + 1]):
            w = q.beside[at]
            if plan.label[w] == a and w != u and plan.seen[w] != mark:
                plan.seen[w] = mark
                plan.stack[size] = w
                size += 1
    v = plan.first[a]
    while v >= 0:
        if v != u and plan.seen[v] != mark:
            plan.stack[size] = v
            size += 1
        v = plan.after[v]
    return size


@njit(cache=True, nogil=True)
def _chain(u: int, w: int, elsewhere: bool, temperature: float, plan: Plan, q: Question) -> float:
    """Try unit u with unit w, while w, or another one beside w, makes room; the change of the objective."""
    label, a, b = plan.label, plan.label[u], plan.label[w]
    delta = _change(u, b, plan, q)
    if not np.isfinite(delta) or q.start[w] == q.start[w + 1]:
        return 0.0
    v = w
    if elsewhere:
        v = q.beside[q.start[w] + np.random.randint(q.start[w + 1] - q.start[w])]
        if label[v] != b or v == u:
            v = w
    if v == q.home[plan.centre[b]] or q.start[v] == q.start[v + 1]:
        return 0.0
    x = q.beside[q.start[v] + np.random.randint(q.start[v + 1] - q.start[v])]
    c = label[x]
    if c == b or x == u or _tears(u, plan, q):
        return 0.0
    _move(u, b, plan, q)
    delta += _change(v, c, plan, q)
    if _accepted(delta, temperature) and not _tears(v, plan, q):
        _move(v, c, plan, q)
        return delta
    _move(u, a, plan, q)
    return 0.0


@njit(cache=True, nogil=True)
def _move(u: int, into: int, plan: Plan, q: Question) -> None:
    """Take unit u out of its territory's chain of members and put it at the head of another's."""
    label, first, after, before = plan.label, plan.first, plan.after, plan.before
    a = label[u]
    for m in range(q.load.shape[0]):
        plan.loads[m, a] -= q.load[m, u]
        plan.loads[m, into] += q.load[m, u]
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
