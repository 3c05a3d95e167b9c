"""Part of a full quota that a new rep carries, month by month.

A ramp of 0, 25, 50, 75 and 100 % over the first months on the job is usual in practice; where the rep comes
with experience, a steeper one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from territory_opt.errors import Issue, PolicyError
from territory_opt.problem import Reps
from territory_opt.quota.settings import QuotaSettings
from territory_opt.travel.place import FloatArray, IndexArray

MONTHS = 12
EXPERIENCE, START = "experience", "start_date"


def monthly_ramp(reps: Reps, settings: QuotaSettings) -> FloatArray:
    """Part of a full quota for each rep in each month of the year (reps, 12), between 0 and 1.

    The month of the start counts as the first of the ramp; months before it are 0, months after its end 1,
    and so is a rep without a start_date. `ramps` has another ramp for each text in the reps' column
    `experience`.

    Raises PolicyError for dates that are none, each named, and for a ramp that no rep's experience names.
    """
    factors = np.ones((len(reps), MONTHS))
    if not (settings.ramp or settings.ramps):
        return factors
    tenure = _months_since_start(reps, settings.year_start)
    for rep, (ramp, months) in enumerate(zip(_ramp_of_each(reps, settings), tenure, strict=True)):
        if months is not None:
            factors[rep] = _along(ramp, months + np.arange(MONTHS))
    return factors


def month_weights(settings: QuotaSettings) -> FloatArray:
    """Weight of each month of the year (12,), summing to 1; a quarter's is spread evenly over its months."""
    season = np.array(settings.season or [1.0] * MONTHS)
    weights = np.repeat(season, MONTHS // len(season))
    return weights / weights.sum()


def _along(ramp: Sequence[float], month: IndexArray) -> FloatArray:
    table = np.array([0.0, *ramp, 1.0])
    return table[np.clip(month + 1, 0, len(table) - 1)]


def _ramp_of_each(reps: Reps, settings: QuotaSettings) -> list[Sequence[float]]:
    if not settings.ramps:
        return [settings.ramp] * len(reps)
    words = reps.tag(EXPERIENCE).texts()
    strange = sorted(set(settings.ramps) - set(words))
    if strange:
        faults = [f"ramps.{word}: no rep has this text in the column {EXPERIENCE}" for word in strange]
        raise PolicyError([Issue("", None, "", "", fault, "") for fault in faults])
    return [settings.ramps.get(word, settings.ramp) for word in words]


def _months_since_start(reps: Reps, year_start: str) -> list[int | None]:
    """Whole months from the month of the start to the first of the year, None without a start."""
    if START not in reps.tags:
        raise PolicyError(f"a ramp needs the reps' column {START}")
    first = np.datetime64(year_start[:7], "M")
    found: list[int | None] = []
    faults = []
    for rep_id, text in zip(reps.ids, reps.tags[START].texts(), strict=True):
        try:
            found.append(int((first - np.datetime64(text[:10], "M")).astype(int)) if text else None)
        except ValueError:
            mend = "Write it as 2026-04-15"
            faults.append(Issue("reps", None, START, str(text), f"is no date, for {rep_id}", mend))
    if faults:
        raise PolicyError(faults)
    return found
