"""A small design by branch and cut: which units are centres, and who is served from where (Hess et al. 1965).

Separators are cut in when a piece turns up that is cut off; the first ones, with which few more are needed,
are each unit's own neighbours.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from territory_opt.problem import BoolArray
from territory_opt.solve.design.linear import Row, branch_and_cut, program
from territory_opt.solve.design.separators import adjacency, cut_off, cuts_for
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import IndexArray

_ROUNDS = 20  # of separators


@dataclass(frozen=True)
class Whole:
    """A site per unit, or None; whether it is optimal among the pairs given."""

    site: IndexArray | None
    proved: bool


def solve_hess(sites: Sites, allowed: BoolArray, max_nodes: int, deadline_s: float = np.inf) -> Whole:
    """The cheapest design that uses allowed pairs (units, sites) only.

    max_nodes: limit of all rounds together. A site with a home needs the pair with it to open.
    """
    model, graph = program(sites, allowed), adjacency(sites.n_units, sites.edges)
    rows = _beside(sites, allowed, graph) if sites.contiguous else []
    for _ in range(_ROUNDS):
        solved = branch_and_cut(sites, model, rows, deadline_s - time.perf_counter(), max_nodes)
        max_nodes -= solved.nodes
        if solved.site is None or not sites.contiguous:
            return Whole(solved.site, solved.proved)
        torn = list(cut_off(sites, graph, solved.site))
        if not torn:
            return Whole(solved.site, solved.proved)
        if max_nodes <= 0:
            break
        for piece, b in torn:
            rows += cuts_for(sites, graph, allowed, piece, b)
    return Whole(None, False)


def _beside(sites: Sites, allowed: BoolArray, graph: csr_array) -> list[Row]:
    """A unit away from the centre is served with a neighbour of its own."""
    rows = []
    for u, j in zip(*np.nonzero(allowed), strict=True):
        if u != sites.home[j]:
            beside = graph.indices[graph.indptr[u] : graph.indptr[u + 1]]
            factor = np.append(1.0, np.full(len(beside), -1.0))
            rows.append(Row(np.append(u, beside), int(j), factor, 0.0))
    return rows
