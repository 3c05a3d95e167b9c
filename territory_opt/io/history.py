"""Past sales: account_id, period (2024-Q1 or 2024-01), revenue, one row an account and period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory_opt.errors import did_you_mean
from territory_opt.history import History, named, numbered
from territory_opt.io.columns import Column
from territory_opt.io.identity import rows_of
from territory_opt.problem import BoolArray
from territory_opt.travel.place import FloatArray, IndexArray

COLUMNS = ("account_id", "period", "revenue")
_FORM = "Write quarters as 2024-Q1 or months as 2024-01"


def read_history(column: Column, accounts: pd.Series) -> History | None:
    """What each account bought in each period, None where a fault is fatal.

    accounts: ids in the order of the table of accounts. An account without a row for a period bought nothing
    then, and a warning counts such gaps; a period that is missing for all is a fault. Revenue may be below 0.
    """
    missing = [name for name in COLUMNS[1:] if name not in column.frame]
    for name in missing:
        hint = did_you_mean(name, column.frame.columns)
        column.blame_column(name, "the column is missing", f"Add it or map it in territory.toml. {hint}")
    if missing or "account_id" not in column.frame:
        return None
    revenue = column.number("revenue", negative=True)
    account = _accounts_of(column.text("account_id"), accounts)
    _blame_strangers(column, account)
    per_year, number = _periods(column)
    known = (account >= 0) & (number >= 0)
    _blame_twins(column, account, number, known)
    if any(issue.fatal for issue in column.issues) or not known.any():
        return None
    return _gathered(column, account[known], number[known], revenue[known], len(accounts), per_year)


def _accounts_of(text: pd.Series, accounts: pd.Series) -> IndexArray:
    """The account of each row, -1 where it is none; each id, which has many rows, is looked up once."""
    code, names = pd.factorize(text)
    return rows_of(pd.Series(names, dtype="str"), accounts)[code]


def _blame_strangers(column: Column, account: IndexArray) -> None:
    """One warning for all rows of accounts that are gone: a history usually has many."""
    strangers = np.flatnonzero(account < 0)
    if len(strangers):
        first = str(column.text("account_id").iloc[strangers[0]])
        fault = f"{len(strangers):,} rows are of accounts that are in no table, this one first"
        column.blame_column("account_id", fault, "The rows are ignored", value=first, fatal=False)
    if len(strangers) == len(account):
        column.blame_column("account_id", "no row is of an account of the table", "Use the ids of accounts")


def _periods(column: Column) -> tuple[int, IndexArray]:
    """Periods a year, and the number of each row's period, -1 where it has none."""
    text = column.text("period")
    code, names = pd.factorize(text)
    found = [numbered(str(name)) for name in names]
    column.blame(np.array([f is None for f in found])[code], "period", "is no quarter or month", _FORM)
    kinds = [f[0] for f in found if f]
    usual = max(sorted(set(kinds)), key=kinds.count) if kinds else 0
    mixed = np.array([f is not None and f[0] != usual for f in found])[code]
    column.blame(mixed, "period", "quarters and months are mixed", "Use one of them throughout")
    number = np.array([f[1] if f and f[0] == usual else -1 for f in found], np.int64)
    present = {int(n) for n in number if n >= 0}
    gaps = sorted(set(range(min(present), max(present))) - present) if present else []
    for gap in gaps[:_GAPS]:
        fault = "no account has a row for this period"
        column.blame_column("period", fault, "Add the sales of the period", value=named(usual, gap))
    if len(gaps) > _GAPS:
        fault = f"{len(gaps) - _GAPS:,} more periods have no row"
        column.blame_column("period", fault, "Check the years of the periods")
    return usual, number[code]


_GAPS = 24  # missing periods that are named; more mean that a year is mistyped


def _blame_twins(column: Column, account: IndexArray, number: IndexArray, known: BoolArray) -> None:
    span = int(number.max(initial=0)) + 1
    pair = np.where(known, account * span + number, -1 - np.arange(len(known)))
    twice = pd.Series(pair).duplicated().to_numpy(bool)
    if not twice.any():
        return
    shown = column.text("account_id") + " in " + column.text("period")
    column.blame(twice, "revenue", "the account has the period twice", "Add them up in one row", shown=shown)


def _gathered(
    column: Column, account: IndexArray, number: IndexArray, revenue: FloatArray, n: int, per_year: int
) -> History:
    first, last = int(number.min()), int(number.max())
    table = np.zeros((n, last - first + 1))
    table[account, number - first] = revenue
    absent = table.size - len(account)
    if absent:
        fault = f"{absent:,} of {table.size:,} account periods have no row"
        column.blame_column("period", fault, "Taken as no sales then", fatal=False)
    names = np.array([named(per_year, i) for i in range(first, last + 1)], dtype=object)
    return History(names, table)
