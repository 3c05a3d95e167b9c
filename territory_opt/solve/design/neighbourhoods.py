"""Large-neighbourhood search on territories: a few neighbouring ones are designed again, exactly.

What some territories cover is a small design problem of its own, with as many centres, since bands are each
territory's own business (Shaw 1998; for the capacitated p-median Stefanello et al. 2015). The part's own
Lagrangian bound takes away the pairs that no better plan can use; branch and cut does the rest.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from territory_opt.solve.design.annealing import Around, Schedule, annealed, mean_pull
from territory_opt.solve.design.hess import solve_hess
from territory_opt.solve.design.prices import lagrangian
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.territories import Territories, hard_breach, prices, rank
from territory_opt.travel.place import FloatArray, IndexArray

_MAX_PAIRS, _MAX_NODES = 1500, 60  # of a neighbourhood, at first
_WEAK = 4  # a pair for each rep, and a weak relaxation of priced bands: so many times less is looked at
_LEAST_GAIN = 1e-9  # as a share of the value
_NEARLY = 1.0 - 1e-6
_NEIGHBOURS = 0.5  # pull of a neighbour, as a share of the strongest one
_MENDING = (
    Schedule(5_000, dearer=10.0, along=True),
    Schedule(5_000, hot=30.0, dearer=100.0, along=True),
)


@dataclass(frozen=True)
class Part:
    """Some territories to design again. units, at: unit and site of the whole behind each of the part's."""

    sites: Sites
    group: IndexArray
    units: IndexArray
    at: IndexArray
    hint: IndexArray
    max_pairs: int
    max_nodes: int
    deadline_s: float


@dataclass(frozen=True)
class Answer:
    """A better site per unit of the part, or None; whether it, or the hint, is the best."""

    site: IndexArray | None
    proved: bool


def cut_out(sites: Sites, plan: Territories, group: IndexArray, patience: int, deadline_s: float) -> Part:
    """The part of a plan that some territories cover, looked into `patience` times as deep as at first."""
    units = np.flatnonzero(np.isin(plan.label, group))
    inside = np.isin(sites.home, units)
    inside |= (sites.home < 0) & ~np.isin(np.arange(sites.n_sites), plan.centre)
    inside[plan.centre[group]] = True
    at = np.flatnonzero(inside)
    hint = np.searchsorted(at, plan.site[units])
    part = sites.part(units, at, group, len(group))
    return Part(part, group, units, at, hint, _MAX_PAIRS * patience, _MAX_NODES * patience, deadline_s)


def solve_part(part: Part) -> Answer:
    """Design it again. Where hard bands are broken they are kept for once, or else broken less."""
    if time.perf_counter() > part.deadline_s:
        return Answer(None, False)
    if hard_breach(part.sites, part.hint) == 0.0:
        return _designed(part, part.sites, best_is_hint=True)
    answer = _designed(part, part.sites, best_is_hint=False)
    if answer.site is not None or answer.proved:
        return answer
    scale = float(part.sites.cost[np.arange(part.sites.n_units), part.hint].mean())
    priced = replace(part.sites, breach_price=prices(part.sites, 10.0 * scale))
    return Answer(_designed(part, priced, best_is_hint=True).site, False)


def anneal_part(part: Part, seed: int) -> Answer:
    """The part annealed with dear bands, if that breaks less of them or costs less."""
    best = Territories.of(part.sites, part.hint)
    around = Around.of(part.sites)
    for schedule in _MENDING:
        plan = annealed(part.sites, around, best, schedule, seed, part.deadline_s, dearer=())
        best = min(best, plan, key=lambda p: rank(part.sites, p.site))
    better = rank(part.sites, best.site) < rank(part.sites, part.hint)
    return Answer(best.site if better else None, False)


def _designed(part: Part, sites: Sites, best_is_hint: bool) -> Answer:
    """The part by branch and cut with the bands that `sites` has, if that is better than the hint.

    best_is_hint: only what costs less is of interest; otherwise the hint breaks what must not be broken.
    """
    upper = sites.value(part.hint)
    gain = max(_LEAST_GAIN * abs(upper), sites.least_step() * _NEARLY)
    goal = upper - gain if best_is_hint else np.inf
    known = lagrangian(sites, upper, part.deadline_s)
    if known.value >= goal:
        return Answer(None, True)
    keep = (known.with_pair < goal) & sites.may_serve()
    most = part.max_pairs if sites.rep_cost is None else part.max_pairs // (_WEAK * sites.k)
    exhaustive = int(keep.sum()) <= most
    if not exhaustive:
        keep &= known.with_pair <= np.partition(known.with_pair, most, axis=None)[most]
    keep[np.arange(sites.n_units), part.hint] = True
    nodes = max(part.max_nodes, part.max_nodes * part.max_pairs // int(keep.sum()))  # small ones are quick
    whole = solve_hess(sites, keep, nodes, part.deadline_s)
    site, proved = whole.site, whole.proved and exhaustive
    cut_off = site is not None and sites.contiguous and bool((sites.pieces(site) > 1).any())
    if site is None or cut_off or rank(part.sites, site) >= rank(part.sites, part.hint):
        return Answer(None, proved and not cut_off)
    return Answer(site, proved)


def merged(plan: Territories, part: Part, site: IndexArray) -> Territories:
    """The plan with a part designed anew, site per unit of the part."""
    label, centre = plan.label.copy(), plan.centre.copy()
    local = Territories.of(part.sites, site)
    moved = part.at[local.centre]
    if np.isin(moved, np.delete(centre, part.group)).any():
        return plan  # a site without a home that another part has opened meanwhile
    label[part.units] = part.group[local.label]
    centre[part.group] = moved
    return Territories(label, centre)


def _touching(sites: Sites, plan: Territories) -> FloatArray:
    """1 for two territories with units next to each other, else 0; (k, k)."""
    table = np.zeros((sites.k, sites.k))
    one, other = plan.label[sites.edges].T
    table[one, other] = table[other, one] = 1.0
    np.fill_diagonal(table, 0.0)
    return table


class Groups:
    """Draws groups of neighbouring territories, those around which nothing was proved yet first."""

    def __init__(self, k: int, rng: np.random.Generator):
        self.rng, self.settled = rng, np.zeros(k, np.int64)

    def batch(self, sites: Sites, plan: Territories, size: int, n_groups: int) -> list[IndexArray]:
        """Disjoint groups of `size` territories; fewer when no more fit."""
        pull = mean_pull(sites, plan)
        free = np.ones(sites.k, bool)
        groups = []
        for _ in range(n_groups):
            open_ones = np.flatnonzero(free & (self.settled < size))
            if len(open_ones) == 0 or free.sum() < size:
                break
            groups.append(self._grow(int(self.rng.choice(open_ones)), pull, free, size))
        return groups

    def around(
        self, sites: Sites, plan: Territories, firsts: IndexArray, size: int, n_groups: int
    ) -> list[IndexArray]:
        """Disjoint groups of `size` territories, each around one of `firsts`, neighbours first."""
        pull, free = mean_pull(sites, plan), np.ones(sites.k, bool)
        if sites.contiguous:
            pull += _NEIGHBOURS * float(pull.max()) * _touching(sites, plan)
        groups: list[IndexArray] = []
        for t in firsts:
            if free[t] and free.sum() >= size and len(groups) < n_groups:
                groups.append(self._grow(int(t), pull, free, size))
        return groups

    def _grow(self, first: int, pull: FloatArray, free: np.ndarray, size: int) -> IndexArray:
        """A territory and its rivals; those taken are no longer free."""
        group = [first]
        free[first] = False
        while len(group) < size:
            chance = np.where(free, pull[group].sum(axis=0) ** 2, 0.0)
            if chance.sum() <= 0:
                chance = free.astype(float)
            group.append(int(self.rng.choice(len(free), p=chance / chance.sum())))
            free[group[-1]] = False
        return np.array(group)

    def learn(self, group: IndexArray, gained: bool) -> None:
        """Around what has changed, all is open again; around the first of another, this size is done."""
        if gained:
            self.settled[group] = 0
        else:
            self.settled[group[0]] = max(self.settled[group[0]], len(group))
