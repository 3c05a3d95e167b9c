"""A crediting table from a file: one that was written here, or one with splits of the planner's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from territory_opt.errors import DataError, Issue, did_you_mean
from territory_opt.io.columns import Column
from territory_opt.io.tables import read_table
from territory_opt.problem import Int32Array, Problem
from territory_opt.travel.place import FloatArray

_TABLE = "credits"
_COLUMNS = ("account_id", "rep_id", "split", "from", "to")


class CreditRows(NamedTuple):
    """One entry a row: indices (rep -1 for a house account), share, first and last day (0 for open)."""

    account: Int32Array
    rep: Int32Array
    split: FloatArray
    start: Int32Array
    end: Int32Array


def read_credits(problem: Problem, path: str | Path) -> CreditRows:
    """The rows of a table with account_id, rep_id, split, from and to, of any format that is read.

    split: 0.5 for half. from, to: YYYY-MM-DD, empty for open. An empty rep_id is a house account.
    DataError lists every fault of a cell; whether the splits add up is for the one who uses them.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(Issue(_TABLE, None, "", str(path), "is no file", "Name a crediting table"))
    table = Column(_TABLE, read_table(path, _TABLE))
    known = [str(c) for c in table.frame.columns]
    missing = [name for name in _COLUMNS if name not in known]
    if missing:
        fault = "the column is missing"
        raise DataError([Issue(_TABLE, 1, name, "", fault, did_you_mean(name, known)) for name in missing])
    account, rep = (
        np.asarray(pd.Index(ids).get_indexer(pd.Index(table.text(name))), np.int32)
        for ids, name in ((problem.accounts.ids, "account_id"), (problem.reps.ids, "rep_id"))
    )
    table.blame(account < 0, "account_id", "is no account of the data", "Correct or remove the row")
    strange = (rep < 0) & (table.text("rep_id") != "").to_numpy()
    table.blame(strange, "rep_id", "is no rep of the data", "Correct the id, or empty it for a house account")
    split = table.number("split")
    start, end = (_days(table, name) for name in ("from", "to"))
    if table.issues:
        raise DataError(table.issues)
    return CreditRows(account, rep, split, start, end)


def _days(table: Column, name: str) -> Int32Array:
    """Days of the calendar, 0 where empty; other texts are blamed."""
    texts = table.text(name)
    day = {text: _day(text) for text in texts.unique()}
    found = np.array([day[text] for text in texts], np.int32)
    table.blame(found < 0, name, "is no date", "Write it as YYYY-MM-DD, or leave it empty")
    return found


def _day(text: str) -> int:
    """The day of a text, 0 where it is empty, -1 where it is none; Excel adds a time of midnight."""
    try:
        return date.fromisoformat(text.removesuffix(" 00:00:00")).toordinal() if text else 0
    except ValueError:
        return -1
