"""A forecast of each account, for plans from the bottom up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.forecast.potential import estimate_potential
from territory_opt.forecast.territories import Way, history_of, project
from territory_opt.problem import Problem
from territory_opt.travel.place import FloatArray

#: What the measure is called that `with_forecast` adds.
FORECAST = "forecast"


def account_forecast(problem: Problem, *, way: Way = "auto") -> FloatArray:
    """Money of the coming year per account (accounts,), summing to the forecast of the company.

    One account is too noisy for a trend of its own: it gets its part of the company's forecast, by its yearly
    revenue drawn towards the mean of its segment (`potential.estimate_potential`). Who never bought gets 0.
    Top-down by proportions: Gross & Sohl (1990), J. of Forecasting 9(3). PolicyError without a history.
    """
    history = history_of(problem)
    everybody = Alignment(np.zeros(len(problem.accounts), np.int32))
    company = project(history, everybody, 1, history.per_year, way).expected[0]
    buys = (history.revenue != 0).any(axis=1)
    part = np.where(buys, estimate_potential(problem).revenue, 0.0)
    return part * (float(company) / part.sum())


def with_forecast(problem: Problem) -> Problem:
    """The same facts with the measure `forecast` of each account."""
    measures = {**problem.accounts.measures, FORECAST: account_forecast(problem)}
    return replace(problem, accounts=replace(problem.accounts, measures=measures))
