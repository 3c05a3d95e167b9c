"""Which areas share a border, and how long it is.

Two areas are neighbours when they share a stretch of border, not when they only meet in a corner (rook, not
queen). Borders that were drawn twice and do not quite match count up to a stated tolerance.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from territory_opt.areas import Int32Array
from territory_opt.io.date_line import Shapes
from territory_opt.io.plane import Plane
from territory_opt.travel.place import FloatArray

#: Shorter stretches that two outlines share exactly come from rounding.
_LEAST_M = 0.01
#: Near a corner two outlines keep within the tolerance of each other for about twice its length.
_CORNER = 4.0
Rows = NDArray[np.int64]


def borders(flat: Shapes, plane: Plane, snap_m: float) -> tuple[Int32Array, FloatArray]:
    """Pairs of areas that share a border, (edges, 2), the smaller index first, and its km, (edges,).

    flat: polygons of `plane`. Where the map goes around the whole globe, its two ends meet; a pair that
    borders there and elsewhere comes twice.
    """
    pairs, km = _borders(flat, plane, snap_m)
    around = plane.around_m
    low, _, high, _ = shapely.total_bounds(flat)
    if around is None or high - low < around - snap_m:
        return pairs, km
    more, more_km = _over_the_ends(flat, plane, snap_m, (low, high, around))
    return np.concatenate([pairs, more]), np.concatenate([km, more_km])


def _over_the_ends(
    flat: Shapes, plane: Plane, snap_m: float, ends: tuple[float, float, float]
) -> tuple[Int32Array, FloatArray]:
    """Borders between areas at the east end of the map and those at the west end, put beside them."""
    low, high, around = ends
    bounds = shapely.bounds(flat)
    east, west = np.flatnonzero(bounds[:, 2] >= high - snap_m), np.flatnonzero(bounds[:, 0] <= low + snap_m)
    onward = shapely.transform(flat[west], lambda xy: xy + np.array([around, 0.0]))
    pairs, km = _borders(np.concatenate([flat[east], onward]), plane, snap_m)
    pair = np.concatenate([east, west])[pairs]
    over = (pairs[:, 0] < len(east)) & (pairs[:, 1] >= len(east)) & (pair[:, 0] != pair[:, 1])
    return np.sort(pair[over], axis=1).astype(np.int32), km[over]


def _borders(flat: Shapes, plane: Plane, snap_m: float) -> tuple[Int32Array, FloatArray]:
    """As `borders`, on the plane alone.

    What two outlines share exactly is border. Of what is left of both, so is where
    they keep within snap_m of each other for longer than at any corner; as a third area between them has
    taken its part of the outlines already, a narrow wedge keeps its neighbours apart.
    """
    a, b = _near_pairs(flat, snap_m)
    outline = shapely.boundary(flat)
    line, pair = _stretches(shapely.intersection(outline[a], outline[b]))
    long = np.bincount(pair, shapely.length(line), minlength=len(a))[pair] > _LEAST_M
    line, pair = line[long], pair[long]
    km = np.bincount(pair, plane.km(line), minlength=len(a)).astype(np.float64)
    if snap_m > 0:
        free = _free(outline, np.concatenate([line, line]), np.concatenate([a[pair], b[pair]]))
        km += _loose_km(free[a], free[b], plane, snap_m)
    return np.column_stack([a, b])[km > 0].astype(np.int32), km[km > 0]


def _near_pairs(flat: Shapes, snap_m: float) -> tuple[Rows, Rows]:
    tree = shapely.STRtree(flat)
    if snap_m > 0:
        a, b = tree.query(flat, predicate="dwithin", distance=snap_m)
    else:
        a, b = tree.query(flat, predicate="intersects")
    a, b = a[a < b], b[a < b]
    order = np.lexsort((b, a))
    return a[order], b[order]


def _stretches(shared: Shapes) -> tuple[Shapes, Rows]:
    """The lines in what outlines share, and which pair each belongs to; mere points are left out."""
    part, row = shapely.get_parts(shared, return_index=True)
    is_line = shapely.get_type_id(part) == shapely.GeometryType.LINESTRING
    return part[is_line], row[is_line]


def _free(outline: Shapes, line: Shapes, area: Rows) -> Shapes:
    """The outlines without the stretches that they share exactly; line[i] is one of area[i]."""
    free = outline.copy()
    if len(line):
        order = np.argsort(area, kind="stable")
        some, row = np.unique(area[order], return_inverse=True)
        shared = shapely.multilinestrings(line[order], indices=row)
        free[some] = shapely.difference(outline[some], shared)
    return free


def _loose_km(one: Shapes, other: Shapes, plane: Plane, snap_m: float) -> FloatArray:
    """Km along which two outlines keep within the tolerance, the mean of both, 0 at corners; (pairs,)."""
    km = np.zeros(len(one))
    both = np.flatnonzero(~(shapely.is_empty(one) | shapely.is_empty(other)))
    sides = [_side_km(*pair, plane, snap_m) for pair in ((one[both], other[both]), (other[both], one[both]))]
    km[both] = np.where((sides[0] > 0) & (sides[1] > 0), (sides[0] + sides[1]) / 2, 0.0)
    return km


def _side_km(here: Shapes, there: Shapes, plane: Plane, snap_m: float) -> FloatArray:
    near = shapely.intersection(here, shapely.buffer(there, snap_m, quad_segs=4))
    line, pair = _stretches(near)
    length_m = np.bincount(pair, shapely.length(line), minlength=len(here))
    km = np.bincount(pair, plane.km(line), minlength=len(here))
    return np.where(length_m > _CORNER * snap_m, km, 0.0)
