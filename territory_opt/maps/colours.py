"""Colours that differ for neighbours and that colour-blind readers can tell apart."""

from __future__ import annotations

from collections.abc import Iterable

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
_CLEARLY = 30.0  # distance in CIELAB from which on more does not matter
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
#: What normal, red-blind and green-blind eyes make of linear sRGB.
_EYES = (
    np.eye(3),
    np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
)


def colour_reps(lat: FloatArray, lon: FloatArray, n_reps: int, *rep: Int32Array) -> list[str]:
    """A colour per rep: reps whose accounts lie next to each other in any of these alignments differ."""
    return colours([pair for one in rep for pair in _adjacent(lat, lon, one)], n_reps)


def colours(neighbours: Iterable[tuple[int, int]], n_reps: int) -> list[str]:
    """A colour per rep, well apart for neighbours also to colour-blind eyes.

    Reps with the fewest neighbours choose last (Matula & Beck 1983), so that on a map of areas, today's and
    the plan's taken together, nobody finds every colour taken: colours repeat only when a rep touches more
    territories than there are colours. So few reps that each can have a colour of its own have one.
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(n_reps))
    graph.add_edges_from(neighbours)
    apart, used = _apart(), np.zeros(len(PALETTE))
    chosen = np.full(n_reps, -1)
    for r in nx.coloring.strategy_smallest_last(graph, None):
        taken = [chosen[other] for other in graph[r] if chosen[other] >= 0]
        nearest = apart[:, taken].min(axis=1, initial=_CLEARLY)
        if n_reps <= len(PALETTE):
            nearest = np.where(used > 0, -1.0, nearest)
        best = np.flatnonzero(nearest == nearest.max())
        chosen[r] = best[used[best].argmin()]
        used[chosen[r]] += 1
    return [PALETTE[c] for c in chosen]


def _apart() -> FloatArray:
    """How far apart two colours of the palette look to whoever tells them apart worst; (colours, colours).

    Distance in CIELAB, as normal, red-blind and green-blind eyes see it (Machado et al. 2009).
    """
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in PALETTE]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = [_lab((linear @ eye.T).clip(0, 1)) for eye in _EYES]
    return np.asarray(np.min([np.linalg.norm(lab[:, None] - lab[None], axis=2) for lab in seen], axis=0))


def _lab(linear: FloatArray) -> FloatArray:
    """CIELAB of linear sRGB under daylight D65."""
    t = linear @ _TO_XYZ.T / _TO_XYZ.sum(axis=1)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.column_stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])])


def _adjacent(lat: FloatArray, lon: FloatArray, rep: Int32Array) -> list[tuple[int, int]]:
    """Pairs of reps with accounts among each other's nearest."""
    known: BoolArray = np.isfinite(lat) & np.isfinite(lon) & (rep >= 0)
    if known.sum() < 2:
        return []
    phi, lam, who = np.radians(lat[known]), np.radians(lon[known]), rep[known]
    xyz = np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    k = min(_NEIGHBOURS + 1, len(who))
    _, near = cKDTree(xyz).query(xyz, k=k)
    one, other = np.repeat(who, k).astype(np.int64), who[near].ravel()
    code = np.unique((np.minimum(one, other) * (who.max() + 1) + np.maximum(one, other))[one != other])
    low, high = np.divmod(code, who.max() + 1)
    return list(zip(low.tolist(), high.tolist(), strict=True))
