"""A force of another size: which seats go first, and where new ones would live."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from territory_opt.design import design
from territory_opt.design.seats import fresh_ids
from territory_opt.policy import Balance, Policy, Travel
from territory_opt.problem import Categories, Int32Array, Problem, Reps
from territory_opt.solve import Stop
from territory_opt.travel import great_circle_km
from territory_opt.travel.place import FloatArray, IndexArray

_SAMPLE = 1_000  # accounts that a home is proposed from: places change little with more


def cheapest_to_lose(problem: Problem, policy: Policy, seats: int) -> Int32Array:
    """So many seats, each the one that costs least to lose once those before it are gone.

    Losing a seat costs what the cheapest other rep who may serve its accounts costs more than it does, by the
    terms of the policy that cost money per pair; where nobody else may, the revenue is lost. Its accounts are
    those of today and those that came to it from seats gone before.

    Example: X goes first and leaves a large account to Y near by. To lose Y next costs what that account
    costs further away, not only the small one that was Y's.
    """
    gone, home = problem.reps.leaving.copy(), problem.accounts.owner.copy()
    chosen: list[int] = []
    for _ in range(seats):
        left = np.flatnonzero(~gone)
        found = [_new_homes(problem, policy, home, int(seat), left[left != seat]) for seat in left]
        least = int(np.argmin([loss for loss, _ in found]))
        chosen.append(int(left[least]))
        gone[chosen[-1]] = True
        home[home == chosen[-1]] = found[least][1]
    return np.array(chosen, np.int32)


def _new_homes(
    problem: Problem, policy: Policy, home: Int32Array, seat: int, others: IndexArray
) -> tuple[float, IndexArray]:
    """What it costs to give the accounts at home with a seat to others, and to whom: -1 for nobody."""
    account = np.flatnonzero(home == seat)
    if not len(account) or not len(others):
        lost = problem.accounts.measures["revenue"][account]
        return float(lost.sum()), np.full(len(account), -1)
    one, every = account[:, None], np.asarray(others)[None, :]
    cost = np.zeros((len(account), len(others)))
    for term in policy.pair_terms():
        cost += term.cost(problem, one, every)
        cost -= term.cost(problem, account, np.full(len(account), seat))[:, None]
    may = np.ones_like(cost, dtype=bool)
    for rule in policy.pair_rules():
        if rule.name != "locked":  # a lock ends with its owner
            may &= rule.allows(problem, one, every)
    cost = np.where(may, cost, np.inf)
    least, some = cost.min(axis=1), may.any(axis=1)
    lost = np.where(some, least, problem.accounts.measures["revenue"][account])
    return float(lost.sum()), np.where(some, np.asarray(others)[cost.argmin(axis=1)], -1)


def without(problem: Problem, seats: Int32Array) -> Problem:
    """The same facts with these seats leaving; their accounts need a new rep."""
    status = _texts(problem.reps, "status", "active")
    status[seats] = "leaving"
    tags = {**problem.reps.tags, "status": Categories.of(status)}
    return replace(problem, reps=replace(problem.reps, tags=tags))


def proposed_homes(
    problem: Problem, policy: Policy, seats: int, *, seed: int, stop: Stop, executor: Executor | None = None
) -> tuple[FloatArray, FloatArray]:
    """Latitude and longitude of so many new seats, (seats,) each.

    A force of the new size is designed from nothing, with the bands of the policy. Today's reps stay where
    they live and take the centres that are nearest in all; those that nobody is left for are the homes. Of
    many accounts without areas a sample is designed. PolicyError where no design can be made.
    """
    some, everybody = problem, np.arange(len(problem.reps))
    if problem.areas is None and len(problem.accounts) > _SAMPLE:
        by_id = np.argsort(problem.accounts.ids, kind="stable")
        rows = np.random.default_rng(seed).choice(by_id, _SAMPLE, replace=False)
        some = problem.take(np.sort(rows), everybody)
    stays = np.flatnonzero(~problem.reps.leaving)
    size = len(stays) + seats
    drawn = design(some, size, seed=seed, stop=stop, executor=executor, **_question(some, policy))
    lat, lon = drawn.centre
    km = great_circle_km(problem.reps.lat[stays, None], problem.reps.lon[stays, None], lat[None], lon[None])
    _, taken = linear_sum_assignment(np.nan_to_num(km, nan=0.0))
    free = np.setdiff1d(np.arange(size), taken)
    return lat[free], lon[free]


def _question(problem: Problem, policy: Policy) -> Mapping[str, Any]:
    """What the policy asks of new territories, as the design takes it."""
    bands = [term for term in policy.terms if isinstance(term, Balance) and term.by is None]
    hours = [term.hour_cost for term in policy.terms if isinstance(term, Travel)]
    some_visits = (problem.accounts.measures["visits"] > 0).any()
    return {
        "measures": {term.measure: term.within for term in bands},
        "objective": "travel" if some_visits else "distance",
        "hour_cost": hours[0] if hours else Travel().hour_cost,
    }


def with_seats(problem: Problem, lat: FloatArray, lon: FloatArray) -> Problem:
    """The same facts with vacant seats at these places.

    A new seat is like the nearest rep who stays (region, manager, segments …), with the median share and
    capacity of those who stay; it has no figures of its own.
    """
    reps, n = problem.reps, len(lat)
    stays = np.flatnonzero(~reps.leaving)
    km = great_circle_km(reps.lat[stays][None], reps.lon[stays][None], lat[:, None], lon[:, None])
    like = stays[np.nan_to_num(km, nan=np.inf).argmin(axis=1)]
    rows = np.append(np.arange(len(reps)), like)
    grown, new = reps.take(rows), np.arange(len(reps), len(reps) + n)
    arrays = {name: getattr(grown, name).copy() for name in ("ids", "names", "lat", "lon")}
    arrays["ids"][new] = fresh_ids(n, reps.ids)
    arrays["names"][new] = [f"New seat {i + 1}" for i in range(n)]
    arrays["lat"][new], arrays["lon"][new] = lat, lon
    for name in ("share", "capacity_h"):
        arrays[name] = getattr(grown, name).copy()
        known = arrays[name][stays][~np.isnan(arrays[name][stays])]
        arrays[name][new] = np.median(known) if len(known) else np.nan
    measures = {name: np.append(values, np.full(n, np.nan)) for name, values in reps.measures.items()}
    tags = dict(grown.tags)
    for name, text in (("status", "vacant"), ("start_date", "")):
        if name == "status" or name in tags:
            column = _texts(grown, name, "active" if name == "status" else "")
            column[new] = text
            tags[name] = Categories.of(column)
    return replace(problem, reps=Reps(**arrays, measures=measures, tags=tags))


def _texts(reps: Reps, name: str, default: str) -> np.ndarray:
    """A text column of the reps to be changed; the default where it is empty."""
    if name not in reps.tags:
        return np.array([default] * len(reps), dtype=object)
    column = reps.tags[name].texts().copy()
    column[column == ""] = default
    return column
