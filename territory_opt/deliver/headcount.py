"""The chapters on headcount."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from territory_opt.arrays import Tabular
from territory_opt.headcount import (
    HeadcountSettings,
    MonthlyCapacity,
    added_rep,
    best_headcount,
    capacity_by_month,
    full_time_seats,
    span_of_control,
    workload_buildup,
)
from territory_opt.io.report import Chapter
from territory_opt.policy import Policy, Travel
from territory_opt.problem import Problem

CURVE = "headcount_curve.csv"
FILES = ("workload.csv", "capacity.csv", "payback.csv", "best_size.csv", "span.csv", CURVE)


def headcount_chapters(problem: Problem, policy: Policy, settings: HeadcountSettings) -> Iterator[Chapter]:
    """Work, capacity by month, payback, best size and spans: those that tables and settings allow.

    Raises PolicyError that lists every fault of the work and of the settings.
    """
    work = workload_buildup(problem, settings)
    known = settings.cost_per_rep is not None and settings.margin is not None
    hint = () if known else ("Write cost_per_rep and margin under [headcount] for payback and best size.",)
    yield _chapter("Workload", "workload.csv", work, (*work.notes, *hint))
    months = capacity_by_month(problem, settings)
    yield _chapter("Capacity", "capacity.csv", months, months.notes, _capacity_picture(months))
    if known:
        yield from _money_chapters(problem, policy, settings)
    if "manager" in problem.reps.tags:
        spans = span_of_control(problem, settings)
        yield _chapter("Span of control", "span.csv", spans, spans.notes)


def _money_chapters(problem: Problem, policy: Policy, settings: HeadcountSettings) -> Iterator[Chapter]:
    from territory_opt.plots.headcount import payback_picture, size_picture

    sales = float(problem.accounts.measures["revenue"].sum())
    size = float(full_time_seats(problem, settings)[problem.reps.there].sum())
    travel = travel_per_seat(problem, policy, size)
    back = added_rep(sales, size, settings, travel_per_rep=travel)
    said = (
        f"Pay is counted with travel: {travel:,.0f} {problem.currency} a full-time seat and year, as in "
        "today's books."
    )
    picture = payback_picture(back.cash, back.elasticity, problem.currency)
    yield _chapter("Payback", "payback.csv", back, (*back.notes, said), picture)
    best = best_headcount(sales, size, settings, travel_per_rep=travel)
    sizes = np.linspace(max(0.2 * size, 1), 1.4 * max(size, *best.best), 200)
    gain = best.contribution_at(sizes)
    picture = size_picture(sizes, gain, best.elasticity, best.best, size, problem.currency)
    yield _chapter("Best size", "best_size.csv", best, best.notes, picture)


def travel_per_seat(problem: Problem, policy: Policy, size: float) -> float:
    """Money a year that today's books cost in driving, ÷ full-time seats; 0 without a wish for it."""
    owned = np.flatnonzero(problem.accounts.owner >= 0)
    terms = [term for term in policy.terms if isinstance(term, Travel)]
    cost = sum(float(t.cost(problem, owned, problem.accounts.owner[owned]).sum()) for t in terms)
    return cost / size if size > 0 else 0.0


def curve_chapter(curve: Tabular, notes: tuple[str, ...], picture: bytes) -> Chapter:
    """The measured curve as a chapter."""
    return _chapter("Headcount curve", CURVE, curve, notes, picture)


def _capacity_picture(months: MonthlyCapacity) -> bytes:
    from territory_opt.plots.headcount import capacity_picture

    full_h = months.capacity_h + months.ramping_h
    return capacity_picture(months.month, months.capacity_h, full_h, months.need_h)


def _chapter(sheet: str, file: str, table: Tabular, notes: tuple[str, ...], *pictures: bytes) -> Chapter:
    return Chapter(sheet, file, table.columns(), notes, pictures)
