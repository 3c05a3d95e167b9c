"""Great-circle distance: what can always be had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from territory_opt.travel.place import FloatArray, IndexArray, Places

EARTH_RADIUS_KM = 6371.0088  # mean radius (IUGG); within 0.14 % of the ellipsoid on average


def great_circle_km(lat1: FloatArray, lon1: FloatArray, lat2: FloatArray, lon2: FloatArray) -> FloatArray:
    """Distance in km between coordinates in degrees; broadcasts; NaN in, NaN out.

    Worked out from the chord between unit vectors: sines are taken once a place, not once a pair, and
    differences of coordinates keep short distances exact to a fraction of a millimetre.
    """
    x1, y1, z1 = _unit_vector(lat1, lon1)
    x2, y2, z2 = _unit_vector(lat2, lon2)
    half = (x1 - x2) ** 2
    half += (y1 - y2) ** 2
    half += (z1 - z2) ** 2
    half = np.minimum(0.5 * np.sqrt(half), 1.0)
    return 2 * EARTH_RADIUS_KM * np.arcsin(half)


def _unit_vector(lat: FloatArray, lon: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    phi, theta = np.radians(lat), np.radians(lon)
    across = np.cos(phi)
    return across * np.cos(theta), across * np.sin(theta), np.sin(phi)


@dataclass(frozen=True)
class GreatCircle:
    """Straight over the globe; the detour to the road is a parameter of how the force drives."""

    needs_places: ClassVar[bool] = True

    def km(self, accounts: Places, account: IndexArray, reps: Places, rep: IndexArray) -> FloatArray:
        """Distance in km of each pair (account[i], rep[i]); shape of the broadcast indices."""
        return great_circle_km(accounts.lat[account], accounts.lon[account], reps.lat[rep], reps.lon[rep])
