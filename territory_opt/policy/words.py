"""The sentences in which a wish says what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from territory_opt.errors import did_you_mean
from territory_opt.problem import ACCOUNTS, WORKLOAD_H, Problem


def range_faults(
    parameter: str, value: float | None, *, low: float = float("-inf"), high: float = float("inf")
) -> Iterator[str]:
    """A parameter that is no number, or outside its range."""
    if value is not None and not (low <= value <= high and math.isfinite(value)):
        most = f" and at most {high:g}" if high != float("inf") else ""
        yield f"{parameter} = {value} must be a number of at least {low:g}{most}"


def column_faults(
    problem: Problem,
    *,
    account_tag: str | None = None,
    account_measure: str | None = None,
    rep_tag: str | None = None,
) -> Iterator[str]:
    """Columns that a wish names and the facts do not have."""
    if account_tag is not None and account_tag not in problem.accounts.tags:
        known = did_you_mean(account_tag, problem.accounts.tags)
        yield f"accounts have no text column {account_tag!r}. {known}"
    if rep_tag is not None and rep_tag not in problem.reps.tags:
        known = did_you_mean(rep_tag, problem.reps.tags)
        yield f"reps have no text column {rep_tag!r}. {known}"
    measures = {*problem.accounts.measures, WORKLOAD_H, ACCOUNTS} - {"months_with_owner"}
    if account_measure is not None and account_measure not in measures:
        yield f"accounts have no measure {account_measure!r}. {did_you_mean(account_measure, measures)}"
