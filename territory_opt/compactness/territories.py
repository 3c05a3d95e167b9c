"""The shapes of territories: areas put together on a plane of their own, and measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike

from territory_opt.alignment import Alignment
from territory_opt.areas import Areas, Outlines
from territory_opt.compactness.measures import Shapes, hull_ratio, inertia, polsby_popper, reock
from territory_opt.errors import DataError
from territory_opt.holdings import holdings, stated_holdings
from territory_opt.problem import Int32Array, Problem
from territory_opt.travel.great_circle import EARTH_RADIUS_KM
from territory_opt.travel.place import FloatArray

_DIGITS = 4


@dataclass(frozen=True)
class Compactness:
    """One row a rep, (reps,); NaN where a rep holds no area.

    areas: how many. pieces: connected parts, by the graph of neighbours. diameter_km: the greatest distance
    between two points of the territory, over the globe; diameter_road_km: that times the detour to the road.
    The four ratios are those of `territory_opt.compactness.measures`.
    """

    areas: Int32Array
    pieces: Int32Array
    area_km2: FloatArray
    polsby_popper: FloatArray
    reock: FloatArray
    hull_ratio: FloatArray
    inertia: FloatArray
    diameter_km: FloatArray
    diameter_road_km: FloatArray

    def columns(self) -> Mapping[str, Any]:
        """The figures as columns of a table, rounded for people."""
        ratios = {name: getattr(self, name).round(_DIGITS) for name in _RATIOS}
        km = {name: getattr(self, name).round(1) for name in ("diameter_km", "diameter_road_km")}
        return {
            "areas": self.areas,
            "pieces": self.pieces,
            "area_km2": self.area_km2.round(1),
            **ratios,
            **km,
        }


_RATIOS = {"polsby_popper": polsby_popper, "reock": reock, "hull_ratio": hull_ratio, "inertia": inertia}


def compactness(
    problem: Problem,
    alignment: Alignment | None = None,
    *,
    rep_of_area: ArrayLike | None = None,
    slit_m: float = 2.0,
) -> Compactness:
    """How compact each territory is.

    alignment: a plan for accounts, by default today's; an area then belongs to the rep who serves most of
    its accounts. rep_of_area: (areas,) who holds each area, -1 nobody, where it is known. slit_m: slits up to
    so wide between outlines that do not quite match are closed. DataError when there are no outlines.
    """
    if problem.areas is None or problem.areas.outlines is None:
        raise DataError("the facts hold no outlines of areas, so territories have no shapes")
    if rep_of_area is None:
        held = holdings(problem, alignment or Alignment.today(problem)).rep
    else:
        held = stated_holdings(problem, rep_of_area).rep
    n = len(problem.reps)
    shapes = territory_shapes(problem.areas.outlines, held, n)
    flat = _closed(_on_own_planes(shapes), slit_m / 1000)
    size = np.bincount(held[held >= 0], problem.areas.area_km2[held >= 0], minlength=n)
    diameter = _diameters_km(shapes)
    areas = np.bincount(held[held >= 0], minlength=n).astype(np.int32)
    return Compactness(
        areas=areas,
        pieces=_pieces(problem.areas, held, n),
        area_km2=np.where(areas > 0, size, np.nan),
        diameter_km=diameter,
        diameter_road_km=diameter * problem.driving.detour,
        **{name: measure(flat) for name, measure in _RATIOS.items()},
    )


def territory_shapes(outlines: Outlines, rep_of_area: Int32Array, n_reps: int) -> Shapes:
    """Each rep's areas as one shape in degrees, empty where there are none; shape (reps,).

    They are put together before they are projected, where their borders still match.
    """
    first = (outlines.ring, outlines.polygon, outlines.area)
    areas = np.asarray(shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, outlines.lonlat, first))
    own = [areas[rep_of_area == rep] for rep in range(n_reps)]
    shapes = np.full(n_reps, shapely.Polygon(), dtype=object)
    for rep, parts in enumerate(own):
        if len(parts):
            shapes[rep] = shapely.union_all(parts)
    return shapes


def _pieces(areas: Areas, rep_of_area: Int32Array, n_reps: int) -> Int32Array:
    held = rep_of_area >= 0
    piece = areas.pieces(rep_of_area)
    pairs = np.unique(np.column_stack([rep_of_area[held], piece[held]]), axis=0)
    return np.bincount(pairs[:, 0], minlength=n_reps).astype(np.int32)


def _on_own_planes(lonlat: Shapes) -> Shapes:
    """Each shape in km on the plane of equal areas that touches the globe in its own middle.

    Lambert's azimuthal projection of the sphere (Snyder 1987, equations 24-2 and 22-4). An outline over the
    date line stays in one piece.
    """
    degrees, row = shapely.get_coordinates(lonlat, return_index=True)
    lon, lat = np.radians(degrees).T
    vectors = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    middle = np.stack([np.bincount(row, v, minlength=len(lonlat)) for v in vectors.T])[:, row]
    lon = lon - np.arctan2(middle[1], middle[0])
    lat0 = np.arctan2(middle[2], np.hypot(middle[0], middle[1]))
    stretch = 1 + np.sin(lat0) * np.sin(lat) + np.cos(lat0) * np.cos(lat) * np.cos(lon)
    scale = EARTH_RADIUS_KM * np.sqrt(2 / stretch)
    x = scale * np.cos(lat) * np.sin(lon)
    y = scale * (np.cos(lat0) * np.sin(lat) - np.sin(lat0) * np.cos(lat) * np.cos(lon))
    return np.asarray(shapely.set_coordinates(lonlat.copy(), np.column_stack([x, y])), dtype=object)


def _closed(flat_km: Shapes, slit_km: float) -> Shapes:
    """Shapes without slits: widened by half of one and narrowed again, corners kept as they are."""
    if slit_km <= 0:
        return flat_km
    wide = shapely.buffer(flat_km, slit_km / 2, join_style="mitre")
    return np.asarray(shapely.buffer(wide, -slit_km / 2, join_style="mitre"), dtype=object)


def _diameters_km(lonlat: Shapes) -> FloatArray:
    """The greatest distance over the globe between two points of each shape, NaN for an empty one.

    Only corners of the convex hull can be so far apart; the hull is that of the shape on its own plane.
    """
    from scipy.spatial import ConvexHull
    from scipy.spatial.distance import pdist

    found = np.full(len(lonlat), np.nan)
    for i, plane in enumerate(_on_own_planes(lonlat)):
        if shapely.is_empty(plane):
            continue
        corner = ConvexHull(shapely.get_coordinates(plane)).vertices
        lon, lat = np.radians(shapely.get_coordinates(lonlat[i])[corner]).T
        vectors = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
        found[i] = 2 * EARTH_RADIUS_KM * np.arcsin(min(pdist(vectors).max() / 2, 1.0))
    return found
