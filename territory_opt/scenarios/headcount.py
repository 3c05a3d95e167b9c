"""The measured headcount curve: a plan for each size of the force, with what it costs and sells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from territory_opt.arrays import Tabular
from territory_opt.errors import Issue, PolicyError
from territory_opt.headcount import HeadcountSettings, power_sales
from territory_opt.headcount.response import years_worth
from territory_opt.headcount.settings import refuse, setting_issues
from territory_opt.headcount.workload import full_time_seats, hours_of, known_full_time_h
from territory_opt.policy import Policy
from territory_opt.policy.words import counted
from territory_opt.problem import WORKLOAD_H, Problem, TextArray
from territory_opt.result import Result
from territory_opt.scenarios.seats import cheapest_to_lose, proposed_homes, with_seats, without
from territory_opt.solve import MaxRuntime, Stop, solve
from territory_opt.travel.place import FloatArray


class Sized(NamedTuple):
    """One size: its facts, its plan, and what was changed, in words."""

    problem: Problem
    result: Result
    change: str


@dataclass(frozen=True)
class HeadcountCurve(Tabular):
    """One row a size, (sizes,); money per year. `plans` holds each plan with its facts.

    bound: no plan of that size has a lower cost and penalty for broken bands; gap: by how much, at most.
    accounts_covered: share of the accounts that somebody serves. hours_covered: share of the hours of work
    that fits into the hours of whoever does it, NaN where no hours are known. sales: by the response model,
    scaled to today's revenue at today's size; low and high over the interval of the elasticity.
    full_time: seats that stay, filled or vacant, each as the part of a full-time one that it is: pay goes by
    them. contribution: of today's sales, and of what the size adds or loses with its carry-over, less pay and
    travel; NaN without cost_per_rep and margin.
    """

    plans: Mapping[int, Sized]
    today: int
    full_time: FloatArray
    travel_h: FloatArray
    accounts_covered: FloatArray
    hours_covered: FloatArray
    sales: FloatArray
    sales_low: FloatArray
    sales_high: FloatArray
    contribution: FloatArray
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> np.ndarray:
        """Seats that stay, filled or vacant."""
        return np.array(list(self.plans))

    def columns(self) -> dict[str, Any]:
        results = [plan.result for plan in self.plans.values()]
        terms = [r.audit.terms for r in results]
        return {
            "reps": self.size,
            "full-time seats": self.full_time.round(4),
            "seats changed": _objects([plan.change for plan in self.plans.values()]),
            "status": _objects([r.status.value for r in results]),
            "cost of plan": np.array([round(r.audit.cost, 2) for r in results]),
            "objective": np.array([round(r.objective, 2) for r in results]),
            "bound": np.array([round(r.bound, 2) for r in results]),
            "gap": np.array([round(r.gap, 6) for r in results]),
            "travel cost": np.array([round(t.get("travel", 0.0), 2) for t in terms]),
            "travel_h": self.travel_h.round(1),
            "accounts moved": np.array([int(r.audit.moved.sum()) for r in results]),
            "bands broken": np.array([len(r.clashes) for r in results]),
            "accounts covered": self.accounts_covered.round(4),
            "hours covered": self.hours_covered.round(4),
            "modelled sales": self.sales.round(2),
            "modelled sales, low": self.sales_low.round(2),
            "modelled sales, high": self.sales_high.round(2),
            "contribution of size": self.contribution.round(2),
        }


def headcount_curve(
    problem: Problem,
    policy: Policy,
    *,
    settings: HeadcountSettings | None = None,
    around: int = 2,
    stop: Stop | None = None,
    seed: int = 1,
    executor: Executor | None = None,
    on_size: Callable[[int], object] | None = None,
) -> HeadcountCurve:
    """Solve for N − around … N + around seats, N those that stay today.

    Smaller sizes lose the seats that cost least to lose; larger ones get vacant seats where a design of that
    size would have them. Every plan is a full solve with its own certified bound. Sales follow
    Σ T^b · G^(1-b): T is what a rep's hours leave after driving, G the potential of his book. Disruption is
    part of a plan's cost and not of the contribution, since it comes once.

    Args:
        settings: for hours, elasticity and money. stop: for each solve, and for each design of new homes;
            10 s of wall time by default. on_size: told each size before its solve. Ctrl-C ends the curve with
            the sizes that are done.

    Raises PolicyError that lists every fault, as `solve` does. Where new seats cannot be placed (distances
    come from a table of today's reps), the curve ends at N and a note says why.
    """
    settings, stop = settings or HeadcountSettings(), stop or MaxRuntime(10.0)
    today = int((~problem.reps.leaving).sum())
    refuse([*setting_issues(settings), *_size_issues(today, around)])
    order = cheapest_to_lose(problem, policy, min(around, today - 1))
    sizes = range(max(today - around, 1), today + around + 1)
    plans: dict[int, Sized] = {}
    notes: list[str] = []
    # From today's size outwards, so that a run that is cut short has something to compare.
    for size in sorted(sizes, key=lambda n: (abs(n - today), n)):
        if size > today and notes:
            continue
        if on_size is not None:
            on_size(size)
        try:
            changed, how = _sized(problem, policy, size - today, order, seed, stop, executor)
        except PolicyError as error:
            notes.append(f"No more than {counted(size - 1, 'rep')}: no place for a new seat: {error}")
            continue
        plans[size] = Sized(changed, solve(changed, policy, stop=stop, seed=seed, executor=executor), how)
        if plans[size].result.interrupted:
            notes.append("Interrupted: other sizes are left out.")
            break
    return _measured(dict(sorted(plans.items())), today, settings, notes)


def _sized(
    problem: Problem,
    policy: Policy,
    more: int,
    order: np.ndarray,
    seed: int,
    stop: Stop,
    executor: Executor | None,
) -> tuple[Problem, str]:
    """The facts with so many seats more (or less), and what was changed."""
    if more < 0:
        ids = ", ".join(problem.reps.ids[order[:-more]])
        return without(problem, order[:-more]), f"without {ids}"
    if more == 0:
        return problem, "as today"
    if not problem.distances.needs_places:
        raise PolicyError("distances are a table to the reps of today")
    lat, lon = proposed_homes(problem, policy, more, seed=seed, stop=stop, executor=executor)
    places = "; ".join(f"{a:.3f}, {o:.3f}" for a, o in zip(lat, lon, strict=True))
    return with_seats(problem, lat, lon), f"new at {places}"


def _size_issues(today: int, around: int) -> list[Issue]:
    issues = []
    if today < 1:
        issues.append(Issue("reps", None, "status", "", "nobody stays", "Give at least one rep who stays"))
    if not 0 <= around <= 100:
        fault = "must be a whole number from 0 to 100"
        issues.append(Issue("headcount", None, "around", str(around), fault, "Correct it"))
    return issues


def _measured(
    plans: dict[int, Sized], today: int, settings: HeadcountSettings, notes: list[str]
) -> HeadcountCurve:
    figures = [_figures(plan, settings) for plan in plans.values()]
    base = figures[list(plans).index(today)]
    revenue = float(plans[today].problem.accounts.measures["revenue"].sum())
    sold = np.array([f.response for f in figures]) / np.maximum(base.response, 1e-300) * revenue
    cost = np.array([plan.result.audit.terms.get("travel", 0.0) for plan in plans.values()])
    size, middle = np.array(list(plans)), sold[:, len(settings.elasticities) // 2]
    seats = np.array([full_time_seats(plan.problem, settings).sum() for plan in plans.values()])
    broken = [str(n) for n, plan in plans.items() if plan.result.clashes]
    if broken:
        notes.append(f"With {', '.join(broken)} reps the plan breaks a wish; more time may mend it.")
    gain = np.full(len(size), np.nan)
    if settings.margin is not None and settings.cost_per_rep is not None:
        sales = revenue + years_worth(settings) * (middle - revenue)
        gain = settings.margin * sales - settings.cost_per_rep * seats - cost
        best = int(size[gain.argmax()])
        notes.append(
            f"Of these sizes {counted(best, 'rep')} {'brings' if best == 1 else 'bring'} the largest "
            f"contribution, {gain.max():,.0f} a year."
        )
    return HeadcountCurve(
        plans,
        today,
        seats,
        np.array([f.travel_h for f in figures]),
        np.array([f.accounts for f in figures]),
        np.array([f.hours for f in figures]),
        middle,
        sold.min(axis=1),
        sold.max(axis=1),
        gain,
        tuple(notes),
    )


class _Figures(NamedTuple):
    travel_h: float
    accounts: float
    hours: float
    response: FloatArray


def _figures(plan: Sized, settings: HeadcountSettings) -> _Figures:
    """Driving, coverage and the sales response of one plan; response (elasticities,)."""
    problem, alignment = plan.problem, plan.result.alignment
    served = np.flatnonzero(alignment.covered)
    travel = np.zeros(len(alignment))
    travel[served] = problem.travel_h(served, alignment.rep[served])
    travel_h = alignment.total(travel, len(problem.reps))
    work_h, hours, known = alignment.load(problem, WORKLOAD_H), *_hours(problem, settings)
    measures = problem.accounts.measures
    left_h = float((measures["visits"] * measures["visit_h"])[~alignment.covered].sum())
    need_h = float(work_h.sum()) + left_h
    fits = float(np.minimum(work_h, hours).sum()) / need_h if known and need_h > 0 else np.nan
    value = measures["potential"] if measures["potential"].sum() > 0 else measures["revenue"]
    book = alignment.total(value, len(problem.reps))
    selling = _selling_h(hours, work_h, travel_h) if known else hours
    response = np.array([power_sales(selling, book, b) for b in settings.elasticities])
    return _Figures(float(travel_h.sum()), float(alignment.covered.mean()), fits, response)


def _selling_h(hours: FloatArray, work_h: FloatArray, travel_h: FloatArray) -> FloatArray:
    """Hours left after driving, (reps,); where work does not fit, visits are left out with their driving."""
    with np.errstate(divide="ignore", invalid="ignore"):
        done = np.where(work_h > hours, hours / work_h, 1.0)
    return hours - travel_h * done


def _hours(problem: Problem, settings: HeadcountSettings) -> tuple[FloatArray, bool]:
    """Hours a year by rep, (reps,), or their shares where no hours are known; and whether they are."""
    each_h = known_full_time_h(problem, settings)
    if each_h is None:
        return np.where(problem.reps.leaving, 0.0, problem.reps.share), False
    return hours_of(problem, each_h), True


def _objects(values: list[str]) -> TextArray:
    return np.array(values, dtype=object)
