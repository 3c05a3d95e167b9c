"""What a proof can end with."""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """What is known of a design."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    NO_BANDS = "infeasible: no territories keep the bands"
    NO_CONTIGUITY = "infeasible: territories that keep the bands cannot be connected"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"
