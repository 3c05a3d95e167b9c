"""From two tables to a `Problem`, with every fault on the way.

The rule of severity: a fault is fatal when a plan could not be made, or would be silently wrong; it is a
warning when there is one safe reading, and then `mend` says which was taken.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from territory_opt.errors import Issue
from territory_opt.io.columns import Column, categories
from territory_opt.io.distances import COLUMNS as TRAVEL_COLUMNS
from territory_opt.io.distances import read_distances
from territory_opt.io.families import resolve_families
from territory_opt.io.formulas import blame_failed_formulas
from territory_opt.io.headers import Columns, renamed
from territory_opt.io.history import COLUMNS as HISTORY_COLUMNS
from territory_opt.io.history import read_history
from territory_opt.io.identity import blame_mixed_forms, read_ids, read_owners, trim_decimals
from territory_opt.io.numbers import CURRENCY_SIGNS, read_numbers
from territory_opt.io.places import blame_swapped_table, place_leavers, read_places
from territory_opt.io.tables import FIRST_ROW
from territory_opt.io.uses import Uses
from territory_opt.policy.homes import HOME_AREA
from territory_opt.problem import (
    ACCOUNTS,
    MAY_BE_UNKNOWN,
    WORKLOAD_H,
    Accounts,
    Driving,
    Problem,
    Reps,
    TextArray,
)
from territory_opt.travel import GreatCircle, TravelTable
from territory_opt.travel.place import FloatArray

if TYPE_CHECKING:
    from territory_opt.io.area_map import AreaMap

ACCOUNT_COLUMNS = (
    *("account_id", "name", "lat", "lon", "visits", "visit_h", "potential", "revenue", "owner"),
    *("family", "segment", "locked", "area_id", *MAY_BE_UNKNOWN, "currency"),
)
REP_COLUMNS = (
    *("rep_id", "name", "lat", "lon", "capacity_h", "share"),
    *("region", "manager", "segments", "skills", "status", "start_date", HOME_AREA),
)
#: Measures of reps that have a meaning of their own.
_SAID_BY_NAME = ("quota",)
STATUSES = ("active", "vacant", "leaving")
#: What a measure is taken as when its column is not there: per year, hours, money.
DEFAULTS = {"visits": 0.0, "visit_h": 1.0, "potential": 0.0, "revenue": 0.0}
#: Columns where a text that is none of the usual is a fault anyhow.
_CHECKED = (
    *("lat", "lon", *DEFAULTS, *MAY_BE_UNKNOWN, "owner", "locked", "currency"),
    *("capacity_h", "share", "status"),
)
_MONEY = ("potential", "revenue")
#: Columns of digits that count nothing.
_NAMELIKE = re.compile(r"(?:^|[\s_-])(?:ids?|zip|plz|postal|postcode|phone|fax|code)(?:$|[\s_-])|^year")


def to_problem(
    accounts: pd.DataFrame,
    reps: pd.DataFrame,
    travel: pd.DataFrame | None = None,
    *,
    columns: Columns | None = None,
    driving: Driving | None = None,
    currency: str | None = None,
    uses: Uses | None = None,
    areas: AreaMap | None = None,
    history: pd.DataFrame | None = None,
) -> tuple[Problem | None, tuple[Issue, ...]]:
    """The problem (None when a fault is fatal) and every fault, fatal ones first.

    Frames hold texts as `read_table` or `as_texts` give them. columns: for each table, our name -> the
    file's name. uses: the columns that the policy counts on; a name that is nearly theirs is fatal, and so
    is any cell of its measures that is no number of 0 or more, while another column with such cells is only
    read as text. areas: those of the folder, with their faults. history: past sales, see `io.history`.
    """
    mapping, uses = columns or {}, uses or Uses()
    a = renamed("accounts", accounts, mapping.get("accounts", {}), ACCOUNT_COLUMNS, uses.accounts)
    r = renamed("reps", reps, mapping.get("reps", {}), (*REP_COLUMNS, *_SAID_BY_NAME), uses.reps)
    trim_decimals(a, ("account_id", "owner", "family"))
    trim_decimals(r, ("rep_id",))
    blame_failed_formulas(a, ACCOUNT_COLUMNS, {*_CHECKED, *uses.measures})
    blame_failed_formulas(r, REP_COLUMNS, _CHECKED)
    roster = _reps(r, travel is None) if len(reps) else None
    force = _accounts(a, r, travel is None, uses.measures) if len(accounts) else None
    if roster is not None and force is not None and travel is None:
        blame_swapped_table(a, (force.lat, force.lon, roster.lat, roster.lon))
        roster = place_leavers(r, roster, force)
    if force is not None and areas is not None:
        force = replace(force, area=areas.index_of(a, force))
        roster = None if roster is None else replace(roster, tags=areas.with_homes(r, roster))
    blame_mixed_forms(a, r)
    found = _currency(a, currency)
    issues, km = [*a.issues, *r.issues, *(areas.issues if areas else ())], None
    if travel is not None:
        t = renamed("travel", travel, mapping.get("travel", {}), TRAVEL_COLUMNS)
        trim_decimals(t, ("account_id", "rep_id"))
        km = read_distances(t, a.text("account_id"), r.text("rep_id")) if len(travel) else None
        issues += t.issues
    past = None
    if history is not None:
        h = renamed("history", history, mapping.get("history", {}), HISTORY_COLUMNS)
        trim_decimals(h, ("account_id",))
        past = read_history(h, a.text("account_id")) if len(history) else None
        issues += h.issues
    issues.sort(key=lambda issue: not issue.fatal)
    if roster is None or force is None or any(issue.fatal for issue in issues):
        return None, tuple(issues)
    distances = GreatCircle() if km is None else TravelTable(km)
    pieces = None if areas is None else areas.areas
    return Problem(force, roster, distances, driving or Driving(), found, pieces, past), tuple(issues)


def _reps(column: Column, places_needed: bool) -> Reps:
    ids = read_ids(column, "rep_id")
    status = column.text("status").str.lower().replace("", "active")
    lat, lon = read_places(column, places_needed, (status == "leaving").to_numpy(bool))
    column.blame(~status.isin(STATUSES), "status", "is no known status", f"Use {', '.join(STATUSES)}")
    if column.has("status"):
        column.frame = column.frame.assign(status=status)
    share = column.number("share", default=1.0, blank=1.0)
    if column.has("share") and not (share[(status != "leaving").to_numpy(bool)] > 0).any():
        column.blame_column("share", "the shares sum to nothing", "Give some rep who stays a share above 0")
    measures, tags = _rep_extras(column)
    known = {c: column.text(c) for c in REP_COLUMNS[6:] if c in column.frame}
    return Reps(
        ids=ids.to_numpy(object),
        names=_names(column, ids),
        lat=lat,
        lon=lon,
        capacity_h=column.number("capacity_h", default=np.nan, blank=np.nan),
        share=share,
        measures=measures,
        tags={k: categories(v) for k, v in {**tags, **known}.items()},
    )


def _accounts(column: Column, reps: Column, places_needed: bool, wanted: Collection[str]) -> Accounts:
    ids = read_ids(column, "account_id")
    lat, lon = read_places(column, places_needed)
    owner = read_owners(column, reps)
    locked = column.boolean("locked")
    alone = locked & (column.text("owner") == "").to_numpy(bool)
    column.blame(alone, "locked", "is locked but has no owner", "The lock is ignored", fatal=False)
    measures, tags = _account_extras(column, wanted)
    known = {c: column.text(c) for c in ("segment", "area_id") if c in column.frame}
    if "family" in column.frame:
        known["family"] = resolve_families(column, ids)
    return Accounts(
        ids=ids.to_numpy(object),
        names=_names(column, ids),
        lat=lat,
        lon=lon,
        owner=owner,
        area=np.full(len(ids), -1, np.int32),
        locked=locked & ~alone,
        measures={**measures, **_standard_measures(column)},
        tags={k: categories(v) for k, v in {**tags, **known}.items()},
    )


def _names(column: Column, ids: pd.Series) -> TextArray:
    names = column.text("name")
    return names.where(names != "", ids).to_numpy(object)


def _standard_measures(column: Column) -> dict[str, FloatArray]:
    found = {}
    for name, default in DEFAULTS.items():
        found[name] = column.number(name, default=default)
        if not column.has(name) and name not in column.misspelt:
            mend = f"Taken as {default:g} for every account"
            column.blame_column(name, "the column is missing or empty", mend, fatal=False)
    for name in MAY_BE_UNKNOWN:
        if column.has(name):
            found[name] = column.number(name, blank=np.nan)
    return found


def _account_extras(
    column: Column, wanted: Collection[str]
) -> tuple[dict[str, FloatArray], dict[str, pd.Series]]:
    """Other columns: measures where every cell is a number of 0 or more, else texts.

    A column of numbers with gaps is read as text and said so, never filled with zeros.
    """
    measures: dict[str, FloatArray] = {}
    tags: dict[str, pd.Series] = {}
    for name, text in _others(column, ACCOUNT_COLUMNS):
        if name in (WORKLOAD_H, ACCOUNTS):
            mend = "The column is ignored; give it another name to balance it"
            column.blame_column(name, "is the name of a measure that is worked out", mend, fatal=False)
        elif name in wanted:
            measures[name] = column.number(name)
        elif _is_namelike(name, text):
            tags[name] = text
        else:
            value = read_numbers(text, column.decimal).values
            good = (value >= 0) & np.isfinite(value)
            if good.all():
                measures[name] = column.number(name)
                continue
            tags[name] = text
            if 2 * good.sum() > (text != "").sum():
                _blame_gaps(column, name, good)
    return measures, tags


def _blame_gaps(column: Column, name: str, good: np.ndarray) -> None:
    odd = np.flatnonzero(~good)
    row = int(column.frame.index[odd[0]]) + FIRST_ROW
    fault = f"some cells are empty, negative or no number: {len(odd)}, the first in row {row}"
    mend = "Read as text; correct them to use it as a measure"
    column.blame_column(name, fault, mend, fatal=False)


def _rep_extras(column: Column) -> tuple[dict[str, FloatArray], dict[str, pd.Series]]:
    """Other columns: measures where every cell that is filled is a number, NaN where empty; else texts."""
    measures: dict[str, FloatArray] = {}
    tags: dict[str, pd.Series] = {}
    for name, text in _others(column, REP_COLUMNS):
        empty = (text == "").to_numpy(bool)
        value = read_numbers(text, column.decimal).values
        if _is_namelike(name, text) or empty.all() or not np.isfinite(value[~empty]).all():
            tags[name] = text
        else:
            measures[name] = column.number(name, blank=np.nan, negative=True)
            column.blame(empty, name, "is empty", "Taken as not known for this rep", fatal=False)
    return measures, tags


def _others(column: Column, known: Collection[str]) -> list[tuple[str, pd.Series]]:
    return [(str(c), column.frame[c]) for c in column.frame.columns if c not in known]


def _is_namelike(name: str, text: pd.Series) -> bool:
    """Whether digits in a column name things rather than count them."""
    return bool(_NAMELIKE.search(name.lower())) or bool(text.str.match(r"0\d").any())


def _currency(column: Column, stated: str | None) -> str:
    """The one currency of all amounts; `stated` is what territory.toml says."""
    text = column.text("currency").str.upper()
    codes = sorted(set(text.unique()) - {""})
    if len(codes) > 1:
        odd = text.ne(text[text != ""].mode().iloc[0]) & (text != "")
        fault = f"currencies are mixed ({', '.join(codes)})"
        column.blame(odd, "currency", fault, "Convert all amounts to one currency")
    elif stated and codes and codes != [stated.upper()]:
        fault = f"amounts are in {codes[0]} but territory.toml says {stated}"
        column.blame_column("currency", fault, "Make them agree")
    _blame_signs(column)
    return stated or (codes[0] if codes else "USD")


def _blame_signs(column: Column) -> None:
    texts = [column.text(name) for name in _MONEY]
    count = {s: sum(int(t.str.contains(s, regex=False).sum()) for t in texts) for s in CURRENCY_SIGNS}
    signs = {sign: n for sign, n in count.items() if n}
    if len(signs) > 1:
        usual = max(signs, key=lambda s: (signs[s], s))
        fault = f"currencies are mixed ({', '.join(sorted(signs))})"
        for name in _MONEY:
            odd = column.text(name).str.contains(rf"[{CURRENCY_SIGNS.replace(usual, '')}]")
            column.blame(odd, name, fault, "Convert all amounts to one currency")
