"""The planner's column names turned into ours."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from territory_opt.errors import did_you_mean
from territory_opt.io.columns import Column
from territory_opt.io.tables import NAMELESS

#: For each table, our name -> the file's name.
Columns = Mapping[str, Mapping[str, str]]
_SYNONYMS = {"latitude": "lat", "longitude": "lon", "lng": "lon", "long": "lon"}


def renamed(table: str, frame: pd.DataFrame, mapping: Mapping[str, str], known: Collection[str]) -> Column:
    """The table under our names; `known` starts with the column that every row needs.

    A name that differs only in case, blanks or hyphens ("Account ID") is read as ours, with a warning.
    """
    column = Column(table, frame)
    frame = column.frame = _without_nameless(column)
    theirs_of = {**_guessed(frame, mapping, known), **_mapped(column, mapping)}
    given = {theirs: ours for ours, theirs in theirs_of.items()}
    # A mapped column wins over one that has our name by chance.
    clash = [ours for ours in given.values() if ours in frame.columns and ours not in given]
    column.frame = frame.drop(columns=clash).rename(columns=given)
    for ours, theirs in theirs_of.items():
        if ours not in mapping:
            mend = f"Read as {ours}"
            column.blame_column(theirs, f"is not spelt {ours}", mend, fatal=False)
    key = next(iter(known))
    if key not in column.frame:
        hint = did_you_mean(key, column.frame.columns)
        column.blame_column(key, "the column is missing", f"Add it or map it in territory.toml. {hint}")
    if len(frame) == 0:
        column.blame_column("", "the table has a header but no rows", "Add at least one row")
    return column


def _without_nameless(column: Column) -> pd.DataFrame:
    nameless = [name for name in column.frame.columns if str(name).startswith(NAMELESS)]
    for name in nameless:
        fault, mend = "has cells but no name in the header", "The column is ignored; name it to use it"
        column.blame_column(f"column {name.removeprefix(NAMELESS)}", fault, mend, fatal=False)
    return column.frame.drop(columns=nameless)


def _mapped(column: Column, mapping: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for ours, theirs in mapping.items():
        if theirs not in column.frame.columns:
            hint = did_you_mean(theirs, column.frame.columns)
            column.blame_column(theirs, f"the column mapped to {ours} is not in the file", hint)
        elif theirs in found.values():
            fault, mend = "the column is mapped to two names", "Map each column once in territory.toml"
            column.blame_column(theirs, fault, mend)
        else:
            found[ours] = theirs
    return found


def _guessed(frame: pd.DataFrame, mapping: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """Our columns that are there under a name that only looks different, where it is the only such one."""
    found: dict[str, list[str]] = {}
    for theirs in frame.columns:
        plain = "_".join(str(theirs).lower().replace("-", " ").replace("_", " ").split())
        ours = _SYNONYMS.get(plain, plain)
        free = ours in known and ours not in frame.columns and ours not in mapping
        if free and theirs not in mapping.values():
            found.setdefault(ours, []).append(str(theirs))
    return {ours: names[0] for ours, names in found.items() if len(names) == 1}
