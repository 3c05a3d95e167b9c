"""Quotas that lie beside a plan, as rows of Salesforce's ForecastingQuota."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from territory_opt.crm.change import users_of
from territory_opt.crm.ids import salesforce_ids
from territory_opt.crm.load_files import LoadFile
from territory_opt.errors import DataError, Issue
from territory_opt.history import MONTHS, named, numbered
from territory_opt.io.tables import FIRST_ROW, read_needed
from territory_opt.problem import Problem
from territory_opt.quota.rounding import largest_remainder

FILE = "forecasting_quota.csv"
_HOW = (
    "Add ForecastingTypeId, the id of your forecast type; insert ForecastingQuota with the right to manage "
    "quotas. Leave CurrencyIsoCode out where your org has one currency."
)


def quota_files(problem: Problem, folder: Path, year_start: str) -> tuple[LoadFile, ...]:
    """`quota_months.csv` of a plan's folder, or `quotas.csv` in 12 equal parts, by users; none without them.

    year_start: first month of the quotas ("2027-01"), where their table does not say; with neither, there is
    no file. Reps without a user are left out, and so are quotas of 0. Source: Salesforce Object Reference,
    ForecastingQuota: a row a user and period, the start as a date, months or quarters as the org forecasts.

    Raises DataError for cells that are no money, reps that are not there, and ids that Salesforce would not
    know.
    """
    rows = _monthly(folder, year_start)
    if not rows:
        return ()
    user = dict(zip(problem.reps.ids, users_of(problem), strict=True))
    strangers = sorted({rep for rep, _, _ in rows} - set(user))
    if strangers:
        mend = "Make the quotas again from these facts"
        raise DataError(
            [Issue("quotas", None, "rep_id", rep, "is not in the data", mend) for rep in strangers]
        )
    rows = [(user[rep], start, quota) for rep, start, quota in rows if user[rep] and quota]
    owners = salesforce_ids("reps", "crm_user_id", [owner for owner, _, _ in rows])
    columns = {
        "QuotaOwnerId": np.array(owners, dtype=object),
        "StartDate": np.array([start for _, start, _ in rows], dtype=object),
        "QuotaAmount": np.array([f"{quota:.2f}" for _, _, quota in rows], dtype=object),
        "CurrencyIsoCode": np.full(len(rows), problem.currency, dtype=object),
    }
    return (LoadFile(FILE, columns, _HOW),)


def _monthly(folder: Path, year_start: str) -> list[tuple[str, str, float]]:
    """Rep, first day of the period, and quota, row by row."""
    months, years = folder / "quota_months.csv", folder / "quotas.csv"
    start = numbered(year_start[:7])
    if months.is_file():
        frame = read_needed(months, "quota_months", ("rep_id", "period", "quota"))
        days = [_first_day(period) for period in frame["period"]]
        if not all(days):  # "month 1": of a year that nobody named
            return []
        quotas = _money(frame["quota"], frame.index, "quota_months")
        return list(zip(frame["rep_id"].tolist(), days, quotas, strict=True))
    if not years.is_file() or start is None or start[0] != MONTHS:
        return []
    frame = read_needed(years, "quotas", ("rep_id", "quota"))
    days = [f"{named(MONTHS, start[1] + month)}-01" for month in range(MONTHS)]
    quotas = _money(frame["quota"], frame.index, "quotas")
    return [
        (rep, day, part)
        for rep, quota in zip(frame["rep_id"], quotas, strict=True)
        for day, part in zip(days, largest_remainder([quota / MONTHS] * MONTHS, quota).tolist(), strict=True)
    ]


def _first_day(period: str) -> str:
    """The first day of "2027-02" or "2027-Q1", "" for anything else."""
    found = numbered(period)
    if found is None:
        return ""
    per_year, number = found
    return f"{named(MONTHS, number * (MONTHS // per_year))}-01"


def _money(cells: object, lines: object, table: str) -> list[float]:
    """Cells as money; DataError names each that is none."""
    found, issues = [], list[Issue]()
    for line, cell in zip(lines, cells, strict=True):  # type: ignore[call-overload]
        try:
            value = float(cell)
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            mend = "Write money of 0 or more, such as 9000"
            issues.append(Issue(table, int(line) + FIRST_ROW, "quota", str(cell), "is no quota", mend))
        found.append(value)
    if issues:
        raise DataError(issues)
    return found
