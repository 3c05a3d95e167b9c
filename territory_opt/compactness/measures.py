"""Measures of compactness: 1 is as compact as can be, near 0 is a thread.

Each takes polygons or multipolygons of a plane, in any one unit of length, and gives an array of the same
shape, NaN for an empty one. None changes when a shape is moved, turned, mirrored or scaled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from territory_opt.travel.place import FloatArray

Shapes = NDArray[Any]  # dtype object, shapely geometries


def polsby_popper(shapes: Shapes) -> FloatArray:
    """4π · area ÷ perimeter² (Polsby & Popper 1991): 1 for a circle, π/4 for a square.

    A wiggly coast counts as much as a wiggly border, and the more so the finer the outline was drawn: compare
    territories of one map only.
    """
    return _ratio(4 * np.pi * shapely.area(shapes), shapely.length(shapes) ** 2)


def reock(shapes: Shapes) -> FloatArray:
    """Area ÷ that of the smallest circle around the shape (Reock 1961): 1 for a circle, 2/π for a square."""
    return _ratio(shapely.area(shapes), np.pi * shapely.minimum_bounding_radius(shapes) ** 2)


def hull_ratio(shapes: Shapes) -> FloatArray:
    """Area ÷ that of the convex hull (Niemi et al. 1990): 1 for any convex shape, less for bays and arms."""
    return _ratio(shapely.area(shapes), shapely.area(shapely.convex_hull(shapes)))


def inertia(shapes: Shapes) -> FloatArray:
    """area² ÷ (2π · I), I the second moment about the centroid (Li, Goodchild & Church 2013).

    1 for a circle, 3/π for a square. It depends on where the area lies and not on how its outline is drawn;
    pieces far apart make it small.
    """
    return _ratio(shapely.area(shapes) ** 2, 2 * np.pi * second_moment(shapes))


def second_moment(shapes: Shapes) -> FloatArray:
    """∫ (distance to the centroid)² over each shape, in length⁴.

    By Green's theorem a sum over the edges (p, q) of all rings, outsides counter-clockwise and holes
    clockwise: cross(p, q) · (p·p + p·q + q·q) / 12, with the centroid as origin (Steger 1996).
    """
    part, shape = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
    ring, polygon = shapely.get_rings(part, return_index=True)
    xy, row = shapely.get_coordinates(ring, return_index=True)
    owner = shape[polygon][row]
    xy = xy - shapely.get_coordinates(_centres(shapes))[owner]
    same = row[:-1] == row[1:]
    p, q = xy[:-1][same], xy[1:][same]
    cross = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
    products = (p * p).sum(axis=1) + (p * q).sum(axis=1) + (q * q).sum(axis=1)
    return np.abs(np.bincount(owner[:-1][same], cross * products / 12, minlength=len(shapes)))


def _centres(shapes: Shapes) -> Shapes:
    """Centroids; the origin for an empty shape, so that there is one for each."""
    centre = shapely.centroid(shapes)
    return np.where(shapely.is_empty(centre), shapely.Point(0, 0), centre)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(above) > 0, above / below, np.nan)
