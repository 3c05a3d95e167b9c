"""Maps on both sides of the date line: where to cut the globe open, and shapes cut at 180 degrees again.

Files end a map at ±180 degrees, so that neighbours there lie a world apart on the plane. Where the globe is
cut open at a meridian that no area touches, the map lies in one piece.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from territory_opt.travel.place import FloatArray

Shapes = NDArray[Any]  # dtype object, shapely geometries
_WORLD = shapely.box(-180, -90, 180, 90)
_BEYOND = shapely.box(180, -90, 540, 90)


def western_edge(shapes: Shapes, around: float) -> float | None:
    """The x where a map is best cut open: in the widest strip that it leaves empty.

    around: what x grows by once around the globe. Most x keep their value, the others go on beyond the old
    edge. None where the map is cut open at ± around / 2 already, and may stay so.
    """
    x = shapely.get_coordinates(shapes)[:, 0]
    within = len(x) == 0 or bool(np.abs(x).max() <= around / 2 * (1 + 1e-9))
    if within and (len(x) == 0 or x.max() - x.min() <= around / 2):
        return None
    middle = _middle_of_widest_gap(shapes, around)
    if middle is None:  # the map goes around the whole globe
        return None if within else float(x.min())
    edges = middle + around * np.arange(-2, 3)
    kept = [int(((x >= west) & (x <= west + around)).sum()) for west in edges]
    best = int(np.argmax(kept))
    return None if within and kept[best] == len(x) else float(edges[best])


def _middle_of_widest_gap(shapes: Shapes, around: float) -> float | None:
    """The middle of the widest strip of the circle of x that no outline crosses, None where there is none."""
    start, length = _arcs(shapes, around)
    order = np.argsort(start, kind="stable")
    start, end = start[order], (start + length)[order]
    covered = np.maximum.accumulate(np.append(end.max() - around, end))
    gap = np.append(start, start[0] + around) - covered
    gap[0] = -np.inf  # the same as the last one
    widest = int(gap.argmax())
    return float(covered[widest] + gap[widest] / 2) if gap[widest] > 1e-9 * around else None


def _arcs(shapes: Shapes, around: float) -> tuple[FloatArray, FloatArray]:
    """Where each stretch of the outlines starts on the circle of x, and its length, the short way round."""
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shapes)), return_index=True)
    same = ring[1:] == ring[:-1]
    one, other = xy[:-1, 0][same], xy[1:, 0][same]
    low, high = np.minimum(one, other), np.maximum(one, other)
    wide = high - low
    far = (wide > around / 2) & (wide < around * (1 - 1e-9))  # not the frame of a map of the whole globe
    return np.where(far, high, low) % around, np.where(far, around - wide, wide)


def rolled(x: FloatArray, west: float, around: float) -> FloatArray:
    """Each x, or the same meridian at x ± around, so that all lie in west … west + around."""
    return x - around * np.floor((x - west) / around)


def roll(shapes: Shapes, west: float, around: float) -> Shapes:
    """Shapes on the map cut open at x = west; parts that meet there are put together."""

    def moved(xy: FloatArray) -> FloatArray:
        return np.column_stack([rolled(xy[:, 0], west, around), xy[:, 1]])

    bounds, found = shapely.bounds(shapes), shapes.copy()
    for i in np.flatnonzero((bounds[:, 0] < west) | (bounds[:, 2] > west + around)):
        found[i] = shapely.union_all(shapely.get_parts(shapely.transform(shapes[i], moved)))
    return found


def cut_at_date_line(lonlat: Shapes) -> Shapes:
    """Polygons in degrees within -180 … 180: what goes on beyond is cut off and put at the other end.

    A side of more than half the globe is taken to go the other way round. Points come back within -180 … 180,
    lines as they are: a length over the globe needs no cut.
    """
    lonlat = np.asarray(lonlat, dtype=object)
    found = lonlat.copy()
    for i in np.flatnonzero(_crosses(lonlat)):
        found[i] = _cut(lonlat[i])
    return found


def _crosses(lonlat: Shapes) -> NDArray[np.bool_]:
    """Which shapes go on beyond 180 degrees, or have a ring that jumps there."""
    bounds = shapely.bounds(lonlat)
    parts, shape = shapely.get_parts(lonlat, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    step = np.abs(np.diff(xy[:, 0]))
    far = (step > 180) & (step < 360) & (ring[1:] == ring[:-1])
    found: NDArray[np.bool_] = (bounds[:, 0] < -180) | (bounds[:, 2] > 180)
    found[shape[part[ring[1:][far]]]] = True
    return found


def _cut(shape: Any) -> Any:
    if shape.geom_type == "Point":
        return shapely.Point((shape.x + 180) % 360 - 180, shape.y)
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        return shape
    parts = shapely.get_parts(shape)
    crosses = _crosses(parts)
    found = list(parts[~crosses])
    for part in parts[crosses]:
        onward = _onward(part)
        east = shapely.transform(
            shapely.intersection(onward, _BEYOND), lambda xy: xy - np.array([360.0, 0.0])
        )
        pieces = [*shapely.get_parts(shapely.intersection(onward, _WORLD)), *shapely.get_parts(east)]
        found += [piece for piece in pieces if piece.area > 0]  # not a border on the line
    return shapely.multipolygons(found)


def _onward(part: Any) -> Any:
    """A polygon that goes on beyond 180 degrees; where it jumps, what lies west of the line follows."""
    low, _, high, _ = shapely.bounds(part)
    if low < -180:
        return shapely.transform(part, lambda xy: xy + np.array([360.0, 0.0]))
    if high > 180:
        return part
    return shapely.transform(part, lambda xy: xy + np.column_stack([360.0 * (xy[:, 0] < 0), 0 * xy[:, 1]]))
