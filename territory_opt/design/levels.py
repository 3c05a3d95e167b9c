"""Districts of territories, regions of districts: levels above a design, each drawn from the one below.

From below: territories then have their proof against all designs, and keep their bands against the whole
market. Districts drawn first, and territories inside them, were measured on the counties of four regions of
the United States (12 to 20 territories in 4 or 5 districts within 15 %, one to a minute): territories cost
5 to 12 % more and spread over 0.77 to 1.30 of an even share instead of 0.85 to 1.15,
while districts cost 10 to 33 % less. Travel of reps is the larger bill. Who wants districts first draws
them, and designs `inside` them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import audit
from territory_opt.design.drawing import Drawn, drawn, drawn_inside
from territory_opt.design.effort import Effort
from territory_opt.design.grouping import Grouping, grouping_of, span
from territory_opt.design.sharing import shared_out
from territory_opt.design.wishes import LevelWish, counted_as
from territory_opt.errors import InternalError
from territory_opt.policy import Balance, Contiguous, FollowArea, Policy, Wish
from territory_opt.policy.words import counted
from territory_opt.problem import Categories, Int32Array, Problem, Reps
from territory_opt.result import Status, relative_gap
from territory_opt.travel.place import FloatArray

if TYPE_CHECKING:
    from territory_opt.design.plan import Design


@dataclass(frozen=True, eq=False)
class Level:
    """One level above the territories.

    names (groups,): "District 1" …, or what the column of given regions says. of_territory (k,): group of
    each territory. centre: lat and lon of each group's, (groups,), the centre of one of its territories.
    value: what all accounts cost, counted from these centres, in the unit of the objective. bound: no other
    grouping of what is one level below that keeps every wish is worth less; NaN for given regions. faults:
    what the grouping breaks.
    """

    name: str
    names: tuple[str, ...]
    of_territory: Int32Array
    centre: tuple[FloatArray, FloatArray]
    value: float
    bound: float
    status: Status
    faults: tuple[str, ...]
    given: bool = False

    def __len__(self) -> int:
        return len(self.names)

    @property
    def gap(self) -> float:
        """Share of the value that another grouping could save at most; inf while a wish is broken."""
        return float("inf") if self.faults else relative_gap(self.value, self.bound)

    def texts(self) -> np.ndarray:
        """The name of each territory's group; dtype object, (k,)."""
        return np.array(self.names, dtype=object)[self.of_territory]


def with_levels(design: Design, regions: Int32Array | None, names: Sequence[str], effort: Effort) -> Design:
    """The design with the levels that its wishes ask for, from below, and the given regions on top.

    regions (k,): the given region of each territory, None where none are; names: theirs.
    """
    levels: list[Level] = []
    for i, wish in enumerate(design.wishes.levels):
        time_left = effort.of(1.0 / (len(design.wishes.levels) - i), wish.name)
        below = levels[-1] if levels else None
        levels.append(_level(design, wish, below, (regions, names), time_left))
    if regions is not None:
        levels.append(_given(design, regions, names))
    tags = dict(design.problem.reps.tags)
    tags |= {level.name: Categories.of(level.texts()) for level in levels}
    problem = replace(design.problem, reps=replace(design.problem.reps, tags=tags))
    return replace(design, problem=problem, levels=tuple(levels))


def _level(
    design: Design,
    wish: LevelWish,
    below: Level | None,
    given: tuple[Int32Array | None, Sequence[str]],
    effort: Effort,
) -> Level:
    of_territory = np.arange(design.k, dtype=np.int32) if below is None else below.of_territory
    rep, held = design.alignment.rep, design.alignment.rep_of_area
    question = grouping_of(
        design.problem,
        design.wishes,
        wish,
        of_territory[rep],
        design.centre if below is None else below.centre,
        None if held is None else np.append(of_territory, -1)[held],
    )
    region = None
    if given[0] is not None:
        region = np.zeros(len(question.units), np.int64)
        region[of_territory] = given[0]
    found = _drawn(question, region, given[1], effort).numbered(question.units)
    return _recounted(design, question, found, found.territory[of_territory], region)


def _drawn(question: Grouping, region: np.ndarray | None, names: Sequence[str], effort: Effort) -> Drawn:
    if region is None:
        return drawn(question, effort)
    groups = shared_out(question.wishes.k, np.bincount(region, minlength=len(names)).astype(np.float64))
    return drawn_inside(question, region, names, groups.tolist(), effort)


def _recounted(
    design: Design, question: Grouping, found: Drawn, of_territory: np.ndarray, region: np.ndarray | None
) -> Level:
    """The level as it is counted again from the accounts and the areas."""
    wish, n = question.level, question.wishes.k
    centre = (question.units.lat[found.centre], question.units.lon[found.centre])
    word, digits = wish.name.capitalize(), len(str(n))
    names = tuple(f"{word} {i + 1:0{digits}}" for i in range(n))
    regions = None if region is None else region[found.centre]
    force = grouped(design.problem, names, of_territory[design.alignment.rep], centre)
    value = _value(design, force)
    if abs(value - found.value) > 1e-6 * max(abs(value), abs(found.value), 1e-6):
        raise InternalError(f"the search values a level at {found.value!r}, the recount at {value!r}")
    faults = (
        *_audit_faults(design, wish, force, of_territory, regions),
        *_span_faults(question, found, names, region),
    )
    if faults and found.kept:
        raise InternalError(f"the search keeps every wish of a level, the recount finds: {faults[0]}")
    return Level(
        wish.name, names, of_territory.astype(np.int32), centre, value, found.bound, found.status, faults
    )


def grouped(
    problem: Problem, names: Sequence[str], group: np.ndarray, centre: tuple[FloatArray, FloatArray]
) -> Problem:
    """The facts as if each group were one seat, at its centre; group (accounts,)."""
    seats = Reps.of(names, lat=centre[0], lon=centre[1])
    accounts = replace(problem.accounts, owner=group.astype(np.int32))
    return replace(problem, accounts=accounts, reps=seats)


def _value(design: Design, force: Problem) -> float:
    """What the accounts cost from the centres of their groups, one by one."""
    every = np.arange(len(force.accounts))
    km = force.km(every, force.accounts.owner)
    weight = design.wishes.weights(force)
    return float((weight * (km**2 if design.wishes.objective == "inertia" else km)).sum())


def _audit_faults(
    design: Design, wish: LevelWish, force: Problem, of_territory: np.ndarray, regions: np.ndarray | None
) -> tuple[str, ...]:
    """Bands and pieces, as the audit finds them on the areas."""
    wishes, held = design.wishes, design.alignment.rep_of_area
    by = wishes.inside if regions is not None else None
    if by:
        tags = {by: Categories.of(force.accounts.tag(by).texts()[_first(force, len(force.reps))])}
        force = replace(force, reps=replace(force.reps, tags=tags))
    measures = wishes.within if wish.by == "load" else ()
    bands: list[Wish] = [Balance(counted_as(m), within=wish.within, by=by) for m in measures]
    rules: list[Wish] = [FollowArea(), Contiguous()] if wishes.contiguous else []
    of_area = None if held is None else np.append(of_territory, -1)[held]
    count = audit(force, Policy(bands, rules), Alignment(force.accounts.owner, of_area))
    return tuple(clash.message for clash in count.clashes)


def _first(force: Problem, n: int) -> np.ndarray:
    """An account of each group; (groups,)."""
    found = np.zeros(n, np.int64)
    found[force.accounts.owner] = np.arange(len(force.accounts))
    return found


def _span_faults(
    question: Grouping, found: Drawn, names: Sequence[str], region: np.ndarray | None
) -> tuple[str, ...]:
    """Groups with more or fewer units than they may have, where these are counted."""
    if question.level.by != "count":
        return ()
    size = np.bincount(found.territory, minlength=len(names))
    of_group = np.zeros(len(names), np.int64) if region is None else region[found.centre]
    said = []
    for r in np.unique(of_group):
        own = np.flatnonzero(of_group == r)
        least, most = span(size[own].sum() / len(own), question.level.within)
        for g in own[(size[own] < least) | (size[own] > most)]:
            unit = counted(int(size[g]), "group", "groups")
            said.append(
                f"{names[g]} has {unit} of the level below, where {least:.0f} to {most:.0f} were asked for"
            )
    return tuple(said)


def _given(design: Design, regions: np.ndarray, names: Sequence[str]) -> Level:
    """The given regions as a level; each stands at the cheapest of its territories' centres."""
    lat, lon = design.centre
    wish = LevelWish(design.wishes.inside, len(names), "count", 0.0)
    question = grouping_of(design.problem, design.wishes, wish, design.alignment.rep, design.centre, None)
    cost = question.sites(np.arange(design.k)).cost
    at = np.array([_cheapest(cost, np.flatnonzero(regions == r)) for r in range(len(names))])
    value = float(cost[np.arange(design.k), at[regions]].sum())
    return Level(
        wish.name,
        tuple(names),
        regions.astype(np.int32),
        (lat[at], lon[at]),
        value,
        float("nan"),
        Status.FEASIBLE,
        (),
        given=True,
    )


def _cheapest(cost: np.ndarray, own: np.ndarray) -> int:
    return int(own[cost[np.ix_(own, own)].sum(axis=0).argmin()])
