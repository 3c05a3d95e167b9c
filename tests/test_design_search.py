"""Design of territories against plain enumeration and plain twins, on questions that are drawn tiny."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from designs import KINDS, cheapest, drawn, plans
from scipy.optimize import linprog

from territory_opt.solve.design import kernels
from territory_opt.solve.design.annealing import Around, Schedule, annealed_start
from territory_opt.solve.design.connected import may_leave
from territory_opt.solve.design.hess import solve_hess
from territory_opt.solve.design.knapsacks import price_sites
from territory_opt.solve.design.prices import lagrangian
from territory_opt.solve.design.search import search
from territory_opt.solve.design.seeding import seeded
from territory_opt.solve.design.separators import adjacency
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.territories import Territories


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_search_finds_the_best_of_all_designs_and_says_so(kind: str, seed: int) -> None:
    sites = drawn(seed, kind)
    best = cheapest(sites)
    found = search(sites, seed, time.perf_counter() + (20 if np.isfinite(best) else 0.5))
    if not np.isfinite(best):
        assert found.site is None
        return
    assert found.site is not None
    assert sites.faults(found.site) == []
    assert sites.value(found.site) == pytest.approx(best)
    assert found.proved


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_bounds_are_under_every_design_and_every_design_with_a_pair(kind: str, seed: int) -> None:
    sites = drawn(seed, kind)
    upper = cheapest(sites)
    known = lagrangian(sites, upper)
    assert known.value <= upper + 1e-9
    every = np.arange(sites.n_units)
    for site in plans(sites):
        assert (known.with_pair[every, site] <= sites.value(site) + 1e-9).all()


@pytest.mark.parametrize("kind", KINDS)
def test_hess_agrees_with_enumeration(kind: str) -> None:
    for seed in range(3, 6):
        sites = drawn(seed, kind, n=5, k=3)
        whole = solve_hess(sites, sites.may_serve(), 1000)
        best = cheapest(sites)
        assert whole.proved
        if whole.site is None:
            assert best == np.inf
        else:
            assert sites.faults(whole.site) == []
            assert sites.value(whole.site) == pytest.approx(best)


def test_same_seed_same_plan_with_and_without_threads() -> None:
    sites = drawn(8, "connected", n=14, k=3)
    alone = search(sites, 3, time.perf_counter() + 30)
    with ThreadPoolExecutor(2) as workers:
        together = search(sites, 3, time.perf_counter() + 30, workers)
    assert alone.proved
    assert alone.site is not None
    assert together.site is not None
    assert alone.site.tolist() == together.site.tolist()


def test_no_centre_reaches_a_unit_that_none_may_serve() -> None:
    sites = drawn(0, "connected")
    sites.cost[3] = np.inf
    assert search(sites, 1, time.perf_counter() + 1).site is None


@pytest.mark.parametrize("kind", KINDS)
def test_annealed_plans_are_connected_and_use_allowed_pairs_only(kind: str) -> None:
    for seed in range(4):
        sites = drawn(seed, kind, n=16, k=4)
        plan = annealed_start(sites, Around.of(sites), Schedule(500), np.inf, (seed, None))
        if plan is not None:
            assert set(sites.faults(plan.site)) <= {f"{i} territories are outside a band" for i in range(5)}


@pytest.mark.parametrize("seed", range(20))
def test_a_knapsack_is_the_linear_program_it_stands_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    priced, load = rng.normal(size=6), rng.integers(0, 4, 6).astype(float)
    low, high = np.sort(rng.integers(0, 12, 2)).astype(float)
    price, home = rng.choice([0.3, np.inf]), int(rng.integers(-1, 6))
    reduced, band = np.empty((6, 1), order="F"), np.zeros((1, 1))
    value, last, share = np.empty(1), np.empty(1, np.int64), np.empty(1)
    price_sites(
        0, 1, np.asfortranarray(priced[:, None]), load[None], np.full((1, 1), low), np.full((1, 1), high),
        np.array([price]), np.array([home], np.int32), np.ones((6, 1), bool, order="F"), np.zeros(6), band, 0,
        reduced, value, last, share,
    )  # fmt: skip
    bounds = [(1.0 if u == home else 0.0, 1.0) for u in range(6)]
    soft = np.isfinite(price)
    cost = np.concatenate([priced, [price, price] if soft else [0.0, 0.0]])
    rows = np.array([[*load, -1.0, 0.0], [*-load, 0.0, -1.0]])
    breach = (0, None) if soft else (0, 0)
    answer = linprog(cost, A_ub=rows, b_ub=[high, -low], bounds=[*bounds, breach, breach])
    assert value[0] == pytest.approx(answer.fun if answer.status == 0 else np.inf)
    if answer.status == 0:
        taken = (reduced[:, 0] < 0.0).astype(float)
        taken[[u for u in (home,) if u >= 0]] = 1.0
        taken[last[last >= 0]] = share[last >= 0]
        outside = max(low - load @ taken, load @ taken - high, 0.0)
        assert priced @ taken + (price * outside if soft else 0.0) == pytest.approx(value[0])
        rest = priced - band[0, 0] * load
        rest[[u for u in (home,) if u >= 0]] = 0.0
        assert reduced[:, 0] == pytest.approx(rest)


def priced(sites: Sites, plan: Territories, price: np.ndarray) -> float:
    """The value that annealing works on, written plainly."""
    total = sites.cost[np.arange(sites.n_units), plan.site].sum()
    if sites.rep_cost is not None:
        total += sites.rep_cost[np.arange(sites.n_units), plan.label].sum()
    return float(total + price @ sites.breach(plan.site).sum(axis=1))


@pytest.mark.parametrize("kind", ["connected", "reps", "median"])
def test_changes_of_moves_are_differences_of_values(kind: str) -> None:
    price = np.array([0.3, 0.7])
    for seed in range(5):
        sites = drawn(seed, kind, n=12, k=3)
        sites.cost[:] = np.where(np.isfinite(sites.cost), sites.cost, 2.0)
        plan = seeded(sites, np.random.default_rng(seed))
        assert plan is not None
        loads = sites.loads(plan.site)[:, plan.centre]
        rep_cost = np.zeros((0, 0)) if sites.rep_cost is None else sites.rep_cost
        bands = (sites.load, sites.low, sites.high, price, loads)
        before = priced(sites, plan, price)
        for u, into in itertools.product(range(12), range(3)):
            if into == plan.label[u] or (plan.label == plan.label[u]).sum() == 1:
                continue
            label = plan.label.copy()
            label[u] = into
            delta = kernels.shift_cost(u, into, plan.label, plan.centre, sites.cost, rep_cost, *bands)
            assert before + delta == pytest.approx(priced(sites, Territories(label, plan.centre), price))
        first, after = np.full(3, -1), np.full(12, -1)
        for u in range(12):
            after[u], first[plan.label[u]] = first[plan.label[u]], u
        for site in np.setdiff1d(np.arange(12), plan.centre):
            centre = plan.centre.copy()
            centre[0] = site
            delta = kernels.centre_cost(
                0, int(site), plan.centre, first, after, sites.cost, sites.low, sites.high, price, loads
            )
            assert before + delta == pytest.approx(priced(sites, Territories(plan.label, centre), price))


def test_a_unit_may_leave_when_the_rest_is_in_one_piece() -> None:
    for seed in range(6):
        sites = drawn(seed, "connected", n=12, k=2)
        graph = adjacency(sites.n_units, sites.edges)
        start, beside = graph.indptr.astype(np.int64), graph.indices.astype(np.int64)
        plan = seeded(sites, np.random.default_rng(seed))
        if plan is None:
            continue
        stack, seen = np.empty(12, np.int64), np.zeros(12, np.int64)
        for u in range(12):
            alone = plan.label.copy()
            alone[u] = 2
            pieces = replace(sites, k=3).pieces(alone)
            told = may_leave(u, plan.label.astype(np.int64), start, beside, stack, seen, u + 1)
            assert told == (pieces[plan.label[u]] == 1)
