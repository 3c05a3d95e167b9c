"""The question as arrays: what each unit costs at each centre, what it weighs, and the bands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.design.units import Units
from territory_opt.design.wishes import Wishes, counted_as
from territory_opt.problem import Problem
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray

_BLOCK_PAIRS = 1 << 20


@dataclass(frozen=True)
class Centres:
    """Places where a seat may be; degrees, (sites,)."""

    lat: FloatArray
    lon: FloatArray


def sites_of(problem: Problem, wishes: Wishes, units: Units) -> Sites:
    """Every unit with an account may be a centre; loads do not depend on it."""
    home = units.centres
    every = np.arange(len(problem.accounts))
    load = [units.total(problem.load(counted_as(measure), every, every)) for measure in wishes.within]
    loads = np.array(load).reshape(len(load), len(units))
    target, within = loads.sum(axis=1) / wishes.k, np.array(list(wishes.within.values()))
    low, high = ((1 + sign * within) * target for sign in (-1, 1))
    return Sites(
        cost=_costs(problem, wishes, units, Centres(units.lat[home], units.lon[home])),
        load=loads,
        low=np.repeat(low[:, None], len(home), axis=1),
        high=np.repeat(high[:, None], len(home), axis=1),
        home=home.astype(np.int32),
        edges=units.edges,
        contiguous=wishes.contiguous,
        k=wishes.k,
    )


def _costs(problem: Problem, wishes: Wishes, units: Units, centres: Centres) -> FloatArray:
    """Sum over the accounts of each unit, whole units of accounts at a time; (units, sites)."""
    weight, site = wishes.weights(problem), np.arange(len(centres.lat))
    cost = np.zeros((len(units), len(site)))
    order = np.argsort(units.of_account, kind="stable")
    for account in np.array_split(order, _blocks(len(order), len(site))):
        km = problem.distances.km(problem.accounts, account[:, None], centres, site[None, :])
        pair = weight[account][:, None] * (km**2 if wishes.objective == "inertia" else km)
        unit, first = np.unique(units.of_account[account], return_index=True)
        cost[unit] += np.add.reduceat(pair, first, axis=0)
    return cost


def _blocks(n_accounts: int, n_sites: int) -> int:
    return max(1, -(-n_accounts * n_sites // _BLOCK_PAIRS))
