"""Territories listed, priced and put together: on small maps, against all sets of units there are."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from designs import drawn_map, every_plan
from hypothesis import given, settings
from hypothesis import strategies as st

from territory_opt.solve.design.covers import cheapest_cover, words_of
from territory_opt.solve.design.generation import Generation, Worths
from territory_opt.solve.design.listing import cover, listed
from territory_opt.solve.design.prices import Prices, ascend, first_prices, priced
from territory_opt.solve.design.pricing import Effort, Offers
from territory_opt.solve.design.separators import adjacency, parts
from territory_opt.solve.design.sites import Sites

maps = st.tuples(st.integers(0, 10**6), st.integers(4, 6), st.integers(2, 3))


def priced_map(drawing: tuple[int, int, int], meters: int = 1, width: float = 0.3) -> tuple[Sites, Prices]:
    """A connected map, and prices that are neither the first nor the last."""
    sites = drawn_map(*drawing, contiguous=True, meters=meters, width=width)
    prices, _ = ascend(sites, sites.may_serve(), first_prices(sites), np.inf, 20, np.inf)
    return sites, prices


def generated(sites: Sites, prices: Prices) -> Worths:
    """The end of column generation over all pairs."""
    graph = adjacency(sites.n_units, sites.edges)
    return Generation(sites, sites.may_serve(), graph, prices, None).run(1e15, np.inf)


def territories(sites: Sites, j: int) -> set[tuple[int, ...]]:
    """All sets of units that site j could serve within the bands, in one piece."""
    graph, found = adjacency(sites.n_units, sites.edges), set()
    for bits in itertools.product((False, True), repeat=sites.n_units):
        inside = np.array(bits)
        if not inside[sites.home[j]] or not np.isfinite(sites.cost[inside, j]).all():
            continue
        load = sites.load[:, inside].sum(axis=1)
        if (load < sites.low[:, j]).any() or (load > sites.high[:, j]).any():
            continue
        if parts(graph, inside).max() == 0:
            found.add(tuple(np.flatnonzero(inside).tolist()))
    return found


@settings(max_examples=8, deadline=None, derandomize=True)
@given(maps, st.integers(1, 2), st.floats(0.0, 1.0))
def test_all_sets_that_are_cheap_enough_are_offered(
    drawing: tuple[int, int, int], meters: int, share: float
) -> None:
    """Those that are left out cost too much, or belong to no design: the rest cannot be in k - 1 pieces."""
    sites, prices = priced_map(drawing, meters)
    graph, every = adjacency(sites.n_units, sites.edges), range(sites.n_sites)
    offers = Offers(sites, sites.may_serve(), graph, prices)
    used = {tuple(np.flatnonzero(plan == c).tolist()) for plan in every_plan(sites) for c in np.unique(plan)}
    for j in every:
        able = territories(sites, j)
        above = {t: float((sites.cost[list(t), j] - prices.unit[list(t)]).sum()) for t in able}
        limit = np.quantile(list(above.values()), share) if able else 1.0
        offer = offers.of(np.full(sites.n_sites, limit), [j], Effort(False, 10**6, 10**6))[0]
        sets = [tuple(np.flatnonzero(row).tolist()) for row in offer.member]
        assert offer.whole
        assert len(set(sets)) == len(sets)
        assert set(sets) <= able
        assert {t for t in used & able if above[t] <= limit - 1e-9} <= set(sets)
        assert offer.cost.tolist() == pytest.approx([above[t] for t in sets])
        best = offers.of(np.full(sites.n_sites, limit), [j], Effort(True, 10**6, 10**6))[0]
        assert best.least <= min((above[t] for t in sets), default=np.inf) + 1e-9


@settings(max_examples=10, deadline=None, derandomize=True)
@given(maps, st.integers(1, 2))
def test_no_generated_bound_is_above_a_plan(drawing: tuple[int, int, int], meters: int) -> None:
    sites, prices = priced_map(drawing, meters)
    worths = generated(sites, prices)
    least = min((sites.value(plan) for plan in every_plan(sites)), default=np.inf)
    assert worths.bound <= least * (1 + 1e-9)
    assert worths.bound >= priced(sites, sites.may_serve(), prices).any * (1 - 1e-9)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(maps, st.integers(1, 2), st.floats(0.0, 1.0))
def test_the_best_plan_up_to_a_goal_is_covered_from_lists(
    drawing: tuple[int, int, int], meters: int, share: float
) -> None:
    sites, prices = priced_map(drawing, meters)
    values = [sites.value(plan) for plan in every_plan(sites)]
    goal = float(np.quantile(values, share)) * (1 + 1e-9) if values else 1e6
    graph, worths = adjacency(sites.n_units, sites.edges), generated(sites, prices)
    among = listed(sites, sites.may_serve(), graph, worths, goal)
    assert among.whole
    solved = cover(sites, among, worths, goal)
    assert solved.proved
    if values and min(values) <= goal:
        assert not sites.faults(solved.site)
        assert sites.value(solved.site) == pytest.approx(min(values))
        assert solved.bound <= min(values)
    else:
        assert solved.site is None


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.integers(1, 4), st.sampled_from((5, 70)))
def test_the_cheapest_cover_is_the_cheapest_of_all(seed: int, k: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    label = rng.integers(0, k, (3, n))
    sets = [label[i] == t for i in range(3) for t in range(k)] + list(rng.random((6, n)) < 0.3)
    member = np.array([row for row in sets if row.any()])[rng.permutation(sum(row.any() for row in sets))]
    extra = np.sort(rng.integers(0, 20, len(member))).astype(float)
    best = np.inf
    for chosen in itertools.combinations(range(len(member)), k):
        if (member[list(chosen)].sum(axis=0) == 1).all():
            best = min(best, extra[list(chosen)].sum())
    for limit in (best, best - 0.5, 1e9):
        found, left = cheapest_cover(words_of(member), extra, n, k, limit, 10**6)
        assert left > 0
        if best <= limit and np.isfinite(best):
            assert (member[found].sum(axis=0) == 1).all()
            assert extra[found].sum() == best
        else:
            assert (found == -1).all()


def test_prices_go_up_without_end_when_no_plan_is_left() -> None:
    """Four units of three in a row: two territories of six each can only be the two halves."""
    edges = np.array([[0, 1], [1, 2], [2, 3]], np.int32)
    cost = np.abs(np.arange(4.0)[:, None] - np.arange(4.0))
    load, band = np.array([[3.0, 1.0, 3.0, 1.0]]), np.full((1, 4), 4.0)
    sites = Sites(cost, load, band, band, np.arange(4, dtype=np.int32), edges, True, 2)
    assert generated(sites, first_prices(sites)).bound == pytest.approx(2.0)
    torn = replace(sites, load=np.array([[3.0, 3.0, 1.0, 1.0]]))
    assert generated(torn, first_prices(torn)).bound > 1e9
