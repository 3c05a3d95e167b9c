"""Which areas share a border, and how long it is.

Two areas are neighbours when they share a stretch of border, not when they only meet in a corner (rook, not
queen). Borders that were drawn twice and do not quite match count up to a stated tolerance.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from territory_opt.areas import Int32Array
from territory_opt.io.plane import Plane, Shapes
from territory_opt.travel.place import FloatArray

#: Shorter stretches that two outlines share exactly come from rounding.
_LEAST_M = 0.01
#: Near a corner two outlines keep within the tolerance of each other for about twice its length.
_CORNER = 4.0
Rows = NDArray[np.int64]


def borders(flat: Shapes, plane: Plane, snap_m: float) -> tuple[Int32Array, FloatArray]:
    """Pairs of areas that share a border, (edges, 2), the smaller index first, and its km, (edges,).

    flat: polygons of `plane`. What two outlines share exactly is border. Of what is left of both, so is where
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
