"""First territories of many units: loads evened out by prices, so that annealing has little left to mend.

Each unit goes to the centre that costs it least, load priced in; a price rises where there is too much load
and falls where there is too little; then centres move to the middle, and again. With squared distances the
territories are cells of a power diagram, which hang together (Aurenhammer, Hoffmann & Aronov 1998).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import connected_components

from territory_opt.solve.design.seeding import drawn_centres, grown, located
from territory_opt.solve.design.separators import adjacency
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.territories import Territories
from territory_opt.travel.place import FloatArray, IndexArray

_ROUNDS, _STEPS, _LAST_STEPS = 8, 15, 60  # of location; of prices in each, and in the last
_STEP, _SLOWER = 0.5, 10.0  # of the first price change, and after how many steps it is half of that
_INSIDE = 0.7  # of the width of a band is aimed at
_LIGHT = 0.6  # of a territory: less than that, and its centre is of more use elsewhere


def balanced(sites: Sites, rng: np.random.Generator, centre: IndexArray | None = None) -> Territories | None:
    """Territories around drawn or given centres (k,), connected if they must be; None if out of reach."""
    centre = drawn_centres(sites, rng) if centre is None else centre
    if centre is None or (sites.home[centre] < 0).any():
        return None
    price, label = np.zeros((len(sites.load), sites.k)), None
    for turn in range(_ROUNDS):
        steps = _LAST_STEPS if turn == _ROUNDS - 1 else _STEPS
        label = _evened(sites, centre, price, steps)
        if turn < _ROUNDS - 1:
            centre = located(sites, label, centre)
        if turn < _ROUNDS - 2:
            centre = _jumped(sites, centre, label, price)
    assert label is not None
    if sites.contiguous:
        label = _gathered(sites, centre, label, sites.cost[:, centre] + _share(sites).T @ price)
    return None if label is None else Territories(label, centre)


def _share(sites: Sites) -> FloatArray:
    """Load of each unit in territories; (meters, units)."""
    total = np.maximum(np.abs(sites.load).sum(axis=1, keepdims=True), 1e-300)
    return np.asarray(sites.load * sites.k / total)


def _evened(sites: Sites, centre: IndexArray, price: FloatArray, steps: int) -> IndexArray:
    """Territory of each unit (units,) at prices (meters, k) that are changed on the way; the evenest met."""
    cost, share, homes = sites.cost[:, centre], _share(sites), sites.home[centre]
    target = np.maximum(np.abs(sites.load).sum(axis=1, keepdims=True) / sites.k, 1e-300)
    low, high = sites.low[:, centre] / target, sites.high[:, centre] / target
    spare = (1 - _INSIDE) / 2 * np.minimum(high - low, 1.0)
    best, least = None, np.inf
    for step in range(steps):
        label = (cost + share.T @ price).argmin(axis=1)
        label[homes] = np.arange(sites.k)
        load = np.stack([np.bincount(label, row, sites.k) for row in share]).reshape(price.shape)
        astray = np.maximum(load - high + spare, 0.0) - np.maximum(low + spare - load, 0.0)
        if np.abs(astray).sum() < least:
            best, least = label, float(np.abs(astray).sum())
        money = float(cost[np.arange(len(label)), label].sum()) / (sites.k * max(len(price), 1))
        price += _STEP / (1 + step / _SLOWER) * money * np.clip(astray, -1.0, 1.0)
    assert best is not None
    return best


def _jumped(sites: Sites, centre: IndexArray, label: IndexArray, price: FloatArray) -> IndexArray:
    """Centres of territories that stay much too light (far off, on islands), now where load is too dense.

    Each goes to the unit that costs most in one of the heaviest territories, and starts at its price.
    """
    share = _share(sites)
    load = np.stack([np.bincount(label, row, sites.k) for row in share]).reshape(price.shape).mean(axis=0)
    light, heavy = np.flatnonzero(load < _LIGHT), np.argsort(-load, kind="stable")
    site_in = np.full(sites.n_units, -1)
    site_in[sites.home[sites.home >= 0]] = np.flatnonzero(sites.home >= 0)
    centre = centre.copy()
    for t, h in zip(light[np.argsort(load[light], kind="stable")], heavy, strict=False):
        units = np.flatnonzero((label == h) & (site_in >= 0) & ~np.isin(site_in, centre))
        if load[h] <= 1.0 or not len(units):
            break
        centre[t] = site_in[units[sites.cost[units, centre[h]].argmax()]]
        price[:, t] = price[:, h]
    return centre


def _gathered(sites: Sites, centre: IndexArray, label: IndexArray, cost: FloatArray) -> IndexArray | None:
    """The same territories in one piece each: what is cut off from the centre goes to those around it."""
    edges = sites.edges[label[sites.edges[:, 0]] == label[sites.edges[:, 1]]]
    _, piece = connected_components(adjacency(sites.n_units, edges), directed=False)
    kept = piece == piece[sites.home[centre]][label]
    return grown(sites, centre, np.where(kept, label, -1), cost)
