"""Quotas of a plan, on facts that are filled up from past sales where the planner gave none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from territory_opt.alignment import Alignment
from territory_opt.errors import Issue, PolicyError
from territory_opt.forecast import estimate_potential, with_forecast
from territory_opt.forecast.accounts import FORECAST
from territory_opt.problem import Problem
from territory_opt.quota import Quotas, QuotaSettings, quotas_by, quotas_by_all, settings_of
from territory_opt.quota.books import NoQuotas
from territory_opt.quota.columns import refuse_settings


class QuotaFacts(NamedTuple):
    """The facts that quotas are made on and judged by, and sentences on what was estimated."""

    problem: Problem
    notes: tuple[str, ...]


def quota_facts(problem: Problem, given: Mapping[str, Any]) -> QuotaFacts:
    """The facts with potential and plans of accounts from the history where they are not given.

    A potential is estimated where no account has one and there is a history; plan = "forecast" plans by the
    forecast of each account. given: as `quotas_by` takes it. PolicyError for settings at fault.
    """
    settings = checked_settings(given)
    refuse_settings(problem, settings)
    if problem.history is None:
        return QuotaFacts(problem, ())
    try:
        return _filled_up(problem, settings)
    except PolicyError as error:  # a history that holds nothing
        raise NoQuotas(error.issues) from None


def make_quotas(problem: Problem, alignment: Alignment, given: Mapping[str, Any]) -> Quotas:
    """`quotas_by` on the facts filled up, as `quota_facts` says."""
    return quotas_on(quota_facts(problem, given), alignment, given)


def quotas_on(facts: QuotaFacts, alignment: Alignment, given: Mapping[str, Any]) -> Quotas:
    """`quotas_by` on facts that are filled up already."""
    quotas = quotas_by(facts.problem, alignment, **given)
    return replace(quotas, notes=(*facts.notes, *quotas.notes))


def make_all_quotas(
    problem: Problem, alignment: Alignment, given: Mapping[str, Any]
) -> tuple[dict[str, Quotas], dict[str, str]]:
    """`quotas_by_all` on the facts filled up."""
    return quotas_by_all(quota_facts(problem, given).problem, alignment, **given)


def checked_settings(given: Mapping[str, Any]) -> QuotaSettings:
    """`settings_of`; its PolicyError says that it is about quotas."""
    try:
        return settings_of(given)
    except PolicyError as error:
        raise PolicyError([Issue("", None, "", "", f"quota: {i.fault}", "") for i in error.issues]) from None


def _filled_up(problem: Problem, settings: QuotaSettings) -> QuotaFacts:
    notes: tuple[str, ...] = ()
    accounts = problem.accounts
    if not accounts.measures["potential"].sum() > 0:
        found = estimate_potential(problem)
        measures = {**accounts.measures, "potential": found.potential}
        notes, problem = found.notes, replace(problem, accounts=replace(accounts, measures=measures))
    if settings.plan == FORECAST and FORECAST not in accounts.measures:
        problem = with_forecast(problem)
    return QuotaFacts(problem, notes)
