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
from territory_opt.travel import great_circle_km
from territory_opt.travel.great_circle import EARTH_RADIUS_KM
from territory_opt.travel.place import FloatArray

Shapes = NDArray[Any]  # dtype object, shapely geometries
WGS84 = "EPSG:4326"
#: Equal areas all over the world (EASE-Grid 2.0), in metres.
EQUAL_AREA = "EPSG:6933"


@dataclass(frozen=True)
class Plane:
    """A coordinate system, stretched to metres.

    crs: anything that pyproj knows. metres: what one unit of x and of y is long; for degrees at the middle
    latitude, so that far north and south of it a length east to west is off by the ratio of the cosines.
    """

    crs: Any
    metres: tuple[float, float]

    @classmethod
    def of(cls, crs: Any, middle_lat: float) -> Plane:
        """The plane of a coordinate system; middle_lat counts where its units are degrees."""
        import pyproj

        system = pyproj.CRS.from_user_input(crs)
        unit = system.axis_info[0].unit_conversion_factor
        if not system.is_geographic:
            return cls(system, (unit, unit))
        unit *= 1000 * EARTH_RADIUS_KM  # radians on the globe
        return cls(system, (unit * float(np.cos(np.radians(middle_lat))), unit))

    def flat(self, shapes: Shapes) -> Shapes:
        """Shapes in the file's coordinates, in metres."""
        return shapely.transform(shapes, lambda xy: xy * self.metres)

    def points(self, lon: FloatArray, lat: FloatArray) -> Shapes:
        """Places on earth as points of this plane; empty where a coordinate is missing."""
        known = np.isfinite(lon) & np.isfinite(lat)
        x, y = converted(WGS84, self.crs, np.where(known, lon, 0.0), np.where(known, lat, 0.0))
        points = np.full(len(lon), shapely.Point(), dtype=object)
        points[known] = shapely.points(x * self.metres[0], y * self.metres[1])[known]
        return points

    def lonlat(self, flat: Shapes) -> Shapes:
        """Shapes of this plane in degrees, x east and y north."""

        def degrees(xy: FloatArray) -> FloatArray:
            return np.column_stack(converted(self.crs, WGS84, *(xy / self.metres).T))

        return shapely.transform(flat, degrees)

    def km(self, lines: Shapes) -> FloatArray:
        """Length over the globe of single lines of this plane; shape (lines,)."""
        (lon, lat), line = _coordinates(self.lonlat(lines))
        step = great_circle_km(lat[:-1], lon[:-1], lat[1:], lon[1:])
        same = line[:-1] == line[1:]
        return np.bincount(line[:-1][same], step[same], minlength=len(lines)).astype(np.float64)


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
