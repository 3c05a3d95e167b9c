"""Columns and texts that the settings of quotas name, looked up before anything is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from territory_opt.errors import Issue, PolicyError, did_you_mean
from territory_opt.problem import ACCOUNTS, WORKLOAD_H, Problem
from territory_opt.quota.books import SHARE
from territory_opt.quota.caps import cap_faults
from territory_opt.quota.ramp import monthly_ramp
from territory_opt.quota.settings import REP, QuotaSettings

_FORECAST = "forecast"  # the plan of an account that follows from a history


def column_faults(problem: Problem, settings: QuotaSettings) -> Iterator[Issue]:
    """Names of columns that are not there, and starts and experience that no ramp can be read from."""
    measures = problem.accounts.measures
    weights = [name for name, weight in settings.weights.items() if weight > 0]
    yield from _unknown("weights", weights, {*measures, SHARE, ACCOUNTS, WORKLOAD_H}, "measure of accounts")
    plans = {*measures, ACCOUNTS, WORKLOAD_H, SHARE} | ({_FORECAST} if problem.history is not None else set())
    yield from _unknown("plan", [settings.plan] if settings.plan else [], plans, "measure of accounts")
    tags = problem.reps.tags
    yield from _unknown("hedges", settings.hedges, {*tags, REP}, "text column of the reps")
    try:
        monthly_ramp(problem.reps, settings)
    except PolicyError as error:
        yield from error.issues


def setting_faults(problem: Problem, settings: QuotaSettings) -> Iterator[Issue]:
    """Everything in which the facts contradict the settings, whatever the plan."""
    yield from column_faults(problem, settings)
    yield from cap_faults(problem, settings)


def refuse_settings(problem: Problem, settings: QuotaSettings) -> None:
    """PolicyError that lists all `setting_faults`, if there are any."""
    if faults := list(setting_faults(problem, settings)):
        raise PolicyError(faults)


def _unknown(setting: str, names: Iterable[str], known: set[str], what: str) -> Iterator[Issue]:
    for name in names:
        if name not in known:
            mend = did_you_mean(name, known)
            yield Issue("quota", None, setting, name, f"is no {what}", mend)
