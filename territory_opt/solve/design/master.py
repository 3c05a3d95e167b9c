"""The cheapest mix of known territories, and what serving each unit is worth there.

The relaxed set partitioning over a pool of territories. Its prices jump about while the pool is small, so
they are held in a box around the best known ones, which may be left at the price of its walls (Marsten,
Hogan & Blankenship 1975).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array, diags_array, hstack, vstack

from territory_opt.problem import BoolArray
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray


class Pool:
    """Territories that were met, each once: member (territories, units) and their least cost."""

    def __init__(self, sites: Sites):
        self.sites = sites
        self.member, self.cost = np.zeros((0, sites.n_units), bool), np.zeros(0)
        self._known: set[bytes] = set()

    def add(self, member: BoolArray) -> int:
        """Take in those that are new; how many."""
        fresh = []
        for row, key in zip(member, np.packbits(member, axis=1), strict=True):
            if (name := key.tobytes()) not in self._known:
                self._known.add(name)
                fresh.append(row)
        if fresh:
            rows = np.array(fresh)
            self.member = np.concatenate([self.member, rows])
            self.cost = np.append(self.cost, least_costs(self.sites, rows))
        return len(fresh)


def least_costs(sites: Sites, member: BoolArray) -> FloatArray:
    """Cost of each territory from the site, with its home inside, that serves it at least cost."""
    total = member.astype(np.float64) @ np.where(np.isfinite(sites.cost), sites.cost, 0.0)
    barred = member.astype(np.float64) @ np.isinf(sites.cost).astype(np.float64) > 0.0
    return np.where(barred | ~member[:, sites.home], np.inf, total).min(axis=1)


@dataclass(frozen=True)
class Worth:
    """unit (units,): prices; one: of a territory; value: of the mix; walls: how much of them it needs."""

    unit: FloatArray
    one: float
    value: float
    walls: float


def worth(pool: Pool, around: FloatArray, one: float, box: float) -> Worth | None:
    """Prices of the relaxed master within a box around given ones, so many times as wide for `one`.

    None when the solver fails. Walls cannot carry more than k units each: a territory that is a bargain
    all over the box would otherwise be taken without end.
    """
    sites = pool.sites
    n, money = sites.n_units, max(float(np.abs(around).mean()), 1e-12)
    centre = np.append(around, one)
    half = np.append(np.full(n, box), box * n / sites.k)
    cover = vstack([csc_array(pool.member.T.astype(np.float64)), np.ones((1, len(pool.cost)))])
    wall = diags_array(np.ones(n + 1))
    most = np.append(np.full(len(pool.cost), np.inf), np.full(2 * n + 2, float(sites.k)))
    found = linprog(
        np.concatenate([pool.cost, centre + half, half - centre]) / money,
        A_eq=hstack([cover, wall, -wall]).tocsc(),
        b_eq=np.append(np.ones(n), sites.k),
        bounds=np.column_stack([np.zeros(len(most)), most]),
        method="highs-ds",
    )
    if found.status != 0:
        return None
    price = found.eqlin.marginals * money
    walls = float(found.x[len(pool.cost) :].sum())
    return Worth(price[:n], float(price[n]), found.fun * money, walls)
