"""Which area an account lies in: the one it names, else the one it stands in, else perhaps the nearest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from territory_opt.areas import Areas, Int32Array, TextArray
from territory_opt.errors import Issue, did_you_mean
from territory_opt.io.columns import SHOWN_PER_FAULT, Column
from territory_opt.io.date_line import Shapes
from territory_opt.io.identity import rows_of
from territory_opt.io.plane import Plane
from territory_opt.io.tables import FIRST_ROW
from territory_opt.policy.homes import HOME_AREA
from territory_opt.problem import BoolArray
from territory_opt.travel.place import FloatArray

_HINTS = 20  # unknown areas that get a suggestion of their own
_OUTSIDE = "It belongs to none; fill in area_id, or write nearest_km below [areas] to take the nearest"


@dataclass(frozen=True)
class Ground:
    """Areas, and their shapes on a plane; shapes (areas,)."""

    areas: Areas
    shapes: Shapes
    plane: Plane


def join_accounts(
    column: Column, places: tuple[FloatArray, FloatArray], ground: Ground, nearest_km: float
) -> Int32Array:
    """Index of each account's area, -1 for none; shape (accounts,). Faults are blamed in the accounts' table.

    column: the table of accounts. places: their lat and lon in degrees. nearest_km: how far outside every
    area an account may stand and still belong to the nearest. An `area_id` that is filled in counts as it
    is, whatever the coordinates say.
    """
    text = column.text("area_id")
    named = (text != "").to_numpy(bool)
    area = rows_of(text, pd.Series(ground.areas.ids)).astype(np.int32)
    _blame_strangers(column, named & (area < 0), text, ground.areas)
    rest = np.flatnonzero(~named)
    lat, lon = places
    points = ground.plane.points(lon[rest], lat[rest])
    area[rest], several = _standing_in(points, ground)
    taken = np.append(ground.areas.ids, "")
    fault, mend = "lies where areas overlap", "Taken as {}; fill in area_id where it is another"
    _blame(column, rest[several], places, fault, [mend.format(i) for i in taken[area[rest[several]]]])
    nowhere = shapely.is_empty(points)
    fault, mend = "has neither an area_id nor a place", "It belongs to no area; fill one of them in"
    _blame(column, rest[nowhere], places, fault, [mend] * int(nowhere.sum()))
    outside = (area[rest] < 0) & ~nowhere
    if outside.any():
        near, km = _nearest(points[outside], ground)
        area[rest[outside]] = np.where(km <= nearest_km, near, -1)
        mends = [
            _OUTSIDE if k > nearest_km else f"Taken as {taken[i]}, {k:.1f} km away"
            for i, k in zip(near, km, strict=True)
        ]
        _blame(column, rest[outside], places, "lies in no area", mends)
    return area


def home_areas(column: Column, places: tuple[FloatArray, FloatArray], ground: Ground) -> TextArray:
    """The id of the area that each rep lives in, "" for none: `home_area` where filled in; shape (reps,).

    column: the table of reps. An unknown one is blamed and taken for empty, as most plans do not need it.
    """
    text = column.text(HOME_AREA)
    area = rows_of(text, pd.Series(ground.areas.ids)).astype(np.int32)
    stranger = (text != "").to_numpy(bool) & (area < 0)
    fault, mend = "is no area of the map", "The one where lat and lon lie is taken"
    column.blame(stranger, HOME_AREA, fault, mend, fatal=False)
    rest = np.flatnonzero(area < 0)
    lat, lon = places
    area[rest], _ = _standing_in(ground.plane.points(lon[rest], lat[rest]), ground)
    return np.append(ground.areas.ids, "")[area]


def _standing_in(points: Shapes, ground: Ground) -> tuple[Int32Array, BoolArray]:
    """The area under each point, -1 for none, and whether there are several; each has shape (points,).

    On a border and in an overlap the least id wins, so that the order of the file decides nothing.
    """
    shapes, ids = ground.shapes, ground.areas.ids.astype(str)
    point, area = shapely.STRtree(shapes).query(points, predicate="intersects")
    rank = np.argsort(np.argsort(ids, kind="stable"))
    order = np.lexsort((-rank[area], point))  # the last one written stays
    found = np.full(len(points), -1, np.int32)
    found[point[order]] = area[order]
    twice = (np.bincount(point, minlength=len(points)) > 1)[point]
    inside = shapely.contains_properly(shapes[area[twice]], points[point[twice]])
    return found, np.bincount(point[twice][inside], minlength=len(points)) > 1


def _nearest(points: Shapes, ground: Ground) -> tuple[Int32Array, FloatArray]:
    """The area nearest to each point on the plane, and how far it is over the globe; each (points,)."""
    near = shapely.STRtree(ground.shapes).query_nearest(points, all_matches=False)[1]
    line = shapely.shortest_line(points, ground.shapes[near])
    return near.astype(np.int32), ground.plane.km(line)


def _blame_strangers(column: Column, unknown: BoolArray, text: pd.Series, areas: Areas) -> None:
    mend = "Correct it, or empty the cell to go by the coordinates"
    left = unknown
    for name in pd.unique(text[unknown])[:_HINTS]:
        hint = did_you_mean(str(name), map(str, areas.ids))
        if hint.startswith("Did you mean"):
            here = unknown & (text == name).to_numpy(bool)
            column.blame(here, "area_id", "is no area of the map", f"{hint} Else: {mend}")
            left = left & ~here
    column.blame(left, "area_id", "is no area of the map", mend)


def _blame(
    column: Column, rows: np.ndarray, places: tuple[FloatArray, FloatArray], fault: str, mends: list[str]
) -> None:
    """One warning an account with what was done about it, and one for all beyond the first few hundred."""
    lat, lon = (degrees[rows] for degrees in places)
    file_rows = column.frame.index[rows] + FIRST_ROW
    for i, mend in enumerate(mends[:SHOWN_PER_FAULT]):
        place = f"{lat[i]:.5f}, {lon[i]:.5f}" if np.isfinite(lat[i] + lon[i]) else ""
        issue = Issue(column.table, int(file_rows[i]), "lat, lon", place, fault, mend, fatal=False)
        column.issues.append(issue)
    if len(mends) > SHOWN_PER_FAULT:
        more = f"{fault} ({len(mends) - SHOWN_PER_FAULT} more rows)"
        column.blame_column("lat, lon", more, "The same was done for them", fatal=False)
