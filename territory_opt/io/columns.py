"""Turning columns of text into numbers, booleans and places, and naming every cell that resists."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from territory_opt.errors import Issue
from territory_opt.problem import BoolArray
from territory_opt.travel.place import FloatArray

HEADER_ROWS = 1
SHOWN_PER_FAULT = 200
_TRUE = {"1", "yes", "y", "true", "t", "x", "ja", "oui", "si", "wahr", "vrai"}
_FALSE = {"", "0", "no", "n", "false", "f", "nein", "non", "falsch", "faux"}


@dataclass
class Column:
    """One table being read, with the faults found so far."""

    table: str
    frame: pd.DataFrame
    issues: list[Issue] = field(default_factory=list)

    def text(self, name: str) -> pd.Series:
        """The column as texts, "" throughout when it is not there."""
        if name in self.frame:
            return self.frame[name]
        return pd.Series("", index=self.frame.index, dtype=object)

    def has(self, name: str) -> bool:
        """Whether the column is there and says anything."""
        return name in self.frame and bool((self.frame[name] != "").any())

    def blame(
        self, rows: BoolArray | pd.Series, name: str, fault: str, mend: str, *, fatal: bool = True
    ) -> None:
        """One issue per row that is marked, with the cell's text."""
        at = np.flatnonzero(np.asarray(rows))
        cells = self.text(name).to_numpy() if name in self.frame else None
        for i in at[:SHOWN_PER_FAULT]:
            value = str(cells[i]) if cells is not None else ""
            row = int(self.frame.index[i]) + HEADER_ROWS + 1
            self.issues.append(Issue(self.table, row, name, value, fault, mend, fatal))
        if len(at) > SHOWN_PER_FAULT:
            more = f"{fault} (and {len(at) - SHOWN_PER_FAULT} more rows)"
            self.issues.append(Issue(self.table, None, name, "", more, mend, fatal))

    def blame_column(self, name: str, fault: str, mend: str, *, fatal: bool = True) -> None:
        """One issue for the whole column."""
        self.issues.append(Issue(self.table, None, name, "", fault, mend, fatal))

    def number(
        self, name: str, *, default: float | None = None, blank: float | None = None, negative: bool = False
    ) -> FloatArray:
        """The column as numbers.

        default: what a column that is not there means (with a warning). blank: what an empty cell means;
        None makes it a fault.
        """
        n = len(self.frame)
        if not self.has(name):
            if default is None:
                self.blame_column(name, "the column is missing or empty", "Add it")
                return np.zeros(n)
            return np.full(n, default)
        text = self.frame[name]
        value = parse_numbers(text)
        empty = (text == "").to_numpy()
        if blank is None:
            self.blame(empty, name, "is empty", "Fill in a number; 0 only where 0 is meant")
        else:
            value = np.where(empty, blank, value)
        self.blame(np.isnan(value) & ~empty, name, "is not a number", "Write digits only")
        self.blame(np.isinf(value), name, "is not a finite number", "Correct it")
        if not negative:
            self.blame(value < 0, name, "is negative", "Correct it; amounts are 0 or more")
        return value

    def boolean(self, name: str) -> BoolArray:
        """The column as yes/no; empty is no."""
        lower = self.text(name).str.lower()
        self.blame(~lower.isin(_TRUE | _FALSE), name, "is neither yes nor no", "Write yes, no or nothing")
        return lower.isin(_TRUE).to_numpy()


def parse_numbers(text: pd.Series) -> FloatArray:
    """Numbers of a column; NaN where a cell is none. A decimal comma counts when the column never
    contradicts it: no cell has a comma followed by exactly three digits as its only sign, unless
    another cell shows a comma that can only be decimal."""
    plain = pd.to_numeric(text.where(text != "", np.nan), errors="coerce").to_numpy(np.float64)
    odd = np.isnan(plain) & (text != "").to_numpy()
    if not odd.any():
        return plain
    cells = text.str.replace(r"[\s\u00a0\u202f'’_]|[$€£¥]|%$", "", regex=True)
    comma_decimal = cells.str.match(r"^[+-]?(\d{1,3}(\.\d{3})+|\d+),(\d{1,2}|\d{4,})$")
    point_decimal = cells.str.match(r"^[+-]?(\d{1,3}(,\d{3})+|\d+)\.(\d{1,2}|\d{4,})$")
    if comma_decimal.any() and not point_decimal.any():
        cells = cells.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        return pd.to_numeric(cells.where(cells != "", np.nan), errors="coerce").to_numpy(np.float64)
    thousands = cells.str.match(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$") & ~comma_decimal.any()
    cells = cells.where(~thousands, cells.str.replace(",", "", regex=False))
    return pd.to_numeric(cells.where(cells != "", np.nan), errors="coerce").to_numpy(np.float64)


def is_numeric(text: pd.Series) -> bool:
    """Whether every cell that says something is a number, and some cell does."""
    filled = text[text != ""]
    return len(filled) > 0 and not np.isnan(parse_numbers(filled)).any()
