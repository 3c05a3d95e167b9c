"""Contiguity as cuts: who is served across a gap needs a unit of every belt between to be served too.

If units S separate unit a from the home of site b, then x[a, b] ≤ Σ_{s ∈ S} x[s, b] (Oehrlein & Haunert 2017;
Validi, Buchanan & Lykhovyd 2022). Belts are taken in the graph of the pairs that are left for b, which makes
them thinner, and are made minimal on the side of the home.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from territory_opt.problem import BoolArray, Int32Array
from territory_opt.solve.design.linear import Row
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray, IndexArray


def adjacency(n_units: int, edges: Int32Array, weight: FloatArray | None = None) -> csr_array:
    """Units next to each other, both ways: a matrix of ones, or of the weights of edges (weights add up)."""
    both = np.concatenate([edges, edges[:, ::-1]])
    value = np.ones(len(both)) if weight is None else np.tile(weight, 2)
    matrix = csr_array((value, (both[:, 0], both[:, 1])), shape=(n_units, n_units))
    if weight is None:
        matrix.data[:] = 1.0
    return matrix


def parts(graph: csr_array, inside: BoolArray) -> IndexArray:
    """Number of the connected part of each unit inside (units,), -1 for the others."""
    part = np.full(len(inside), -1)
    units = np.flatnonzero(inside)
    if len(units):
        part[units] = connected_components(graph[units][:, units], directed=False)[1]
    return part


def cut_off(sites: Sites, graph: csr_array, site: IndexArray) -> Iterator[tuple[IndexArray, int]]:
    """Pieces of a plan's territories that are not connected to the home of their site, with that site."""
    for b in np.unique(site):
        if sites.home[b] < 0:
            continue
        part = parts(graph, site == b)
        for p in range(part.max() + 1):
            if p != part[sites.home[b]]:
                yield np.flatnonzero(part == p), int(b)


def belt(graph: csr_array, allowed: BoolArray, piece: IndexArray, home: int) -> IndexArray | None:
    """Units, all allowed, between a connected piece and a home: as few as the side of the home needs.

    None when the piece touches the home, or holds it: then nothing lies between.
    """
    around = np.zeros(len(allowed), bool)
    around[graph[piece].indices] = True
    around[piece] = False
    around &= allowed
    if around[home] or home in piece or not allowed[home]:
        return None
    beyond = allowed & ~around
    beyond[piece] = False
    part = parts(graph, beyond)
    reach = np.zeros(len(allowed), bool)
    reach[graph[np.flatnonzero(part == part[home])].indices] = True
    return np.flatnonzero(around & reach)


def cuts_for(sites: Sites, graph: csr_array, keep: BoolArray, piece: IndexArray, b: int) -> list[Row]:
    """Cuts (a, b, belt) of a piece that b's territory left lying: for b, and every site beyond the same belt.

    The belt of another site is taken in its own graph; its cut is for the largest unit of the piece, those of
    b for all units of the piece.
    """
    found = []
    largest = int(piece[np.argmax(sites.load[0, piece])]) if len(sites.load) else int(piece[0])
    for j in np.flatnonzero(keep[piece].any(axis=0) & (sites.home >= 0)):
        home = int(sites.home[j])
        if not keep[home, j]:
            continue
        part = parts(graph, _only(piece, keep[:, j]))
        for p in range(part.max() + 1):
            own = np.flatnonzero(part == p)
            between = belt(graph, keep[:, j], own, home)
            if between is not None:
                factor = np.append(1.0, np.full(len(between), -1.0))
                found += [
                    Row(np.append(a, between), int(j), factor, 0.0) for a in own if j == b or a == largest
                ]
    return found


def _only(units: IndexArray, allowed: BoolArray) -> BoolArray:
    inside = np.zeros(len(allowed), bool)
    inside[units] = True
    return inside & allowed
