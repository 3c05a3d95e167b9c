"""Coordinates of accounts and homes, and every way in which they are wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from territory_opt.io.columns import Column
from territory_opt.problem import Accounts, BoolArray, Reps
from territory_opt.travel.place import FloatArray

_FEWEST = 5  # places that say where a market lies
_SWAPPED = "latitude and longitude look swapped"


def read_places(
    column: Column, needed: bool, spared: BoolArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Latitude and longitude in degrees, NaN where missing; shape (rows,) each.

    needed: whether distances come from coordinates, so that a bad one is fatal. spared: rows that may do
    without, as a rep who leaves; one half of a place counts as none there.
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

    spared = np.zeros(len(lat), bool) if spared is None else spared
    for name in ("lat", "lon"):
        blame((column.text(name) == "").to_numpy(bool) & ~spared, name, "is empty", None)
    nowhere = spared & (np.isnan(lat) | np.isnan(lon))
    lat, lon = np.where(nowhere, np.nan, lat), np.where(nowhere, np.nan, lon)
    blame((lat == 0) & (lon == 0), "lat, lon", "lies at (0, 0), in the sea off Africa")
    swapped = (np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
    swapped |= _mirrored(lat, lon)
    blame(swapped, "lat, lon", _SWAPPED)
    blame(~swapped & (np.abs(lat) > 90), "lat", "is outside -90 … 90", None)
    blame(np.abs(lon) > 180, "lon", "is outside -180 … 180", None)
    return lat, lon


def place_leavers(column: Column, reps: Reps, accounts: Accounts) -> Reps:
    """Reps who leave and have no place, put in the middle of the accounts they serve today, and said so.

    No plan depends on where they live. Only what today's driving costs does, which the plan is compared with.
    """
    served = np.bincount(accounts.owner[accounts.owner >= 0], minlength=len(reps)) > 0
    lost = reps.leaving & (np.isnan(reps.lat) | np.isnan(reps.lon)) & served
    if not lost.any():
        return reps
    fault = "is empty for a rep who leaves"
    mend = "Taken as the middle of the accounts served today; only the cost of today's travel depends on it"
    column.blame(lost, "lat, lon", fault, mend, fatal=False, shown=column.text("lat").where(~lost, ""))
    lat, lon = _middles(accounts, len(reps))
    return replace(reps, lat=np.where(lost, lat, reps.lat), lon=np.where(lost, lon, reps.lon))


def _middles(accounts: Accounts, n_reps: int) -> tuple[FloatArray, FloatArray]:
    """The middle of each rep's accounts on the sphere, over the date line too; (n_reps,) each."""
    own = accounts.owner >= 0
    owner, phi, theta = accounts.owner[own], np.radians(accounts.lat[own]), np.radians(accounts.lon[own])
    across = np.cos(phi)
    vectors = (across * np.cos(theta), across * np.sin(theta), np.sin(phi))
    x, y, z = (np.bincount(owner, vector, minlength=n_reps) for vector in vectors)
    return np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))


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
