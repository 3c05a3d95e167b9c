"""From two tables to a `Problem`, with every fault on the way.

The rule of severity: a fault is fatal when a plan could not be made, or would be silently wrong; it is a
warning when there is one safe reading, and then `mend` says which was taken.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from territory_opt.errors import Issue, did_you_mean
from territory_opt.io.columns import Column, is_numeric
from territory_opt.io.families import resolve_families
from territory_opt.problem import Accounts, Categories, Driving, Problem, Reps
from territory_opt.travel import GreatCircle, TravelTable
from territory_opt.travel.place import FloatArray

ACCOUNT_COLUMNS = (
    "account_id name lat lon visits visit_h potential revenue owner family segment locked area_id "
    "months_with_owner currency"
).split()
REP_COLUMNS = (
    "rep_id name lat lon capacity_h share region manager segments skills status start_date"
).split()
STATUSES = ("active", "vacant", "leaving")
_NOT_MEASURES = {"name", "postal_code", "zip", "phone", "id", "year_opened"}
_VISIT_H = 1.0

Columns = Mapping[str, Mapping[str, str]]


def to_problem(
    accounts: pd.DataFrame,
    reps: pd.DataFrame,
    travel: pd.DataFrame | None = None,
    *,
    columns: Columns | None = None,
    driving: Driving | None = None,
    currency: str | None = None,
) -> tuple[Problem | None, tuple[Issue, ...]]:
    """The problem (None when a fault is fatal) and every fault, fatal ones first.

    Frames hold texts as `read_table` gives them. columns: for each table, our name -> the file's name.
    """
    a = _renamed("accounts", accounts, (columns or {}).get("accounts", {}), ACCOUNT_COLUMNS)
    r = _renamed("reps", reps, (columns or {}).get("reps", {}), REP_COLUMNS)
    places_needed = travel is None
    roster = _reps(r, places_needed)
    force = _accounts(a, r, places_needed)
    _mixed_ids(a, "account_id")
    found = _currency(a, currency)
    issues = [*a.issues, *r.issues]
    table = None
    if travel is not None:
        t = Column("travel", travel)
        table = _travel_table(t, a.text("account_id"), r.text("rep_id"))
        issues += t.issues
    issues.sort(key=lambda issue: not issue.fatal)
    if any(issue.fatal for issue in issues):
        return None, tuple(issues)
    distances = GreatCircle() if table is None else TravelTable(table)
    return Problem(force, roster, distances, driving or Driving(), found), tuple(issues)


def _renamed(table: str, frame: pd.DataFrame, mapping: Mapping[str, str], known: list[str]) -> Column:
    column = Column(table, frame)
    for ours, theirs in mapping.items():
        if theirs not in frame.columns:
            hint = did_you_mean(theirs, frame.columns)
            column.blame_column(theirs, f"the column mapped to {ours} is not in the file", hint)
    given = {theirs: ours for ours, theirs in mapping.items() if theirs in frame.columns}
    clash = [ours for ours in given.values() if ours in frame.columns and ours not in given]
    column.frame = frame.drop(columns=clash).rename(columns=given)
    key = known[0]
    if key not in column.frame:
        near = did_you_mean(key, column.frame.columns)
        column.blame_column(key, "the column is missing", f"Add it or map it in territory.toml. {near}")
    elif len(frame) == 0:
        column.blame_column("", "the table has a header but no rows", "Add at least one row")
    return column


def _ids(column: Column, key: str) -> pd.Series:
    ids = column.text(key)
    if key in column.frame:
        column.blame(ids == "", key, "is empty", "Give every row an id")
        column.blame(ids.duplicated() & (ids != ""), key, "the id appears twice", "Keep one row per id")
    return ids


def _places(column: Column, needed: bool) -> tuple[FloatArray, FloatArray]:
    n = len(column.frame)
    if not column.has("lat") or not column.has("lon"):
        if needed:
            for name in ("lat", "lon"):
                if not column.has(name):
                    column.blame_column(name, "the column is missing or empty", "Add coordinates in degrees")
        return np.full(n, np.nan), np.full(n, np.nan)
    lat = column.number("lat", blank=np.nan, negative=True)
    lon = column.number("lon", blank=np.nan, negative=True)
    mend = "Correct the coordinates" if needed else "Not used, since a travel table is given"
    empty = (column.text("lat") == "") | (column.text("lon") == "")
    column.blame(empty, "lat", "has no coordinates", mend, fatal=needed)
    column.blame((lat == 0) & (lon == 0), "lat", "lies at (0, 0), in the sea", mend, fatal=needed)
    far = (np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
    column.blame(far, "lat", "latitude and longitude look swapped", mend, fatal=needed)
    column.blame(~far & (np.abs(lat) > 90), "lat", "is outside -90 … 90", mend, fatal=needed)
    column.blame(np.abs(lon) > 180, "lon", "is outside -180 … 180", mend, fatal=needed)
    _blame_mirrored(column, lat, lon, mend, needed)
    return lat, lon


def _blame_mirrored(column: Column, lat: FloatArray, lon: FloatArray, mend: str, needed: bool) -> None:
    """Rows that only fit the rest of the market with latitude and longitude exchanged."""
    ok = np.isfinite(lat) & np.isfinite(lon) & ~((lat == 0) & (lon == 0)) & (np.abs(lat) <= 90)
    if ok.sum() < 5:
        return
    box = [np.percentile(v[ok], [10, 90]) for v in (lat, lon)]
    room = [max(np.ptp(b), 2.0) for b in box]
    away = (np.abs(lat - np.mean(box[0])) > 1.5 * room[0]) & (np.abs(lon - np.mean(box[1])) > 1.5 * room[1])
    fits = (np.abs(lon - np.mean(box[0])) < room[0]) & (np.abs(lat - np.mean(box[1])) < room[1])
    column.blame(ok & away & fits, "lat", "latitude and longitude look swapped", mend, fatal=needed)


def _reps(column: Column, places_needed: bool) -> Reps:
    ids = _ids(column, "rep_id")
    lat, lon = _places(column, places_needed)
    status = column.text("status").str.lower().replace("", "active")
    if column.has("status"):
        column.blame(~status.isin(STATUSES), "status", "is no known status", f"Use {', '.join(STATUSES)}")
        column.frame = column.frame.assign(status=status)
    share = column.number("share", default=1.0, blank=1.0)
    active = np.where(status == "leaving", 0.0, share)
    if len(column.frame) and column.has("share") and not (active > 0).any():
        column.blame_column("share", "the shares sum to nothing", "Give some rep a share above 0")
    measures, tags = _extras(column, REP_COLUMNS)
    known = {c: column.text(c) for c in REP_COLUMNS[6:] if c in column.frame}
    return Reps(
        ids=ids.to_numpy(object),
        names=_names(column, ids),
        lat=lat,
        lon=lon,
        capacity_h=column.number("capacity_h", default=np.nan, blank=np.nan),
        share=share,
        measures=measures,
        tags={k: Categories.of(v) for k, v in {**tags, **known}.items()},
    )


def _accounts(column: Column, reps: Column, places_needed: bool) -> Accounts:
    ids = _ids(column, "account_id")
    lat, lon = _places(column, places_needed)
    owner = _owners(column, reps)
    locked = column.boolean("locked")
    fault, mend = "is locked but has no owner", "The lock is ignored"
    column.blame(locked & (column.text("owner") == "").to_numpy(), "locked", fault, mend, fatal=False)
    measures, tags = _extras(column, ACCOUNT_COLUMNS)
    standard = {
        name: column.number(name, default=default)
        for name, default in {"visits": 0.0, "visit_h": _VISIT_H, "potential": 0.0, "revenue": 0.0}.items()
    }
    for name in standard:
        if not column.has(name) and len(column.frame):
            assumed = f"Taken as {_VISIT_H if name == 'visit_h' else 0:g} for every account"
            column.blame_column(name, "the column is missing", assumed, fatal=False)
    if column.has("months_with_owner"):
        standard["months_with_owner"] = column.number("months_with_owner", blank=np.nan)
    known = {c: column.text(c) for c in ("segment", "area_id") if c in column.frame}
    if "family" in column.frame:
        known["family"] = resolve_families(column, ids)
    return Accounts(
        ids=ids.to_numpy(object),
        names=_names(column, ids),
        lat=lat,
        lon=lon,
        owner=owner,
        locked=locked,
        measures={**measures, **standard},
        tags={k: Categories.of(v) for k, v in {**tags, **known}.items()},
    )


def _names(column: Column, ids: pd.Series) -> np.ndarray:
    names = column.text("name")
    return names.where(names != "", ids).to_numpy(object)


def _owners(column: Column, reps: Column) -> np.ndarray:
    roster = reps.text("rep_id")
    number = pd.Series(np.arange(len(roster)), index=roster.to_numpy(object))
    number = number[~number.index.duplicated()]
    text = column.text("owner")
    owner = text.map(number).fillna(-1).to_numpy(np.int32)
    unknown = (text != "").to_numpy() & (owner < 0)
    mend = "Add the rep (status leaving, if gone) or empty the cell"
    column.blame(unknown, "owner", "is not in the table of reps", mend)
    return owner


def _extras(column: Column, known: list[str]) -> tuple[dict[str, FloatArray], dict[str, pd.Series]]:
    """Other columns: measures where every cell that is filled is a number, else tags.

    A column that is numeric in nearly all rows is meant as a measure, so its odd cells are faults.
    """
    measures: dict[str, FloatArray] = {}
    tags: dict[str, pd.Series] = {}
    for name in column.frame.columns:
        if name in known or name == "":
            continue
        text = column.frame[name]
        as_text = name.lower() in _NOT_MEASURES or name.lower().endswith("_id")
        if not as_text and is_numeric(text):
            measures[name] = column.number(name, blank=np.nan, negative=column.table == "reps")
            empty = (text == "").to_numpy()
            fatal = column.table == "accounts"
            mend = "Fill in a number; 0 only where 0 is meant" if fatal else "Not known for this rep"
            column.blame(empty, name, "is empty", mend, fatal=fatal)
        else:
            tags[name] = text
    return measures, tags


def _mixed_ids(column: Column, key: str) -> None:
    """CRM ids of 15 characters differ only by case and do not match their 18-character form."""
    ids = column.text(key)
    like = ids.str.match(r"^(001|003|005|00Q)[0-9A-Za-z]{12}$")
    long = ids.str.match(r"^(001|003|005|00Q)[0-9A-Za-z]{15}$")
    if like.any() and long.any():
        fault = "15-character and 18-character ids are mixed"
        column.blame(like, key, fault, "Export all ids in their 18-character form")


def _currency(column: Column, stated: str | None) -> str:
    text = column.text("currency").str.upper()
    codes = sorted(set(text) - {""})
    if len(codes) > 1:
        odd = text.ne(text[text != ""].mode().iloc[0]) & (text != "")
        fault = f"currencies are mixed ({', '.join(codes)})"
        column.blame(odd, "currency", fault, "Convert all amounts to one currency")
    if stated and codes and codes != [stated.upper()] and len(codes) == 1:
        fault = f"amounts are in {codes[0]} but territory.toml says {stated}"
        column.blame_column("currency", fault, "Make them agree")
    return stated or (codes[0] if codes else "USD")


def _travel_table(column: Column, accounts: pd.Series, reps: pd.Series) -> FloatArray:
    """Accounts × reps in km; every pair must be given once."""
    table = np.full((len(accounts), len(reps)), np.nan)
    km = column.number("km")
    at = [
        column.text(key).map({text: i for i, text in enumerate(ids)}).fillna(-1).to_numpy(np.int64)
        for key, ids in (("account_id", accounts), ("rep_id", reps))
    ]
    for key, index in zip(("account_id", "rep_id"), at, strict=True):
        column.blame(index < 0, key, "is in no other table", "Correct the id", fatal=False)
    known = (at[0] >= 0) & (at[1] >= 0)
    table[at[0][known], at[1][known]] = km[known]
    missing = np.argwhere(np.isnan(table))
    for i, j in missing[:20]:
        pair = f"{accounts.iloc[i]} – {reps.iloc[j]}"
        column.issues.append(Issue("travel", None, "km", pair, "the pair is missing", "Give every pair"))
    if len(missing) > 20:
        fault = f"{len(missing)} pairs are missing"
        column.issues.append(Issue("travel", None, "km", "", fault, "Give every pair"))
    return np.where(np.isfinite(table) & (table >= 0), table, 0.0)
