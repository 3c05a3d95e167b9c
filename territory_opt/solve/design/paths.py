"""Cheapest paths from the home of every site, compiled: what serving a unit takes at least when connected."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from territory_opt.problem import BoolArray, Int32Array
from territory_opt.travel.place import FloatArray, IndexArray


def cheapest_paths(graph: csr_array, home: Int32Array, keep: BoolArray, weight: FloatArray) -> FloatArray:
    """Least Σ weight[v, j] along a path of kept units from each site's home to each unit, both ends included.

    graph: units next to each other. weight (units, sites) must not be negative. inf where no path is left:
    whoever serves such a unit from there has a territory in pieces.
    """
    columns = np.asfortranarray(keep), np.asfortranarray(weight)
    return _cheapest(graph.indptr, graph.indices, home, *columns)


@njit(cache=True, nogil=True)
def _cheapest(
    first: IndexArray, neighbour: IndexArray, home: Int32Array, keep: BoolArray, weight: FloatArray
) -> FloatArray:
    """The same over compressed rows of neighbours: a search from every home, without a heap."""
    n_units, n_sites = keep.shape
    length = np.full((n_units, n_sites), np.inf)
    for j in range(n_sites):
        own = home[j]
        if own < 0 or not keep[own, j]:
            continue
        done = np.zeros(n_units, np.bool_)
        length[own, j] = weight[own, j]
        while True:
            u, least = -1, np.inf
            for v in range(n_units):
                if not done[v] and length[v, j] < least:
                    u, least = v, length[v, j]
            if u < 0:
                break
            done[u] = True
            for at in range(first[u], first[u + 1]):
                v = neighbour[at]
                if keep[v, j] and not done[v]:
                    length[v, j] = min(length[v, j], least + weight[v, j])
    return length
