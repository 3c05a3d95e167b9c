"""First territories: centres drawn far apart, units to the nearest of them, centres moved to the middle.

Arthur & Vassilvitskii 2007 (k-means++) for the draw, Cooper 1963 (location–allocation) for the rest. Bands
play no part yet: annealing sees to them.
"""

from __future__ import annotations

import heapq

import numpy as np
from scipy.sparse.csgraph import connected_components

from territory_opt.problem import BoolArray
from territory_opt.solve.design.separators import adjacency
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.territories import Territories, seated
from territory_opt.travel.place import FloatArray, IndexArray

_ROUNDS = 5  # of location–allocation


def seeded(sites: Sites, rng: np.random.Generator) -> Territories | None:
    """Territories that are connected if they must be, or None if some unit is out of every centre's reach."""
    centre = drawn_centres(sites, rng)
    label = None if centre is None else allocated(sites, centre)
    for _ in range(_ROUNDS):
        if centre is None or label is None:
            return None
        moved = located(sites, label, centre)
        if (moved == centre).all():
            break
        again = allocated(sites, moved)
        if again is None:
            break
        centre, label = moved, again
    return None if centre is None or label is None else seated(sites, Territories(label, centre))


def shaken(sites: Sites, plan: Territories, rng: np.random.Generator) -> Territories | None:
    """Territories around the centres of a plan, but for one that is closed and another that is opened.

    Annealing hardly ever carries a centre over to another part of the map: this does.
    """
    centre = shaken_centres(sites, plan, rng)
    label = None if centre is None else allocated(sites, centre)
    return None if centre is None or label is None else seated(sites, Territories(label, centre))


def shaken_centres(sites: Sites, plan: Territories, rng: np.random.Generator) -> IndexArray | None:
    """The centres of a plan, one of them closed and another opened; None if there is no other."""
    centre = plan.centre.copy()
    closed = rng.integers(sites.k)
    taken = np.isin(sites.home, sites.home[centre[sites.home[centre] >= 0]]) & (sites.home >= 0)
    taken[centre] = True
    if taken.all():
        return None
    centre[closed] = rng.choice(np.flatnonzero(~taken))
    return centre


def drawn_centres(sites: Sites, rng: np.random.Generator) -> IndexArray | None:
    """k sites; each next one near a unit drawn by what it costs from those so far."""
    component, wanted = _wanted_by_component(sites)
    free: BoolArray = np.any(np.isfinite(sites.cost), axis=0)
    least = np.full(sites.n_units, np.inf)
    centre: list[int] = []
    for _ in range(sites.k):
        pull = np.where(np.isfinite(least), least, 1.0) * np.maximum(wanted[component], 1e-9)
        if pull.sum() <= 0:
            pull = np.maximum(wanted[component], 1e-9)
        u = int(rng.choice(sites.n_units, p=pull / pull.sum()))
        offer = np.where(free, sites.cost[u], np.inf)
        if not np.isfinite(offer.min()):
            offer = np.where(free, 0.0, np.inf)
            if not free.any():
                return None
        site = int(offer.argmin())
        centre.append(site)
        free[site] = False
        if sites.home[site] >= 0:
            free &= sites.home != sites.home[site]
            wanted[component[sites.home[site]]] -= 1.0
        least = np.minimum(least, sites.cost[:, site])
    return np.array(centre)


def _wanted_by_component(sites: Sites) -> tuple[IndexArray, FloatArray]:
    """Component of each unit, and how many centres each should have by its load; all in one if not tied."""
    if not sites.contiguous:
        return np.zeros(sites.n_units, np.int64), np.full(1, float(sites.k))
    n_parts, component = connected_components(adjacency(sites.n_units, sites.edges), directed=False)
    load = sites.load[0] if len(sites.load) else np.ones(sites.n_units)
    share = np.bincount(component, load, n_parts) / max(float(load.sum()), 1e-12)
    return component, np.maximum(share * sites.k, 1.0)


def allocated(sites: Sites, centre: IndexArray) -> IndexArray | None:
    """Each unit to its cheapest centre, or grown from the centres along edges; None if out of reach."""
    homes = sites.home[centre]
    if sites.contiguous:
        label = np.full(sites.n_units, -1)
        label[homes[homes >= 0]] = np.flatnonzero(homes >= 0)
        return grown(sites, centre, label)
    label = sites.cost[:, centre].argmin(axis=1)
    label[homes[homes >= 0]] = np.flatnonzero(homes >= 0)
    if not np.isfinite(sites.cost[np.arange(sites.n_units), centre[label]]).all():
        return None
    return label if len(np.unique(label)) == sites.k else None


def grown(
    sites: Sites, centre: IndexArray, label: IndexArray, cost: FloatArray | None = None
) -> IndexArray | None:
    """Units without a territory (label -1) to one beside it, the cheapest first; None if out of reach.

    cost (units, k): by default that of serving.
    """
    graph, homes = adjacency(sites.n_units, sites.edges), sites.home[centre]
    if (homes < 0).any() or len(np.unique(homes)) < len(homes):
        return None
    own = sites.cost[:, centre]
    offer = own if cost is None else np.where(np.isfinite(own), cost, np.inf)
    held = np.flatnonzero(label >= 0)
    heap = [(-np.inf, int(u), int(t)) for u, t in zip(held, label[held], strict=True)]
    label = np.full(sites.n_units, -1)
    while heap:
        _, u, t = heapq.heappop(heap)
        if label[u] >= 0:
            continue
        label[u] = t
        for v in graph.indices[graph.indptr[u] : graph.indptr[u + 1]]:
            if label[v] < 0 and np.isfinite(offer[v, t]):
                heapq.heappush(heap, (float(offer[v, t]), int(v), t))
    return label if (label >= 0).all() else None


def located(sites: Sites, label: IndexArray, centre: IndexArray) -> IndexArray:
    """The cheapest centre of each territory, all else unchanged."""
    moved = centre.copy()
    for t in range(sites.k):
        total = sites.cost[label == t].sum(axis=0)
        elsewhere = np.isin(np.arange(sites.n_sites), np.delete(moved, t))
        outside = (sites.home >= 0) & (label[sites.home] != t)
        total[elsewhere | outside] = np.inf
        if np.isfinite(total.min()):
            moved[t] = total.argmin()
    return moved
