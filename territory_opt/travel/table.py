"""Distances given by the planner as a table."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.errors import TravelError
from territory_opt.travel.place import FloatArray, IndexArray, Places


class TravelTable:
    """A full table of km, accounts by reps, for problems small enough to have one.

    Args:
        km: shape (accounts, reps), finite and not negative.
    """

    needs_places: ClassVar[bool] = False

    def __init__(self, km: ArrayLike):
        table = np.array(km, dtype=np.float64)
        if table.ndim != 2 or not np.isfinite(table).all() or (table < 0).any():
            raise TravelError("a travel table is accounts × reps, every entry a distance in km of 0 or more")
        table.setflags(write=False)
        self.table = table

    def km(self, accounts: Places, account: IndexArray, reps: Places, rep: IndexArray) -> FloatArray:
        """Distance in km of each pair (account[i], rep[i])."""
        return self.table[account, rep]

    def take(self, accounts: IndexArray, reps: IndexArray) -> TravelTable:
        """The same source for some rows."""
        return TravelTable(self.table[np.ix_(accounts, reps)])
