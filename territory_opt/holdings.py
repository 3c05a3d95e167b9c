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

    rep: who serves most accounts of the area, the first in the roster where several serve as many; -1 where
    nobody serves any. shared: whether several reps serve accounts there. empty: whether it has no account.
    """

    rep: Int32Array
    shared: BoolArray
    empty: BoolArray


def holdings(problem: Problem, alignment: Alignment) -> Holdings:
    """Who holds each area; DataError when the problem has no areas."""
    n_areas, n_reps = len(areas_in(problem)), len(problem.reps)
    area, rep = problem.accounts.area, alignment.rep
    served = (area >= 0) & (rep >= 0)
    pair, accounts = np.unique(area[served].astype(np.int64) * n_reps + rep[served], return_counts=True)
    place, who = np.divmod(pair, max(n_reps, 1))
    order = np.lexsort((-who, accounts, place))  # the last one written stays
    holder = np.full(n_areas, -1, np.int32)
    holder[place[order]] = who[order]
    shared = np.bincount(place, minlength=n_areas) > 1
    return Holdings(holder, shared, np.bincount(area[area >= 0], minlength=n_areas) == 0)


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
