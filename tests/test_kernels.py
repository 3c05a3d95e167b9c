"""Compiled loops against plain NumPy twins."""

from __future__ import annotations

import numpy as np
import pytest

import territory_opt as to
from territory_opt.generate import generate
from territory_opt.question import ask
from territory_opt.solve.kernels import anneal, bin_cost, hard_sweep, soft_sweep
from territory_opt.solve.model import Model, build, least_pair
from territory_opt.solve.prices import (
    capped,
    climb,
    curve_points,
    exact_bound,
    pair_bins,
    reduced_cost,
)
from territory_opt.solve.relaxation import relax


@pytest.fixture(scope="module")
def model() -> Model:
    policy = to.Policy(
        [
            to.Travel(),
            to.Disruption(),
            to.Balance("workload_h", 0.1, price=True, margin=60.0),
            to.Balance("potential", 0.1),
            to.MoveCap(share=0.1),
        ],
        [to.Locked(), to.KeepTogether("family")],
    )
    return build(ask(generate(120, 5, seed=4), policy))


def drawn_prices(model: Model) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=model.n_bins) * model.price / 50


def test_hard_sweep(model: Model) -> None:
    prices = drawn_prices(model)
    got = hard_sweep(model.start, model.cost, model.load, pair_bins(model), np.append(prices, 0.0))
    want = np.minimum.reduceat(reduced_cost(model, prices), model.start[:-1]).sum()
    assert got == pytest.approx(want, rel=1e-12)


def test_soft_sweep_value_and_gradient(model: Model) -> None:
    prices, t = drawn_prices(model), 50.0
    value, load = soft_sweep(model.start, model.cost, model.load, pair_bins(model), np.append(prices, 0.0), t)
    reduced = reduced_cost(model, prices)
    least = np.minimum.reduceat(reduced, model.start[:-1])
    weight = np.exp((np.repeat(least, np.diff(model.start)) - reduced) / t)
    total = np.add.reduceat(weight, model.start[:-1])
    assert value == pytest.approx((least - t * np.log(total)).sum(), rel=1e-10)
    share = weight / np.repeat(total, np.diff(model.start))
    want = np.zeros(model.n_bins + 1)
    for bins, row in zip(pair_bins(model), model.load, strict=True):
        np.add.at(want, bins, share * row)
    np.testing.assert_allclose(load, want, rtol=1e-8, atol=1e-6)


def test_bin_cost(model: Model) -> None:
    rng = np.random.default_rng(1)
    for b in range(model.n_bins):
        top = model.high[b] if np.isfinite(model.high[b]) else 1.0
        for load in rng.uniform(0, 2 * top, 20):
            loads = np.zeros(model.n_bins)
            got = bin_cost(b, load, model.low, model.high, model.price, model.grid, model.money, model.curved)
            loads[b] = load
            want = model.price[b] * model.breach(loads)[b]
            if model.curved[b]:
                want += np.interp(load, model.grid[b], model.money[b])
            assert got == pytest.approx(want, rel=1e-9, abs=1e-6)


def test_anneal_keeps_its_books(model: Model) -> None:
    start = least_pair(model, model.cost)
    choice, loads = start.copy(), model.loads(start)
    anneal(
        7, 200_000, 500.0, 1.0, choice, loads, model.start, model.rep, model.cost, model.load,
        model.bin, model.low, model.high, model.price, model.grid, model.money, model.curved,
    )  # fmt: skip
    assert ((choice >= model.start[:-1]) & (choice < model.start[1:])).all()
    np.testing.assert_allclose(loads, model.loads(choice), rtol=1e-6)
    assert model.value(choice) < model.value(start)


def test_no_choice_is_below_the_bound(model: Model) -> None:
    rng = np.random.default_rng(2)
    x, y = curve_points(model)
    for _ in range(50):
        prices = rng.normal(size=model.n_bins) * model.price / rng.choice([5, 50, 500])
        choice = least_pair(model, reduced_cost(model, prices) + rng.exponential(100, model.n_pairs))
        assert exact_bound(model, prices, x, y) <= model.value(choice) * (1 + 1e-12)


def test_relaxation_is_a_bound_that_its_own_plan_meets(model: Model) -> None:
    relaxed = relax(model)
    assert relaxed is not None
    prices = capped(model, relaxed.prices)
    bound = exact_bound(model, prices, *curve_points(model))
    load = np.zeros(model.n_bins)
    for bins, row in zip(pair_bins(model), model.load, strict=True):
        np.add.at(load, bins[bins >= 0], (relaxed.share * row)[bins >= 0])
    value = relaxed.share @ model.cost + model.curve_cost(load)
    assert np.add.reduceat(relaxed.share, model.start[:-1]) == pytest.approx(np.ones(model.n_units))
    assert bound == pytest.approx(value, rel=1e-6)


def test_climbing_comes_near_the_relaxation_and_never_above(model: Model) -> None:
    relaxed = relax(model)
    assert relaxed is not None
    best = exact_bound(model, capped(model, relaxed.prices), *curve_points(model))
    climbed = climb(model).bound
    assert climbed <= best * (1 + 1e-9)
    assert climbed >= 0.9 * best


def test_prices_never_exceed_what_a_breach_costs(model: Model) -> None:
    wild = np.full(model.n_bins, 1e12)
    assert (capped(model, wild) <= model.price).all()
    assert np.isfinite(exact_bound(model, capped(model, wild), *curve_points(model)))
