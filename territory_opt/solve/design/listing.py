"""All territories that a design of at most `goal` could have, and the cheapest k that cover all units.

With few, lumpy units hardly any group keeps a narrow band, and contiguity costs much more than a bound on
pairs can tell: cuts then go on for dozens of rounds. But the territories themselves can be listed, as
routes are in vehicle routing (Baldacci, Christofides & Mingozzi 2008): grown from each centre, one unit
in or out at a time, until the reduced costs say that no design of at most `goal` has it. The rest is set
partitioning, with a much tighter relaxation (Garfinkel & Nemhauser 1970), exact bands and no cuts.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

from territory_opt.problem import BoolArray
from territory_opt.solve.design.linear import ROUNDING, Solved
from territory_opt.solve.design.prices import Prices, priced
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray, IndexArray

_MOST = 200_000  # territories that set partitioning is asked to choose from
_NODES = 30_000_000  # units put in or out; ten seconds or so
_NODES_PER_S = 2_000_000  # when the time left is short


@dataclass(frozen=True)
class Listed:
    """site, cost (territories,) and the units of each, as rows of a matrix (territories, units) of ones."""

    site: IndexArray
    cost: FloatArray
    member: csr_array


def listed(
    sites: Sites,
    keep: BoolArray,
    prices: Prices,
    goal: float,
    adjacency: csr_array,
    runtime_s: float = np.inf,
) -> Listed | None:
    """All that a design of at most `goal` could use, with their cheapest sites; None if too many."""
    if not sites.contiguous or (sites.home < 0).any():
        return None
    found = priced(sites, keep, prices)
    nodes, left = int(min(_NODES, max(runtime_s, 0.0) * _NODES_PER_S)), _MOST
    member, site = [np.zeros((0, sites.n_units), bool)], [np.zeros(0, int)]
    for j in np.flatnonzero((found.site <= goal) & np.isfinite(found.site)):
        rows, nodes = grow(
            int(sites.home[j]), adjacency.indptr, adjacency.indices, keep[:, j], found.reduced[:, j],
            sites.load, sites.low[:, j], sites.high[:, j], goal - found.site[j], left, nodes,
        )  # fmt: skip
        if nodes <= 0 or len(rows) >= left:
            return None
        left -= len(rows)
        member.append(rows)
        site.append(np.full(len(rows), j))
    return _cheapest(sites, np.concatenate(member), np.concatenate(site))


def _cheapest(sites: Sites, member: BoolArray, site: IndexArray) -> Listed:
    """One row for each set of units, served from where that is cheapest."""
    cost = np.einsum("tu,ut->t", member, np.where(np.isfinite(sites.cost), sites.cost, 0.0)[:, site])
    order = np.argsort(cost, kind="stable")
    _, first = np.unique(np.packbits(member[order], axis=1), axis=0, return_index=True)
    rows = order[np.sort(first)]
    return Listed(site[rows], cost[rows], csr_array(member[rows].astype(np.float64)))


def partition(sites: Sites, among: Listed, goal: float, runtime_s: float) -> Solved:
    """The cheapest k territories that hold every unit once; none when every such design costs over `goal`."""
    if len(among.cost) == 0:
        return Solved(None, np.inf, True)
    began = time.perf_counter()
    money = max(float(among.cost.mean()), 1e-12)
    cover = csr_array(np.vstack([among.member.T.toarray(), np.ones(len(among.cost))]))
    right = np.append(np.ones(sites.n_units), sites.k)
    relaxed = linprog(
        among.cost / money,
        A_eq=cover,
        b_eq=right,
        method="highs-ds",
        options={"time_limit": max(runtime_s, 0.1)},
    )
    if relaxed.status == 2:
        return Solved(None, np.inf, True)
    left = np.arange(len(among.cost))
    bound = -np.inf
    if relaxed.status == 0:
        bound = relaxed.fun * money - ROUNDING * abs(relaxed.fun * money)
        reduced = among.cost - cover.T @ relaxed.eqlin.marginals * money
        left = np.flatnonzero(reduced <= goal - bound + ROUNDING * abs(bound))
    runtime_s -= time.perf_counter() - began
    if len(left) == 0:
        return Solved(None, np.inf, True)
    found = milp(
        among.cost[left] / money,
        constraints=LinearConstraint(cover[:, left], right, right),
        integrality=np.ones(len(left)),
        bounds=Bounds(0.0, 1.0),
        options={"time_limit": max(runtime_s, 0.1), "mip_rel_gap": 0.0},
    )
    if found.status == 2:
        return Solved(None, np.inf, True)
    if found.mip_dual_bound is not None:
        bound = max(bound, float(found.mip_dual_bound) * money * (1.0 - ROUNDING))
    if found.x is None:
        return Solved(None, bound, False)
    chosen = left[found.x > 0.5]
    return Solved((among.member[chosen].T @ among.site[chosen]).astype(int), bound, found.status == 0)


@njit(cache=True, nogil=True)
def grow(
    home: int,
    first: IndexArray,
    neighbour: IndexArray,
    keep: BoolArray,
    reduced: FloatArray,
    load: FloatArray,
    low: FloatArray,
    high: FloatArray,
    slack: float,
    most: int,
    nodes: int,
) -> tuple[BoolArray, int]:
    """Connected sets of kept units with the home whose loads keep the bands and whose units' regret fits.

    A unit in regrets a positive reduced cost, one out a negative one; slack is what all together may.
    Rows are sets (sets, units), at most `most` of them; and how many of the nodes are left over, 0 or
    less when cut short.
    """
    n_units, n_meters = len(keep), load.shape[0]
    out = np.zeros((16, n_units), np.bool_)
    count = 0
    state = np.where(keep, 0, -1)  # 1 in, -1 out, 0 open
    beside = np.zeros(n_units, np.int64)  # neighbours that are in
    weight, reach = np.zeros(n_meters), np.zeros(n_meters)
    for u in range(n_units):
        if keep[u]:
            reach += load[:, u]
    order, regret = np.full(n_units + 1, -1), np.zeros(n_units + 1)
    room = 1e-9 * np.maximum(np.abs(high), 1.0), 1e-9 * np.maximum(np.abs(low), 1.0)
    state[home] = 1
    weight += load[:, home]
    for at in range(first[home], first[home + 1]):
        beside[neighbour[at]] += 1
    depth = 0
    forward = True
    while depth >= 0 and nodes > 0 and count < most:
        if forward:
            nodes -= 1
            alive = regret[depth] <= slack
            for m in range(n_meters):
                alive = alive and weight[m] <= high[m] + room[0][m] and reach[m] >= low[m] - room[1][m]
            u, widest = -1, -1.0
            if alive:
                for v in range(n_units):
                    if state[v] == 0 and beside[v] > 0 and abs(reduced[v]) > widest:
                        u, widest = v, abs(reduced[v])
                if u < 0:
                    lost = regret[depth]
                    for v in range(n_units):
                        if state[v] == 0:
                            lost += max(-reduced[v], 0.0)
                    fits = lost <= slack
                    for m in range(n_meters):
                        fits = fits and weight[m] >= low[m] - room[1][m]
                    if fits:
                        if count == len(out):
                            grown = np.zeros((2 * count, n_units), np.bool_)
                            grown[:count] = out
                            out = grown
                        out[count] = state == 1
                        count += 1
            if u < 0:
                forward = False
                depth -= 1
                continue
            # First the unit is in.
            order[depth] = u
            state[u] = 1
            weight += load[:, u]
            for at in range(first[u], first[u + 1]):
                beside[neighbour[at]] += 1
            regret[depth + 1] = regret[depth] + max(reduced[u], 0.0)
            depth += 1
            continue
        u = order[depth]
        if state[u] == 1:
            # Then it is out.
            weight -= load[:, u]
            reach -= load[:, u]
            for at in range(first[u], first[u + 1]):
                beside[neighbour[at]] -= 1
            state[u] = -1
            regret[depth + 1] = regret[depth] + max(-reduced[u], 0.0)
            depth += 1
            forward = True
        else:
            state[u] = 0
            reach += load[:, u]
            depth -= 1
    return out[:count], nodes
