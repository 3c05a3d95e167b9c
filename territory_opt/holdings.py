"""Which rep holds each area under a plan for accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.alignment import Alignment
from territory_opt.areas import Areas
from territory_opt.errors import DataError
from territory_opt.problem import BoolArray, Int32Array, Problem


@dataclass(frozen=True)
class Holdings:
    """Areas under a plan; each array has shape (areas,).

    rep: whom the plan itself gives the area to, else who serves most of its accounts, the first in the roster
    where several serve as many; -1 where nobody serves any. shared: whether several reps serve accounts
    there that should have one. empty: whether it has no account.
    """

    rep: Int32Array
    shared: BoolArray
    empty: BoolArray


def holdings(problem: Problem, alignment: Alignment, follows: Int32Array | None = None) -> Holdings:
    """Who holds each area; DataError when the problem has no areas.

    follows: area that each account must be served with, -1 for none (accounts,). Where that is not known, any
    account may be a named one, so that an area whose holder the plan states counts as his alone.
    """
    n_areas, area = len(areas_in(problem)), problem.accounts.area
    holder, several = _majority(problem, area if follows is None else follows, alignment.rep)
    if alignment.rep_of_area is not None:
        stated = stated_holdings(problem, alignment.rep_of_area).rep
        known = stated >= 0
        strange = known & (holder >= 0) & (holder != stated)
        several = several & ~known if follows is None else several | strange
        holder = np.where(known, stated, holder)
    return Holdings(holder, several, np.bincount(area[area >= 0], minlength=n_areas) == 0)


def territories(
    problem: Problem, follows: Int32Array, alignment: Alignment, home: Int32Array | None = None
) -> Int32Array:
    """Who holds each area where accounts follow theirs; (areas,), -1 where nobody can.

    follows: area that each account follows, -1 for none (accounts,). An area where nobody serves one is whose
    the plan says; where it says nothing, it belongs to a rep whose `home` it must be (reps,), else it joins
    pieces of a territory if it can, or goes to a neighbour.
    """
    areas = areas_in(problem)
    holder, _ = _majority(problem, follows, alignment.rep)
    free = holder < 0
    if alignment.rep_of_area is not None:
        holder[free] = stated_holdings(problem, alignment.rep_of_area).rep[free]
        return holder
    if home is not None:
        resident = np.flatnonzero((home >= 0) & free[home])[::-1]  # the first one is written last
        holder[home[resident]] = resident
        free = holder < 0
    return _grown(areas, _joined(areas, holder, free), free)


def followed(problem: Problem, follows: Int32Array, alignment: Alignment) -> Int32Array:
    """Who serves most of the accounts that follow each area; (areas,), -1 where nobody serves any."""
    return _majority(problem, follows, alignment.rep)[0]


def stated_holdings(problem: Problem, rep_of_area: ArrayLike) -> Holdings:
    """Holdings where a plan says itself who holds each area: (areas,) rep indices, -1 for nobody."""
    rep = np.array(rep_of_area, np.int32)
    n_areas, n_reps = len(areas_in(problem)), len(problem.reps)
    if rep.shape != (n_areas,) or (rep < -1).any() or (rep >= n_reps).any():
        raise DataError(f"rep_of_area must hold for each of the {n_areas} areas one of {n_reps} reps, or -1")
    return Holdings(rep, np.zeros(n_areas, bool), np.zeros(n_areas, bool))


def areas_in(problem: Problem) -> Areas:
    """The areas of a problem; DataError when it has none."""
    if problem.areas is None:
        raise DataError("the facts hold no areas: put areas.gpkg, .geojson or .parquet beside the accounts")
    return problem.areas


def _majority(problem: Problem, area: Int32Array, rep: Int32Array) -> tuple[Int32Array, BoolArray]:
    """Who serves most of each area's accounts, and whether several serve some; both (areas,)."""
    n_areas, n_reps = len(areas_in(problem)), len(problem.reps)
    served = (area >= 0) & (rep >= 0)
    pair, accounts = np.unique(area[served].astype(np.int64) * n_reps + rep[served], return_counts=True)
    place, who = np.divmod(pair, max(n_reps, 1))
    order = np.lexsort((-who, accounts, place))  # the last one written stays
    holder = np.full(n_areas, -1, np.int32)
    holder[place[order]] = who[order]
    return holder, np.bincount(place, minlength=n_areas) > 1


def _joined(areas: Areas, holder: Int32Array, free: BoolArray) -> Int32Array:
    """Holders after free areas on a shortest way between two pieces of one territory have joined it."""
    holder, one, other = holder.copy(), *areas.edges.T
    beside = np.concatenate([holder[one[free[other]]], holder[other[free[one]]]])
    for rep in np.unique(beside[beside >= 0]):
        while len(way := _way(areas, holder, free, int(rep))):
            holder[way] = rep
    return holder


def _way(areas: Areas, holder: Int32Array, free: BoolArray, rep: int) -> list[int]:
    """Free areas that lead from the first piece of a territory to another one; none where there is no way."""
    own = np.flatnonzero(holder == rep)
    piece = areas.pieces(holder)
    start = own[piece[own] == piece[own[0]]]
    if len(start) == len(own):
        return []
    first, other = areas.neighbours()
    came_from = dict.fromkeys(start.tolist(), -1)
    queue = list(came_from)
    for area in queue:
        for near in other[first[area] : first[area + 1]].tolist():
            if near in came_from:
                continue
            came_from[near] = area
            if holder[near] == rep:
                return _back(came_from, area)
            if free[near] and holder[near] < 0:
                queue.append(near)
    return []


def _back(came_from: dict[int, int], area: int) -> list[int]:
    way = []
    while came_from[area] >= 0:
        way.append(area)
        area = came_from[area]
    return way


def _grown(areas: Areas, holder: Int32Array, free: BoolArray) -> Int32Array:
    """Holders after every free area that is left has gone to its nearest territory, as steps on the graph."""
    one, other = np.concatenate([areas.edges, areas.edges[:, ::-1]]).T
    while True:
        reached = (holder[one] >= 0) & (holder[other] < 0) & free[other]
        if not reached.any():
            return holder
        place, edge = np.unique(other[reached], return_index=True)
        holder = holder.copy()
        holder[place] = holder[one[reached][edge]]
