"""How much an account's yearly sales vary around what is expected of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.errors import DataError, Issue
from territory_opt.problem import Accounts
from territory_opt.travel.place import FloatArray

#: Where the data say nothing: the standard deviation of an account's year is half of its mean.
USUAL = 0.5
#: Columns of the accounts that say it: a coefficient of variation, or a standard deviation in money per year.
VOLATILITY, REVENUE_SD = "volatility", "revenue_sd"
_SHOWN = 20


def volatility_of(
    accounts: Accounts, usual: float | Mapping[str, float] = USUAL, by: str = "segment"
) -> tuple[FloatArray, tuple[str, ...]]:
    """Coefficient of variation of each account's yearly sales (accounts,), and where it comes from.

    The column `volatility` counts first, then `revenue_sd` ÷ revenue, then `usual`: one number, or one for
    each value of the column `by`, with "" for all others.

    Raises DataError listing every account whose volatility or deviation is below 0, and a `usual` out of
    range. One that is missing (or a deviation of an account without revenue) takes the usual value.
    """
    usual_cv = _usual(accounts, usual, by)
    column = next((c for c in (VOLATILITY, REVENUE_SD) if c in accounts.measures), None)
    if column is None:
        spoilt = next((c for c in (VOLATILITY, REVENUE_SD) if c in accounts.tags), None)
        why = (
            f"The column {spoilt} has cells that are no numbers"
            if spoilt
            else "No column says how much sales vary"
        )
        return usual_cv, (f"{why}: {_said(usual, by)} is assumed.",)
    given, revenue = accounts.measures[column], accounts.measures["revenue"]
    if faults := list(_faults(column, given)):
        raise DataError(faults)
    with np.errstate(divide="ignore", invalid="ignore"):
        cv = given if column == VOLATILITY else np.where(revenue > 0, given / revenue, np.nan)
    missing = np.isnan(cv)
    notes = [f"How much sales vary comes from the column {column}."]
    if missing.any():
        notes.append(
            f"It is missing for {missing.sum():,} of {len(cv):,} accounts, which take the usual value."
        )
    return np.where(missing, usual_cv, cv), tuple(notes)


def _usual(accounts: Accounts, usual: float | Mapping[str, float], by: str) -> FloatArray:
    values = usual if isinstance(usual, Mapping) else {"": usual}
    bad = {name: cv for name, cv in values.items() if not (np.isfinite(cv) and cv >= 0)}
    if bad:
        raise DataError(f"volatility must be 0 or more (0.5: half of the mean), not {bad}")
    rest = values.get("", USUAL)
    if by not in accounts.tags:
        return np.full(len(accounts), float(rest))
    tag = accounts.tags[by]
    of_name = np.array([*(values.get(name, rest) for name in tag.names), rest], np.float64)
    return of_name[tag.code]


def _said(usual: float | Mapping[str, float], by: str) -> str:
    if not isinstance(usual, Mapping):
        return f"a standard deviation of {100 * usual:g} % of each account's year"
    parts = [f"{100 * cv:g} % for {name or 'all others'}" for name, cv in ({"": USUAL} | dict(usual)).items()]
    return f"a standard deviation by {by} ({', '.join(parts)}) of each account's year"


def _faults(column: str, given: FloatArray) -> Iterator[Issue]:
    for row in np.flatnonzero((given < 0) | np.isinf(given))[:_SHOWN]:
        fault = "must be a number of 0 or more"
        yield Issue("accounts", int(row) + 2, column, f"{given[row]:g}", fault, "Correct the number")


def volatility_from_history(
    history: ArrayLike, periods_per_year: float = 1.0, prior_periods: float = 4.0
) -> FloatArray:
    """Coefficient of variation of a year's sales, from sales of earlier periods; shape (accounts,).

    A sample of few periods says little, so its squared coefficient is averaged with the pooled one of all
    accounts as if that had been seen for `prior_periods` more periods (as limma and other shrinkage of
    variances do: Smyth 2004, Statistical Applications in Genetics 3(1)). Periods count as independent, so a
    year of k periods has 1/√k of the coefficient of one. Seasons count as variation: hand over seasonally
    adjusted sales, or years.

    Args:
        history: sales (accounts, periods), at least two periods, NaN where unknown.

    Raises DataError for fewer than two periods or a table with no account that sells.
    """
    sales = np.asarray(history, np.float64)
    if sales.ndim != 2 or sales.shape[1] < 2:
        raise DataError("a history needs a row for each account and at least two periods")
    known = np.isfinite(sales)
    n = known.sum(axis=1)
    mean = np.where(known, sales, 0.0).sum(axis=1) / np.maximum(n, 1)
    freedom = np.where(mean > 0, np.maximum(n - 1.0, 0.0), 0.0)
    if not freedom.any():
        raise DataError("no account of the history has two periods and sales above 0")
    squares = (np.where(known, sales - mean[:, None], 0.0) ** 2).sum(axis=1)
    relative = np.where(freedom > 0, squares / np.where(mean > 0, mean, 1.0) ** 2, 0.0)
    pooled = relative.sum() / freedom.sum()
    squared_cv = (relative + prior_periods * pooled) / np.maximum(freedom + prior_periods, 1e-300)
    return np.sqrt(squared_cv / periods_per_year)
