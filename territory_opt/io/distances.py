"""A planner's own table of distances: account_id, rep_id, km, one row a pair."""

from __future__ import annotations

import numpy as np
import pandas as pd

from territory_opt.errors import did_you_mean
from territory_opt.io.columns import Column
from territory_opt.io.identity import rows_of
from territory_opt.travel.place import FloatArray, IndexArray

COLUMNS = ("account_id", "rep_id", "km")
_SHOWN = 20


def read_distances(column: Column, accounts: pd.Series, reps: pd.Series) -> FloatArray:
    """Km of every pair, shape (accounts, reps); faults are blamed where a pair is missing or given twice."""
    table = np.full((len(accounts), len(reps)), np.nan)
    missing = [name for name in COLUMNS if name not in column.frame]
    for name in missing:
        hint = did_you_mean(name, column.frame.columns)
        column.blame_column(name, "the column is missing", f"Add it or map it in territory.toml. {hint}")
    if missing:
        return np.zeros(table.shape)
    km = column.number("km")
    account = _index(column, "account_id", accounts)
    rep = _index(column, "rep_id", reps)
    known = (account >= 0) & (rep >= 0)
    pair = np.where(known, account * max(len(reps), 1) + rep, -1 - np.arange(len(known)))
    shown = column.text("account_id") + " – " + column.text("rep_id")
    twice = pd.Series(pair).duplicated().to_numpy(bool)
    column.blame(twice, "km", "the pair is given twice", "Keep one row per pair", shown=shown)
    table[account[known], rep[known]] = km[known]
    given = np.zeros(table.shape, bool)
    given[account[known], rep[known]] = True
    _blame_gaps(column, given, accounts, reps)
    return np.where(np.isfinite(table) & (table >= 0), table, 0.0)


def _index(column: Column, key: str, ids: pd.Series) -> IndexArray:
    index = rows_of(column.text(key), ids)
    column.blame(index < 0, key, "is in no other table", "The row is ignored", fatal=False)
    return index


def _blame_gaps(column: Column, given: np.ndarray, accounts: pd.Series, reps: pd.Series) -> None:
    gaps = np.argwhere(~given)
    for i, j in gaps[:_SHOWN]:
        pair = f"{accounts.iloc[i]} – {reps.iloc[j]}"
        column.blame_column("km", "the pair is missing", "Give every pair of account and rep", value=pair)
    if len(gaps) > _SHOWN:
        more = f"{len(gaps) - _SHOWN} more pairs are missing"
        column.blame_column("km", more, "Give every pair of account and rep")
