"""Recount of a plan from the raw accounts, sharing nothing with the search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.policy import BAND_TOLERANCE, Policy
from territory_opt.policy.base import LoadTerm
from territory_opt.problem import BoolArray, Int32Array, Problem
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True)
class MeterCount:
    """One load term, recounted; every array has shape (bins,)."""

    label: str  # the planner's words, e.g. 'workload_h within 10 %'
    measure: str  # the measure's column, e.g. 'workload_h'
    bins: tuple[str, ...]  # rep ids, or names of regions, or one bin for the whole force
    by_rep: bool  # whether bins are the reps, in order
    load: FloatArray
    target: FloatArray  # NaN where an index means nothing
    low: FloatArray
    high: FloatArray
    cost: float  # money per year of imbalance inside the band, summed

    @property
    def index(self) -> FloatArray:
        """Load ÷ target: 1.00 is on target; NaN without one."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.target > 0, self.load / self.target, np.nan)

    @property
    def breach(self) -> FloatArray:
        """Load outside the band, in units of the measure, 0 inside."""
        slack = BAND_TOLERANCE * self.scale
        outside = np.maximum(self.low - self.load, 0) + np.maximum(self.load - self.high, 0)
        return np.where(outside > slack, outside, 0.0)

    @property
    def scale(self) -> FloatArray:
        """What a breach is measured against: the target, else the limit, at least the mean load."""
        limit = np.where(np.isfinite(self.high), self.high, self.low)
        scale = np.where(np.isfinite(self.target), self.target, limit)
        return np.maximum(np.where(np.isfinite(scale), scale, 0.0), 1e-9)


@dataclass(frozen=True)
class Clash:
    """A wish that a plan breaks, said in the planner's words."""

    wish: str
    where: str  # rep id, family, account id …
    amount: float  # how much, in units of the wish; 0 where it is not a quantity
    message: str


@dataclass(frozen=True)
class Audit:
    """What a plan costs and which wishes it breaks."""

    terms: Mapping[str, float]  # money per year by term
    meters: tuple[MeterCount, ...]
    clashes: tuple[Clash, ...]
    uncovered: Int32Array  # accounts that nobody serves
    moved: BoolArray  # (accounts,)
    forced: BoolArray  # (accounts,) moved because the owner is gone or may not serve it
    breach_cost: float

    @property
    def cost(self) -> float:
        """Money per year of all terms."""
        return float(sum(self.terms.values()))

    @property
    def objective(self) -> float:
        """Cost, with breaches priced as in the search."""
        return self.cost + self.breach_cost
