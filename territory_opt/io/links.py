"""The planner's edits of the map: bridges, borders that do not count, and links to islands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.areas import Areas, Int32Array, Outlines
from territory_opt.errors import Issue, did_you_mean
from territory_opt.io.area_settings import AreaSettings, Pair, settings_fault
from territory_opt.io.tables import FIRST_ROW
from territory_opt.travel.place import FloatArray

_SHOWN = 50


@dataclass(frozen=True)
class _Edits:
    bridges: Int32Array  # (pairs, 2)
    forbidden: Int32Array


def edited(areas: Areas, settings: AreaSettings) -> tuple[Areas, list[Issue]]:
    """The areas with the planner's graph, and every fault of the edits; islands are reported last.

    Links are sought before borders are forbidden, so that none brings back what the planner has forbidden.
    """
    edits, issues = _edits(areas, settings)
    areas = with_edges(areas, edits.bridges)
    if settings.link_islands:
        areas = linked(areas)
    strange = ~_among(edits.forbidden, areas.edges)
    for one, other in edits.forbidden[strange]:
        pair = f"{areas.ids[one]} – {areas.ids[other]}"
        fault, mend = "the two areas share no border", "Take the pair out"
        issues.append(settings_fault("forbidden", pair, fault, mend, fatal=False))
    keep = ~_among(areas.edges, edits.forbidden)
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


def _edits(areas: Areas, settings: AreaSettings) -> tuple[_Edits, list[Issue]]:
    row = {str(area): i for i, area in enumerate(areas.ids)}
    issues: list[Issue] = []
    found = {}
    for name in ("bridges", "forbidden"):
        pairs: tuple[Pair, ...] = getattr(settings, name)
        for area in sorted({area for pair in pairs for area in pair} - row.keys()):
            issues.append(settings_fault(name, area, "is no area", _hint(area, row)))
        for pair in pairs:
            if pair[0] == pair[1]:
                issues.append(settings_fault(name, pair[0], "is paired with itself", "Name two areas"))
        known = [(row[a], row[b]) for a, b in pairs if a in row and b in row and a != b]
        found[name] = np.sort(np.array(known, np.int32).reshape(-1, 2), axis=1)
    return _Edits(**found), issues


def _hint(area: str, known: dict[str, int]) -> str:
    hint = did_you_mean(area, known)
    return hint if hint.startswith("Did you mean") else "Use an area_id of the file of areas"


def _among(pairs: Int32Array, others: Int32Array) -> np.ndarray:
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
