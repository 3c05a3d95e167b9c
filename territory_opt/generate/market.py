"""Markets of any size from a seed, for trying out and for measuring.

The bands are feasible by construction. A hidden plan comes first: every working seat gets accounts near
its home, in number by its share. Then each territory's potential and visit hours are scaled, so that in the
hidden plan every seat has exactly its share of all potential and of all hours of work with driving.
Families lie inside one hidden territory and locked accounts are owned today by their hidden seat, so the
plan keeps those rules too; capacity is a tenth above its hours. The one thing that the plan does not have
is the least driving, which the target of `workload_h` counts: visits are made long enough that its index
stays under 1 + `ROOM`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from territory_opt.errors import DataError, Issue
from territory_opt.generate.cities import Cities, homes, places, regions
from territory_opt.generate.sizes import SEGMENTS, hidden_plan, sizes, visit_hours
from territory_opt.generate.today import draw_families, owners_today, same_owner_in_most_families
from territory_opt.problem import Accounts, Driving, Int32Array, Problem, Reps
from territory_opt.travel import great_circle_km
from territory_opt.travel.place import FloatArray

SPARE_CAPACITY = 0.10
ACCOUNTS_PER_CITY = 120


@dataclass(frozen=True)
class Market:
    """A problem with the plan that it was built around."""

    problem: Problem
    hidden: Int32Array  # rep of each account in the hidden plan, shape (accounts,)


def generate(
    n_accounts: int,
    n_reps: int,
    seed: int = 1,
    *,
    families: float = 0.1,
    locks: float = 0.02,
    drift: float = 0.08,
    prospects: float = 0.05,
    part_time: float = 0.1,
    leavers: int = 0,
    vacancies: int = 0,
) -> Problem:
    """A market like real ones; same arguments, same bytes.

    Args:
        n_accounts: at least one per seat that works. n_reps: seats, leavers and vacancies included.
        families: share of accounts in families of 2 to 6. locks: share that stays with its owner.
        drift: share of accounts that history left with a rep who is not near.
        prospects: share that nobody owns today. part_time: share of reps at 0.6.
        leavers: seats that will be gone. vacancies: seats that own nothing today.

    Raises:
        DataError: a number makes no sense; every fault is listed.
    """
    shares = {
        "families": families,
        "locks": locks,
        "drift": drift,
        "prospects": prospects,
        "part_time": part_time,
    }
    _refuse(n_accounts, n_reps, leavers, vacancies, shares)
    return market(n_accounts, n_reps, seed, leavers=leavers, vacancies=vacancies, **shares).problem


def market(
    n_accounts: int,
    n_reps: int,
    seed: int,
    *,
    families: float,
    locks: float,
    drift: float,
    prospects: float,
    part_time: float,
    leavers: int,
    vacancies: int,
) -> Market:
    """As `generate`, with the hidden plan."""
    rng = np.random.default_rng(seed)
    cities = Cities.draw(rng, max(3, n_accounts // ACCOUNTS_PER_CITY, n_reps // 4))
    home, rep_lat, rep_lon = homes(rng, cities, n_reps)
    working = np.arange(n_reps - leavers, dtype=np.int32)
    share = np.where(rng.random(n_reps) < part_time, 0.6, 1.0)
    hidden = hidden_plan(rng, n_accounts, share[working])
    city, lat, lon = places(rng, cities, hidden, rep_lat, rep_lon)
    segment, potential, visits = sizes(rng, hidden, share[working])
    visit_h = visit_hours(segment, visits, hidden, share[working], lat, lon, rep_lat, rep_lon)
    family = draw_families(rng, hidden, families)
    active = n_reps - leavers - vacancies
    owner = owners_today(rng, lat, lon, rep_lat, rep_lon, active, leavers, drift, prospects)
    same_owner_in_most_families(rng, owner, family)
    locked = (rng.random(n_accounts) < locks) & (hidden < active)
    owner[locked] = hidden[locked]
    revenue = np.where(owner >= 0, potential * rng.beta(2.0, 3.0, n_accounts), 0.0).round()
    months = np.where(owner >= 0, 1 + rng.exponential(30.0, n_accounts).clip(0, 119).round(), np.nan)
    width = len(str(n_accounts))
    accounts = Accounts.of(
        [f"A{i:0{width}d}" for i in range(1, n_accounts + 1)],
        names=[f"{name} {i}" for i, name in enumerate(np.array(cities.names, object)[city].tolist(), 1)],
        lat=lat.round(5),
        lon=lon.round(5),
        owner=owner,
        locked=locked,
        measures={
            "visits": visits,
            "visit_h": visit_h,
            "potential": potential,
            "revenue": revenue,
            "months_with_owner": months,
        },
        tags={
            "segment": np.array(SEGMENTS, object)[segment].tolist(),
            "family": [f"F{j + 1:0{width}d}" if j >= 0 else "" for j in family.tolist()],
            "region": regions(rep_lat, rep_lon)[hidden].tolist(),
        },
    )
    reps = _seats(accounts, cities, home, rep_lat, rep_lon, share, hidden, leavers, vacancies)
    return Market(Problem(accounts, reps), hidden)


def wishes() -> str:
    """The text of a `territory.toml` whose wishes every generated market can meet."""
    return files(__package__).joinpath("wishes.toml").read_text(encoding="utf-8")


def _refuse(n_accounts: int, n_reps: int, leavers: int, vacancies: int, shares: dict[str, float]) -> None:
    issues = [
        Issue("generate", None, name, f"{value:g}", "must lie between 0 and 1", "Give a share, 0.1 for 10 %")
        for name, value in shares.items()
        if not 0 <= value <= 1
    ]
    counts = {"n_reps": (n_reps, 1), "leavers": (leavers, 0), "vacancies": (vacancies, 0)}
    for name, (value, least) in counts.items():
        if value < least:
            fault, mend = f"must be {least} or more", "Give a larger number"
            issues.append(Issue("generate", None, name, str(value), fault, mend))
    if leavers + vacancies >= n_reps >= 1:
        fault, mend = "leavers and vacancies leave nobody who works today", "Give fewer"
        issues.append(Issue("generate", None, "leavers", str(leavers), fault, mend))
    if n_accounts < n_reps - leavers:
        fault, mend = "is less than one account a seat", "Give more accounts or fewer reps"
        issues.append(Issue("generate", None, "n_accounts", str(n_accounts), fault, mend))
    if issues:
        raise DataError(issues)


def _seats(
    accounts: Accounts,
    cities: Cities,
    home: Int32Array,
    lat: FloatArray,
    lon: FloatArray,
    share: FloatArray,
    hidden: Int32Array,
    leavers: int,
    vacancies: int,
) -> Reps:
    """The table of reps; capacity leaves `SPARE_CAPACITY` above the hidden plan."""
    n = len(lat)
    m = accounts.measures
    km = great_circle_km(accounts.lat, accounts.lon, lat[hidden], lon[hidden])
    hours = m["visits"] * (m["visit_h"] + km * Driving().hours_per_km)
    capacity = np.ceil(np.bincount(hidden, hours, n) * (1 + SPARE_CAPACITY))
    capacity[n - leavers :] = np.nan
    active = n - leavers - vacancies
    status = ["active"] * active + ["vacant"] * vacancies + ["leaving"] * leavers
    width = len(str(n))
    return Reps.of(
        [f"R{i:0{width}d}" for i in range(1, n + 1)],
        names=[f"Rep {i} ({cities.names[c]})" for i, c in enumerate(home.tolist(), 1)],
        lat=lat,
        lon=lon,
        capacity_h=capacity,
        share=share,
        tags={"region": regions(lat, lon).tolist(), "status": status},
    )
