"""An outline per territory, from the places of its accounts."""

from __future__ import annotations

import numpy as np
import shapely

from territory_opt.problem import Int32Array
from territory_opt.travel.place import FloatArray

_KEPT = 0.95  # share of a territory's accounts, the nearest to its middle, that its outline encloses
_RATIO = 0.4  # 0 hugs the points, 1 is the convex hull
_SAMPLE = 2000


def outlines(lat: FloatArray, lon: FloatArray, rep: Int32Array, n_reps: int) -> list[list[list[float]]]:
    """For each rep the rings [lat, lon, lat, lon …] of its outline; none below three places."""
    return [_outline(lat[rep == r], lon[rep == r]) for r in range(n_reps)]


def _outline(lat: FloatArray, lon: FloatArray) -> list[list[float]]:
    known = np.isfinite(lat) & np.isfinite(lon)
    lat, lon = lat[known], lon[known]
    if len(lat) < 3:
        return []
    # Longitudes around the territory's own middle, so that one across the date line stays in one piece.
    middle = np.degrees(np.angle(np.exp(1j * np.radians(lon)).mean()))
    lon = middle + (lon - middle + 180) % 360 - 180
    shrink = np.cos(np.radians(np.median(lat)))
    away = np.hypot(lat - np.median(lat), (lon - np.median(lon)) * shrink)
    near = away <= np.quantile(away, _KEPT)
    lat, lon = lat[near], lon[near]
    step = max(1, len(lat) // _SAMPLE)
    points = shapely.multipoints(np.column_stack([lon, lat])[::step])
    size = max(np.ptp(lat), np.ptp(lon) * shrink, 0.02)
    shape = shapely.concave_hull(points, ratio=_RATIO).buffer(0.02 * size).simplify(0.005 * size)
    rings = [part.exterior for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return [shapely.get_coordinates(ring)[:, ::-1].round(3).ravel().tolist() for ring in rings]
