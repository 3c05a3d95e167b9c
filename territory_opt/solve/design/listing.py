"""All territories that a design of at most `goal` could have, and the cheapest k that cover all units.

With few, lumpy units hardly any group keeps a narrow band, and contiguity costs much more than a bound on
pairs can tell: cuts then go on for dozens of rounds. But the territories themselves can be listed, as
routes are in vehicle routing (Baldacci, Christofides & Mingozzi 2008): all that cost too little above the
prices of their units to be left out. The rest is an exact cover, with exact bands and no cuts.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from territory_opt.problem import BoolArray
from territory_opt.solve.design.covers import cheapest_cover, words_of
from territory_opt.solve.design.generation import Worths
from territory_opt.solve.design.linear import Solved
from territory_opt.solve.design.pricing import Effort, Offers
from territory_opt.solve.design.sites import Sites
from territory_opt.travel.place import FloatArray, IndexArray

_MOST = 1_000_000  # territories that a cover is asked to choose from
_NODES = 200_000_000  # units put in or out, two minutes or so
_NODES_PER_S = 2_000_000  # when the time left is short
_TESTS = 20_000_000_000  # of one territory against another, a minute or so
_TESTS_PER_S = 50_000_000
_PART = 0.1  # of the effort, for one site
_AT_ONCE = 4  # sites, before the effort is looked at
_ROUNDING = 1e-9  # share of what is summed


@dataclass(frozen=True)
class Listed:
    """words: units of territories as bits (territories, words); cost above prices; site (territories,).

    whole: whether these are all.
    """

    words: IndexArray
    cost: FloatArray
    site: IndexArray
    whole: bool


def can_list(sites: Sites) -> bool:
    """Whether territories are connected, around units, with a meter whose bands can be counted out."""
    countable = len(sites.load) > 0 and bool((sites.load >= 0.0).all(axis=1).any())
    return sites.contiguous and countable and not (sites.home < 0).any()


def listed(
    sites: Sites,
    keep: BoolArray,
    graph: csr_array,
    worths: Worths,
    goal: float,
    runtime_s: float = np.inf,
    executor: Executor | None = None,
) -> Listed:
    """Territories that a design of at most `goal` of kept pairs could use, each once; all, if `whole`."""
    deadline_s = time.perf_counter() + runtime_s
    offers, limits = Offers(sites, keep, graph, worths.prices), worths.limits(goal)
    nodes, most, whole = int(min(_NODES, max(runtime_s, 0.0) * _NODES_PER_S)), _MOST, True
    effort = Effort(False, max(int(_PART * nodes), 1), int(_PART * most))
    words, cost, site = [words_of(np.zeros((0, sites.n_units), bool))], [np.zeros(0)], [np.zeros(0, int)]
    for start in range(0, sites.n_sites, _AT_ONCE):
        chosen = range(start, min(start + _AT_ONCE, sites.n_sites))
        for j, offer in zip(chosen, offers.of(limits, chosen, effort, executor), strict=True):
            words.append(words_of(offer.member))
            cost.append(offer.cost)
            site.append(np.full(len(offer.cost), j))
            whole &= offer.whole
            nodes, most = nodes - offer.nodes, most - len(offer.cost)
        if nodes <= 0 or most <= 0 or time.perf_counter() >= deadline_s:
            whole &= chosen.stop == sites.n_sites
            break
    return _once(np.concatenate(words), np.concatenate(cost), np.concatenate(site), whole)


def _once(words: IndexArray, cost: FloatArray, site: IndexArray, whole: bool) -> Listed:
    """One row for each set of units, the cheapest, and cheap sets first."""
    order = np.lexsort((cost, *words.T))
    first = np.ones(len(order), bool)
    first[1:] = (np.diff(words[order], axis=0) != 0).any(axis=1)
    rows = order[first]
    rows = rows[np.argsort(cost[rows], kind="stable")]
    return Listed(words[rows], cost[rows], site[rows], whole)


def cover(sites: Sites, among: Listed, worths: Worths, goal: float, runtime_s: float = np.inf) -> Solved:
    """The cheapest k territories that hold every unit once; none when all such designs cost over `goal`."""
    if len(among.cost) == 0:
        return Solved(None, np.inf if among.whole else -np.inf, among.whole)
    least = float(among.cost[0])
    paid = float(worths.prices.unit.sum())
    room = goal - paid - sites.k * least + _ROUNDING * (np.abs(worths.prices.unit).sum() + abs(goal))
    tests = int(min(_TESTS, max(runtime_s, 0.1) * _TESTS_PER_S))
    chosen, left = cheapest_cover(among.words, among.cost - least, sites.n_units, sites.k, room, tests)
    proved = left > 0 and among.whole
    if chosen[0] < 0:
        return Solved(None, goal if proved else -np.inf, proved)
    bits = np.unpackbits(among.words[chosen].view(np.uint8), axis=1, bitorder="little")[:, : sites.n_units]
    site = bits.T.astype(np.int64) @ among.site[chosen]
    return Solved(site, sites.value(site) * (1.0 - _ROUNDING) if proved else -np.inf, proved)
