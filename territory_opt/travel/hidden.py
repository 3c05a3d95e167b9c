"""Distances between places that are not shown."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from territory_opt.travel.place import Distances, FloatArray, IndexArray, Places
from territory_opt.travel.table import TravelTable


class _Kept:
    """Coordinates, one per row."""

    def __init__(self, lat: FloatArray, lon: FloatArray):
        self.lat, self.lon = lat, lon


class HiddenPlaces:
    """A source of distances that knows where everybody is, for facts that do not say it.

    Loads and costs of a plan stay what they are, though its tables have coarse places or none. The places are
    in no file that is written, and in no text.
    """

    needs_places: ClassVar[bool] = False

    def __init__(self, distances: Distances, accounts: Places, reps: Places):
        self._distances = distances
        self._accounts = _Kept(accounts.lat, accounts.lon)
        self._reps = _Kept(reps.lat, reps.lon)

    def km(self, accounts: Places, account: IndexArray, reps: Places, rep: IndexArray) -> FloatArray:
        """Distance in km of each pair; the coordinates of the tables are not looked at."""
        return self._distances.km(self._accounts, account, self._reps, rep)

    def take(self, accounts: IndexArray, reps: IndexArray) -> HiddenPlaces:
        """The same source for some rows."""
        kept = [
            _Kept(np.asarray(table.lat)[rows], np.asarray(table.lon)[rows])
            for table, rows in ((self._accounts, accounts), (self._reps, reps))
        ]
        inner = self._distances
        return HiddenPlaces(inner.take(accounts, reps) if isinstance(inner, TravelTable) else inner, *kept)
