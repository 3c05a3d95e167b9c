"""Coordinates of accounts and homes, and every way in which they are wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory_opt.io.columns import Column
from territory_opt.problem import BoolArray
from territory_opt.travel.place import FloatArray

_FEWEST = 5  # places that say where a market lies
_SWAPPED = "latitude and longitude look swapped"


def read_places(column: Column, needed: bool) -> tuple[FloatArray, FloatArray]:
    """Latitude and longitude in degrees, NaN where missing; shape (rows,) each.

    needed: whether distances come from coordinates, so that a bad one is fatal.
    """
    if not needed and not (column.has("lat") and column.has("lon")):
        return _nowhere(column), _nowhere(column)
    missing = [name for name in ("lat", "lon") if not column.has(name)]
    for name in missing:
        column.blame_column(name, "the column is missing or empty", "Add coordinates in degrees")
    if missing:
        return _nowhere(column), _nowhere(column)
    before = len(column.issues)
    lat, lon = column.degrees("lat"), column.degrees("lon")
    if not needed:
        del column.issues[before:]
    mend = "Correct the coordinates" if needed else "Not used, since a travel table is given"
    shown = column.text("lat") + ", " + column.text("lon")

    def blame(rows: BoolArray, name: str, fault: str, shown: pd.Series | None = shown) -> None:
        column.blame(rows, name, fault, mend, fatal=needed, shown=shown)

    for name in ("lat", "lon"):
        blame((column.text(name) == "").to_numpy(bool), name, "is empty", None)
    blame((lat == 0) & (lon == 0), "lat, lon", "lies at (0, 0), in the sea off Africa")
    swapped = (np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
    swapped |= _mirrored(lat, lon)
    blame(swapped, "lat, lon", _SWAPPED)
    blame(~swapped & (np.abs(lat) > 90), "lat", "is outside -90 … 90", None)
    blame(np.abs(lon) > 180, "lon", "is outside -180 … 180", None)
    return lat, lon


def _nowhere(column: Column) -> FloatArray:
    return np.full(len(column.frame), np.nan)


def _usable(lat: FloatArray, lon: FloatArray) -> BoolArray:
    on_earth = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    return np.asarray(on_earth & ((lat != 0) | (lon != 0)), bool)


def _mirrored(lat: FloatArray, lon: FloatArray) -> BoolArray:
    """Rows far from the market as given, and in the middle of it with the coordinates exchanged.

    The market is the box of the middle half of all places, widened by its own size (at least 2 degrees).
    """
    ok = _usable(lat, lon)
    if ok.sum() < _FEWEST:
        return np.zeros(len(lat), bool)
    middle, reach = [], []
    for v in (lat, lon):
        low, high = np.percentile(v[ok], [25, 75])
        middle.append((low + high) / 2)
        reach.append(max(1.5 * (high - low), 2.0))
    d_lat, d_lon = np.abs(lat - middle[0]) / reach[0], np.abs(lon - middle[1]) / reach[1]
    m_lat, m_lon = np.abs(lon - middle[0]) / reach[0], np.abs(lat - middle[1]) / reach[1]
    misplaced = (np.maximum(d_lat, d_lon) > 2) & (np.maximum(m_lat, m_lon) < 0.75)
    return np.asarray(ok & misplaced, bool)


def blame_swapped_table(accounts: Column, places: tuple[FloatArray, ...]) -> None:
    """All accounts exchanged at once: seen only by how far they lie from the homes.

    places: lat and lon of accounts, then of reps.
    """
    lat, lon, home_lat, home_lon = places
    here, home = _usable(lat, lon), _usable(home_lat, home_lon)
    if here.sum() < _FEWEST or not home.any():
        return
    middle_lat, middle_lon = np.median(home_lat[home]), np.median(home_lon[home])
    given = np.median(np.hypot(lat[here] - middle_lat, lon[here] - middle_lon))
    exchanged = np.median(np.hypot(lon[here] - middle_lat, lat[here] - middle_lon))
    reach = max(np.ptp(home_lat[home]), np.ptp(home_lon[home]), 2.0)
    if given > 2 * reach and exchanged < reach:
        accounts.blame_column("lat, lon", f"{_SWAPPED} in the whole table", "Exchange the two columns")
