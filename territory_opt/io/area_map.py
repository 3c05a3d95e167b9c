"""From a file of areas to `Areas` with their neighbours, and the accounts that lie in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from territory_opt.areas import Areas, Int32Array
from territory_opt.errors import DataError, Issue
from territory_opt.io.area_file import TABLE, AreaFile, find_areas, read_area_file, to_area_file
from territory_opt.io.area_join import Ground, home_areas, join_accounts
from territory_opt.io.area_settings import AreaSettings
from territory_opt.io.border_edits import Edit, edits_in, read_edits
from territory_opt.io.borders import borders
from territory_opt.io.columns import Column
from territory_opt.io.date_line import Shapes
from territory_opt.io.links import edited
from territory_opt.io.overlaps import overlaps
from territory_opt.io.plane import Plane, area_km2, outlines_of
from territory_opt.io.tables import FIRST_ROW
from territory_opt.policy.homes import HOME_AREA
from territory_opt.problem import Accounts, Categories, Reps

_SHOWN = 50


@dataclass(frozen=True)
class AreaMap:
    """Areas as facts, and their shapes on a plane as long as files are being read.

    ground: None where a fault is fatal.
    """

    ground: Ground | None
    settings: AreaSettings
    issues: tuple[Issue, ...]

    @property
    def areas(self) -> Areas | None:
        """The areas as facts, None where a fault is fatal."""
        return None if self.ground is None else self.ground.areas

    def index_of(self, column: Column, accounts: Accounts) -> Int32Array:
        """Index of each account's area, -1 for none; see `join_accounts`."""
        if self.ground is None:
            return accounts.area
        return join_accounts(column, (accounts.lat, accounts.lon), self.ground, self.settings.nearest_km)

    def with_homes(self, column: Column, reps: Reps) -> Mapping[str, Categories]:
        """The text columns of reps, `home_area` filled in from where they live; see `home_areas`."""
        if self.ground is None:
            return reps.tags
        homes = home_areas(column, (reps.lat, reps.lon), self.ground)
        return {**reps.tags, HOME_AREA: Categories.of(homes)}


def read_areas(
    folder: Path,
    columns: Mapping[str, Mapping[str, str]] | None = None,
    settings: AreaSettings | None = None,
) -> AreaMap | None:
    """The areas of a data folder with every fault, None where it has no such file.

    columns: our name -> the file's name, for the tables areas (area_id and name), bridges and forbidden.
    """
    columns = columns or {}
    settings = settings or AreaSettings()
    try:
        path = find_areas(folder)
        if path is None:
            return None
        file = read_area_file(path, columns.get(TABLE, {}), settings)
    except DataError as error:
        return AreaMap(None, settings, error.issues)
    edits, faults = read_edits(folder, columns)
    found = to_map(file, settings, edits)
    ground = None if any(issue.fatal for issue in faults) else found.ground
    return AreaMap(ground, settings, (*found.issues, *faults))


def map_of_frame(
    frame: Any, mapping: Mapping[str, str] | None = None, settings: AreaSettings | None = None
) -> AreaMap:
    """The areas in a GeoDataFrame with every fault; mapping: our name -> the frame's name."""
    settings = settings or AreaSettings()
    if not hasattr(frame, "geometry") or len(frame) == 0:
        fault, mend = "holds no shapes", "Give a GeoDataFrame with a polygon in each row"
        return AreaMap(None, settings, (Issue(TABLE, None, "", "", fault, mend),))
    return to_map(to_area_file(frame, mapping or {}, settings), settings)


def to_map(file: AreaFile, settings: AreaSettings, edits: Sequence[Edit] = ()) -> AreaMap:
    """The areas of a file that has been read; the graph is only drawn where no fault is fatal.

    edits: pairs of areas from tables, on top of those in the settings.
    """
    if not file.sound:
        return AreaMap(None, settings, tuple(file.issues))
    plane = Plane.of(file.crs, file.shapes)
    flat = plane.flat(file.shapes)
    lonlat = plane.lonlat(flat)
    inside = shapely.get_coordinates(plane.lonlat(shapely.point_on_surface(_largest_part(flat))))
    edges, border_km = borders(flat, plane, settings.snap_m)
    areas = Areas.of(
        file.ids,
        names=file.names,
        lat=inside[:, 1],
        lon=inside[:, 0],
        area_km2=area_km2(lonlat),
        measures=file.measures,
        edges=edges,
        border_km=border_km,
        outlines=outlines_of(lonlat),
        tags=file.tags,
    )
    areas, faults = edited(areas, [*edits_in(settings), *edits], settings.link_islands)
    issues = (*file.issues, *_overlaps(areas, flat, plane, settings.snap_m), *faults)
    sound = not any(issue.fatal for issue in issues)
    return AreaMap(Ground(areas, flat, plane) if sound else None, settings, issues)


def _largest_part(shapes: Shapes) -> Shapes:
    """Of each multipolygon the polygon with the greatest area: a county's mainland, not its islands."""
    part, row = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((shapely.area(part), row))
    last = np.append(np.diff(row[order]) > 0, True)
    return part[order[last]]


def _overlaps(areas: Areas, flat: Shapes, plane: Plane, snap_m: float) -> list[Issue]:
    pairs, shared = overlaps(flat, snap_m)
    km2 = area_km2(plane.lonlat(shared))
    issues = []
    mend = "Accounts there belong to the area with the smaller id; correct the outlines"
    for (one, other), size in list(zip(pairs, km2, strict=True))[:_SHOWN]:
        fault = f"overlaps {areas.ids[other]} by {size:.3g} km²"
        issues.append(Issue(TABLE, int(one) + FIRST_ROW, "geometry", str(areas.ids[one]), fault, mend, False))
    if len(pairs) > _SHOWN:
        more = f"{len(pairs) - _SHOWN:,} more pairs overlap"
        issues.append(Issue(TABLE, None, "geometry", "", more, mend, False))
    return issues
