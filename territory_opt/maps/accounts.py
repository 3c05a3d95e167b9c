"""Accounts on a map, as columns: where they are, whose they are and were, and why they move."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import COVERAGE, Audit
from territory_opt.maps.packing import Column, decimals_for, pack_numbers, pack_texts
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.travel import HiddenPlaces
from territory_opt.travel.place import FloatArray

_PLACE = 4  # decimals of a degree: 11 m
SHOWN_MEASURES = ("potential", "revenue", "visits")


def account_columns(
    problem: Problem, alignment: Alignment, lat: FloatArray, lon: FloatArray
) -> dict[str, Column]:
    """A column each; `value:` stands before measures."""
    accounts = problem.accounts
    both = np.isfinite(lat) & np.isfinite(lon)
    columns = {
        "lat": pack_numbers(np.where(both, lat, np.nan), _PLACE),
        "lon": pack_numbers(np.where(both, lon, np.nan), _PLACE),
        "rep": pack_numbers(alignment.rep),
        "owner": pack_numbers(accounts.owner),
        "km": pack_numbers(_km(problem, alignment)),
    }
    for name in SHOWN_MEASURES:
        values = accounts.measures[name]
        if values.any() or name == "potential":  # which sets the size of the dots
            columns[f"value:{name}"] = pack_numbers(values, decimals_for(values))
    return columns | {"id": pack_texts(accounts.ids), "name": pack_texts(accounts.names)}


def said_columns(name: str, said: Mapping[int, str]) -> dict[str, Column]:
    """A sentence for some accounts: which ones, and what of each."""
    rows = sorted(said)
    return {
        f"{name}:rows": pack_numbers(np.array(rows, np.float64)),
        f"{name}:texts": pack_texts([said[row] for row in rows]),
    }


def clashing(problem: Problem, policy: Policy, plan: Audit) -> dict[int, str]:
    """What is wrong with which accounts: a rep who may not serve it, a family that is split."""
    groups = {rule.name: rule for rule in policy.group_rules()}
    wishes = {rule.name for rule in policy.pair_rules()} | groups.keys() | {"status"}
    told = [c for c in plan.clashes if c.wish in wishes and c.wish != COVERAGE]
    if not told:
        return {}
    row_of = {account: row for row, account in enumerate(problem.accounts.ids.tolist())}
    codes = {name: rule.groups(problem) for name, rule in groups.items()}
    found: dict[int, str] = {}
    for clash in told:
        row = row_of.get(clash.where)
        if row is None:
            continue
        code = codes.get(clash.wish)
        members = [row] if code is None else np.flatnonzero(code == code[row]).tolist()
        for member in members:
            found.setdefault(member, f"{clash.wish}: {clash.message}")
    return found


def _km(problem: Problem, alignment: Alignment) -> FloatArray:
    """Km from home to each account, NaN where nobody serves it or a place is not known.

    Nor where places are hidden: three distances would give a home away.
    """
    km, served = np.full(len(alignment), np.nan), np.flatnonzero(alignment.covered)
    if isinstance(problem.distances, HiddenPlaces):
        return km
    km[served] = problem.km(served, alignment.rep[served])
    return km


def largest_dot(potential: FloatArray) -> float:
    """The potential from which on a dot is as large as any: the 98th percentile."""
    known = potential[np.isfinite(potential)]
    return max(float(np.quantile(known, 0.98)) if len(known) else 0.0, 1e-9)
