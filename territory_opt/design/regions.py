"""Regions that are given, as a column of areas or of accounts: no territory crosses one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from territory_opt.areas import Areas
from territory_opt.categories import Categories
from territory_opt.design.seats import tame
from territory_opt.design.units import Units
from territory_opt.errors import Issue, did_you_mean
from territory_opt.policy.words import listed
from territory_opt.problem import Accounts, Problem
from territory_opt.travel.place import FloatArray, IndexArray

_SHOWN = 20


@dataclass(frozen=True)
class Regions:
    """column: where they stand. names: of each, rising. of_unit (units,): the one that each unit lies in."""

    column: str
    names: tuple[str, ...]
    of_unit: IndexArray

    def of(self, unit: IndexArray) -> np.ndarray:
        """The names of the regions that some units lie in."""
        return np.array(self.names, dtype=object)[self.of_unit[unit]]


def regions_of(problem: Problem, units: Units, column: str) -> Regions:
    """The region of each unit: its area's where areas have the column, else that of its accounts.

    An area without accounts, where only accounts have the column, joins the nearest region on the map.
    """
    text, _ = _texts(problem, units, column)
    names, code = np.unique(text.astype(str), return_inverse=True)
    return Regions(column, tuple(map(str, names)), code)


def faults_of_regions(problem: Problem, units: Units, column: str) -> Iterator[Issue]:
    """Everything that keeps a column from saying for each unit in which region it lies."""
    tables = [table for table in (problem.accounts, problem.areas) if table is not None]
    if all(_column(table, column) is None for table in tables):
        known = {name for table in tables for name in table.tags} - {"area_id"}
        where = "accounts nor of the areas" if problem.areas is not None else "accounts"
        fault = (
            f"is no text column of the {where}" if len(tables) == 1 else f"is a column neither of the {where}"
        )
        yield Issue("design", None, "inside", column, fault, did_you_mean(column, known))
        return
    text, mixed = _texts(problem, units, column)
    for unit in mixed[:_SHOWN]:
        names = listed(sorted({str(t) for t in _of_accounts(problem, column)[units.of_account == unit]}))
        mend = "Give its accounts one of them, or the areas the column"
        yield _fault(problem, units, unit, column, f"has accounts in several of them ({names})", mend)
    nowhere = np.setdiff1d(np.flatnonzero(text == ""), mixed)
    for unit in nowhere[:_SHOWN]:
        yield _fault(problem, units, unit, column, "lies in none", "Fill in the column")
    for some in (mixed, nowhere):
        if len(some) > _SHOWN:
            yield Issue("design", None, column, "", f"{len(some) - _SHOWN:,} more like the last", "See above")
    for name in sorted({str(t) for t in text if ";" in str(t)}):
        yield Issue("design", None, column, name, "holds a semicolon, which separates names", "Rename it")
    if not len(mixed) and not len(nowhere):
        with_account = set(text[units.centres])
        for name in sorted(set(text) - with_account):
            mend = "Give its areas to another one, so that somebody serves them"
            yield Issue("design", None, column, name, "holds no account, so no territory can be in it", mend)


def _texts(problem: Problem, units: Units, column: str) -> tuple[np.ndarray, IndexArray]:
    """Region of each unit, "" where none is known, and the units whose accounts lie in several."""
    text = np.full(len(units), "", dtype=object)
    if problem.areas is not None and (own := _column(problem.areas, column)) is not None:
        on_map = units.area >= 0
        text[on_map] = own.texts()[units.area[on_map]]
    if (theirs := _column(problem.accounts, column)) is None:
        return text, np.zeros(0, np.int64)
    known = theirs.code >= 0
    first, last = np.full(len(units), len(theirs.names)), np.full(len(units), -1)
    np.minimum.at(first, units.of_account[known], theirs.code[known])
    np.maximum.at(last, units.of_account[known], theirs.code[known])
    open_ = text == ""
    mixed = np.flatnonzero(open_ & (last >= 0) & (first != last))
    one = open_ & (last >= 0)
    text[one] = np.array(theirs.names, dtype=object)[last[one]]
    empty = np.bincount(units.of_account, minlength=len(units)) == 0
    return _spread(units, text, empty), mixed


def _spread(units: Units, text: np.ndarray, may: np.ndarray) -> np.ndarray:
    """Units without a text that may take one take that of the nearest unit, in steps from one to the next."""
    one, other = np.concatenate([units.edges, units.edges[:, ::-1]]).T
    while (reached := (text[one] != "") & (text[other] == "") & may[other]).any():
        place, edge = np.unique(other[reached], return_index=True)
        text[place] = text[one[reached][edge]]
    return text


def _column(table: Accounts | Areas, column: str) -> Categories | None:
    """A text column, or one of whole numbers as texts; None where there is neither."""
    if column in table.tags:
        return table.tags[column]
    values = _numbers(table.measures, column)
    return None if values is None else Categories.of("" if v != v else f"{v:.0f}" for v in values)


def _numbers(measures: Mapping[str, FloatArray], column: str) -> Iterable[float] | None:
    values = measures.get(column)
    if values is None or not (values[~np.isnan(values)] % 1 == 0).all():
        return None
    return list(map(float, values))


def _of_accounts(problem: Problem, column: str) -> np.ndarray:
    found = _column(problem.accounts, column)
    return np.full(len(problem.accounts), "", object) if found is None else found.texts()


def _fault(problem: Problem, units: Units, unit: int, column: str, fault: str, mend: str) -> Issue:
    area = int(units.area[unit])
    if area >= 0 and problem.areas is not None:
        return Issue("areas", None, column, str(problem.areas.ids[area]), fault, mend)
    account = int(np.argmax(units.of_account == unit))
    return Issue("accounts", account + 2, column, tame(str(problem.accounts.ids[account])), fault, mend)
