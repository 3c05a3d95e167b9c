"""Levels above the territories as the question that territories are: groups around centres, of what is below.

A territory (or a group of the level below) is a unit, which stands at its centre; neighbours are those whose
areas are. So a group costs what its accounts would cost if they were served from its centre, in the same
objective, and the same search draws it, with the same kind of proof: of all groupings of what is below.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from territory_opt.areas import Areas
from territory_opt.design.question import Asked
from territory_opt.design.units import Units
from territory_opt.design.wishes import LevelWish, Wishes
from territory_opt.problem import Int32Array, Problem
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Grouping(Asked):
    """Which groups of the units there should be, balanced as a level's wish says."""

    level: LevelWish

    def loads(self) -> FloatArray:
        """1 for each unit where they are counted, else what it weighs; (meters, units)."""
        return np.ones((1, len(self.units))) if self.level.by == "count" else super().loads()

    def limits(self, loads: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The band of each meter; that of a count always holds the whole numbers around an even share."""
        if self.level.by == "load":
            return super().limits(loads)
        least, most = span(len(self.units) / self.wishes.k, self.level.within)
        return np.array([least]), np.array([most])

    def why_impossible(self, sites: Sites) -> str:
        """Nothing below is too much for a group by itself."""
        return ""


def span(mean: float, within: float) -> tuple[float, float]:
    """How many units a group may have, when `mean` is an even share: whole numbers, 1 at least.

    Examples: 8 within a third are 6 to 10; 7.5 within nothing are 7 to 8.
    """
    least = min(np.floor(mean + _ROUNDING), np.ceil(mean * (1 - within) - _ROUNDING))
    most = max(np.ceil(mean - _ROUNDING), np.floor(mean * (1 + within) + _ROUNDING))
    return max(float(least), 1.0), float(most)


def grouping_of(
    problem: Problem,
    wishes: Wishes,
    level: LevelWish,
    below: Int32Array,
    centre: tuple[FloatArray, FloatArray],
    held: Int32Array | None,
) -> Grouping:
    """The question for one level.

    below: what is below of each account (accounts,). centre: lat and lon of each of those. held: what holds
    each area (areas,), None where no areas are held: then nothing is known of neighbours.
    """
    n = len(centre[0])
    edges = np.zeros((0, 2), np.int32)
    if held is not None and problem.areas is not None:
        edges = neighbours(problem.areas, held)
    units = Units(below, *centre, np.full(n, -1, np.int32), edges)
    within = dict.fromkeys(wishes.within, level.within) if level.by == "load" else wishes.within
    return Grouping(problem, replace(wishes, k=level.n, within=within), units, level)


def neighbours(areas: Areas, held: Int32Array) -> Int32Array:
    """Pairs of groups that hold areas side by side, the smaller first, each once; (pairs, 2)."""
    pair = np.sort(held[areas.edges], axis=1)
    return np.unique(pair[(pair[:, 0] >= 0) & (pair[:, 0] != pair[:, 1])], axis=0)
