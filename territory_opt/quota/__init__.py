"""Quotas that follow the books."""

from territory_opt.quota.rounding import largest_remainder
from territory_opt.quota.top_down import Line, Quotas, faults, top_down

__all__ = ["Line", "Quotas", "faults", "largest_remainder", "top_down"]
