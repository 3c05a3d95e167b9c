"""Ids of accounts and reps: present, unique, undamaged, in one form, and found in the other table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from territory_opt.errors import did_you_mean
from territory_opt.io.columns import Column
from territory_opt.problem import BoolArray, Int32Array

_HINTS = 20  # unknown owners that get a suggestion of their own
#: Ids that a CRM gives: a key prefix and 12 characters whose case matters, or 15 where it does not.
_SHORT, _LONG = r"(?:00|0M)[0-9A-Za-z]{13}", r"(?:00|0M)[0-9A-Za-z]{16}"
_LENGTHS = (15, 18)
_ROUNDED = r"\d(?:[.,]\d+)?[eE]\+?\d{2,}"


def trim_decimals(column: Column, names: tuple[str, ...]) -> None:
    """Turn id columns whose every cell ends in `.0` back into whole numbers: a trace of empty cells."""
    for name in names:
        text = column.text(name)
        filled = text != ""
        if filled.any() and text[filled].str.fullmatch(r"\d+\.0").all():
            column.frame = column.frame.assign(**{name: text.str.removesuffix(".0")})
            first, mend = str(text[filled].iloc[0]), "Read without the .0"
            column.blame_column(name, "ids are written as decimals", mend, value=first, fatal=False)


def read_ids(column: Column, key: str) -> pd.Series:
    """The ids of a table, with every fault blamed."""
    ids = column.text(key)
    if key in column.frame:
        column.blame(ids == "", key, "is empty", "Give every row an id")
        twice = ids.duplicated() & (ids != "")
        column.blame(twice, key, "the id appears twice", "Keep one row per id")
        mend = "Export the ids again as text; the digits are lost"
        column.blame(ids.str.fullmatch(_ROUNDED), key, "is an id that a spreadsheet rounded", mend)
    return ids


def read_owners(accounts: Column, reps: Column) -> Int32Array:
    """Index of each account's rep, -1 where the cell is empty or names nobody; shape (accounts,)."""
    if "rep_id" not in reps.frame or len(reps.frame) == 0:  # said once, not for every account
        return np.full(len(accounts.frame), -1, np.int32)
    roster = reps.text("rep_id")
    text = accounts.text("owner")
    owner = rows_of(text, roster).astype(np.int32)
    unknown = (text != "").to_numpy(bool) & (owner < 0) & ~_in_other_form(accounts, reps)
    _blame_strangers(accounts, unknown, text, sorted(set(roster) - {""}))
    return owner


def rows_of(text: pd.Series, ids: pd.Series) -> NDArray[np.int64]:
    """The row (from 0) that has each text as its id, the first where ids repeat, -1 where none has."""
    first = np.flatnonzero(((ids != "") & ~ids.duplicated()).to_numpy(bool))
    found = pd.Index(ids.iloc[first]).get_indexer(pd.Index(text))
    return np.append(first, -1).astype(np.int64)[found]


def _blame_strangers(accounts: Column, unknown: BoolArray, text: pd.Series, roster: list[str]) -> None:
    mend = "Add the rep (status leaving, if gone) or empty the cell"
    left = unknown
    for name in pd.unique(text[unknown])[:_HINTS]:
        hint = did_you_mean(str(name), roster) if roster else ""
        if hint.startswith("Did you mean"):
            here = unknown & (text == name).to_numpy(bool)
            accounts.blame(here, "owner", "is not in the table of reps", f"{hint} Else: {mend}")
            left = left & ~here
    accounts.blame(left, "owner", "is not in the table of reps", mend)


def _in_other_form(accounts: Column, reps: Column) -> BoolArray:
    """Owners in one form of CRM id where reps have the other: `blame_mixed_forms` names them."""
    short, long = (_like(accounts, "owner", form) for form in (_SHORT, _LONG))
    found = short if _like(reps, "rep_id", _LONG).any() else np.zeros(len(short), bool)
    return found | long if _like(reps, "rep_id", _SHORT).any() else found


def blame_mixed_forms(accounts: Column, reps: Column) -> None:
    """15-character CRM ids beside 18-character ones: the same record would be two."""
    pairs = (
        ([(accounts, "account_id"), (accounts, "family")]),
        ([(reps, "rep_id"), (accounts, "owner")]),
    )
    for columns in pairs:
        short = [(c, name, _like(c, name, _SHORT)) for c, name in columns]
        if not any(_like(c, name, _LONG).any() for c, name in columns):
            continue
        for column, name, rows in short:
            fault = "15-character and 18-character ids are mixed"
            column.blame(rows, name, fault, "Export all ids in their 18-character form")


def _like(column: Column, name: str, form: str) -> BoolArray:
    text = column.text(name)
    if not text.str.len().isin(_LENGTHS).any():
        return np.zeros(len(text), bool)
    return text.str.fullmatch(form).to_numpy(bool)
