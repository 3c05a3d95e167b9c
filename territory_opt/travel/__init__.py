"""Distances between accounts and reps."""

from territory_opt.travel.great_circle import EARTH_RADIUS_KM, GreatCircle, great_circle_km
from territory_opt.travel.hidden import HiddenPlaces
from territory_opt.travel.table import TravelTable

__all__ = ["EARTH_RADIUS_KM", "GreatCircle", "HiddenPlaces", "TravelTable", "great_circle_km"]
