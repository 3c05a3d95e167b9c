"""What a source of distances needs to know of accounts and reps, and what it must offer."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IndexArray = NDArray[Any]


class Places(Protocol):
    """Anything with coordinates in degrees, one per row."""

    @property
    def lat(self) -> FloatArray: ...
    @property
    def lon(self) -> FloatArray: ...


class Distances(Protocol):
    """A source of distances."""

    @property
    def needs_places(self) -> bool:
        """Whether coordinates are used at all."""

    def km(self, accounts: Places, account: IndexArray, reps: Places, rep: IndexArray) -> FloatArray:
        """Distance in km of each pair (account[i], rep[i])."""
