"""Compiled loops against plain NumPy twins."""

from __future__ import annotations

import numpy as np
import pytest

import territory_opt as to
from territory_opt.generate import generate
from territory_opt.question import ask
from territory_opt.solve.columns import build
from territory_opt.solve.kernels import anneal, bin_cost, choose_columns, hard_sweep, soft_sweep
from territory_opt.solve.model import Model, least_pair
from territory_opt.solve.prices import capped, climb, curve_points, exact_bound, reduced_cost
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


def pair_bins(model: Model) -> np.ndarray:
    """Bin of each pair in each meter, -1 for none; shape (meters, pairs)."""
    return model.bin[:, model.rep]


def drawn_prices(model: Model) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=model.n_bins) * model.price / 50


def test_hard_sweep(model: Model) -> None:
    prices = drawn_prices(model)
    half = model.n_units // 2
    parts = [
        hard_sweep(
            first, last, model.start, model.rep, model.cost, model.load, model.bin, np.append(prices, 0.0)
        )
        for first, last in ((0, half), (half, model.n_units))
    ]
    got = sum(parts)
    want = np.minimum.reduceat(reduced_cost(model, prices), model.start[:-1]).sum()
    assert got == pytest.approx(want, rel=1e-12)


def test_soft_sweep_value_and_gradient(model: Model) -> None:
    prices, t = drawn_prices(model), np.linspace(20.0, 80.0, model.n_units)
    value, load = soft_sweep(
        0, model.n_units, model.start, model.rep, model.cost, model.load, model.bin, np.append(prices, 0.0), t
    )
    reduced = reduced_cost(model, prices)
    least = np.minimum.reduceat(reduced, model.start[:-1])
    weight = np.exp((np.repeat(least, np.diff(model.start)) - reduced) / t[model.unit])
    total = np.add.reduceat(weight, model.start[:-1])
    assert value == pytest.approx((least - t * np.log(total)).sum(), rel=1e-10)
    share = weight / np.repeat(total, np.diff(model.start))
    want = np.zeros(model.n_bins + 1)
    for bins, row in zip(pair_bins(model), model.load, strict=True):
        np.add.at(want, bins, share * row)
    np.testing.assert_allclose(load, want, rtol=1e-8, atol=1e-6)


@pytest.mark.parametrize(("fewest", "most", "width"), [(1, 1, 0.0), (2, 5, 300.0), (7, 7, 0.0), (3, 7, 1e9)])
def test_choose_columns(fewest: int, most: int, width: float) -> None:
    rng = np.random.default_rng(3)
    cost, load = rng.exponential(500.0, (40, 7)), rng.exponential(1.0, (2, 40, 7))
    allowed = rng.random((40, 7)) < 0.7
    allowed[:, 0] = True
    bins, prices = np.array([[0, 1, 2, 3, 4, 5, 6], [-1, 7, 7, 7, 8, 8, -1]], np.int32), rng.normal(0, 90, 9)
    padded = np.append(prices, 0.0)
    rep, least, beyond = choose_columns(cost, load, allowed, bins, padded, fewest, most, width)
    priced = np.where(allowed, cost + np.einsum("mr,mur->ur", padded[bins], load), np.inf)
    for u in range(40):
        order = np.argsort(priced[u])
        count = int(np.isfinite(priced[u]).sum())
        near = int((priced[u] <= priced[u].min() + width).sum())
        kept = min(count, max(fewest, min(near, most)))
        assert sorted(order[:kept].tolist()) == [r for r in rep[u].tolist() if r >= 0]
        assert least[u] == pytest.approx(priced[u].min())
        assert beyond[u] == pytest.approx(priced[u][order[kept]]) if kept < count else np.isinf(beyond[u])


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
    core = np.arange(model.n_pairs)
    entry = np.argsort(model.rep, kind="stable")
    entry_start = np.searchsorted(model.rep[entry], np.arange(model.bin.shape[1] + 1))
    anneal(
        7, 200_000, 500.0, 1.0, 0.1, choice, loads, core, entry, entry_start, model.unit, model.rep,
        model.cost, model.load, model.bin, model.low, model.high, model.price, model.grid, model.money,
        model.curved,
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
