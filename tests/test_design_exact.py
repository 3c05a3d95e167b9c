"""Territory design proved: on small maps, against every plan there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from designs import drawn_map as drawn
from designs import every_plan
from hypothesis import given, settings
from hypothesis import strategies as st

from territory_opt.solve.design.cut_edges import prove_cut
from territory_opt.solve.design.exact import prove
from territory_opt.solve.design.labels import Districts
from territory_opt.solve.design.linear import branch_and_cut, program
from territory_opt.solve.design.prices import ascend, first_prices, pair_bounds, priced
from territory_opt.solve.design.separators import adjacency, belt, cut_off, cuts_for
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.starts import start_plan
from territory_opt.solve.design.verdict import Verdict

maps = st.tuples(st.integers(0, 10**6), st.integers(4, 7), st.integers(2, 3))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(maps, st.booleans(), st.integers(1, 2))
def test_the_proof_agrees_with_every_plan_there_is(
    drawing: tuple[int, int, int], contiguous: bool, meters: int
) -> None:
    sites = drawn(*drawing, contiguous=contiguous, meters=meters)
    best = min((sites.value(plan) for plan in every_plan(sites)), default=np.inf)
    proof = prove(sites, seed=1)
    if best == np.inf:
        assert proof.site is None
        assert proof.verdict in (Verdict.NO_BANDS, Verdict.NO_CONTIGUITY)
        free = drawn(*drawing, contiguous=False, meters=meters)
        possible = contiguous and next(every_plan(free), None) is not None
        assert (proof.verdict is Verdict.NO_CONTIGUITY) == possible
    else:
        assert proof.verdict is Verdict.OPTIMAL
        assert not sites.faults(proof.site)
        assert proof.value == pytest.approx(best)
        assert proof.bound <= best * (1 + 1e-9)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(maps, st.booleans())
def test_no_price_bounds_a_plan_above_its_value(drawing: tuple[int, int, int], contiguous: bool) -> None:
    sites = drawn(*drawing, contiguous=contiguous, meters=2, width=0.3)
    keep, graph = sites.may_serve(), adjacency(sites.n_units, sites.edges)
    for steps in (0, 7, 100):
        prices, _ = ascend(sites, keep, first_prices(sites), np.inf, steps, np.inf)
        found = priced(sites, keep, prices)
        pair = pair_bounds(sites, keep, found, graph)
        for plan in every_plan(sites):
            room = 1e-7 * (1 + sites.value(plan))
            assert found.any <= sites.value(plan) + room
            assert (pair[np.arange(sites.n_units), plan] <= sites.value(plan) + room).all()


@settings(max_examples=20, deadline=None, derandomize=True)
@given(maps)
def test_separators_cut_off_pieces_and_no_plan(drawing: tuple[int, int, int]) -> None:
    sites = drawn(*drawing, contiguous=True, width=0.5)
    keep, graph = sites.may_serve(), adjacency(sites.n_units, sites.edges)
    rng = np.random.default_rng(drawing[0])
    centres = rng.choice(sites.n_sites, sites.k, replace=False)
    torn = rng.choice(centres, sites.n_units)
    torn[centres] = centres
    plans = list(every_plan(sites))
    for piece, b in cut_off(sites, graph, torn):
        rows = cuts_for(sites, graph, keep, piece, b)
        if keep[piece, b].all():
            assert any(row.factor @ (torn[row.units] == row.site) > row.limit for row in rows)
        for row in rows:
            assert all(row.factor @ (plan[row.units] == row.site) <= row.limit for plan in plans)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(maps, st.booleans())
def test_fewest_cut_edges_agree_with_every_plan(drawing: tuple[int, int, int], whole: bool) -> None:
    sites = drawn(*drawing, contiguous=True, width=0.25)
    rng = np.random.default_rng(drawing[0])
    weight = np.ones(len(sites.edges)) if whole else rng.random(len(sites.edges)) + 0.5
    districts = Districts(sites.load, sites.low[:, 0], sites.high[:, 0], sites.edges, weight, sites.k)
    labels = [
        np.array(label)
        for label in itertools.product(range(sites.k), repeat=sites.n_units)
        if len(set(label)) == sites.k and label[0] == 0
    ]
    best = min((districts.value(label) for label in labels if not districts.faults(label)), default=np.inf)
    proof = prove_cut(districts, seed=1)
    if best == np.inf:
        assert proof.label is None
        assert proof.verdict in (Verdict.NO_BANDS, Verdict.NO_CONTIGUITY)
    else:
        assert proof.verdict is Verdict.OPTIMAL
        assert not districts.faults(proof.label)
        assert proof.value == pytest.approx(best, rel=1e-5)
        assert proof.bound <= best * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_sites_that_are_points_need_no_unit_of_their_own(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cost, load = rng.integers(1, 30, (6, 4)).astype(float), rng.integers(1, 9, (1, 6)).astype(float)
    high = np.full((1, 4), 0.65 * load.sum())
    nowhere = np.full(4, -1, np.int32)
    sites = Sites(cost, load, np.full((1, 4), -np.inf), high, nowhere, np.zeros((0, 2), np.int32), False, 2)
    values = []
    for pair in itertools.combinations(range(4), 2):
        for plan in itertools.product(pair, repeat=6):
            if len(set(plan)) == 2 and (sites.loads(np.array(plan)) <= high).all():
                values.append(sites.value(np.array(plan)))
    proof = prove(sites, seed=1)
    assert proof.verdict is Verdict.OPTIMAL
    assert proof.value == min(values)


def test_a_map_of_more_parts_than_territories_cannot_be_connected() -> None:
    sites = drawn(3, 7, 2, contiguous=True, width=0.9)
    torn = Sites(sites.cost, sites.load, sites.low, sites.high, sites.home, sites.edges[:0], True, 2)
    assert prove(torn).verdict is Verdict.NO_CONTIGUITY


def test_the_same_seed_gives_the_same_plan() -> None:
    sites = drawn(5, 30, 4, contiguous=True, width=0.1)
    first, second = (prove(sites, seed=7) for _ in range(2))
    assert first.verdict is Verdict.OPTIMAL
    assert (first.site == second.site).all()
    assert (start_plan(sites, 3).site == start_plan(sites, 3).site).all()


def test_listing_and_branch_and_cut_agree_on_a_larger_map() -> None:
    sites = drawn(8, 24, 3, contiguous=False, width=0.05)
    solved = branch_and_cut(sites, program(sites, sites.may_serve()), [], 60.0)
    assert solved.proved
    assert prove(sites, seed=2).value == pytest.approx(sites.value(solved.site))


def test_a_belt_is_no_wider_than_the_home_needs() -> None:
    """A path 0-1-2-3-4: between 4 and 0 the belt around 4 is 3; without 3 nothing can lie between."""
    graph = adjacency(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4]], np.int32))
    everywhere = np.ones(5, bool)
    assert belt(graph, everywhere, np.array([4]), 0).tolist() == [3]
    assert belt(graph, everywhere, np.array([1]), 0) is None
    assert belt(graph, everywhere & (np.arange(5) != 3), np.array([4]), 0).tolist() == []
