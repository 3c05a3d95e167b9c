"""A year's quota split into months or quarters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from territory_opt.history import MONTHS, named, numbered
from territory_opt.problem import Problem
from territory_opt.quota.quotas import Quotas
from territory_opt.quota.ramp import month_weights, monthly_ramp
from territory_opt.quota.rounding import largest_remainder
from territory_opt.quota.settings import QuotaSettings
from territory_opt.travel.place import FloatArray


class Seasons(NamedTuple):
    """Quota of each rep in each period (reps, periods), exact to the cent; rows sum to the year's quota."""

    periods: tuple[str, ...]
    quota: FloatArray


def seasons(problem: Problem, quotas: Quotas, settings: QuotaSettings) -> Seasons:
    """The quotas of a year by the weights of `season`, 12 months alike without one.

    A rep who ramps up has the periods weighted by the ramp, too: little in the first months, a full
    part at the end. Each rep's periods sum to the quota to the cent by largest
    remainder. As used in practice.
    """
    n = len(settings.season) or MONTHS
    weights = monthly_ramp(problem.reps, settings) * month_weights(settings)
    # Whoever carries nothing in the months that count has a quota of 0, split by the season alone.
    weights = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, month_weights(settings))
    by_period = weights.reshape(len(weights), n, MONTHS // n).sum(axis=2)
    part = by_period / by_period.sum(axis=1, keepdims=True)
    rows = [largest_remainder(q * p, q) for q, p in zip(quotas.quota, part, strict=True)]
    return Seasons(_names(n, settings.year_start), np.array(rows))


def _names(n: int, year_start: str) -> tuple[str, ...]:
    """Months or quarters by name where the year is known and, for quarters, begins with one; else counted."""
    found = numbered(year_start[:7])
    first = found[1] if found else -1
    if first < 0 or (first % (MONTHS // n)):
        return tuple(f"{'month' if n == MONTHS else 'quarter'} {i + 1}" for i in range(n))
    return tuple(named(n, first // (MONTHS // n) + i) for i in range(n))
