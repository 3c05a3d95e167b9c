"""Outlines of areas, light enough for a page: neighbours keep one line between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from territory_opt.areas import Outlines
from territory_opt.maps.view import unwrapped

Shapes = NDArray[Any]  # dtype object, shapely polygons and multipolygons

CORNERS = 50_000  # in all, as far as the shapes allow: about 600 KB in a page
_FIRST = 4000  # what is smaller than this part of the whole map goes first
_COARSER = 1.5
_FEWEST = 5  # corners an area; below that they are no shapes any more


def page_shapes(outlines: Outlines, cut: float, corners: int = CORNERS) -> Shapes:
    """The shapes in degrees, (areas,), with at most about so many corners, each shared one counted once.

    cut: where the globe is cut open, see `territory_opt.maps.view`. Outlines that do not quite match are made
    to first; all are simplified together (Visvalingam & Whyatt 1993), so that no slit opens between two.
    """
    lonlat = np.column_stack([unwrapped(outlines.lonlat[:, 0], cut), outlines.lonlat[:, 1]])
    first = (outlines.ring, outlines.polygon, outlines.area)
    shapes = np.asarray(shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, lonlat, first))
    if len(lonlat) and not shapely.coverage_is_valid(shapes):
        shapes = _matched(shapes)
    widest = _extent(shapes)
    tolerance = widest / _FIRST
    while _corners(shapes) > max(corners, _FEWEST * len(shapes)) and tolerance < widest:
        shapes = np.asarray(shapely.coverage_simplify(shapes, tolerance), dtype=object)
        tolerance *= _COARSER
    return shapes


def digits(shapes: Shapes) -> int:
    """Decimals of a degree that a map of this size needs: 11 m for a country, 1 m for a town."""
    return 4 if _extent(shapes) > 5 else 5


def _matched(shapes: Shapes) -> Shapes:
    """Shapes whose borders are the same line on both sides."""
    return np.asarray(shapely.coverage_clean(shapes), dtype=object)


def _extent(shapes: Shapes) -> float:
    low_x, low_y, high_x, high_y = shapely.total_bounds(shapes)
    return float(np.nan_to_num(max(high_x - low_x, high_y - low_y)))


def _corners(shapes: Shapes) -> int:
    """About how many there are: most belong to two areas."""
    return int(shapely.get_num_coordinates(shapes).sum()) // 2
