"""k connected districts within the bands that cut as few edges of the map as can be, proved.

A label per unit, and for every edge and label a variable "leaves this label here": they sum to the cut,
which relaxes much tighter than one difference per label (Validi & Buchanan 2022, on fewest cut edges).
The heaviest units break the symmetry of labels. Districts in pieces are cut off by (a, b)-separators as
they appear, and each round starts from what the one before proved.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components

from territory_opt.solve.design.edge_kernels import anneal_edges
from territory_opt.solve.design.labels import Districts, Labels
from territory_opt.solve.design.separators import adjacency
from territory_opt.solve.design.verdict import Verdict
from territory_opt.travel.place import IndexArray

# Of the mean weight of an edge. On 105 counties half of the runs end at the optimum; with a seventh of the
# tries none does.
_HEAT, _PRICE = (2.0, 0.2), (20.0, 1e4)
_TRIES = 20_000_000
_ROUNDS = 12  # annealed plans to start from


@dataclass(frozen=True)
class CutProof:
    """label per unit, or None. value: weight it cuts, inf for none. No plan cuts less than bound."""

    label: IndexArray | None
    value: float
    bound: float
    verdict: Verdict


def prove_cut(
    districts: Districts,
    *,
    start: IndexArray | None = None,
    seed: int = 0,
    deadline_s: float = np.inf,
    workers: int = 1,
) -> CutProof:
    """The plan that cuts least, or the best by the deadline (of `time.perf_counter`), and a bound."""
    if connected_components(adjacency(districts.n_units, districts.edges), directed=False)[0] > districts.k:
        return CutProof(None, np.inf, np.inf, Verdict.NO_CONTIGUITY)
    if start is None or districts.faults(start):
        now = time.perf_counter()
        half = now + 0.5 * (deadline_s - now)  # the rest is the proof's
        start = annealed(districts, seed, half)
    best, value = start, np.inf if start is None else districts.value(start)
    model, bound, in_pieces, proved = Labels(districts), 0.0, False, False
    while not proved and time.perf_counter() < deadline_s:
        label, lower, proved = model.solve(best, seed, workers, deadline_s - time.perf_counter())
        bound = max(bound, min(lower, value))
        if label is None:
            break
        if model.cut_pieces(label):
            in_pieces, proved = True, False
        elif not districts.faults(label) and districts.value(label) < value:
            best, value = label, districts.value(label)
    if best is not None:
        return CutProof(best, value, bound, Verdict.OPTIMAL if proved or bound >= value else Verdict.FEASIBLE)
    if not proved:
        return CutProof(None, np.inf, bound, Verdict.UNKNOWN)
    return CutProof(None, np.inf, np.inf, Verdict.NO_CONTIGUITY if in_pieces else Verdict.NO_BANDS)


def annealed(districts: Districts, seed: int, deadline_s: float) -> IndexArray | None:
    """The best of some annealed plans; None when none keeps the bands."""
    graph = adjacency(districts.n_units, districts.edges, districts.weight)
    best, best_value = None, np.inf
    tries = min(_TRIES, 3_000 * districts.n_units**2)
    heavy = max(float(districts.weight.mean()), 1e-12) if len(districts.weight) else 1.0
    heat, price = (tuple(heavy * factor for factor in pair) for pair in (_HEAT, _PRICE))
    for turn in range(_ROUNDS):
        if turn and time.perf_counter() >= deadline_s:
            break
        rng = np.random.default_rng((seed, turn))
        label = _grown(districts, rng)
        if label is None:
            return None
        label, value = anneal_edges(
            districts.load, districts.low, districts.high, graph.indptr, graph.indices, graph.data, label,
            districts.k, int(rng.integers(2**31)), tries, heat, price,
        )  # fmt: skip
        if value < best_value and not districts.faults(label):
            best, best_value = label, value
    return best


def _grown(districts: Districts, rng: np.random.Generator) -> IndexArray | None:
    """Connected districts grown from random units, the smallest next; None if that cannot be."""
    graph = adjacency(districts.n_units, districts.edges)
    count, part = connected_components(graph, directed=False)
    if count > districts.k or districts.k > districts.n_units:
        return None
    seeds = [int(rng.choice(np.flatnonzero(part == p))) for p in range(count)]
    others = np.setdiff1d(np.arange(districts.n_units), seeds)
    seeds += rng.choice(others, districts.k - count, replace=False).tolist()
    label = np.full(districts.n_units, -1)
    label[seeds] = np.arange(districts.k)
    size = np.ones(districts.k)
    while (label < 0).any():
        beside = np.flatnonzero(label >= 0)
        for t in np.argsort(size, kind="stable"):
            near = np.unique(graph[beside[label[beside] == t]].indices)
            near = near[label[near] < 0]
            if len(near):
                label[rng.choice(near)] = t
                size[t] += 1
                break
    return label
