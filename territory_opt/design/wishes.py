"""What a planner asks of new territories."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.policy import Balance, Contiguous, Eligible, FollowArea, KeepTogether, Policy, Travel
from territory_opt.problem import WORKLOAD_H, Problem
from territory_opt.travel.place import FloatArray

OBJECTIVES = ("travel", "inertia", "distance")
#: Hours of visits in a year: what `workload_h` is before anybody lives anywhere.
VISITING_H = "visiting_h"
_WITHIN = {"count": 1 / 3, "load": 0.15}  # of levels, where nothing else is said


@dataclass(frozen=True)
class Wishes:
    """k: territories. within: half the width of each measure's band, as a share of its target, total / k.

    objective: "travel", money a year; "inertia", first measure × km²; "distance", km of all accounts.
    split_over: areas that hold more than this share of a territory are cut, None for none. inside: column of
    the given regions, "" for none; per_region: how many territories each has, None by load. levels: those
    above the territories, from below.
    """

    k: int
    within: Mapping[str, float]
    objective: str
    contiguous: bool
    hour_cost: float
    split_over: float | None = None
    inside: str = ""
    per_region: Mapping[str, int] | None = None
    levels: tuple[LevelWish, ...] = ()

    def policy(self, problem: Problem) -> Policy:
        """The same wishes for an audit; `workload_h` counts as hours of visits."""
        by = self.inside or None
        bands = [Balance(counted_as(m), within=w, by=by) for m, w in self.within.items()]
        terms = [Travel(self.hour_cost)] if self.objective == "travel" else []
        own = [Eligible(by, by)] if by else []
        if problem.areas is not None and (problem.accounts.area >= 0).any():
            return Policy([*terms, *bands], [*own, FollowArea(), *[Contiguous()] * self.contiguous])
        together = [KeepTogether()] if "family" in problem.accounts.tags else []
        return Policy([*terms, *bands], [*own, *together])

    def weights(self, problem: Problem) -> FloatArray:
        """What a km (inertia: a km²) between an account and its centre counts; (accounts,)."""
        if self.objective == "travel":
            return problem.accounts.measures["visits"] * problem.driving.hours_per_km * self.hour_cost
        if self.objective == "distance":
            return np.ones(len(problem.accounts))
        every = np.arange(len(problem.accounts))
        return np.array(problem.load(counted_as(next(iter(self.within))), every, every))


@dataclass(frozen=True)
class LevelWish:
    """Groups of what lies one level below. n: how many. by: "count" of these, or "load" of the measures.

    within: half the width of the band around an even share, of the count or of each load.
    """

    name: str
    n: int
    by: str
    within: float


def levels_of(levels: Mapping[str, int], by: str, within: float | None) -> tuple[LevelWish, ...]:
    """The levels from below: those with more groups first."""
    width = within if within is not None else _WITHIN.get(by, 0.0)
    order = sorted(levels, key=lambda name: -(whole(levels[name]) or 0))
    return tuple(LevelWish(str(name), levels[name], by, width) for name in order)


def counted_as(measure: str) -> str:
    """The column that a measure is balanced by."""
    return VISITING_H if measure == WORKLOAD_H else measure


def with_visiting_h(problem: Problem) -> Problem:
    """The same facts, with hours of visits as a measure of its own."""
    measures = dict(problem.accounts.measures)
    measures[VISITING_H] = measures["visits"] * measures["visit_h"]
    return replace(problem, accounts=replace(problem.accounts, measures=measures))


def bands_of(measures: Mapping[str, float] | Iterable[str], within: float) -> dict[str, float]:
    """Measures with the width of their bands; names alone get `within`."""
    if isinstance(measures, str):
        measures = [measures]
    return dict(measures) if isinstance(measures, Mapping) else dict.fromkeys(measures, within)


def whole(value: object) -> int | None:
    """The number that a value is, None where it is no whole one."""
    try:
        return None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None
