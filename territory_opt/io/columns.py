"""One table's columns as numbers, yes/no and texts, with a name for every cell that resists."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from territory_opt.errors import Issue
from territory_opt.io.numbers import Decimal, decimal_of, read_degrees, read_numbers
from territory_opt.io.tables import FIRST_ROW
from territory_opt.problem import BoolArray, Categories
from territory_opt.travel.place import FloatArray

SHOWN_PER_FAULT = 200
_LONGEST = 80  # characters of a cell that an issue shows
_YES = {"1", "yes", "y", "true", "t", "x", "ja", "oui", "si", "sí", "wahr", "vrai"}
_NO = {"", "0", "no", "n", "false", "f", "nein", "non", "falsch", "faux"}


@dataclass
class Column:
    """One table being read, with the faults found so far.

    frame: texts only, as `read_table` gives them; its index plus `FIRST_ROW` is the row in the file.
    misspelt: columns that are there under a name that is nearly theirs; blamed already.
    """

    table: str
    frame: pd.DataFrame
    issues: list[Issue] = field(default_factory=list)
    misspelt: set[str] = field(default_factory=set)

    @cached_property
    def decimal(self) -> Decimal | None:
        """The decimal sign of the table, where its columns agree on one."""
        return decimal_of(self.frame)

    def text(self, name: str) -> pd.Series:
        """The column as texts, "" throughout when it is not there."""
        if name in self.frame:
            return self.frame[name]
        return pd.Series("", index=self.frame.index, dtype="str")

    def has(self, name: str) -> bool:
        """Whether the column is there and says anything."""
        return name in self.frame and bool((self.frame[name] != "").any())

    def blame(
        self,
        rows: BoolArray | pd.Series,
        name: str,
        fault: str,
        mend: str,
        *,
        fatal: bool = True,
        shown: pd.Series | None = None,
    ) -> None:
        """One issue per row that is marked, with the cell's text or what `shown` says for the row."""
        at = np.flatnonzero(np.asarray(rows))
        if not len(at):
            return
        cells = (self.text(name) if shown is None else shown).iloc[at[:SHOWN_PER_FAULT]]
        for row, cell in zip(self.frame.index[at[:SHOWN_PER_FAULT]] + FIRST_ROW, cells, strict=True):
            value = cell if len(cell) <= _LONGEST else f"{cell[:_LONGEST]}…"
            self.issues.append(Issue(self.table, int(row), name, value, fault, mend, fatal))
        if len(at) > SHOWN_PER_FAULT:
            more = f"{fault} ({len(at) - SHOWN_PER_FAULT} more rows)"
            self.issues.append(Issue(self.table, None, name, "", more, mend, fatal))

    def blame_column(self, name: str, fault: str, mend: str, *, value: str = "", fatal: bool = True) -> None:
        """One issue for the whole column."""
        self.issues.append(Issue(self.table, None, name, value, fault, mend, fatal))

    def number(
        self, name: str, *, default: float | None = None, blank: float | None = None, negative: bool = False
    ) -> FloatArray:
        """The column as numbers; shape (rows,).

        default: what a column that is not there means; None makes that a fault. blank: what an empty cell
        means; None makes it a fault. negative: whether numbers below 0 are fine.
        """
        if not self.has(name):
            if default is None:
                self.blame_column(name, "the column is missing or empty", "Add it")
            return np.full(len(self.frame), 0.0 if default is None else default)
        text = self.frame[name]
        reading = read_numbers(text, self.decimal)
        if reading.guess:
            fault = "could be a decimal or thousands"
            mend = f"Taken as {read_numbers(pd.Series([reading.guess]), self.decimal).values[0]:g}"
            self.blame_column(name, fault, f"{mend}, and the column alike", value=reading.guess, fatal=False)
        return self._sound(name, reading.values, blank, negative)

    def degrees(self, name: str) -> FloatArray:
        """The column as coordinates in degrees, NaN where empty; shape (rows,)."""
        return self._sound(name, read_degrees(self.text(name)), np.nan, True)

    def _sound(self, name: str, value: FloatArray, blank: float | None, negative: bool) -> FloatArray:
        text = self.text(name)
        empty = (text == "").to_numpy(bool)
        if blank is None:
            self.blame(empty, name, "is empty", "Fill in a number; 0 only where 0 is meant")
        else:
            value = np.where(empty, blank, value)
        mend = "Write digits only, with the same decimal sign throughout the column"
        self.blame(np.isnan(value) & ~empty, name, "is not a number", mend)
        self.blame(np.isinf(value), name, "is not a finite number", "Correct it")
        if not negative:
            self.blame(value < 0, name, "is negative", "Correct it; amounts are 0 or more")
        return value

    def boolean(self, name: str) -> BoolArray:
        """The column as yes/no; empty is no."""
        lower = self.text(name).str.lower()
        self.blame(~lower.isin(_YES | _NO), name, "is neither yes nor no", "Write yes, no or nothing")
        return lower.isin(_YES).to_numpy(bool)


def categories(text: pd.Series) -> Categories:
    """A column of texts as codes, the names sorted; empty cells are -1."""
    code, names = pd.factorize(text.where(text != ""), sort=True)
    return Categories(code.astype(np.int32), tuple(str(name) for name in names))
