"""From the answer of the search to territories with seats, recounted from the raw accounts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, audit
from territory_opt.design.drawing import Drawn
from territory_opt.design.plan import Design
from territory_opt.design.question import Asked
from territory_opt.design.regions import Regions
from territory_opt.design.seats import new_seats
from territory_opt.design.units import Units
from territory_opt.design.wishes import Wishes
from territory_opt.errors import InternalError
from territory_opt.problem import Categories, Problem
from territory_opt.travel.place import IndexArray


def designed(question: Asked, drawn: Drawn, regions: Regions | None, seed: int) -> Design:
    """The territories with a seat each, as they are recounted."""
    problem, wishes, units = question.problem, question.wishes, question.units
    fresh = _with_seats(problem, units, drawn, regions)
    alignment = Alignment(drawn.territory[units.of_account], _rep_of_area(problem, units, drawn.territory))
    policy = wishes.policy(fresh)
    return Design(
        problem=fresh,
        alignment=alignment,
        policy=policy,
        wishes=wishes,
        value=_agreed(fresh, wishes, alignment, drawn.value),
        bound=drawn.bound,
        status=drawn.status,
        why_impossible=drawn.why,
        audit=_audited(audit(fresh, policy, alignment), drawn),
        seed=seed,
        runtime_s=0.0,
        centre=(units.lat[drawn.centre], units.lon[drawn.centre]),
    )


def _with_seats(problem: Problem, units: Units, drawn: Drawn, regions: Regions | None) -> Problem:
    """The facts with a vacant seat at each centre and no owners; both know their given region."""
    reps, accounts = new_seats(problem, units, drawn.centre, drawn.territory), problem.accounts
    accounts = replace(accounts, owner=np.full(len(accounts), -1, np.int32))
    if regions is not None:
        seat, own = ({regions.column: Categories.of(regions.of(u))} for u in (drawn.centre, units.of_account))
        reps = replace(reps, tags={**reps.tags, **seat})
        accounts = replace(accounts, tags={**accounts.tags, **own})
    return replace(problem, accounts=accounts, reps=reps)


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


def _audited(count: Audit, drawn: Drawn) -> Audit:
    if count.clashes and drawn.kept:
        raise InternalError(f"the search keeps every wish, the recount finds: {count.clashes[0].message}")
    return count


def recounted(problem: Problem, wishes: Wishes, account: IndexArray, rep: IndexArray) -> float:
    """What a plan is worth, account by account from the homes of its seats."""
    km = problem.km(account, rep)
    weight = wishes.weights(problem)[account]
    return float((weight * (km**2 if wishes.objective == "inertia" else km)).sum())
