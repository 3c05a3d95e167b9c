"""Areas on a map: one net of borders, and who holds each area today and in the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import shapely

from territory_opt.alignment import Alignment
from territory_opt.areas import Areas, Outlines
from territory_opt.compactness import compactness
from territory_opt.holdings import Holdings, holdings
from territory_opt.maps.outlines import Shapes, digits, page_shapes
from territory_opt.maps.topology import net
from territory_opt.maps.view import seam
from territory_opt.problem import Problem
from territory_opt.travel.place import FloatArray

_MEASURES = 6  # of the areas' own, at most
_SHAPE = ("areas", "pieces", "area_km2", "polsby_popper", "reock", "hull_ratio", "inertia", "diameter_km")


class AreaMap(NamedTuple):
    """Areas of a problem as a page shows them."""

    areas: Areas
    shapes: Shapes
    cut: float  # where longitudes start, degrees
    plan: Holdings
    today: Holdings


def area_map(problem: Problem, alignment: Alignment) -> AreaMap | None:
    """The areas under a plan; None where there are no outlines of any."""
    areas = problem.areas
    if areas is None or areas.outlines is None or not len(areas):
        return None
    cut = seam(*_reach(areas.outlines))
    plan, today = (holdings(problem, a) for a in (alignment, Alignment.today(problem)))
    return AreaMap(areas, page_shapes(areas.outlines, cut), cut, plan, today)


def area_content(drawn: AreaMap, problem: Problem) -> dict[str, Any]:
    """Columns of the areas, and their borders in whole units of a grid."""
    areas, decimals = drawn.areas, digits(drawn.shapes)
    borders = net(drawn.shapes, 10.0**-decimals)
    inside = problem.accounts.area[problem.accounts.area >= 0]
    return {
        "id": areas.ids.tolist(),
        "name": areas.names.tolist(),
        "plan": drawn.plan.rep.tolist(),
        "today": drawn.today.rep.tolist(),
        "shared": {"plan": _where(drawn.plan.shared), "today": _where(drawn.today.shared)},
        "accounts": np.bincount(inside, minlength=len(areas)).tolist(),
        "measures": {name: _plain(values) for name, values in _shown(areas.measures)},
        "grid": 10**decimals,
        "lines": borders.flat(),
        "shapes": borders.shapes,
    }


def boxes(drawn: AreaMap) -> tuple[FloatArray, FloatArray]:
    """South-west and north-east corners of the areas, lat and lon; (areas, 2) each."""
    west, south, east, north = shapely.bounds(drawn.shapes).T
    return np.column_stack([south, west]), np.column_stack([north, east])


def neighbours(drawn: AreaMap) -> list[tuple[int, int]]:
    """Pairs of reps who hold areas side by side, in the plan or today."""
    pairs = np.concatenate([h.rep[drawn.areas.edges] for h in (drawn.plan, drawn.today)])
    pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs >= 0).all(axis=1)]
    return [(int(a), int(b)) for a, b in np.unique(np.sort(pairs, axis=1), axis=0)]


def shape_columns(problem: Problem, alignment: Alignment) -> dict[str, list[float | None]]:
    """How compact each territory is, rounded; None where a rep holds no area."""
    columns = compactness(problem, alignment).columns()
    return {name: _plain(np.asarray(columns[name], np.float64)) for name in _SHAPE}


def _reach(outlines: Outlines) -> tuple[FloatArray, FloatArray]:
    """Westernmost and easternmost longitude of each ring that has any corner."""
    first = outlines.ring[:-1][np.diff(outlines.ring) > 0]
    lon = outlines.lonlat[:, 0]
    if not len(first):
        return lon, lon
    return np.minimum.reduceat(lon, first), np.maximum.reduceat(lon, first)


def _shown(measures: Mapping[str, FloatArray]) -> Iterator[tuple[str, FloatArray]]:
    yield from list(measures.items())[:_MEASURES]


def _where(mask: np.ndarray) -> list[int]:
    return np.flatnonzero(mask).tolist()


def _plain(values: FloatArray) -> list[float | None]:
    return [(int(v) if v == int(v) else v) if np.isfinite(v) else None for v in values.tolist()]
