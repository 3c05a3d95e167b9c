"""The planner's column names turned into ours."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

import pandas as pd

from territory_opt.errors import did_you_mean
from territory_opt.io.columns import Column
from territory_opt.io.tables import NAMELESS

#: For each table, our name -> the file's name.
Columns = Mapping[str, Mapping[str, str]]
_SYNONYMS = {"latitude": "lat", "longitude": "lon", "lng": "lon", "long": "lon"}
_NEAR = 0.8  # likeness of a misspelt name: one letter in five is another


def renamed(
    table: str,
    frame: pd.DataFrame,
    mapping: Mapping[str, str],
    known: Collection[str],
    used: Collection[str] | None = None,
) -> Column:
    """The table under our names; `known` starts with the column that every row needs.

    A name that differs only in case, blanks or hyphens ("Account ID") is read as ours, with a warning. One
    that is nearly ours is a fault where the plan would silently change: where ours is missing and `used`.
    Without `used`, every column is needed, and the reader of the table says which are missing.
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
    if used is not None:
        for name, meant in _misspelt(column, mapping, known, used):
            _blame_misspelt(column, theirs_of.get(name, name), meant, fatal=meant in used)
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


def _misspelt(
    column: Column, mapping: Mapping[str, str], known: Collection[str], used: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Columns that are none of ours but nearly one that is missing, and that one.

    A column that the policy names is meant as it is, and so is one that is mapped to its own name.
    """
    key = next(iter(known))  # its absence is said anyhow
    missing = [name for name in known if name != key and not column.has(name)]
    forms = {form: ours for form, ours in [*_SYNONYMS.items(), *((m, m) for m in missing)] if ours in missing}
    for name in map(str, column.frame.columns):
        if name not in {*known, *used} and mapping.get(name) != name and column.has(name):
            near = get_close_matches(_plain(name), forms, n=1, cutoff=_NEAR)
            if near:
                yield name, forms[near[0]]


def _blame_misspelt(column: Column, theirs: str, meant: str, *, fatal: bool) -> None:
    own = theirs if re.fullmatch(r"[A-Za-z0-9_-]+", theirs) else json.dumps(theirs, ensure_ascii=False)
    quoted = json.dumps(theirs, ensure_ascii=False)
    mend = f"Did you mean {meant!r}? Rename it, or write {meant} = {quoted} below [columns.{column.table}] "
    mend += f"in territory.toml. To keep it as a column of your own, write {own} = {quoted} there"
    if fatal:
        fault = f"is no known column, while {meant} is missing and the policy counts on it"
        column.misspelt.add(meant)
    else:
        fault = f"is no known column, while {meant} is missing"
        mend = f"Read as a column of your own. {mend}"
    column.blame_column(theirs, fault, mend, fatal=fatal)


def _plain(name: str) -> str:
    """A name as we would write it: small letters, blanks and hyphens as underscores."""
    return "_".join(name.lower().replace("-", " ").replace("_", " ").split())


def _guessed(frame: pd.DataFrame, mapping: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """Our columns that are there under a name that only looks different, where it is the only such one."""
    found: dict[str, list[str]] = {}
    for theirs in frame.columns:
        plain = _plain(str(theirs))
        ours = _SYNONYMS.get(plain, plain)
        free = ours in known and ours not in frame.columns and ours not in mapping
        if free and theirs not in mapping.values():
            found.setdefault(ours, []).append(str(theirs))
    return {ours: names[0] for ours, names in found.items() if len(names) == 1}
