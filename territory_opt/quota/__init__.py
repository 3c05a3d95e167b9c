"""Quotas that follow the books."""

from territory_opt.quota.levels import Unit, levels
from territory_opt.quota.methods import METHODS, quotas_by, quotas_by_all, top_down
from territory_opt.quota.quotas import Line, Quotas
from territory_opt.quota.rounding import largest_remainder
from territory_opt.quota.season import Seasons, seasons
from territory_opt.quota.settings import QuotaSettings, settings_of

__all__ = [
    "METHODS",
    "Line",
    "QuotaSettings",
    "Quotas",
    "Seasons",
    "Unit",
    "largest_remainder",
    "levels",
    "quotas_by",
    "quotas_by_all",
    "seasons",
    "settings_of",
    "top_down",
]
