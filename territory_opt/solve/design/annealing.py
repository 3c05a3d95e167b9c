"""From first territories to good ones: annealed shifts, chains and moves of centres.

Bands are priced, and the price rises along the way, as in the search with fixed reps; connectivity is kept
throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt.solve.design.kernels import anneal
from territory_opt.solve.design.seeding import located, neighbours, seeded
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.territories import Territories, hard_breach, prices, seated
from territory_opt.travel.place import FloatArray, IndexArray

_NEAR_SITES = 8  # of a unit, to be tried as centres of its territory
_SEATINGS = 30  # of reps on the way


@dataclass(frozen=True)
class Schedule:
    """Tries per unit; temperatures in shares of a unit's mean cost; first share of the prices of breaches."""

    tries_per_unit: int = 4000
    hot: float = 0.3
    cold: float = 0.003
    softest: float = 0.02
    dearer: float = 1.0  # hard bands cost so many times more


@dataclass(frozen=True)
class Around:
    """Where moves come from. near (units, few): cheap sites; start, beside: units to be with, by unit."""

    near: IndexArray
    start: IndexArray
    beside: IndexArray

    @classmethod
    def of(cls, sites: Sites) -> Around:
        few = min(_NEAR_SITES, sites.n_sites)
        near = np.argpartition(sites.cost, few - 1, axis=1)[:, :few]
        if sites.contiguous:
            graph = neighbours(sites)
            return cls(near, graph.indptr.astype(np.int64), graph.indices.astype(np.int64))
        reach = int(np.clip(3 * sites.n_units / sites.k, 10, 60))
        reach = min(reach, sites.n_sites)
        wide = np.argpartition(sites.cost, reach - 1, axis=1)[:, :reach]
        beside = np.where(sites.home >= 0, sites.home, sites.cost.argmin(axis=0))[wide]
        start = np.arange(sites.n_units + 1, dtype=np.int64) * reach
        return cls(near, start, beside.ravel().astype(np.int64))


def annealed_start(sites: Sites, around: Around, schedule: Schedule, seed: int) -> Territories | None:
    """Territories drawn anew and annealed, or None if no draw reaches every unit."""
    rng = np.random.default_rng(seed)
    first = next((plan for _ in range(20) if (plan := seeded(sites, rng)) is not None), None)
    return None if first is None else annealed(sites, around, first, schedule, seed)


def annealed(sites: Sites, around: Around, plan: Territories, schedule: Schedule, seed: int) -> Territories:
    """The plan after annealing, and again at low temperature with dearer bands while some are broken."""
    plan = _run(sites, around, plan, schedule, seed)
    for more in (10.0, 100.0):
        if hard_breach(sites, plan.site) == 0.0:
            break
        again = Schedule(schedule.tries_per_unit // 4, schedule.hot / 5, schedule.cold, 0.1, more)
        plan = _run(sites, around, plan, again, seed)
    return plan


def _run(sites: Sites, around: Around, plan: Territories, schedule: Schedule, seed: int) -> Territories:
    label, centre = plan.label.astype(np.int64), plan.centre.astype(np.int64)
    scale = max(fair_cost(sites, plan), 1e-12)
    price = prices(sites, scale * schedule.dearer)
    rep_cost = np.zeros((0, 0)) if sites.rep_cost is None else sites.rep_cost
    # Reps change seats between pieces of the run, which fall and rise like one.
    pieces = 1 if sites.rep_cost is None else _SEATINGS
    fall, rise = (schedule.cold / schedule.hot) ** (1 / pieces), schedule.softest ** (-1 / pieces)
    for i in range(pieces):
        hot = schedule.hot * fall**i
        softest = schedule.softest * rise**i if pieces > 1 else schedule.softest
        anneal(
            seed + 7919 * i, schedule.tries_per_unit * sites.n_units // pieces, hot * scale,
            hot * fall * scale, softest if pieces == 1 else 1.0, label, centre, sites.cost, rep_cost,
            sites.load, sites.low, sites.high, price if pieces == 1 else price * min(softest, 1.0),
            sites.home, around.near, around.start, around.beside, sites.contiguous,
        )  # fmt: skip
        if sites.rep_cost is not None:
            moved = seated(sites, Territories(label, centre))
            label, centre = moved.label.astype(np.int64), moved.centre.astype(np.int64)
    return Territories(label, located(sites, label, centre) if not _site_bands(sites) else centre)


def fair_cost(sites: Sites, plan: Territories) -> float:
    """Mean cost of serving a unit, rep included."""
    total = sites.cost[np.arange(sites.n_units), plan.site].sum()
    if sites.rep_cost is not None:
        total += sites.rep_cost[np.arange(sites.n_units), plan.label].sum()
    return float(total) / max(sites.n_units, 1)


def _site_bands(sites: Sites) -> bool:
    """Whether sites differ in what they may carry."""
    both = np.concatenate([sites.low, sites.high])
    return bool((both != both[:, :1]).any())


def mean_pull(sites: Sites, plan: Territories) -> FloatArray:
    """How many units of one territory could nearly as well be another's (k, k), symmetric."""
    cost = sites.cost[:, plan.centre]
    own = cost[np.arange(sites.n_units), plan.label]
    scale = max(float(own.mean()), 1e-12)
    pull = np.exp(-np.clip((cost - own[:, None]) / scale, 0.0, 50.0))
    table = np.zeros((sites.k, sites.k))
    np.add.at(table, plan.label, pull)
    np.fill_diagonal(table, 0.0)
    return table + table.T
