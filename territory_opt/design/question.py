"""The question as arrays: what each unit costs at each centre, what it weighs, and the bands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np

from territory_opt.design.candidates import candidate_units, candidates_wanted
from territory_opt.design.limits import too_heavy
from territory_opt.design.units import Units
from territory_opt.design.wishes import Wishes, counted_as
from territory_opt.problem import Problem
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray, IndexArray

_BLOCK_PAIRS = 1 << 20
_SITES_AT_A_TIME = 256


@dataclass(frozen=True)
class Centres:
    """Places where a seat may be; degrees, (sites,)."""

    lat: FloatArray
    lon: FloatArray


@dataclass(frozen=True)
class Asked:
    """A question: facts, wishes and the units that move."""

    problem: Problem
    wishes: Wishes
    units: Units

    def sites(self, home: IndexArray | None = None) -> Sites:
        """The question with centres in some units, by default in those that are tried (see `candidates`)."""
        units, wishes = self.units, self.wishes
        if home is None:
            weight = units.total(wishes.weights(self.problem))
            home = candidate_units(units, weight, candidates_wanted(units, wishes.k))
        loads = self.loads()
        low, high = self.limits(loads)
        return Sites(
            cost=_costs(self.problem, wishes, units, Centres(units.lat[home], units.lon[home])),
            load=loads,
            low=np.repeat(low[:, None], len(home), axis=1),
            high=np.repeat(high[:, None], len(home), axis=1),
            home=home.astype(np.int32),
            edges=units.edges,
            contiguous=wishes.contiguous,
            k=wishes.k,
        )

    def loads(self) -> FloatArray:
        """What each unit weighs, whoever serves it; (meters, units)."""
        every = np.arange(len(self.problem.accounts))
        measures = [counted_as(measure) for measure in self.wishes.within]
        rows = [self.units.total(self.problem.load(measure, every, every)) for measure in measures]
        return np.array(rows).reshape(len(rows), len(self.units))

    def limits(self, loads: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What a territory must hold of each measure at least and at most; (meters,) each."""
        target, within = loads.sum(axis=1) / self.wishes.k, np.array(list(self.wishes.within.values()))
        return (1 - within) * target, (1 + within) * target

    def why_impossible(self, sites: Sites) -> str:
        """In a sentence, where one piece is too much for any territory; else ""."""
        return too_heavy(self.problem, self.wishes, self.units, sites)

    def part(self, rows: IndexArray, k: int) -> Self:
        """The same question about some units alone, for k territories."""
        units, account = self.units.part(rows)
        alone = self.problem.take(account, np.zeros(0, np.int64))
        return replace(self, problem=alone, units=units, wishes=replace(self.wishes, k=k))

    def others(self, tried: IndexArray) -> list[Callable[[], Sites]]:
        """The same question for all centres but those that are tried, a few hundred at a time."""
        left = np.setdiff1d(self.units.centres, tried)
        starts = range(0, len(left), _SITES_AT_A_TIME)
        return [partial(self.sites, left[start : start + _SITES_AT_A_TIME]) for start in starts]

    def recentred(self, sites: Sites, site: IndexArray) -> tuple[Sites, IndexArray]:
        """Each territory around the cheapest of all its units, and the plan in these terms."""
        opened, territory = np.unique(site, return_inverse=True)
        able, home = self.units.centres, sites.home[opened].astype(np.int64)
        of_account = territory[self.units.of_account]
        for t in range(len(opened)):
            own = able[territory[able] == t]
            cost = self._total(np.flatnonzero(of_account == t), own)
            home[t] = own[cost.argmin()] if len(own) else home[t]
        return self.sites(home), territory.astype(np.int64)

    def _total(self, account: IndexArray, centre: IndexArray) -> FloatArray:
        """Cost of some accounts together from each of some units; (centres,)."""
        at, total = Centres(self.units.lat[centre], self.units.lon[centre]), np.zeros(len(centre))
        weight, site = self.wishes.weights(self.problem), np.arange(len(centre))
        for some in np.array_split(account, _blocks(len(account), len(centre))):
            total += _pairs(self.problem, self.wishes, weight, some, at, site).sum(axis=0)
        return total


def sites_of(problem: Problem, wishes: Wishes, units: Units) -> Sites:
    """The units that are tried as centres and have an account; loads do not depend on the centre."""
    return Asked(problem, wishes, units).sites()


def _costs(problem: Problem, wishes: Wishes, units: Units, centres: Centres) -> FloatArray:
    """Sum over the accounts of each unit, whole units of accounts at a time; (units, sites)."""
    weight, site = wishes.weights(problem), np.arange(len(centres.lat))
    cost = np.zeros((len(units), len(site)))
    order = np.argsort(units.of_account, kind="stable")
    for account in np.array_split(order, _blocks(len(order), len(site))):
        unit, first = np.unique(units.of_account[account], return_index=True)
        pair = _pairs(problem, wishes, weight, account, centres, site)
        cost[unit] += np.add.reduceat(pair, first, axis=0)
    return cost


def _pairs(
    problem: Problem, wishes: Wishes, weight: FloatArray, account: IndexArray, at: Centres, site: IndexArray
) -> FloatArray:
    """Cost of each pair of an account and a centre; (accounts, sites)."""
    km = problem.distances.km(problem.accounts, account[:, None], at, site[None, :])
    pair: FloatArray = weight[account][:, None] * (km**2 if wishes.objective == "inertia" else km)
    return pair


def _blocks(n_accounts: int, n_sites: int) -> int:
    return max(1, -(-n_accounts * n_sites // _BLOCK_PAIRS))
