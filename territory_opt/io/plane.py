"""The flat map on which shapes are compared: the file's own coordinates, in metres.

Shapes that fit together do so in the coordinates they were drawn in: another projection would bend a long
straight border away from the corners that lie on it. So the file's coordinates are only stretched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from territory_opt.areas import Outlines
from territory_opt.io.date_line import Shapes, cut_at_date_line, roll, rolled, western_edge
from territory_opt.travel import great_circle_km
from territory_opt.travel.great_circle import EARTH_RADIUS_KM
from territory_opt.travel.place import FloatArray

WGS84 = "EPSG:4326"
#: A projection that is cut open elsewhere has both its sides of the date line in one place, up to rounding.
_LEAST_AROUND = 1e6
#: Equal areas all over the world (EASE-Grid 2.0), in metres.
EQUAL_AREA = "EPSG:6933"


@dataclass(frozen=True)
class Plane:
    """A coordinate system, stretched to metres.

    crs: anything that pyproj knows. metres: what one unit of x and of y is long; for degrees at the middle
    latitude, so that far north and south of it a length east to west is off by the ratio of the cosines.
    around: what x grows by once around the globe, None where the projection does not repeat. west: the x
    where the map is cut open, None where it is as in the file.
    """

    crs: Any
    metres: tuple[float, float]
    around: float | None = None
    west: float | None = None

    @classmethod
    def of(cls, crs: Any, shapes: Shapes) -> Plane:
        """The plane of a coordinate system for a map in it, cut open where the map leaves most room."""
        import pyproj

        system = pyproj.CRS.from_user_input(crs)
        unit = system.axis_info[0].unit_conversion_factor
        around = _around(system)
        west = None if around is None else western_edge(shapes, around)
        if not system.is_geographic:
            return cls(system, (unit, unit), around, west)
        unit *= 1000 * EARTH_RADIUS_KM  # radians on the globe
        wide = unit * float(np.cos(np.radians(_middle_lat(system, shapes))))
        return cls(system, (wide, unit), around, west)

    @property
    def around_m(self) -> float | None:
        """Metres of the plane once around the globe, None where the projection does not repeat."""
        return None if self.around is None else self.around * self.metres[0]

    def flat(self, shapes: Shapes) -> Shapes:
        """Shapes in the file's coordinates, in metres."""
        if self.around is not None and self.west is not None:
            shapes = roll(shapes, self.west, self.around)
        return shapely.transform(shapes, lambda xy: xy * self.metres)

    def points(self, lon: FloatArray, lat: FloatArray) -> Shapes:
        """Places on earth as points of this plane; empty where a coordinate is missing."""
        known = np.isfinite(lon) & np.isfinite(lat)
        x, y = converted(WGS84, self.crs, np.where(known, lon, 0.0), np.where(known, lat, 0.0))
        if self.around is not None and self.west is not None:
            x = rolled(x, self.west, self.around)
        points = np.full(len(lon), shapely.Point(), dtype=object)
        points[known] = shapely.points(x * self.metres[0], y * self.metres[1])[known]
        return points

    def lonlat(self, flat: Shapes) -> Shapes:
        """Shapes of this plane in degrees, x east and y north, within -180 … 180."""

        def degrees(xy: FloatArray) -> FloatArray:
            return np.column_stack(converted(self.crs, WGS84, *(xy / self.metres).T))

        return cut_at_date_line(shapely.transform(flat, degrees))

    def km(self, lines: Shapes) -> FloatArray:
        """Length over the globe of single lines of this plane; shape (lines,)."""
        (lon, lat), line = _coordinates(self.lonlat(lines))
        step = great_circle_km(lat[:-1], lon[:-1], lat[1:], lon[1:])
        same = line[:-1] == line[1:]
        return np.bincount(line[:-1][same], step[same], minlength=len(lines)).astype(np.float64)


def _around(system: Any) -> float | None:
    """What x grows by once around the globe; None for a projection where meridians are no upright lines."""
    if system.is_geographic:
        return float(2 * np.pi / system.axis_info[0].unit_conversion_factor)
    corners = np.array([-180.0, 180.0, -180.0, 180.0]), np.array([0.0, 0.0, 50.0, 50.0])
    x, _ = converted(WGS84, system, *corners)
    width = x[1::2] - x[::2]
    upright = np.isfinite(x).all() and x[0] == x[2] and x[1] == x[3]
    return float(width[0]) if upright and width[0] > _LEAST_AROUND else None


def _middle_lat(system: Any, shapes: Shapes) -> float:
    """Latitude in the middle of all shapes, 0 without any."""
    if len(shapes) == 0:
        return 0.0
    low_x, low_y, high_x, high_y = shapely.total_bounds(shapes)
    middle = np.array([(low_x + high_x) / 2]), np.array([(low_y + high_y) / 2])
    return float(converted(system, WGS84, *middle)[1][0])


def _coordinates(shapes: Shapes) -> tuple[FloatArray, NDArray[np.int64]]:
    xy, row = shapely.get_coordinates(shapes, return_index=True)
    return xy.T, row


def converted(source: Any, target: Any, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coordinates in another system, x before y in both."""
    from pyproj import Transformer

    found = Transformer.from_crs(source, target, always_xy=True).transform(x, y)
    return np.asarray(found[0], np.float64), np.asarray(found[1], np.float64)


def area_km2(lonlat: Shapes) -> FloatArray:
    """Area on the ground of shapes in degrees."""
    flat = shapely.transform(lonlat, lambda xy: np.column_stack(converted(WGS84, EQUAL_AREA, *xy.T)))
    return np.asarray(shapely.area(flat) / 1e6, np.float64)


def outlines_of(lonlat: Shapes) -> Outlines:
    """Polygons and multipolygons as plain arrays."""
    parts, row = shapely.get_parts(lonlat, return_index=True)
    together = shapely.multipolygons(parts, indices=row)
    _, points, (ring, polygon, area) = shapely.to_ragged_array(together)
    return Outlines(points, *(np.asarray(first, np.int64) for first in (ring, polygon, area)))


def shapes_of(outlines: Outlines) -> Shapes:
    """The shapes back, as multipolygons in degrees; shape (areas,)."""
    first = (outlines.ring, outlines.polygon, outlines.area)
    kind = shapely.GeometryType.MULTIPOLYGON
    return np.asarray(shapely.from_ragged_array(kind, outlines.lonlat, first), dtype=object)
