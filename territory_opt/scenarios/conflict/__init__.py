"""Which wishes clash, and the cheapest way out."""

from territory_opt.scenarios.conflict.core import Conflict, conflict
from territory_opt.scenarios.conflict.repairs import Repair, repairs

__all__ = ["Conflict", "Repair", "conflict", "repairs"]
