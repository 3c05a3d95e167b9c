"""What a planner asks of new territories, and every reason why it cannot be asked."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.check import check
from territory_opt.design.candidates import MOST_PAIRS, candidates_wanted
from territory_opt.design.units import Units, units_of
from territory_opt.errors import Issue, PolicyError, did_you_mean
from territory_opt.policy import Balance, Contiguous, FollowArea, KeepTogether, Policy, Travel
from territory_opt.problem import WORKLOAD_H, Problem
from territory_opt.travel.place import FloatArray

OBJECTIVES = ("travel", "inertia", "distance")
#: Hours of visits in a year: what `workload_h` is before anybody lives anywhere.
VISITING_H = "visiting_h"


@dataclass(frozen=True)
class Wishes:
    """k: territories. within: half the width of each measure's band, as a share of its target, total / k.

    objective: "travel", money a year; "inertia", first measure × km²; "distance", km of all accounts.
    split_over: areas that hold more than this share of a territory are cut, None for none.
    """

    k: int
    within: Mapping[str, float]
    objective: str
    contiguous: bool
    hour_cost: float
    split_over: float | None = None

    def policy(self, problem: Problem) -> Policy:
        """The same wishes for an audit; `workload_h` counts as hours of visits."""
        bands = [Balance(VISITING_H if m == WORKLOAD_H else m, within=w) for m, w in self.within.items()]
        terms = [Travel(self.hour_cost)] if self.objective == "travel" else []
        if problem.areas is not None and (problem.accounts.area >= 0).any():
            return Policy([*terms, *bands], [FollowArea(), *([Contiguous()] if self.contiguous else [])])
        return Policy([*terms, *bands], [KeepTogether()] if "family" in problem.accounts.tags else [])

    def weights(self, problem: Problem) -> FloatArray:
        """What a km (inertia: a km²) between an account and its centre counts; (accounts,)."""
        if self.objective == "travel":
            return problem.accounts.measures["visits"] * problem.driving.hours_per_km * self.hour_cost
        if self.objective == "distance":
            return np.ones(len(problem.accounts))
        every = np.arange(len(problem.accounts))
        return np.array(problem.load(counted_as(next(iter(self.within))), every, every))


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


def asked(problem: Problem, wishes: Wishes, seed: object) -> Units:
    """The units of a question that makes sense; PolicyError lists every fault of one that does not."""
    issues = [*_faults_of_words(wishes, seed), *_faults_of_facts(problem, wishes)]
    units = None
    if not any(issue.table in ("accounts", "areas") for issue in issues):
        units = units_of(problem, wishes.contiguous)
        if wishes.split_over is None:  # otherwise there will be more of them
            issues += faults_of_size(problem, wishes, units)
    if issues or units is None:
        raise PolicyError(issues)
    return units


def whole(value: object) -> int | None:
    """The number that a value is, None where it is no whole one."""
    try:
        return None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def _faults_of_words(wishes: Wishes, seed: object) -> Iterator[Issue]:
    k, number = whole(wishes.k), whole(seed)
    if k is None or k < 1:
        yield _fault("k", wishes.k, "must be a whole number of 1 or more", "Say how many territories")
    if number is None or not 0 <= number < 2**31:
        yield _fault("seed", seed, "must be a whole number from 0 to 2147483647", "Correct it")
    if wishes.objective not in OBJECTIVES:
        hint = did_you_mean(str(wishes.objective), OBJECTIVES)
        yield _fault("objective", wishes.objective, "is no objective", hint)
    if wishes.split_over is not None and not _is_share(wishes.split_over):
        fault = "must be a share of a territory, above 0 and at most 1"
        yield _fault("split_over", wishes.split_over, fault, "0.5 cuts what fills more than half of one")
    if wishes.objective == "inertia" and not wishes.within:
        yield _fault("measures", "", "inertia needs a measure as its weight", "Name one")


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 < value <= 1.0


def _faults_of_facts(problem: Problem, wishes: Wishes) -> Iterator[Issue]:
    """Faults of accounts, and of wishes that they contradict; today's seats are beside the point."""
    bands = [Balance(measure, within=within) for measure, within in wishes.within.items()]
    policy = Policy([Travel(wishes.hour_cost), *bands], [FollowArea(), Contiguous()] * wishes.contiguous)
    yield from (i for i in check(problem, policy) if i.fatal and i.table != "reps")
    if not problem.distances.needs_places:
        mend = "Leave the table out: then km are straight lines times the detour"
        yield _fault("distances", "", "are a table to the reps of today; new seats are not in it", mend)
    if wishes.split_over is not None and (problem.areas is None or problem.areas.outlines is None):
        fault = "cuts areas by their outlines, and there are none"
        yield _fault("split_over", wishes.split_over, fault, "Put a map of areas beside the accounts")
    if wishes.objective == "travel" and not (problem.accounts.measures["visits"] > 0).any():
        yield _fault("objective", "travel", "no account has visits", "Give visits, or ask for distance")


def faults_of_size(problem: Problem, wishes: Wishes, units: Units) -> Iterator[Issue]:
    """What makes so many territories of so many units impossible to ask for."""
    k, most = whole(wishes.k), len(units.centres)
    if k is not None and k > most:
        fault = f"is more than the {most:,} pieces that accounts move in"
        yield _fault("k", wishes.k, fault, f"Ask for {most:,} at most")
    if k is not None and len(units) * candidates_wanted(units, k) > MOST_PAIRS:
        fault = f"{len(units):,} pieces for {k:,} territories are more than can be designed at once"
        yield _fault("", "", fault, "Give areas, such as postcodes, or families, or one region at a time")
    if wishes.contiguous and problem.areas is not None and k is not None:
        parts = len(np.unique(problem.areas.pieces()[units.area]))
        if parts > k:
            mend = "Write link_islands = true or bridges in [areas], or ask for more territories"
            yield _fault("contiguous", "", f"the map is in {parts:,} parts, more than {k} territories", mend)


def _fault(column: str, value: object, fault: str, mend: str) -> Issue:
    return Issue("design", None, column, str(value), fault, mend)
