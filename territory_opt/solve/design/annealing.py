"""From first territories to good ones: annealed shifts, chains and moves of centres.

Bands are priced, and the price rises along the way, as in the search with fixed reps; connectivity is kept
throughout.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.solve.design.balancing import balanced
from territory_opt.solve.design.kernels import Question, anneal
from territory_opt.solve.design.seeding import located, seeded, shaken, shaken_centres
from territory_opt.solve.design.separators import adjacency
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.territories import Territories, hard_breach, prices, rank, seated
from territory_opt.travel.place import FloatArray, IndexArray

_NEAR_SITES = 8  # of a unit, to be tried as centres of its territory
_FAR_SITES = 16  # of a unit, to see who else might serve it
_DRAWS = 20  # until one reaches every unit
_HOT_AND_DEAR = 20.0  # against prices of 10: even a heavy unit too many is passed at first
_PIECES = 30  # of a run
_COOL_ROUNDS = ((2_000, 3.0), (1_000, 10.0), (1_000, 100.0))  # tries per unit, and how dear bands are
_INSET = 0.002  # of a band's width at each end, so that what is soft here ends inside the band


@dataclass(frozen=True)
class Schedule:
    """Tries per unit, and temperatures in shares of what a unit costs; dearer: price of hard bands, times.

    along: a unit that others hang on takes these with it.
    """

    tries_per_unit: int
    hot: float = 3.0
    cold: float = 0.02
    dearer: float = 1.0
    along: bool = False


@dataclass(frozen=True)
class Around:
    """Where moves come from. near (units, few): cheap sites; start, beside: units to be with, by unit."""

    near: IndexArray
    start: IndexArray
    beside: IndexArray

    @classmethod
    def of(cls, sites: Sites) -> Around:
        few = min(_NEAR_SITES, sites.n_sites)
        # One layout, whether some sites are left out or none: another would be compiled anew.
        near = np.ascontiguousarray(np.argpartition(sites.cost, few - 1, axis=1)[:, :few])
        if sites.contiguous:
            graph = adjacency(sites.n_units, sites.edges)
            return cls(near, graph.indptr.astype(np.int64), graph.indices.astype(np.int64))
        wide = np.argsort(sites.cost, axis=1, kind="stable")[:, _ranks(sites)]
        beside = np.where(sites.home >= 0, sites.home, sites.cost.argmin(axis=0))[wide]
        start = np.arange(sites.n_units + 1, dtype=np.int64) * wide.shape[1]
        return cls(near, start, beside.ravel().astype(np.int64))


def _ranks(sites: Sites) -> IndexArray:
    """Ranks of the sites whose units a unit may be with: the nearest, and ever fewer of those farther away.

    A dense cluster would otherwise be all that its units see.
    """
    near = int(np.clip(2 * sites.n_units / sites.k, 10, 40))
    far = np.geomspace(near, max(sites.n_sites, near), _FAR_SITES).astype(int)
    ranks = np.unique(np.concatenate([np.arange(near), far]))
    return ranks[ranks < sites.n_sites]


def annealed_start(
    sites: Sites,
    around: Around,
    schedule: Schedule,
    deadline_s: float,
    start: tuple[int, Territories | None],
) -> Territories | None:
    """Territories drawn anew, or shaken out of a plan, and annealed; None if no draw reaches every unit.

    start: a seed, and the plan to begin from.
    """
    seed, plan = start
    rng = np.random.default_rng(seed)
    if sites.is_large():
        first = balanced(sites, rng, None if plan is None else shaken_centres(sites, plan, rng))
        return None if first is None else cooled(sites, around, first, seed, deadline_s)
    for _ in range(_DRAWS):
        first = seeded(sites, rng) if plan is None else shaken(sites, plan, rng)
        if first is not None:
            return annealed(sites, around, first, schedule, seed, deadline_s)
    return None


def annealed(
    sites: Sites,
    around: Around,
    plan: Territories,
    schedule: Schedule,
    seed: int,
    deadline_s: float = float("inf"),
    dearer: Sequence[float] = (10.0, 100.0),
) -> Territories:
    """The plan after annealing, and again with dearer bands, so hotter at first, while some are broken."""
    plan = _run(sites, around, plan, schedule, seed, deadline_s)
    for more in dearer:
        if hard_breach(sites, plan.site) == 0.0:
            break
        again = replace(schedule, hot=_HOT_AND_DEAR * more, dearer=more)
        plan = _run(sites, around, plan, again, seed, deadline_s)
    return plan


def cooled(
    sites: Sites, around: Around, plan: Territories, seed: int, deadline_s: float = float("inf")
) -> Territories:
    """A plan of many units that is nearly balanced, after few and cool rounds, each with dearer bands."""
    for tries, dearer in _COOL_ROUNDS:
        plan = _run(
            sites, around, plan, Schedule(tries, hot=1.0, dearer=dearer, along=True), seed, deadline_s
        )
        if hard_breach(sites, plan.site) == 0.0 and dearer > _COOL_ROUNDS[0][1]:
            break
    return plan


def _run(
    sites: Sites, around: Around, plan: Territories, schedule: Schedule, seed: int, deadline_s: float
) -> Territories:
    """The best plan met during one fall of temperature.

    It falls in pieces: between them reps change seats, and the clock is looked at.
    """
    best = plan
    scale = max(fair_cost(sites, plan), 1e-12)
    price = prices(sites, scale * schedule.dearer)
    hot, cold = max(schedule.hot * scale, _cost_of_breaches(sites)), schedule.cold * scale
    fall = (cold / hot) ** (1 / _PIECES)
    rep_cost = np.zeros((0, 0)) if sites.rep_cost is None else sites.rep_cost
    tries = schedule.tries_per_unit * sites.n_units // _PIECES
    width = sites.high - sites.low
    inset = np.where(np.isfinite(width), width, 0.0) * (_INSET if schedule.along else 0.0)
    question = Question(
        sites.cost, rep_cost, sites.load, sites.low + inset, sites.high - inset, price, sites.home,
        around.near, around.start, around.beside, sites.contiguous, schedule.along,
    )  # fmt: skip
    for i in range(_PIECES):
        if time.perf_counter() > deadline_s:
            break
        label, centre = plan.label.astype(np.int64), plan.centre.astype(np.int64)
        met = anneal(seed + 7919 * i, tries, hot * fall**i, hot * fall ** (i + 1), label, centre, question)
        plan = seated(sites, Territories(label, centre))
        best = min(best, seated(sites, Territories(*met)), key=lambda p: rank(sites, p.site))
    middle = Territories(best.label, located(sites, best.label, best.centre))
    return min(best, middle, key=lambda p: rank(sites, p.site))


def _cost_of_breaches(sites: Sites) -> float:
    """What it costs to have a unit too many where bands are soft: plans worse by that must be passed."""
    if sites.breach_price is None:
        return 0.0
    soft = np.isfinite(sites.breach_price)
    return float((sites.breach_price * np.abs(sites.load).mean(axis=1))[soft].sum())


def fair_cost(sites: Sites, plan: Territories) -> float:
    """Mean cost of serving a unit, rep included."""
    total = sites.cost[np.arange(sites.n_units), plan.site].sum()
    if sites.rep_cost is not None:
        total += sites.rep_cost[np.arange(sites.n_units), plan.label].sum()
    return float(total) / max(sites.n_units, 1)


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
