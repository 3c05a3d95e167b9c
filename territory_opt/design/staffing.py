"""Who of today's reps gets which new territory, so that as few relationships as can be break."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from territory_opt.alignment import Alignment
from territory_opt.audit import audit
from territory_opt.design.seats import fresh_ids
from territory_opt.errors import DataError
from territory_opt.policy import Disruption
from territory_opt.problem import Categories, Int32Array, Problem, Reps
from territory_opt.travel import great_circle_km
from territory_opt.travel.place import FloatArray

if TYPE_CHECKING:
    from territory_opt.design.plan import Design

_TIE = 1e-9  # of the greatest worth: what the farthest home counts


def staffed(design: Design, problem: Problem) -> Design:
    """The design with today's reps in its seats; seat t stays row t of the roster, leaving reps follow."""
    if not np.array_equal(problem.accounts.ids, design.problem.accounts.ids):
        raise DataError("a design is staffed for the accounts that it was made for, in the same order")
    rep_of_seat = matched(design, problem)
    kept = rep_of_seat[rep_of_seat >= 0]
    gone = np.setdiff1d(np.arange(len(problem.reps)), kept)
    roster = _roster(design, problem.reps, rep_of_seat, gone)
    row = np.full(len(problem.reps) + 1, -1, np.int32)
    row[kept] = np.flatnonzero(rep_of_seat >= 0)
    row[gone] = design.k + np.arange(len(gone))
    accounts = replace(design.problem.accounts, owner=row[problem.accounts.owner])
    seated = replace(design.problem, accounts=accounts, reps=roster)
    alignment = Alignment(design.alignment.rep, design.alignment.rep_of_area)
    return replace(design, problem=seated, audit=audit(seated, design.policy, alignment))


def matched(design: Design, problem: Problem) -> Int32Array:
    """Rep of each seat (k,), -1 for a vacant one: most worth kept, then the nearest home.

    A relationship is worth what it costs to break it (see `Disruption`).
    """
    k, reps = design.k, np.flatnonzero(~problem.reps.leaving)
    worth = kept_worth(problem, design.alignment.rep, k)[reps]
    lat, lon = design.centre
    km = great_circle_km(problem.reps.lat[reps, None], problem.reps.lon[reps, None], lat[None], lon[None])
    far = np.nan_to_num(km / max(np.nanmax(km, initial=0.0), 1e-9), nan=1.0)
    chosen, seat = linear_sum_assignment(
        worth - _TIE * max(worth.max(initial=0.0), 1e-9) * far, maximize=True
    )
    rep_of_seat = np.full(k, -1, np.int32)
    rep_of_seat[seat] = reps[chosen]
    return rep_of_seat


def kept_worth(problem: Problem, territory: Int32Array, k: int) -> FloatArray:
    """Money that each rep's relationships in each territory are worth; (reps, k)."""
    owned = np.flatnonzero(problem.accounts.owner >= 0)
    owner, nobody = problem.accounts.owner[owned].astype(np.int64), np.full(len(owned), -1)
    worth = Disruption().cost(problem, owned, nobody)
    cell = owner * k + territory[owned]
    table: FloatArray = np.bincount(cell, worth, minlength=len(problem.reps) * k).astype(np.float64)
    return table.reshape(-1, k)


def _roster(design: Design, reps: Reps, rep_of_seat: Int32Array, gone: np.ndarray) -> Reps:
    """Seats in order, vacant ones and unknown homes from the design; then the reps who have none."""
    row, vacant = np.concatenate([rep_of_seat, gone]), np.flatnonzero(rep_of_seat < 0)
    new, seats = Reps.of(fresh_ids(design.k, reps.ids)), design.problem.reps
    blank = np.append(np.arange(len(reps)), 0)  # a row to be overwritten where there is nobody
    roster = reps.take(blank[row]) if len(reps) else seats.take(np.arange(design.k))
    columns = {name: getattr(roster, name).copy() for name in ("ids", "names", "lat", "lon", "capacity_h")}
    for name, values in columns.items():
        source = new.ids if name == "ids" else getattr(seats, name)
        values[vacant] = source[vacant]
    homeless = np.flatnonzero(~np.isfinite(columns["lat"][: design.k] + columns["lon"][: design.k]))
    columns["lat"][homeless], columns["lon"][homeless] = seats.lat[homeless], seats.lon[homeless]
    measures = {name: values.copy() for name, values in roster.measures.items()}
    for values in measures.values():
        values[vacant] = np.nan
    return Reps(
        **columns,
        share=np.ones(len(row)),
        measures=measures,
        tags=_tags(design, roster, vacant, len(gone)),
    )


def _tags(design: Design, roster: Reps, vacant: np.ndarray, n_gone: int) -> dict[str, Categories]:
    k = design.k
    texts = {name: tag.texts() for name, tag in roster.tags.items()}
    for column in texts.values():
        column[vacant] = ""
    status = np.array(["active"] * k + ["leaving"] * n_gone, dtype=object)
    status[vacant] = "vacant"
    names = np.array([*design.problem.reps.tag("territory").texts()[:k], *[""] * n_gone], dtype=object)
    texts |= {"status": status, "territory": names}
    for level in design.levels:  # where the territory is, whatever was said of the rep before
        texts[level.name] = np.array([*level.texts(), *[""] * n_gone], dtype=object)
    return {name: Categories.of(column) for name, column in texts.items()}
