"""A good plan to start a proof from: territories grown around spread centres, then annealed."""

from __future__ import annotations

import time

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from territory_opt.solve.design.anneal import anneal
from territory_opt.solve.design.separators import adjacency
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray, IndexArray

# Of the mean cost of a unit: temperature, and price of a mean load outside its band. Measured on drawn maps
# and counties: colder ends get stuck outside the bands, hotter ones in plans a few per cent dearer.
_HEAT = (1.5, 0.01)
_PRICE = (10.0, 1e4)


def start_plan(sites: Sites, seed: int, rounds: int, tries: int, deadline_s: float) -> IndexArray | None:
    """The best of some annealed plans that break nothing, site per unit; None when none was found."""
    graph = adjacency(sites.n_units, sites.edges)
    best, best_value = None, np.inf
    cost = dear_where_forbidden(sites)
    for turn in range(rounds):
        if turn and time.perf_counter() >= deadline_s:
            break
        rng = np.random.default_rng((seed, turn))
        centre = spread_centres(sites, graph, cost, rng)
        if centre is None:
            return None
        label = grown(sites, graph, cost, centre)
        unit_cost = max(float(cost[np.arange(sites.n_units), centre[label]].mean()), 1e-12)
        heat, price = (tuple(unit_cost * f for f in pair) for pair in (_HEAT, _PRICE))
        plan, value = anneal(
            cost, sites.load, sites.low, sites.high, sites.home, graph.indptr, graph.indices,
            sites.contiguous, label, centre, int(rng.integers(2**31)), tries, heat, price,
        )  # fmt: skip
        if value < best_value and not sites.faults(plan):
            best, best_value = plan, value
    return best


def dear_where_forbidden(sites: Sites) -> FloatArray:
    """Costs with a large number for pairs that are not allowed, so that arithmetic stays finite."""
    finite = np.isfinite(sites.cost)
    dear = 10.0 * float(np.where(finite, sites.cost, 0.0).max(axis=1, initial=0.0).sum()) + 1.0
    return np.where(finite, sites.cost, dear)


def spread_centres(
    sites: Sites, graph: csr_array, cost: FloatArray, rng: np.random.Generator
) -> IndexArray | None:
    """k sites far from each other, each drawn by what units would pay to the centres so far (k-means++).

    With contiguity every connected part of the map needs a centre; None when it has more parts than k.
    """
    able = np.ones(sites.n_sites, bool)
    groups = [able]
    if sites.contiguous:
        count, part = connected_components(graph, directed=False)
        if count > sites.k or (sites.home < 0).any():
            return None
        groups = [part[sites.home] == p for p in range(count)]
    pay = np.full(sites.n_units, np.nan)
    centre: list[int] = []
    for turn in range(sites.k):
        open_to = able & groups[turn] if turn < len(groups) else able
        weight = np.where(open_to, 1.0, 0.0)
        if centre and turn >= len(groups):
            at_home = np.where(sites.home >= 0, pay[np.maximum(sites.home, 0)], pay.mean())
            weight = weight * np.maximum(at_home, 0.0)
        if weight.sum() <= 0.0:
            weight = np.where(able, 1.0, 0.0)
        centre.append(int(rng.choice(sites.n_sites, p=weight / weight.sum())))
        # Sites that share a unit cannot both be open.
        able[centre[-1]] = False
        if sites.home[centre[-1]] >= 0:
            able &= sites.home != sites.home[centre[-1]]
        pay = np.fmin(pay, cost[:, centre[-1]])
    return np.array(centre)


def grown(sites: Sites, graph: csr_array, cost: FloatArray, centre: IndexArray) -> IndexArray:
    """Label per unit: the lightest territory takes its cheapest unit next, beside it if contiguous."""
    label = np.full(sites.n_units, -1)
    weight = np.zeros(sites.k)
    share = sites.load.sum(axis=0) if len(sites.load) else np.ones(sites.n_units)
    beside = np.full((sites.k, sites.n_units), not sites.contiguous)
    done = np.zeros(sites.k, bool)

    def take(t: int, u: int) -> None:
        label[u] = t
        weight[t] += share[u]
        beside[t, graph.indices[graph.indptr[u] : graph.indptr[u + 1]]] = True

    for t, j in enumerate(centre):
        if sites.home[j] >= 0:
            take(t, int(sites.home[j]))
    while (label < 0).any() and not done.all():
        t = int(np.argmin(np.where(done, np.inf, weight)))
        free = np.flatnonzero((label < 0) & beside[t])
        if len(free):
            take(t, int(free[np.argmin(cost[free, centre[t]])]))
        else:
            done[t] = True
    return label
