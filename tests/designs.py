"""Questions of territory design that are drawn tiny, and all the designs there are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from territory_opt.solve.design.sites import Sites

KINDS = ("median", "connected", "soft", "reps", "bare")


def drawn(seed: int, kind: str, n: int = 6, k: int = 2) -> Sites:
    """Units on a plane and a path through them with some short cuts; a plan within the bands exists."""
    rng = np.random.default_rng(seed)
    place = rng.random((n, 2))
    cost = np.sqrt(((place[:, None] - place[None]) ** 2).sum(axis=2)) + rng.random((n, n)) * 0.1
    np.fill_diagonal(cost, 0.0)
    far = np.argwhere(cost > 1.0)
    cost[tuple(far[rng.random(len(far)) < 0.5].T)] = np.inf
    load = rng.integers(1, 9, (2, n)).astype(float)
    target = load.sum(axis=1, keepdims=True) / k
    path = np.argsort(place[:, 0])
    cuts = rng.integers(0, n, (3, 2))
    edges = np.concatenate([np.column_stack([path[:-1], path[1:]]), cuts[cuts[:, 0] != cuts[:, 1]]])
    low, high = np.repeat(0.6 * target, n, axis=1), np.repeat(1.4 * target, n, axis=1)
    sites = Sites(cost, load, low, high, np.arange(n, dtype=np.int32), edges.astype(np.int32), True, k)
    if kind == "median":
        capacity = 1.1 * target + rng.integers(0, 5, (2, n))
        return replace(sites, contiguous=False, low=np.full((2, n), -np.inf), high=capacity)
    if kind == "soft":
        return replace(sites, low=0.9 * target + 0 * low, high=1.1 * target + 0 * high,
                       breach_price=np.array([0.05, np.inf if seed % 2 else 0.2]))  # fmt: skip
    if kind == "reps":
        return replace(sites, rep_cost=rng.random((n, k)))
    if kind == "bare":
        return replace(sites, contiguous=False, home=np.full(n, -1, np.int32))
    return sites


def plans(sites: Sites) -> Iterator[np.ndarray]:
    """Every design, by plain enumeration; the rule of pairs and centres first, because it is quick."""
    every = np.arange(sites.n_units)
    for centres in itertools.combinations(range(sites.n_sites), sites.k):
        for site in np.array(list(itertools.product(centres, repeat=sites.n_units))):
            at_home = all(sites.home[c] < 0 or site[sites.home[c]] == c for c in centres)
            if at_home and np.isfinite(sites.cost[every, site]).all() and not sites.faults(site):
                yield site


def cheapest(sites: Sites) -> float:
    return min((sites.value(site) for site in plans(sites)), default=np.inf)


def drawn_map(seed: int, n: int, k: int, contiguous: bool, meters: int = 1, width: float = 0.15) -> Sites:
    """Units in the plane, each a site, joined to near ones; loads uneven, bands around an even share."""
    rng = np.random.default_rng(seed)
    place = rng.random((n, 2)) * 100
    apart = np.sqrt(((place[:, None] - place[None]) ** 2).sum(axis=2))
    edges = [(a, b) for a, b in itertools.combinations(range(n), 2) if apart[a, b] < 45]
    load = np.floor(rng.lognormal(3, 0.5, (meters, n))) + 1
    even = load.sum(axis=1, keepdims=True) / k
    cost = load[0][:, None] * apart**2
    cost[rng.random((n, n)) < 0.05] = np.inf
    cost[np.arange(n), np.arange(n)] = 0.0
    low, high = (np.repeat(even * (1 + side * width), n, axis=1) for side in (-1, 1))
    home = np.arange(n, dtype=np.int32)
    return Sites(cost, load, low, high, home, np.array(edges, np.int32).reshape(-1, 2), contiguous, k)


def every_plan(sites: Sites) -> Iterator[np.ndarray]:
    """Each plan that breaks nothing, its territories served from where that is cheapest."""
    n = sites.n_units
    for label in itertools.product(range(sites.k), repeat=n):
        if len(set(label)) < sites.k or any(label[i] > max(label[:i], default=-1) + 1 for i in range(n)):
            continue
        of = np.array(label)
        centre = []
        for t in range(sites.k):
            units = np.flatnonzero(of == t)
            centre.append(units[np.argmin(sites.cost[np.ix_(units, units)].sum(axis=0))])
        plan = np.array(centre)[of]
        if not sites.faults(plan):
            yield plan
