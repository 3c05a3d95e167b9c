"""The chapters on what territories will sell, and how well their time turns into sales."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from territory_opt.deliver.plan import Plan
from territory_opt.errors import PolicyError
from territory_opt.forecast import Accuracy, Forecast, forecast, forecast_accuracy, productivity
from territory_opt.forecast.productivity import CYCLE, LOST, WON
from territory_opt.io.report import Chapter, Columns
from territory_opt.problem import Problem

_DIGITS = 6


def forecast_chapters(plan: Plan) -> Iterator[Chapter]:
    """A forecast where there is a history; productivity where there are deals or days to close them."""
    problem, alignment = plan.problem, plan.result.alignment
    if problem.history is not None:
        found = forecast(problem, alignment)
        try:
            tested = forecast_accuracy(problem, alignment, way=found.way)
        except PolicyError:  # too short a history to hold anything back
            tested = None
        notes = (*found.notes, *_notes(problem, found, tested))
        yield Chapter("Forecast", "forecast.csv", forecast_columns(problem, found, tested), notes)
    if {WON, LOST, CYCLE} & problem.accounts.measures.keys():
        yield _productivity(plan)


def forecast_columns(problem: Problem, found: Forecast, tested: Accuracy | None) -> Columns:
    """One row a rep: last year, forecast and its band, and how far off it would have been a year ago."""
    columns: dict[str, Any] = {
        "rep_id": found.rep_ids,
        "name": problem.reps.names,
        "revenue_last_year": found.last_year.round(2),
        "forecast": found.expected.round(2),
        "forecast_low": found.low.round(2),
        "forecast_high": found.high.round(2),
    }
    if tested is not None:
        columns |= {"sold_in_test": tested.actual.round(2), "forecast_in_test": tested.expected.round(2)}
        columns["error_in_test"] = tested.error.round(_DIGITS)
    return columns


def _productivity(plan: Plan) -> Chapter:
    """One row a rep."""
    found = productivity(plan.problem, plan.result.alignment)
    note = f"Average revenue per rep and quarter: {found.mean_revenue_per_quarter:,.0f}."
    columns = {
        "rep_id": found.rep_ids,
        "name": plan.problem.reps.names,
        "win_rate": found.win_rate.round(_DIGITS),
        "cycle_days": found.cycle_days.round(1),
        "revenue_per_quarter": found.revenue_per_quarter.round(2),
        "selling_share": found.selling_share.round(_DIGITS),
        "used_share": found.used_share.round(_DIGITS),
    }
    notes = (note,) if np.isfinite(found.mean_revenue_per_quarter) else ()
    return Chapter("Productivity", "productivity.csv", columns, notes)


def _notes(problem: Problem, found: Forecast, tested: Accuracy | None) -> Iterator[str]:
    assert problem.history is not None
    periods = problem.history.periods
    carried = "level and trend of each new book" if found.way == "trend" else "the mean of the last year"
    band = f"; the band is to hold {100 * found.confidence:.0f} % of the outcomes" if len(periods) > 1 else ""
    yield (
        f"Expected in the year after {periods[-1]}: {found.expected.sum():,.0f}, from {carried} since "
        f"{periods[0]}{band}."
    )
    if tested is not None and np.isfinite(tested.wape):
        yield (
            f"Forecast of {tested.periods[0]} to {tested.periods[-1]} by the {tested.way} of periods before: "
            f"off by {100 * tested.wape:.1f} % of sales, in all {100 * abs(tested.bias):.1f} % too "
            f"{_way(tested.bias)}, and {100 * tested.in_band:.0f} % of the territories within the band."
        )


def _way(bias: float) -> str:
    return "high" if bias > 0 else "low"
