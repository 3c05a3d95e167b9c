"""A data folder: accounts, reps, and perhaps distances, past sales and a map of areas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from territory_opt.errors import DataError, Issue
from territory_opt.io.area_settings import AreaSettings
from territory_opt.io.border_edits import tables_without_map
from territory_opt.io.facts import to_problem
from territory_opt.io.headers import Columns
from territory_opt.io.tables import as_texts, find_table, read_table
from territory_opt.io.uses import Uses
from territory_opt.problem import Driving, Problem

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from territory_opt.io.area_map import AreaMap

TABLES = ("accounts", "reps", "travel", "history")
_OPTIONAL = ("travel", "history")


def read_folder(
    folder: str | Path,
    *,
    columns: Columns | None = None,
    driving: Driving | None = None,
    currency: str | None = None,
    uses: Uses | None = None,
    areas: AreaSettings | None = None,
) -> tuple[Problem | None, tuple[Issue, ...]]:
    """The problem in a folder (None when a fault is fatal) and every fault in it, fatal ones first.

    columns, driving, currency, uses: as in `to_problem`. areas: how a map of areas is read, where there is
    one. DataError when there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        mend = "Name the folder that holds accounts and reps"
        raise DataError(Issue("folder", None, "", str(folder), "is no folder", mend))
    frames, issues = _read_tables(folder)
    area_map = _read_map(folder, columns or {}, areas or AreaSettings())
    unread = () if area_map else tuple(tables_without_map(folder))
    if issues:
        return None, (*issues, *(area_map.issues if area_map else unread))
    problem, faults = to_problem(
        frames["accounts"],
        frames["reps"],
        frames.get("travel"),
        columns=columns,
        driving=driving,
        currency=currency,
        uses=uses,
        areas=area_map,
        history=frames.get("history"),
    )
    return problem, (*faults, *unread)


def from_frames(
    accounts: pd.DataFrame,
    reps: pd.DataFrame,
    travel: pd.DataFrame | None = None,
    *,
    columns: Columns | None = None,
    driving: Driving | None = None,
    currency: str | None = None,
    uses: Uses | None = None,
    history: pd.DataFrame | None = None,
    areas: GeoDataFrame | None = None,
    area_settings: AreaSettings | None = None,
) -> Problem:
    """The problem in pandas frames of any kinds of column; DataError lists every fatal fault.

    accounts, reps, travel, areas: columns as in the tables of a data folder, and a polygon for each area.
    columns: for each table, our name -> the frame's name. area_settings: as `[areas]` in territory.toml.
    """
    area_map: AreaMap | None = None
    if areas is not None:
        from territory_opt.io.area_map import map_of_frame

        area_map = map_of_frame(areas, (columns or {}).get("areas"), area_settings)
    problem, issues = to_problem(
        as_texts(accounts, "accounts"),
        as_texts(reps, "reps"),
        None if travel is None else as_texts(travel, "travel"),
        columns=columns,
        driving=driving,
        currency=currency,
        uses=uses,
        history=None if history is None else as_texts(history, "history"),
        areas=area_map,
    )
    if problem is None:
        raise DataError([issue for issue in issues if issue.fatal])
    return problem


def _read_tables(folder: Path) -> tuple[dict[str, pd.DataFrame], list[Issue]]:
    frames: dict[str, pd.DataFrame] = {}
    issues: list[Issue] = []
    for name in TABLES:
        try:
            path = find_table(folder, name)
            if path is not None:
                frames[name] = read_table(path, name)
            elif name not in _OPTIONAL:
                mend = f"Add {name}.csv, {name}.xlsx or {name}.parquet"
                issues.append(Issue(name, None, "", folder.name, "the table is missing", mend))
        except DataError as error:
            issues += error.issues
    return frames, issues


def _read_map(folder: Path, columns: Columns, settings: AreaSettings) -> AreaMap | None:
    """The areas of a folder; without any, the geometry libraries are not even loaded."""
    if not any(folder.glob("areas.*")):
        return None
    from territory_opt.io.area_map import read_areas

    return read_areas(folder, columns, settings)
