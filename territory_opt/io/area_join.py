"""Which area an account lies in: the one it names, else the one it stands in, else perhaps the nearest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from territory_opt.areas import Areas, Int32Array
from territory_opt.errors import did_you_mean
from territory_opt.io.columns import Column
from territory_opt.io.identity import rows_of
from territory_opt.io.plane import Plane, Shapes
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
    outside = area[rest] < 0
    if outside.any():
        near, km = _nearest(points[outside], ground)
        area[rest[outside]] = np.where(km <= nearest_km, near, -1)
        mends = [
            _OUTSIDE if k > nearest_km else f"Taken as {taken[i]}, {k:.1f} km away"
            for i, k in zip(near, km, strict=True)
        ]
        _blame(column, rest[outside], places, "lies in no area", mends)
    return area


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
    inside = shapely.contains_properly(shapes[area], points[point])
    return found, np.bincount(point[inside], minlength=len(points)) > 1


def _nearest(points: Shapes, ground: Ground) -> tuple[Int32Array, FloatArray]:
    """The nearest area of each point, -1 where the point is nowhere, and how far it is over the globe."""
    near, km = np.full(len(points), -1, np.int32), np.full(len(points), np.inf)
    somewhere = np.flatnonzero(~shapely.is_empty(points))
    tree = shapely.STRtree(ground.shapes)
    place, area = tree.query_nearest(points[somewhere], all_matches=False)
    near[somewhere[place]] = area
    line = shapely.shortest_line(points[somewhere[place]], ground.shapes[area])
    km[somewhere[place]] = ground.plane.km(line)
    return near, km


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
    """One warning an account, those with the same mend together so that a long list is cut by kind."""
    index = column.frame.index
    text = np.full(len(index), "", dtype=object)
    text[rows] = [f"{places[0][row]:.5f}, {places[1][row]:.5f}" for row in rows]
    shown = pd.Series(text, index=index)
    for mend in dict.fromkeys(mends):
        marked = np.zeros(len(index), bool)
        marked[rows[[m == mend for m in mends]]] = True
        column.blame(marked, "lat, lon", fault, mend, fatal=False, shown=shown)
