"""The chapters on incentives: pay, transition, credits, leagues; those that columns and settings allow."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np

from territory_opt.deliver.plan import Plan
from territory_opt.errors import PolicyError
from territory_opt.incentives import (
    Credits,
    IncentiveSettings,
    Payouts,
    Transition,
    crediting,
    leagues,
    pay_multiple,
    payouts,
    transition,
)
from territory_opt.io.report import Chapter, Columns

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())

FILES = ("incentives.csv", "transition.csv", "credits.csv", "leagues.csv")


def chapters_of_report(plan: Plan) -> Iterator[Chapter]:
    """As `incentive_chapters`; what is wrong becomes a note, so that a plan that is there is written."""
    try:
        chapters = list(incentive_chapters(plan))
    except PolicyError as error:
        log.warning("no incentives: %s", error)
        chapters = [Chapter("Incentives", FILES[0], {"rep_id": np.zeros(0, object)}, (f"None: {error}",))]
    yield from chapters


def incentive_chapters(
    plan: Plan, *, asked: bool = False, credits: Credits | None = None
) -> Iterator[Chapter]:
    """What the plan does to pay; PolicyError that lists every fault of the settings.

    asked: also say that nobody who stays loses an account; a report leaves that out. credits: a crediting
    table that takes the place of the one that follows from the plan.
    """
    settings, problem, alignment = plan.incentives, plan.problem, plan.result.alignment
    paid, notes = _paid(plan) if settings.plans else (None, ())
    lost = _lost(plan, paid)
    if lost is not None and not asked and not len(lost.owner):
        lost = None
    if paid is not None or lost is not None:
        pictures = (_pay_picture(settings),) if settings.plans else ()
        table = _per_rep(plan, paid, lost)
        yield Chapter("Incentives", FILES[0], table, (*notes, *(lost.notes if lost else ())), pictures)
    if lost is not None and len(lost.owner):
        yield Chapter("Transition", FILES[1], lost.columns())
    if credits is None and settings.effective_date is not None:
        credits = crediting(problem, alignment, settings)
    if credits is not None:
        yield Chapter("Credits", FILES[2], credits.columns(), credits.notes)
    if settings.leagues:
        contest = leagues(problem, alignment, settings)
        yield Chapter("Leagues", FILES[3], contest.columns(), contest.notes)


def _paid(plan: Plan) -> tuple[Payouts | None, tuple[str, ...]]:
    """Pay on the plan's quotas; none and a note where the books give no quotas."""
    try:
        quota = plan.quotas.quota
    except PolicyError as error:
        return None, (f"No pay is simulated: {error}.",)
    given = plan.problem.reps.measures.get("attainment")
    known = given is not None and np.isfinite(given[~plan.problem.reps.leaving]).all()
    paid = payouts(plan.problem, quota, plan.incentives, attainment=given if known else None)
    how = "at the attainment that reps.csv gives" if known else "over draws of attainment"
    return paid, (f"Variable pay is counted {how}.", *paid.notes)


def _lost(plan: Plan, paid: Payouts | None) -> Transition | None:
    """Commission at risk, where a rate is known."""
    reps = plan.problem.reps
    rate = np.full(len(reps), np.nan)
    if paid is not None:
        rate[~reps.leaving] = paid.rate
    known = "commission_rate" in reps.measures or plan.incentives.rate is not None or paid is not None
    if not known:
        return None
    return transition(plan.problem, plan.result.alignment, plan.incentives, rate=rate)


def _per_rep(plan: Plan, paid: Payouts | None, lost: Transition | None) -> Columns:
    """One row a rep who stays."""
    reps = plan.problem.reps
    stay, n = ~reps.leaving, len(reps)
    columns: dict[str, Any] = {"rep_id": reps.ids[stay], "name": reps.names[stay]}
    if paid is not None:
        columns |= {name: values for name, values in paid.columns().items() if name != "rep_id"}
    if lost is not None:
        number = lost.by_rep(np.ones(len(lost.owner)), n)[stay]
        columns["accounts lost"] = number.astype(np.int64)
        columns["commission at risk"] = lost.by_rep(lost.at_risk, n)[stay].round(2)
        columns["transition credit"] = lost.by_rep(lost.credit, n)[stay].round(2)
    return columns


def _pay_picture(settings: IncentiveSettings) -> bytes:
    from territory_opt.plots.incentives import pay_picture

    last = max((start for plan in settings.plans for start, _ in plan.accelerators), default=1.0)
    attainment = np.linspace(0, max(1.6, last + 0.3), 801)
    return pay_picture(attainment, {plan.name: pay_multiple(plan, attainment) for plan in settings.plans})
