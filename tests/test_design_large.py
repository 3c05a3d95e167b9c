"""Many units: knapsacks without sorting, evened starts, candidate centres, a bound over all centres."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from designs import cheapest, drawn
from grids import drawn_grid, is_connected

import territory_opt as to
from territory_opt.design import candidates, faults
from territory_opt.design.candidates import candidate_units
from territory_opt.design.question import Asked, sites_of
from territory_opt.design.units import units_of
from territory_opt.design.wishes import Wishes
from territory_opt.solve.design import sites as sites_module
from territory_opt.solve.design.annealing import Around, Schedule, annealed
from territory_opt.solve.design.balancing import balanced
from territory_opt.solve.design.knapsacks import _crossing
from territory_opt.solve.design.pipeline import design
from territory_opt.solve.design.prices import everywhere, lagrangian, prices_of
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.territories import Territories, hard_breach


@pytest.mark.parametrize("seed", range(20))
def test_the_crossing_is_where_sorting_finds_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 40))
    ratio, load = rng.integers(-5, 6, n) / 4.0, rng.integers(1, 9, n).astype(float)
    order = np.argsort(ratio, kind="stable")
    filled = np.cumsum(load[order])
    for wanted in (0.5, filled[-1] / 3, filled[-1] - 0.5, filled[-1] + 1.0):
        who, by = np.arange(n), ratio.copy()
        at, before = _crossing(who, by, load, n, wanted)
        if wanted > filled[-1]:
            assert (at, before) == (-1, filled[-1])
        else:
            assert by[at] == ratio[order[np.searchsorted(filled, wanted)]]
            assert before < wanted <= before + load[who[at]]
            smaller = load[ratio < by[at]].sum()
            assert smaller <= before <= smaller + load[ratio == by[at]].sum()


@pytest.mark.parametrize("seed", range(6))
def test_a_bound_over_all_sites_is_under_every_design(seed: int) -> None:
    sites = drawn(seed, ("connected", "median")[seed % 2])
    tried, others = np.array([0, 2, 4]), [np.array([1, 5]), np.array([3])]
    every = np.arange(sites.n_units)
    some = sites.part(every, tried, np.arange(sites.k), sites.k)
    known = lagrangian(some, np.inf, steps=50)
    rest = [lambda at=at: sites.part(every, at, np.arange(sites.k), sites.k) for at in others]
    bound = everywhere(some, known.prices, rest, np.inf)
    assert bound <= cheapest(sites) + 1e-9
    assert everywhere(some, known.prices, rest, time.perf_counter() - 1.0) == -np.inf


@pytest.mark.parametrize("seed", range(4))
def test_prices_of_a_plan_bound_it(seed: int) -> None:
    sites = drawn(seed, "connected")
    best = cheapest(sites)
    site = np.zeros(sites.n_units, int)
    assert lagrangian(sites, np.inf, steps=30, prices=prices_of(sites, site), aim=1e3).value <= best + 1e-9


def question(columns: int, rows: int, k: int, seed: int = 0, within: float = 0.2) -> Sites:
    problem = drawn_grid(columns, rows, 2, seed)
    wishes = Wishes(k, {"potential": within}, "distance", True, 60.0)
    return sites_of(problem, wishes, units_of(problem, True))


@pytest.mark.parametrize("seed", range(4))
def test_an_evened_start_is_connected_and_nearly_balanced(seed: int) -> None:
    sites = question(16, 12, 8, seed)
    plan = balanced(sites, np.random.default_rng(seed))
    assert plan is not None
    assert all("outside a band" in fault for fault in sites.faults(plan.site))
    assert hard_breach(sites, plan.site) < 0.05


def test_a_unit_takes_along_what_hangs_on_it() -> None:
    """A path 0-1-2-3 and a spur 4 on 2: the right territory is too light until 2 and 4 come together."""
    edges = np.array([[0, 1], [1, 2], [2, 3], [2, 4]], np.int32)
    load = np.array([[5.0, 3.0, 1.0, 6.0, 1.0]])
    cost = np.abs(np.array([0.0, 1, 2, 3, 2.1])[:, None] - np.array([0.0, 3.0])[None])
    low, high = np.full((1, 2), 8.0), np.full((1, 2), 8.0)
    sites = Sites(cost, load, low, high, np.array([0, 3], np.int32), edges, True, 2)
    start = Territories(np.array([0, 0, 0, 1, 0]), np.array([0, 1]))
    cold = Schedule(400, hot=0.01, cold=0.001)
    around = Around.of(sites)
    assert hard_breach(sites, annealed(sites, around, start, cold, 1, dearer=()).site) > 0
    along = annealed(sites, around, start, replace(cold, along=True), 1, dearer=())
    assert along.label.tolist() == [0, 0, 1, 1, 1]


def test_large_questions_end_with_plan_and_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    sites = question(9, 8, 4)
    monkeypatch.setattr(sites_module, "_LARGE", 0)
    found = design(sites, seed=1, deadline_s=time.perf_counter() + 4.0)
    assert found.site is not None
    assert sites.faults(found.site) == []
    assert 0.0 < found.bound <= found.value
    assert found.bound > 0.7 * found.value


def test_candidates_are_different_units_and_in_every_part_of_the_map() -> None:
    problem = drawn_grid(10, 10, 2, 3, empty=0.3)
    assert problem.areas is not None
    edges = problem.areas.edges[
        (problem.areas.edges < 90).all(axis=1) | (problem.areas.edges >= 90).all(axis=1)
    ]
    problem = replace(problem, areas=to.Areas.of(range(100), edges=edges))
    units = units_of(problem, True)
    weight = np.where(units.area >= 90, 0.0, 1.0)
    chosen = candidate_units(units, weight, 12)
    assert 10 <= len(chosen) <= 13
    assert np.isin(chosen, units.centres).all()
    assert (units.area[chosen] >= 90).any()
    assert candidate_units(units, weight, 1000).tolist() == units.centres.tolist()


def test_a_design_from_candidates_is_whole_and_its_bound_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = drawn_grid(7, 5, 2, 2)
    words = {"measures": {"potential": 0.3}, "contiguous": True, "seed": 1}
    best = to.design(problem, 3, stop=to.MaxRuntime(20), **words)
    monkeypatch.setattr(candidates, "ALL_PAIRS", 35 * 12)
    wishes = Wishes(3, {"potential": 0.3}, "travel", True, 60.0)
    asked = Asked(problem, wishes, units_of(problem, True))
    assert asked.sites().n_sites <= 13
    narrow = to.design(problem, 3, stop=to.MaxRuntime(4), **words)
    assert narrow.faults == ()
    assert narrow.alignment.rep_of_area is not None
    assert is_connected(problem, narrow.alignment.rep_of_area)
    assert narrow.bound <= best.value * (1 + 1e-9)
    assert narrow.bound > 0.0
    assert best.bound <= narrow.value * (1 + 1e-9)


def test_too_many_pieces_for_the_memory_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "MOST_PAIRS", 100)
    with pytest.raises(to.PolicyError, match="35 pieces for 3 territories are more than can be designed"):
        to.design(drawn_grid(7, 5, 2, 2), 3, measures=["potential"], contiguous=True)
