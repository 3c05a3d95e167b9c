"""Who is credited with the sales of each account, from when to when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from territory_opt.alignment import Alignment
from territory_opt.arrays import Tabular
from territory_opt.errors import Issue
from territory_opt.incentives.settings import (
    YEAR_MONTHS,
    IncentiveSettings,
    fault_of,
    refuse,
    setting_issues,
)
from territory_opt.problem import Int32Array, Problem, TextArray
from territory_opt.travel.place import FloatArray, IndexArray

HOUSE = ""  # the rep_id of an account that nobody serves


@dataclass(frozen=True)
class Credits(Tabular):
    """One row an account, a rep and a time, (rows,), by account and date.

    account: index. rep: index, -1 where nobody is credited (a house account). split: share of the credit.
    start, end: first and last day as days of the calendar (`date.toordinal`), 0 for "since ever" and "until
    further notice". cents: of the account's revenue a year that the row gets in the plan's first year.
    """

    account: Int32Array
    rep: Int32Array
    account_ids: TextArray
    rep_ids: TextArray
    split: FloatArray
    start: Int32Array
    end: Int32Array
    cents: np.ndarray
    notes: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        return {
            "account_id": self.account_ids,
            "rep_id": self.rep_ids,
            "split": self.split.round(6),
            "from": _texts(self.start),
            "to": _texts(self.end),
            "credited revenue": self.cents / 100,
        }

    def of_rep(self, n_reps: int) -> FloatArray:
        """Revenue that each rep is credited with in the plan's first year, (reps,), to the cent."""
        served = self.rep >= 0
        total = np.zeros(n_reps, np.int64)
        np.add.at(total, self.rep[served], self.cents[served])
        return total / 100


class _Rows(NamedTuple):
    """Some rows of the table; months: of the plan's first year that they cover."""

    account: IndexArray
    rep: IndexArray
    split: float
    start: int
    end: int
    months: int


def crediting(problem: Problem, alignment: Alignment, settings: IncentiveSettings) -> Credits:
    """The crediting table of a plan: at every date the splits of each account sum to 100 %.

    Until the day before `effective_date` today's owner has all credit; then, of an account that moves, the
    former owner keeps his share of the transition, period by period, and the new one has the rest (all of it
    where the transition is a bonus, or where the former owner leaves). An account of nobody is a house
    account, with an empty rep_id. Money is the revenue of the account in the plan's first year, cut to cents
    by largest remainder (Balinski & Young 1982), so that the rows of an account sum to it exactly. Splits as
    used in practice.

    Example: moves on 2026-01-01 with 100/50/0 % of quarters, revenue 1,000.00: the former owner has 100 % to
    03-31 (250.00) and 50 % to 06-30 (125.00); the new one 50 % of that (125.00) and all since (500.00).

    Raises PolicyError that lists every fault, and one for each account that does not reconcile.
    """
    issues = setting_issues(settings)
    if settings.effective_date is None:
        issues.append(fault_of("effective_date", "is missing", "Say when the plan begins, YYYY-MM-DD"))
    refuse(issues)
    parts = [part for part in _parts(problem, alignment, settings) if len(part.account)]
    sizes = [len(part.account) for part in parts]
    account = np.concatenate([part.account for part in parts])
    start = np.repeat([part.start for part in parts], sizes)
    order = np.lexsort((np.repeat(np.arange(len(parts)), sizes), start, account))
    split, months = (np.repeat([part[i] for part in parts], sizes)[order] for i in (2, 5))
    rep = np.concatenate([part.rep for part in parts])[order].astype(np.int32)
    account = account[order].astype(np.int32)
    cents = in_cents(account, np.asarray(problem.accounts.measures["revenue"]), split * months / YEAR_MONTHS)
    table = Credits(
        account,
        rep,
        problem.accounts.ids[account],
        np.append(problem.reps.ids, HOUSE)[rep],
        split.astype(np.float64),
        start[order].astype(np.int32),
        np.repeat([part.end for part in parts], sizes)[order].astype(np.int32),
        cents,
    )
    said = reconciled(table, problem)
    return Credits(**{**vars(table), "notes": (said,)})


def _parts(problem: Problem, alignment: Alignment, settings: IncentiveSettings) -> Iterator[_Rows]:
    first = settings.first_day
    assert first is not None
    owner, rep = problem.accounts.owner, alignment.rep
    changed = np.flatnonzero(owner != rep)
    kept = np.flatnonzero(owner == rep)
    yield _Rows(kept, rep[kept], 1.0, 0, 0, YEAR_MONTHS)
    yield _Rows(changed, owner[changed], 1.0, 0, first.toordinal() - 1, 0)
    eased = (owner[changed] >= 0) & ~np.append(problem.reps.leaving, True)[owner[changed]]
    shares = list(settings.transition) if settings.transition_as == "split" else []
    while shares and shares[-1] == 0:
        shares.pop()
    at_once = changed[~eased] if shares else changed
    yield _Rows(at_once, rep[at_once], 1.0, first.toordinal(), 0, YEAR_MONTHS)
    if shares:
        yield from _eased(changed[eased], owner, rep, shares, first, settings.period_months)


def _eased(
    account: IndexArray, owner: Int32Array, rep: Int32Array, shares: list[float], first: date, months: int
) -> Iterator[_Rows]:
    """Rows of accounts whose former owner keeps a share for a while."""
    for period, share in enumerate(shares):
        start = later(first, period * months).toordinal()
        end = later(first, (period + 1) * months).toordinal() - 1
        for who, part in ((owner, share), (rep, 1 - share)):
            if part > 0:
                yield _Rows(account, who[account], part, start, end, months)
    rest = len(shares) * months
    yield _Rows(account, rep[account], 1.0, later(first, rest).toordinal(), 0, YEAR_MONTHS - rest)


def later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a month that is too short."""
    number = 12 * day.year + day.month - 1 + months
    next_month = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
    return day.replace(year=number // 12, month=number % 12 + 1, day=1) + timedelta(
        days=min(day.day, (next_month - timedelta(days=1)).day) - 1
    )


def in_cents(account: Int32Array, revenue: FloatArray, weight: FloatArray) -> np.ndarray:
    """Whole cents for each row; those of an account sum to its revenue.

    account: index of each row, sorted. weight: of each row; those of an account sum to 1, or nearly where
    splits were rounded.
    """
    total = np.rint(revenue * 100).astype(np.int64)
    weight = weight / np.bincount(account, weight, len(total))[account]
    exact = total[account] * weight
    cents = np.floor(exact + 1e-6).astype(np.int64)
    left = total - np.bincount(account, cents, len(total)).astype(np.int64)
    order = np.lexsort((cents - exact, account))
    first = np.searchsorted(account[order], account[order])
    cents[order] += (np.arange(len(order)) - first) < left[account[order]]
    return cents


def reconciled(credits: Credits, problem: Problem) -> str:
    """The sentence that table and books agree; PolicyError that lists every account where they do not."""
    issues = list(split_faults(credits.account_ids, credits.split, credits.start, credits.end))
    books = np.rint(np.asarray(problem.accounts.measures["revenue"]) * 100).astype(np.int64)
    credited = np.zeros(len(books), np.int64)
    np.add.at(credited, credits.account, credits.cents)
    for row in np.flatnonzero(credited != books):
        fault = f"is credited with {credited[row] / 100:,.2f} of {books[row] / 100:,.2f}"
        issues.append(Issue("credits", None, "", str(problem.accounts.ids[row]), fault, "Correct the splits"))
    refuse(issues)
    total = books.sum() / 100
    return (
        f"The books hold {total:,.2f} of revenue, and {credited.sum() / 100:,.2f} are credited: difference "
        f"{(credited.sum() - books.sum()) / 100:.2f}. At every date the splits of each account sum to 100 %."
    )


def split_faults(
    account_ids: TextArray, split: ArrayLike, start: ArrayLike, end: ArrayLike
) -> Iterator[Issue]:
    """Accounts whose splits do not sum to 100 % on some day, for any crediting table.

    Args: one entry a row; start, end: first and last day as `date.toordinal`, 0 for open.
    """
    share = np.asarray(split, np.float64)
    first, last = np.asarray(start, np.int64), np.asarray(end, np.int64)
    for row in np.flatnonzero(~((share > 0) & (share <= 1 + 1e-9)) | ((last > 0) & (last < first))):
        fault = "has a split that is not above 0 and at most 100 %, or ends before it starts"
        yield Issue("credits", int(row) + 2, "split", str(account_ids[row]), fault, "Correct the row")
    names, code = np.unique(account_ids.astype(str), return_inverse=True)
    closed = last > 0
    who = np.concatenate([code, code[closed], np.arange(len(names))])
    day = np.concatenate([first, last[closed] + 1, np.zeros(len(names), np.int64)])
    change = np.concatenate([share, -share[closed], np.zeros(len(names))])
    order = np.lexsort((day, who))
    who, day, running = who[order], day[order], np.cumsum(change[order])
    ends = np.flatnonzero(np.append((who[1:] != who[:-1]) | (day[1:] != day[:-1]), True))
    before = np.append(0.0, running)[np.searchsorted(who, who[ends])]
    total = running[ends] - before
    wrong = ends[np.abs(total - 1) > 1e-6]
    for at, sum_ in zip(wrong, total[np.abs(total - 1) > 1e-6], strict=True):
        since = f"from {date.fromordinal(int(day[at]))} on" if day[at] else "at first"
        fault = f"the splits sum to {100 * sum_:.2f} % {since}"
        yield Issue("credits", None, "split", str(names[who[at]]), fault, "Make them 100 %")


def _texts(days: Int32Array) -> TextArray:
    """Days as YYYY-MM-DD, open ones empty."""
    names, code = np.unique(days, return_inverse=True)
    return np.array(
        [date.fromordinal(int(day)).isoformat() if day > 0 else "" for day in names], dtype=object
    )[code]
