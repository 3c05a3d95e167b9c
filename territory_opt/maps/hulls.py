"""An outline per territory, from the places of its accounts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely

from territory_opt.problem import Int32Array
from territory_opt.travel.place import FloatArray

_KEPT = 0.95  # share of a territory's accounts, the nearest to its middle, that its outline encloses
_RATIO = 0.4  # 0 hugs the points, 1 is the convex hull
_FEW, _RATIO_OF_FEW = 60, 0.75  # so many places make no shape that is worth hugging
_MARGIN = 0.04  # around it, of its size
_SAMPLE = 2000  # places of a territory that its outline looks at
_SAMPLES = 200_000  # of all territories


def outlines(lat: FloatArray, lon: FloatArray, rep: Int32Array, n_reps: int) -> list[list[list[float]]]:
    """For each rep the rings [lat, lon, lat, lon …] of its outline; none below three places."""
    order = np.argsort(rep, kind="stable")
    cuts = np.searchsorted(rep[order], np.arange(n_reps + 1))
    most = min(_SAMPLE, max(_SAMPLES // max(n_reps, 1), 100))
    rows = [order[a:b] for a, b in pairwise(cuts.tolist())]
    return [_outline(lat[held], lon[held], most) for held in rows]


def _outline(lat: FloatArray, lon: FloatArray, most: int) -> list[list[float]]:
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
    step = max(1, len(lat) // most)
    points = shapely.multipoints(np.column_stack([lon, lat])[::step])
    size = max(np.ptp(lat), np.ptp(lon) * shrink, 0.02)
    hull = shapely.concave_hull(points, ratio=_RATIO if len(lat) > _FEW else _RATIO_OF_FEW)
    shape = hull.buffer(_MARGIN * size).simplify(0.003 * size)
    rings = [part.exterior for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return [shapely.get_coordinates(ring)[:, ::-1].round(3).ravel().tolist() for ring in rings]
