"""A crediting table that somebody else made: checked, and valued by days."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.errors import Issue
from territory_opt.incentives.credits import HOUSE, Credits, in_cents, later, reconciled, split_faults
from territory_opt.incentives.settings import refuse
from territory_opt.problem import Problem
from territory_opt.travel.place import IndexArray


def credits_of(
    problem: Problem,
    account: IndexArray,
    rep: IndexArray,
    split: ArrayLike,
    start: ArrayLike,
    end: ArrayLike,
    first_day: date,
) -> Credits:
    """A table of splits as `Credits`, money counted by days of the year from `first_day` on.

    Example: revenue 365.00 of one rep to 2026-01-31 and of two in halves since: 31.00 + 167.00 and 167.00.

    Args: one entry a row: indices of accounts and reps (-1: a house account), share, and first and last day
        as `date.toordinal`, 0 for open.

    Raises PolicyError that lists every account whose splits do not sum to 100 % on every day.
    """
    days = [np.asarray(x, np.int64) for x in (start, end)]
    share, names = np.asarray(split, np.float64), problem.accounts.ids[account]
    issues = list(split_faults(names, share, *days))
    for row in np.setdiff1d(np.arange(len(problem.accounts)), account):
        fault = "has no row, so that nobody is credited with it"
        issues.append(Issue("credits", None, "account_id", str(problem.accounts.ids[row]), fault, "Add one"))
    refuse(issues)
    begin, close = first_day.toordinal(), later(first_day, 12).toordinal() - 1
    since, until = np.maximum(days[0], begin), np.where(days[1] == 0, close, np.minimum(days[1], close))
    part = share * np.maximum(until - since + 1, 0) / (close - begin + 1)
    order = np.lexsort((days[0], account))
    who, index = np.asarray(account, np.int32)[order], np.asarray(rep, np.int32)[order]
    table = Credits(
        account=who,
        rep=index,
        account_ids=names[order],
        rep_ids=np.append(problem.reps.ids, HOUSE)[index],
        split=share[order],
        start=days[0][order].astype(np.int32),
        end=days[1][order].astype(np.int32),
        cents=in_cents(who, np.asarray(problem.accounts.measures["revenue"]), part[order]),
    )
    return Credits(**{**vars(table), "notes": (reconciled(table, problem),)})
