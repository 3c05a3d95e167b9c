"""Great-circle distance: what can always be had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from territory_opt.travel.place import FloatArray, IndexArray, Places

EARTH_RADIUS_KM = 6371.0088  # mean radius (IUGG); within 0.14 % of the ellipsoid on average


def great_circle_km(lat1: FloatArray, lon1: FloatArray, lat2: FloatArray, lon2: FloatArray) -> FloatArray:
    """Haversine distance in km between coordinates in degrees; broadcasts; NaN in, NaN out."""
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_lat = np.sin((phi2 - phi1) / 2)
    half_lon = np.sin(np.radians(np.asarray(lon2) - lon1) / 2)
    h = half_lat**2 + np.cos(phi1) * np.cos(phi2) * half_lon**2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0)))


@dataclass(frozen=True)
class GreatCircle:
    """Straight over the globe; the detour to the road is a parameter of how the force drives."""

    needs_places: ClassVar[bool] = True

    def km(self, accounts: Places, account: IndexArray, reps: Places, rep: IndexArray) -> FloatArray:
        """Distance in km of each pair (account[i], rep[i]); shape of the broadcast indices."""
        return great_circle_km(accounts.lat[account], accounts.lon[account], reps.lat[rep], reps.lon[rep])
