"""Colours that differ for neighbours and that colour-blind readers can tell apart."""

from __future__ import annotations

import networkx as nx
import numpy as np
from scipy.spatial import cKDTree

from territory_opt.problem import BoolArray, Int32Array
from territory_opt.travel.place import FloatArray

#: Okabe & Ito (2008) without yellow and black, then Tol's (2021) muted set, which stays apart from them.
PALETTE = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00",
    "#332288", "#999933", "#882255", "#44aa99", "#aa4499", "#117733",
)  # fmt: skip
NOBODY = "#8a8f98"
_NEIGHBOURS = 8


def colour_reps(lat: FloatArray, lon: FloatArray, rep: Int32Array, n_reps: int) -> list[str]:
    """A colour per rep: reps whose accounts lie next to each other get different ones.

    Colours repeat only when a rep touches more territories than there are colours.
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(n_reps))
    graph.add_edges_from(_adjacent(lat, lon, rep))
    number = nx.greedy_color(graph, strategy="largest_first")
    # Spread over the whole palette: a map of 13 territories need not live on four colours.
    used: dict[int, list[int]] = {}
    for r in sorted(number):
        used.setdefault(number[r], []).append(r)
    classes = max(len(used), 1)
    per_class = max(len(PALETTE) // classes, 1)
    colour = [NOBODY] * n_reps
    for c, reps in used.items():
        for k, r in enumerate(reps):
            colour[r] = PALETTE[(c + classes * (k % per_class)) % len(PALETTE)]
    return colour


def _adjacent(lat: FloatArray, lon: FloatArray, rep: Int32Array) -> list[tuple[int, int]]:
    """Pairs of reps with accounts among each other's nearest."""
    known: BoolArray = np.isfinite(lat) & np.isfinite(lon) & (rep >= 0)
    if known.sum() < 2:
        return []
    phi, lam, who = np.radians(lat[known]), np.radians(lon[known]), rep[known]
    xyz = np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    k = min(_NEIGHBOURS + 1, len(who))
    _, near = cKDTree(xyz).query(xyz, k=k)
    pairs = np.column_stack([np.repeat(who, k), who[near].ravel()])
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
    return [(int(a), int(b)) for a, b in pairs]
