"""Every reason why new territories cannot be asked for as a planner asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from territory_opt.check import check
from territory_opt.design.candidates import MOST_PAIRS, candidates_wanted
from territory_opt.design.regions import Regions, faults_of_regions, regions_of
from territory_opt.design.sharing import groups_by_region, territories_by_region
from territory_opt.design.units import Units, units_of
from territory_opt.design.wishes import OBJECTIVES, Wishes, whole
from territory_opt.errors import Issue, PolicyError, did_you_mean
from territory_opt.policy import Balance, Contiguous, FollowArea, Policy, Travel
from territory_opt.policy.words import listed
from territory_opt.problem import Problem

_TAKEN = (
    "account_id",
    "area_id",
    "rep_id",
    "name",
    "lat",
    "lon",
    "status",
    "territory",
    "capacity_h",
    "share",
)
_BRIDGES = "Write link_islands = true or bridges in [areas]"


def asked(problem: Problem, wishes: Wishes, seed: object) -> Units:
    """The units of a question that makes sense; PolicyError lists every fault of one that does not."""
    issues = [*_faults_of_words(wishes, seed), *_faults_of_facts(problem, wishes)]
    units = None
    if not any(issue.table in ("accounts", "areas") for issue in issues):
        units = units_of(problem, wishes.contiguous)
        issues += faults_of_units(problem, wishes, units)
    if issues or units is None:
        raise PolicyError(issues)
    return units


def faults_of_units(problem: Problem, wishes: Wishes, units: Units) -> Iterator[Issue]:
    """Given regions that are not said for each unit, and numbers that do not fit the units."""
    if wishes.inside:
        faults = list(faults_of_regions(problem, units, wishes.inside))
        yield from faults
        if faults:
            return
        yield from _faults_inside(problem, wishes, units, regions_of(problem, units, wishes.inside))
    elif wishes.split_over is None:  # otherwise there will be more units
        yield from faults_of_size(problem, wishes, units)


def faults_of_size(problem: Problem, wishes: Wishes, units: Units) -> Iterator[Issue]:
    """What makes so many territories, and groups of them, of so many units impossible to ask for."""
    if not wishes.inside:
        numbers = [whole(wishes.k), *(whole(level.n) for level in wishes.levels)]
        yield from _faults_of_numbers(problem, wishes, units, numbers, "")
        return
    regions = regions_of(problem, units, wishes.inside)
    k = territories_by_region(problem, wishes, units, regions)
    table = np.stack([k, *groups_by_region(wishes, k)])
    for r, name in enumerate(regions.names):
        part, account = units.part(np.flatnonzero(regions.of_unit == r))
        inside = problem.take(account, np.zeros(0, np.int64))
        yield from _faults_of_numbers(inside, wishes, part, table[:, r].tolist(), name)


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
    if wishes.per_region is not None and not wishes.inside:
        yield _fault(
            "k", wishes.k, "is given for each region, but no regions are", "Name their column: inside"
        )
    yield from _faults_of_levels(wishes)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 < value <= 1.0


def _faults_of_levels(wishes: Wishes) -> Iterator[Issue]:
    for level in wishes.levels:
        if level.name in (*_TAKEN, wishes.inside) or not level.name.strip():
            yield _fault("levels", level.name, "is the name of another column", "Call the level otherwise")
        if (whole(level.n) or 0) < 1:
            yield _fault(level.name, level.n, "must be a whole number of 1 or more", "Say how many there are")
    yield from _faults_of_band(wishes)
    numbers = [("territories", whole(wishes.k)), *((f"{v.name}s", whole(v.n)) for v in wishes.levels)]
    for (below, more), (_, fewer), level in zip(numbers, numbers[1:], wishes.levels, strict=False):
        if more is not None and fewer is not None and fewer >= max(more, 1):
            fault = f"must be fewer than the {more:,} {below} that they are made of"
            yield _fault(level.name, level.n, fault, "Ask for fewer")


def _faults_of_band(wishes: Wishes) -> Iterator[Issue]:
    for level in wishes.levels[:1]:  # all have the same
        if level.by not in ("count", "load"):
            hint = did_you_mean(str(level.by), ("count", "load"))
            yield _fault("level_by", level.by, "is nothing that levels are balanced by", hint)
        if level.by == "load" and not wishes.within:
            yield _fault("level_by", "load", "needs a measure that is balanced", "Name one, or say count")
        if not isinstance(level.within, int | float) or not 0.0 <= level.within < np.inf:
            fault = "must be a number of at least 0"
            yield _fault("level_within", level.within, fault, "0.2 allows 20 % more or less")


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


def _faults_inside(problem: Problem, wishes: Wishes, units: Units, regions: Regions) -> Iterator[Issue]:
    """Numbers that do not fit the given regions."""
    n, given = len(regions.names), wishes.per_region
    if given is not None:
        strange = [name for name in given if name not in regions.names]
        missing = [name for name in regions.names if name not in given]
        if strange:
            hint = did_you_mean(strange[0], regions.names)
            yield _fault("k", listed(strange), f"is nothing that {wishes.inside} says", hint)
        if missing:
            mend = "Say how many territories each gets"
            yield _fault("k", listed(missing), "is not said for it", mend)
        if strange or missing:
            return
    counts = [("k", wishes.k, "territories")]
    counts += [(level.name, level.n, f"{level.name}s") for level in wishes.levels]
    few = [_too_few(column, number, word, n) for column, number, word in counts if (whole(number) or n) < n]
    yield from few
    sound = not few and all(whole(number) for _, number, _ in counts)
    if sound and wishes.split_over is None:
        yield from faults_of_size(problem, wishes, units)


def _too_few(column: str, number: object, word: str, n: int) -> Issue:
    fault = f"is fewer than the {n:,} given regions, and none of the {word} may cross one"
    return _fault(column, number, fault, f"Ask for {n:,} at least")


def _faults_of_numbers(
    problem: Problem, wishes: Wishes, units: Units, numbers: Sequence[int | None], region: str
) -> Iterator[Issue]:
    """Faults in one region, or everywhere; numbers: of territories, and of the groups of each level."""
    k, most, where = numbers[0], len(units.centres), f"in {region}: " if region else ""
    if k is None or k < 1:
        return
    if k > most:
        fault = f"{where}is more than the {most:,} pieces that accounts move in"
        yield _fault("k", k, fault, f"Ask for {most:,} at most")
    if len(units) * candidates_wanted(units, k) > MOST_PAIRS:
        fault = f"{where}{len(units):,} pieces for {k:,} territories are more than can be designed at once"
        yield _fault("", "", fault, "Give areas, such as postcodes, or families, or one region at a time")
    if not wishes.contiguous or problem.areas is None:
        return
    parts = _parts(units)
    words = ["territories", *(f"{level.name}s" for level in wishes.levels)]
    for number, word in zip(numbers, words, strict=True):
        if number is not None and 1 <= number < parts:
            mend = f"{_BRIDGES}, or ask for more {word}"
            place = f"the map of {region}" if region else "the map"
            yield _fault("contiguous", "", f"{place} is in {parts:,} parts, more than {number} {word}", mend)


def _parts(units: Units) -> int:
    """In how many parts the graph of the units is."""
    edges = units.edges
    graph = coo_array((np.ones(len(edges)), tuple(edges.T)), shape=(len(units),) * 2)
    return int(connected_components(graph, directed=False)[0])


def _fault(column: str, value: object, fault: str, mend: str) -> Issue:
    return Issue("design", None, column, str(value), fault, mend)
