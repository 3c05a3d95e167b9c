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

    flat: polygons of `plane`. A pair whose outlines share no stretch exactly has a border where both keep
    within snap_m of the other for longer than any corner does, and where no third area lies between: only
    what is left of an outline after its exact borders counts. Its length is the mean of both sides.
    """
    a, b = _near_pairs(flat, snap_m)
    outline = shapely.boundary(flat)
    line, pair = _stretches(shapely.intersection(outline[a], outline[b]))
    exact = np.bincount(pair, shapely.length(line), minlength=len(a)) > _LEAST_M
    km = np.bincount(pair, plane.km(line), minlength=len(a)).astype(np.float64)
    loose = np.flatnonzero(~exact) if snap_m > 0 else np.zeros(0, np.int64)
    if len(loose):
        kept = exact[pair]
        free = _free(outline, line[kept], (a[pair[kept]], b[pair[kept]]), np.unique([a[loose], b[loose]]))
        km[loose] = _loose_km(free[a[loose]], free[b[loose]], plane, snap_m)
    edge = exact.copy()
    edge[loose] = km[loose] > 0
    return np.column_stack([a, b])[edge].astype(np.int32), km[edge]


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


def _free(outline: Shapes, line: Shapes, areas: tuple[Rows, Rows], wanted: Rows) -> Shapes:
    """The outlines of the wanted areas without the stretches that they share exactly; (all areas,)."""
    area = np.concatenate(areas)
    order = np.argsort(area, kind="stable")
    order = order[np.isin(area[order], wanted)]
    free = outline.copy()
    if len(order):
        some, row = np.unique(area[order], return_inverse=True)
        shared = shapely.multilinestrings(np.concatenate([line, line])[order], indices=row)
        free[some] = shapely.difference(outline[some], shared)
    return free


def _loose_km(one: Shapes, other: Shapes, plane: Plane, snap_m: float) -> FloatArray:
    """Length in km along which two outlines keep within the tolerance, 0 for a corner; shape (pairs,)."""
    sides = []
    for here, there in ((one, other), (other, one)):
        near = shapely.intersection(here, shapely.buffer(there, snap_m, quad_segs=4))
        line, pair = _stretches(near)
        length_m = np.bincount(pair, shapely.length(line), minlength=len(one))
        km = np.bincount(pair, plane.km(line), minlength=len(one))
        sides.append(np.where(length_m > _CORNER * snap_m, km, 0.0))
    return np.where((sides[0] > 0) & (sides[1] > 0), (sides[0] + sides[1]) / 2, 0.0)
