"""Balanced clusters (k-means-constrained) on the map, then each cluster to a rep at least cost.

Clusters hold within 10 % of equally many units; the first run starts from the reps' homes, later ones from
k-means++ as long as time is left, and the best plan by the judge's count is kept. Bradley, Bennett & Demiriz
(2000), Constrained k-means clustering, Microsoft Research MSR-TR-2000-65. Locked units stay with their rep.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

import territory_opt as to
from benchmarks.peers.market import Effort, FloatArray, Market, NoPlanError, Proposal
from territory_opt.solve.columns import build
from territory_opt.solve.model import Model

_WITHIN = 0.10
_MOST_RUNS, _MOST_ITERATIONS = 50, 300
_BLOCK_PAIRS = 1 << 20


def align(market: Market, effort: Effort) -> Proposal:
    """Clusters from several starts, each matched to the reps."""
    from k_means_constrained import KMeansConstrained  # type: ignore[import-untyped]

    reps = np.flatnonzero(~market.problem.reps.leaving)
    model = build(market.question, 2)  # two pairs tell which units have no choice; and the bands
    fixed = np.diff(model.start) == 1 if len(reps) > 1 else np.zeros(len(model.start) - 1, bool)
    points, free = _points(market), np.flatnonzero(~fixed)
    if len(free) < len(reps):
        raise NoPlanError("fewer units than reps")
    each = len(free) / len(reps)
    limits = {
        "n_clusters": len(reps),
        "size_min": int(np.floor((1 - _WITHIN) * each)),
        "size_max": int(np.ceil((1 + _WITHIN) * each)),
    }
    rep_of_unit = np.asarray(model.rep)[model.start[:-1]].copy()
    start: object = _sphere(market.problem.reps.lat[reps], market.problem.reps.lon[reps])
    best: tuple[float, NDArray[np.int32]] | None = None
    runs, iteration_s = 0, 0.0
    while runs < _MOST_RUNS and effort.left > 2 * iteration_s:
        most = 1 if best is None else int(np.clip(effort.left / iteration_s - 1, 1, _MOST_ITERATIONS))
        before = effort.spent
        clusters = KMeansConstrained(
            **limits, init=start, n_init=1, max_iter=most, random_state=effort.seed + runs
        ).fit(points[free])
        iteration_s = max(iteration_s, (effort.spent - before) / (clusters.n_iter_ + 1))
        rep_of_unit[free] = reps[_matched(market, model, fixed, rep_of_unit, free, clusters.labels_, reps)]
        value = market.objective(rep_of_unit)
        if best is None or value < best[0]:
            best = value, rep_of_unit.copy()
        # The first run was a single step, to learn how long one takes; the next goes on from there.
        start = clusters.cluster_centers_.copy() if runs == 0 else "k-means++"
        runs += 1
    if best is None:
        raise NoPlanError("the time was up before the first clusters")
    form = f"clusters of {limits['size_min']}–{limits['size_max']} units, matched to reps"
    return Proposal(market.rep_of_account(best[1]), form, f"best of {runs} runs")


def _sphere(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Points on the unit sphere, (rows, 3): straight lines between them grow with distance."""
    phi, lam = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def _points(market: Market) -> FloatArray:
    """Middle of each unit, (units, 3)."""
    accounts, unit = market.problem.accounts, market.question.unit_of_account
    covered = unit >= 0
    place = _sphere(accounts.lat, accounts.lon)[covered]
    n_units = market.question.n_units
    count = np.bincount(unit[covered], minlength=n_units)
    sums = [np.bincount(unit[covered], column, minlength=n_units) for column in place.T]
    return np.stack(sums, axis=1) / count[:, None]


def _matched(
    market: Market,
    model: Model,
    fixed: NDArray[np.bool_],
    rep_of_unit: NDArray[np.integer],
    free: NDArray[np.int64],
    label: NDArray[np.integer],
    reps: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Position in `reps` for each free unit: clusters to reps at least cost, breaches priced."""
    cluster_of_unit = np.full(len(fixed), -1)
    cluster_of_unit[free] = label
    cost, loads = _sums(market, cluster_of_unit, reps)
    locked = to.Alignment(market.rep_of_account(np.where(fixed, rep_of_unit, -1)))
    for term, bins, more in zip(market.question.terms, model.bin, loads, strict=True):
        b = bins[reps]
        kept = _load_by_rep(market, term, locked)[reps]
        total = more + kept
        outside = np.maximum(model.low[b] - total, 0.0) + np.maximum(total - model.high[b], 0.0)
        cost = cost + np.where(b >= 0, model.price[b] * outside, 0.0)
    rows, columns = linear_sum_assignment(cost)
    rep_of_cluster = np.empty(len(rows), np.int64)
    rep_of_cluster[rows] = columns
    return rep_of_cluster[label]


def _load_by_rep(market: Market, term: object, plan: to.Alignment) -> FloatArray:
    """Load that a plan puts on each rep, (reps,)."""
    account = np.flatnonzero(plan.covered)
    load = term.load(market.problem, account, plan.rep[account])  # type: ignore[attr-defined]
    return np.bincount(plan.rep[account], load, minlength=len(market.problem.reps)).astype(np.float64)


def _sums(
    market: Market, cluster_of_unit: NDArray[np.integer], reps: NDArray[np.int64]
) -> tuple[FloatArray, list[FloatArray]]:
    """Cost, and load by measure, of each cluster on each rep: (clusters, reps), accounts in blocks."""
    problem, n = market.problem, len(reps)
    cluster = np.append(cluster_of_unit, -1)[market.question.unit_of_account]
    account = np.argsort(cluster, kind="stable")
    account = account[cluster[account] >= 0]
    cost, loads = np.zeros((n, n)), [np.zeros((n, n)) for _ in market.question.terms]
    for first in range(0, len(account), max(1, _BLOCK_PAIRS // n)):
        part = account[first : first + max(1, _BLOCK_PAIRS // n)]
        head = np.flatnonzero(np.diff(cluster[part], prepend=-1))
        pair = (part[:, None], reps[None, :])
        for wish in market.policy.pair_terms():
            cost[cluster[part[head]]] += np.add.reduceat(wish.cost(problem, *pair), head, axis=0)
        for term, load in zip(market.question.terms, loads, strict=True):
            load[cluster[part[head]]] += np.add.reduceat(term.load(problem, *pair), head, axis=0)
    return cost, loads
