"""The chapters on incentives: pay, transition, credits, leagues; those that columns and settings allow."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from territory_opt.deliver.pay import years_of
from territory_opt.deliver.plan import Plan
from territory_opt.errors import Issue, PolicyError
from territory_opt.incentives import (
    Credits,
    IncentiveSettings,
    Payouts,
    Transition,
    crediting,
    leagues,
    pay_multiple,
    payouts,
    rates_today,
    transition,
)
from territory_opt.incentives.curves import slowing
from territory_opt.io.report import Chapter, Columns
from territory_opt.policy.words import listed
from territory_opt.problem import Reps
from territory_opt.travel.place import FloatArray

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())

FILES = ("incentives.csv", "transition.csv", "credits.csv", "leagues.csv")
_MOST_ATTAINED = 10.0
_T = TypeVar("_T")


def chapters_of_report(plan: Plan) -> Iterator[Chapter]:
    """As `incentive_chapters`; what is wrong becomes a note and costs no table but its own."""
    yield from _chapters(plan, _Faults(noted=True))


def incentive_chapters(
    plan: Plan, *, asked: bool = False, credits: Credits | None = None
) -> Iterator[Chapter]:
    """What the plan does to pay; PolicyError that lists every fault of the settings.

    asked: also say that nobody who stays loses an account; a report leaves that out. credits: a crediting
    table that takes the place of the one that follows from the plan.
    """
    yield from _chapters(plan, _Faults(noted=False), asked, credits)


class _Faults:
    """Parts that cannot be made: raised at once, or noted so that the others are made all the same."""

    def __init__(self, *, noted: bool) -> None:
        self.noted = noted
        self._parts: dict[str, list[str]] = {}

    def tried(self, part: str, make: Callable[[], _T]) -> _T | None:
        """What `make` makes; nothing where it finds a fault that is noted."""
        try:
            return make()
        except PolicyError as error:
            if not self.noted:
                raise
            log.warning("no %s: %s", part, error)
            self._parts.setdefault(str(error), []).append(part)
        return None

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each fault: which parts it costs."""
        return tuple(f"No {', '.join(parts)}: {fault}" for fault, parts in self._parts.items())


def _chapters(
    plan: Plan, faults: _Faults, asked: bool = False, credits: Credits | None = None
) -> list[Chapter]:
    """All that can be made; faults that are noted stand below pay."""
    pay, others = _pay_chapters(plan, faults, asked), _other_chapters(plan, faults, credits)
    if faults.notes and not (pay and pay[0].file == FILES[0]):
        pay = [Chapter("Incentives", FILES[0], {"rep_id": np.zeros(0, object)}), *pay]
    if faults.notes:
        pay[0] = replace(pay[0], notes=(*pay[0].notes, *faults.notes))
    return [*pay, *others]


def _pay_chapters(plan: Plan, faults: _Faults, asked: bool) -> list[Chapter]:
    """What reps earn, and what those lose whom accounts leave."""
    settings = plan.incentives
    pay = faults.tried("pay", lambda: _paid(plan)) if settings.plans else None
    paid, notes = pay or (None, ())
    lost = faults.tried("commission at risk", lambda: _lost(plan))
    if lost is not None and not asked and not len(lost.owner):
        lost = None
    chapters = []
    if paid is not None or lost is not None or notes:
        pictures = (_pay_picture(settings),) if paid is not None else ()
        table = _per_rep(plan, paid, lost)
        chapters.append(
            Chapter("Incentives", FILES[0], table, (*notes, *(lost.notes if lost else ())), pictures)
        )
    if lost is not None and len(lost.owner):
        chapters.append(Chapter("Transition", FILES[1], lost.columns()))
    return chapters


def _other_chapters(plan: Plan, faults: _Faults, credits: Credits | None) -> list[Chapter]:
    """Who is credited, and who competes with whom."""
    settings, problem, alignment = plan.incentives, plan.problem, plan.result.alignment
    chapters = []
    if credits is None and settings.effective_date is not None:
        credits = faults.tried("credits", lambda: crediting(problem, alignment, settings))
    if credits is not None:
        chapters.append(Chapter("Credits", FILES[2], credits.columns(), credits.notes))
    contest = (
        faults.tried("leagues", lambda: leagues(problem, alignment, settings)) if settings.leagues else None
    )
    if contest is not None:
        chapters.append(Chapter("Leagues", FILES[3], contest.columns(), contest.notes))
    return chapters


def _paid(plan: Plan) -> tuple[Payouts | None, tuple[str, ...]]:
    """Pay on the plan's quotas; none and a note where the books give no quotas."""
    try:
        quota = plan.quotas.quota
    except PolicyError as error:
        return None, (f"No pay is simulated: {error}.",)
    slow = tuple(filter(None, map(slowing, plan.incentives.plans)))
    given = _attainment(plan.problem.reps)
    if given is not None and np.isfinite(given[plan.problem.reps.there]).all():
        paid = payouts(plan.problem, quota, plan.incentives, attainment=given)
        return paid, ("Variable pay is counted at the attainment that reps.csv gives.", *paid.notes, *slow)
    years, how = years_of(plan)
    paid = payouts(plan.problem, quota, plan.incentives, years=years)
    return paid, (f"Variable pay is counted {how}.", *paid.notes, *slow)


def _attainment(reps: Reps) -> FloatArray | None:
    """The reps' own column, where there is one; PolicyError where it cannot be sales ÷ quota."""
    given = reps.measures.get("attainment")
    if given is None:
        return None
    wrong = reps.there & ~np.isnan(given) & ~((given >= 0) & (given <= _MOST_ATTAINED))
    if wrong.any():
        fault = f"must be between 0 and {_MOST_ATTAINED:g} (0.95 for 95 %): {listed(reps.ids[wrong])}"
        raise PolicyError(Issue("reps", None, "attainment", f"{given[wrong][0]:g}", fault, "Correct it"))
    return given


def _lost(plan: Plan) -> Transition | None:
    """Commission at risk, where a rate is known."""
    problem, settings = plan.problem, plan.incentives
    own = problem.reps.measures.get("commission_rate")
    rate = None
    if settings.plans and settings.rate is None and (own is None or np.isnan(own).any()):
        rate = rates_today(problem, settings)
    known = own is not None or settings.rate is not None or (rate is not None and np.isfinite(rate).any())
    return transition(problem, plan.result.alignment, settings, rate=rate) if known else None


def _per_rep(plan: Plan, paid: Payouts | None, lost: Transition | None) -> Columns:
    """One row a rep who stays and is there."""
    reps = plan.problem.reps
    stay, n = reps.there, len(reps)
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
