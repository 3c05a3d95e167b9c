"""The planner's edits of the map: bridges, borders that do not count, and links to islands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from territory_opt.areas import Areas, Int32Array, Outlines
from territory_opt.errors import Issue
from territory_opt.io.border_edits import Edit, rows_of, sound_edits
from territory_opt.io.tables import FIRST_ROW
from territory_opt.travel.place import FloatArray

_SHOWN = 50


def edited(areas: Areas, edits: Sequence[Edit], link_islands: bool) -> tuple[Areas, list[Issue]]:
    """The areas with the planner's graph, and every fault of the edits; islands are reported last.

    Links are sought before borders are forbidden, so that none brings back what the planner has forbidden.
    """
    edits, issues = sound_edits(areas, edits)
    areas = with_edges(areas, rows_of(areas, [edit for edit in edits if edit.kind == "bridges"]))
    if link_islands:
        areas = linked(areas)
    parted = [edit for edit in edits if edit.kind == "forbidden"]
    forbidden = rows_of(areas, parted)
    for i in np.flatnonzero(~among(forbidden, areas.edges)):
        fault, mend = "the two areas share no border", "Take the pair out"
        issues.append(parted[i].fault(None, str(parted[i]), fault, mend, fatal=False))
    keep = ~among(areas.edges, forbidden)
    areas = replace(areas, edges=areas.edges[keep], border_km=areas.border_km[keep])
    return areas, [*issues, *_islands(areas)]


def with_edges(areas: Areas, pairs: Int32Array) -> Areas:
    """The areas with further neighbours; a pair that has a border keeps its length."""
    edges = np.concatenate([areas.edges, pairs])
    km = np.concatenate([areas.border_km, np.zeros(len(pairs))])
    graph = Areas.of(areas.ids, edges=edges, border_km=km)
    return replace(areas, edges=graph.edges, border_km=graph.border_km)


def linked(areas: Areas) -> Areas:
    """The areas with as few links, and as short ones, as join all pieces into one.

    The links are the minimum spanning tree of the pieces (Kruskal 1956), whose distance is that of the
    nearest corners of their outlines, over the globe.
    """
    from scipy.sparse.csgraph import minimum_spanning_tree

    piece = areas.pieces()
    n = int(piece.max()) + 1 if len(piece) else 0
    if n < 2 or areas.outlines is None:
        return areas
    km, nearest = _between_pieces(areas.outlines, piece, n)
    one, other = minimum_spanning_tree(np.triu(km)).nonzero()
    return with_edges(areas, nearest[one, other].astype(np.int32))


def _between_pieces(outlines: Outlines, piece: Int32Array, n: int) -> tuple[FloatArray, Int32Array]:
    """Distance of each two pieces as a chord of the unit globe, (n, n), and the areas that it is between.

    Half of a matrix is filled, row < column; nothing may be 0, since a sparse tree would take it for no link.
    """
    from scipy.spatial import cKDTree

    corner, area = _corners(outlines)
    own = [np.flatnonzero(piece[area] == p) for p in range(n)]
    own.sort(key=len)
    chord, nearest = np.zeros((n, n)), np.zeros((n, n, 2), np.int32)
    for j in range(1, n):
        tree = cKDTree(corner[own[j]])
        for i in range(j):
            far, place = tree.query(corner[own[i]])
            k = int(far.argmin())
            chord[i, j] = max(float(far[k]), 1e-12)
            nearest[i, j] = area[own[i][k]], area[own[j][place[k]]]
    return chord, nearest


def _corners(outlines: Outlines) -> tuple[FloatArray, Int32Array]:
    """Every corner as a vector of the unit globe, (points, 3), and the area it belongs to, (points,)."""
    lon, lat = np.radians(outlines.lonlat).T
    corner = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    points = np.diff(outlines.ring[outlines.polygon[outlines.area]])
    return corner, np.repeat(np.arange(len(points), dtype=np.int32), points)


def among(pairs: Int32Array, others: Int32Array) -> np.ndarray:
    """Which pairs are among the others; shape (pairs,)."""
    wide = np.int64(1) << 32
    return np.isin(pairs[:, 0] * wide + pairs[:, 1], others[:, 0] * wide + others[:, 1])


def _islands(areas: Areas) -> Iterator[Issue]:
    """Every piece of the map but the largest."""
    piece = areas.pieces()
    size = np.bincount(piece) if len(piece) else np.zeros(0, np.int64)
    if len(size) < 2:
        return
    apart = np.delete(np.arange(len(size)), size.argmax())
    mend = "No territory in one piece can join it to others; write link_islands = true or a bridge in [areas]"
    for number in apart[:_SHOWN]:
        first = int(np.flatnonzero(piece == number)[0])
        more = "" if size[number] == 1 else f", together with {size[number] - 1:,} more"
        fault = f"touches no other part of the map{more}"
        yield Issue("areas", first + FIRST_ROW, "area_id", str(areas.ids[first]), fault, mend, fatal=False)
    if len(apart) > _SHOWN:
        fault = f"{len(apart) - _SHOWN:,} more pieces touch no other part of the map"
        yield Issue("areas", None, "area_id", "", fault, mend, fatal=False)
