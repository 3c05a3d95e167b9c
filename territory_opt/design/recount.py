"""From the answer of the search to territories with seats, recounted from the raw accounts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, audit
from territory_opt.design.joining import Answered
from territory_opt.design.plan import Design
from territory_opt.design.seats import new_seats
from territory_opt.design.units import Units
from territory_opt.design.wishes import Wishes
from territory_opt.errors import InternalError
from territory_opt.problem import Problem
from territory_opt.result import Status
from territory_opt.solve.design.progress import Designed
from territory_opt.solve.design.verdict import Verdict
from territory_opt.travel.place import IndexArray

_STATUS = {
    Verdict.OPTIMAL: Status.OPTIMAL,
    Verdict.FEASIBLE: Status.FEASIBLE,
    Verdict.UNKNOWN: Status.CLASH,
}


def designed(answer: Answered, found: Designed, why: str, seed: int, runtime_s: float) -> Design:
    """Seats from west to east, and the plan as it is recounted; why: no design exists, or ""."""
    problem, wishes, units = answer.question.problem, answer.question.wishes, answer.question.units
    sites, site = answer.sites, answer.site
    opened = np.unique(site)
    at = sites.home[opened]
    opened = opened[np.lexsort((units.lat[at], units.lon[at]))]
    label = np.empty(sites.n_sites, np.int32)
    label[opened] = np.arange(len(opened))
    territory = label[site]
    centre = sites.home[opened]
    reps = new_seats(problem, units, centre, territory)
    nobody = replace(problem.accounts, owner=np.full(len(problem.accounts), -1, np.int32))
    fresh = replace(problem, accounts=nobody, reps=reps)
    alignment = Alignment(territory[units.of_account], _rep_of_area(problem, units, territory))
    policy = wishes.policy(fresh)
    return Design(
        problem=fresh,
        alignment=alignment,
        policy=policy,
        wishes=wishes,
        value=_agreed(fresh, wishes, alignment, sites.value(site)),
        bound=max(found.bound, 0.0),  # no cost is negative
        status=Status.IMPOSSIBLE if why else _STATUS.get(found.verdict, Status.IMPOSSIBLE),
        why_impossible=why,
        audit=_audited(audit(fresh, policy, alignment), found),
        seed=seed,
        runtime_s=runtime_s,
        centre=(units.lat[centre], units.lon[centre]),
    )


def _rep_of_area(problem: Problem, units: Units, territory: np.ndarray) -> np.ndarray | None:
    if problem.areas is None or (units.area < 0).all():
        return None
    held = np.full(len(problem.areas), -1, np.int32)
    held[units.area[units.area >= 0]] = territory[units.area >= 0]
    return held


def _agreed(problem: Problem, wishes: Wishes, alignment: Alignment, value: float) -> float:
    """The value, if the search and a count account by account tell the same."""
    recount = recounted(problem, wishes, np.arange(len(alignment)), alignment.rep)
    if abs(recount - value) > 1e-6 * max(abs(value), abs(recount), 1e-6):
        raise InternalError(f"the search values its design at {value!r}, the recount at {recount!r}")
    return value


def _audited(count: Audit, found: Designed) -> Audit:
    if count.clashes and found.site is not None:
        raise InternalError(f"the search keeps every wish, the recount finds: {count.clashes[0].message}")
    return count


def recounted(problem: Problem, wishes: Wishes, account: IndexArray, rep: IndexArray) -> float:
    """What a plan is worth, account by account from the homes of its seats."""
    km = problem.km(account, rep)
    weight = wishes.weights(problem)[account]
    return float((weight * (km**2 if wishes.objective == "inertia" else km)).sum())
