"""Whether areas and territories cover the map once: an empty report is the proof."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike

from territory_opt.alignment import Alignment
from territory_opt.areas import Areas, Int32Array
from territory_opt.holdings import Holdings, areas_in, holdings, stated_holdings
from territory_opt.io.date_line import Shapes
from territory_opt.io.overlaps import holes, overlaps
from territory_opt.io.plane import WGS84, Plane, area_km2, shapes_of
from territory_opt.io.report import Columns
from territory_opt.policy import FollowArea, Policy
from territory_opt.problem import Problem


class Finding(NamedTuple):
    """One place that is covered twice or not at all."""

    fault: str  # overlap, gap, no territory, several territories, account outside
    area_id: str
    other_id: str  # the other area of a pair, "" where there is none
    km2: float
    mend: str
    account_id: str = ""  # of an account outside every area


def coverage(
    problem: Problem,
    alignment: Alignment | None = None,
    *,
    policy: Policy | None = None,
    rep_of_area: ArrayLike | None = None,
    snap_m: float = 1.0,
) -> Columns:
    """Where the areas overlap or leave gaps and, with a plan, which are not in exactly one territory.

    alignment: a plan for accounts; an area belongs to a territory through the accounts in it, unless the plan
    says whose it is. policy: where it has the rule `follow_area`, only accounts that follow their area count,
    and named ones may be anybody's. rep_of_area: (areas,) rep index of each area, -1 for none, where the plan
    gives them itself. snap_m: slivers up to so wide are left out. A gap is what areas surround and none
    covers (a lake, perhaps, where all is well).

    One row a finding, in columns fault, area_id, other_id, km2 (NaN for an account), mend and account_id; no
    row means that every place between the areas lies in exactly one of them, every account in an area, and
    every area in exactly one territory. DataError when there are no areas.
    """
    areas = areas_in(problem)
    found = [*_on_the_map(areas, snap_m), *_outside(problem)]
    if rep_of_area is not None:
        found += _unheld(problem, areas, stated_holdings(problem, rep_of_area))
    elif alignment is not None:
        follows = _follows(problem, policy)
        held = holdings(problem, alignment, follows)
        place = problem.accounts.area if follows is None else follows
        found += [*_unheld(problem, areas, held), *_shared(problem, areas, held, place, alignment)]
    return _table(found)


def _follows(problem: Problem, policy: Policy | None) -> Int32Array | None:
    """Area that each account follows; None where no rule says that any does."""
    if policy is None or not any(isinstance(wish, FollowArea) for wish in policy.wishes):
        return None
    return policy.area_of(problem)


def _outside(problem: Problem) -> Iterator[Finding]:
    mend = "Fill in its area_id, or write nearest_km below [areas] to take the nearest"
    for account in np.flatnonzero(problem.accounts.area < 0):
        yield Finding("account outside", "", "", np.nan, mend, problem.accounts.ids[account])


def _table(found: list[Finding]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for i, name in enumerate(Finding._fields):
        kind = np.float64 if name == "km2" else object
        columns[name] = np.array([finding[i] for finding in found], dtype=kind)
    return columns


def _on_the_map(areas: Areas, snap_m: float) -> Iterator[Finding]:
    if areas.outlines is None or len(areas) == 0:
        return
    shapes = shapes_of(areas.outlines)
    plane = Plane.of(WGS84, shapes)
    flat = plane.flat(shapes)
    pairs, shared = overlaps(flat, snap_m)
    for (one, other), km2 in zip(pairs, area_km2(plane.lonlat(shared)), strict=True):
        mend = "Cut one of the outlines back to the border"
        yield Finding("overlap", areas.ids[one], areas.ids[other], float(km2), mend)
    gaps = holes(flat, snap_m)
    for gap, km2 in zip(gaps, area_km2(plane.lonlat(gaps)), strict=True):
        one, two = _around(gap, areas, flat, snap_m)
        mend = "Extend an outline over it, or add it as an area; a lake may stay"
        yield Finding("gap", one, two, float(km2), mend)


def _around(gap: Any, areas: Areas, flat: Shapes, snap_m: float) -> tuple[str, str]:
    """The two areas with the longest shares of a gap's outline."""
    near = np.sort(shapely.STRtree(flat).query(gap, predicate="dwithin", distance=snap_m))
    edge = shapely.buffer(shapely.boundary(gap), max(snap_m, 0.01))
    length = shapely.length(shapely.intersection(shapely.boundary(flat[near]), edge))
    names = [str(areas.ids[i]) for i in near[np.argsort(-length, kind="stable")]]
    return names[0] if names else "", names[1] if len(names) > 1 else ""


def _unheld(problem: Problem, areas: Areas, held: Holdings) -> Iterator[Finding]:
    """Areas in no territory, with the neighbour whose territory shares most of their border."""
    first, other = areas.neighbours()
    km = {tuple(edge): length for edge, length in zip(areas.edges.tolist(), areas.border_km, strict=True)}
    for area in np.flatnonzero(held.rep < 0):
        around = [int(n) for n in other[first[area] : first[area + 1]] if held.rep[n] >= 0]
        best = max(around, key=lambda n: km[min(area, n), max(area, n)], default=None)
        why = "No account lies in it" if held.empty[area] else "Nobody is given it"
        mend = f"{why}; give it to a territory"
        if best is not None:
            rep = problem.reps.ids[held.rep[best]]
            mend += f": {rep} holds {areas.ids[best]}, which shares most of its border"
        beside = "" if best is None else str(areas.ids[best])
        yield Finding("no territory", areas.ids[area], beside, float(areas.area_km2[area]), mend)


def _shared(
    problem: Problem, areas: Areas, held: Holdings, place: Int32Array, alignment: Alignment
) -> Iterator[Finding]:
    rep = alignment.rep
    for area in np.flatnonzero(held.shared):
        reps = np.unique(rep[(place == area) & (rep >= 0)])
        names = ", ".join(problem.reps.ids[reps])
        if held.rep[area] in reps:
            mend = f"{names} serve accounts there; give them to one"
        else:
            verb = "serves" if len(reps) == 1 else "serve"
            owner = problem.reps.ids[held.rep[area]]
            mend = f"It is {owner}'s, but {names} {verb} the accounts there; give all to one"
        yield Finding("several territories", areas.ids[area], "", float(areas.area_km2[area]), mend)
