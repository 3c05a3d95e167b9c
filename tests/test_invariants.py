"""What must hold for the formulas of fairness, forecasts, headcount and pay whatever the books."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territory_opt import Accounts, Alignment, HeadcountSettings, IncentiveSettings, PayPlan, Problem, Reps
from territory_opt.fairness import commission, lost_money, range_ratio
from territory_opt.forecast import estimate_potential, productivity
from territory_opt.forecast.credibility import credible
from territory_opt.forecast.season import seasonal_indices
from territory_opt.forecast.territories import volatility
from territory_opt.headcount import best_size, power_sales, sales_at, span_of_control
from territory_opt.headcount.response import years_worth
from territory_opt.history import History
from territory_opt.incentives import leagues, rates_today, transition
from territory_opt.quota import settings_of
from territory_opt.quota.ramp import monthly_ramp
from territory_opt.volatility import volatility_from_history

N, REPS = 12, 3


def facts(seed: int, unit: float = 1.0, order: np.ndarray | None = None) -> tuple[Problem, Alignment]:
    """Random books; the same in another unit of money, or with the accounts in another order."""
    rng, rows = np.random.default_rng(seed), np.arange(N) if order is None else order
    money = {name: unit * rng.uniform(1, 100, N)[rows] for name in ("revenue", "potential")}
    other = {name: rng.integers(1, 9, N)[rows].astype(float) for name in ("won", "lost", "visits", "visit_h")}
    other["probability"] = rng.uniform(0, 1, N)[rows]
    owner, rep = rng.integers(0, REPS, N)[rows], rng.integers(0, REPS, N)[rows]
    accounts = Accounts.of(
        [f"a{i}" for i in rows], lat=[45.0] * N, lon=[9.0] * N, owner=owner, measures={**money, **other}
    )
    reps = Reps.of(
        [f"R{i}" for i in range(REPS)],
        lat=[45.0] * REPS,
        lon=[9.0] * REPS,
        measures={"commission_rate": [0.01, 0.02, 0.03], "quota": unit * np.array([100.0, 200.0, 300.0])},
        tags={"manager": ["m", "m", "n"]},
    )
    return Problem(accounts, reps), Alignment(rep)


def figures(problem: Problem, plan: Alignment) -> dict[str, np.ndarray]:
    """Figures per rep, and the power of the unit of money that each goes with."""
    pay = IncentiveSettings(plans=(PayPlan(variable=50.0),), leagues=2)
    lost = transition(problem, plan, pay)
    sold = productivity(problem, plan)
    return {
        "1 commission": commission(problem, plan).available,
        "0 commission index": commission(problem, plan).index,
        "1 at risk": lost.by_rep(lost.at_risk, REPS),
        "1 credit": lost.by_rep(lost.credit, REPS),
        "1 a quarter": sold.revenue_per_quarter,
        "0 win rate": sold.win_rate,
        "0 selling": sold.selling_share,
        "1 lost": np.array(lost_money(problem, [0.1, 0.2])),
        "-1 rate": rates_today(problem, pay),
        "0 potential": estimate_potential(problem).z,
        "1 league": leagues(problem, plan, pay).expected_score,
        "0 handicap": leagues(problem, plan, pay).handicap,
    }


@given(st.integers(0, 10_000), st.sampled_from([0.01, 1000.0]), st.permutations(range(N)))
@settings(max_examples=40)
def test_free_of_the_unit_of_money_and_of_the_order_of_accounts(
    seed: int, unit: float, order: list[int]
) -> None:
    base, mixed = figures(*facts(seed)), figures(*facts(seed, order=np.array(order)))
    other = figures(*facts(seed, unit=unit))
    for name, values in base.items():
        power = int(name.split()[0])
        np.testing.assert_allclose(other[name], values * unit**power, rtol=1e-9, err_msg=name)
        if name != "0 potential":  # of accounts, not of reps
            np.testing.assert_allclose(mixed[name], values, rtol=1e-9, err_msg=name)


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_totals_are_those_of_the_accounts(seed: int) -> None:
    problem, plan = facts(seed)
    money = problem.accounts.measures
    sold = productivity(problem, plan)
    assert 4 * sold.revenue_per_quarter.sum() == pytest.approx(money["revenue"].sum())
    assert commission(problem, plan).expected.sum() == pytest.approx(
        money["potential"] @ money["probability"]
    )
    pay = IncentiveSettings()
    lost = transition(problem, plan, pay)
    moved = plan.rep != problem.accounts.owner
    rate = np.array([0.01, 0.02, 0.03])[problem.accounts.owner]
    assert lost.at_risk.sum() == pytest.approx((rate * money["revenue"])[moved].sum())
    assert (lost.credit <= lost.at_risk).all()
    assert span_of_control(problem).rows()[0]["reps led"] == 2
    assert span_of_control(problem).reps.sum() == REPS


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=20), st.floats(0.5, 50))
def test_range_ratio_is_free_of_scale_and_order_and_never_below_one(index: list[float], scale: float) -> None:
    values = np.array(index)
    assert range_ratio(values) >= 1
    assert range_ratio(scale * values[::-1]) == pytest.approx(range_ratio(values))


@given(st.floats(0.05, 0.85), st.floats(1, 1e6), st.floats(1, 500), st.floats(1.01, 3))
def test_a_larger_force_sells_more_and_each_rep_less(
    b: float, sales: float, size: float, more: float
) -> None:
    one, two, three = sales_at(sales, size, size * np.array([1, more, more**2]), b)
    assert one == pytest.approx(sales)
    assert three > two > one
    assert two / one < more  # less than in proportion
    assert three / two == pytest.approx(two / one)  # free of scale
    half, double = (best_size(sales, size, cost, 0.5, min(b, 0.8)) for cost in (0.5, 2.0))
    assert half > double  # dearer reps, fewer of them
    assert best_size(1000 * sales, size, 1000.0, 0.5, min(b, 0.8)) == pytest.approx(
        best_size(sales, size, 1.0, 0.5, min(b, 0.8))
    )


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=8), st.floats(0.1, 0.9))
def test_power_sales_scale_and_follow_no_order(pairs: list[tuple[float, float]], b: float) -> None:
    time, potential = map(np.array, zip(*pairs, strict=True))
    sold = power_sales(time, potential, b)
    assert power_sales(time[::-1], potential[::-1], b) == pytest.approx(sold)
    assert power_sales(7 * time, 7 * potential, b) == pytest.approx(7 * sold)
    assert power_sales(time + 1, potential, b) >= sold


@given(st.lists(st.floats(0, 1), max_size=3), st.floats(0, 1))
def test_what_comes_back_is_worth_more_than_nothing_and_less_when_discounted(
    carry: list[float], rate: float
) -> None:
    now = years_worth(HeadcountSettings(carry_over=tuple(carry), discount_rate=0.0))
    later = years_worth(HeadcountSettings(carry_over=tuple(carry), discount_rate=rate))
    assert 1 <= later <= now <= 1 + sum(carry[:2]) + 1e-12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6).map(sorted), st.integers(1, 12))
def test_who_came_earlier_never_carries_less(ramp: list[float], month: int) -> None:
    reps = Reps.of("ab", tags={"start_date": [f"2025-{month:02d}-01", f"2026-{month:02d}-01"]})
    part = monthly_ramp(reps, settings_of({"ramp": tuple(ramp), "year_start": "2026-01"}))
    assert (part[0] >= part[1]).all()
    assert (np.diff(part, axis=1) >= 0).all()
    assert ((part >= 0) & (part <= 1)).all()


@given(st.integers(0, 999), st.floats(0.01, 1000))
@settings(max_examples=40)
def test_histories_in_another_unit_and_order(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    sales, order = rng.uniform(1, 100, (6, 12)), rng.permutation(6)
    periods = tuple(f"{2023 + i // 4}-Q{i % 4 + 1}" for i in range(12))
    past, other = History(periods, sales), History(periods, unit * sales[order])
    np.testing.assert_allclose(seasonal_indices(other), seasonal_indices(past))
    assert seasonal_indices(past).mean() == pytest.approx(1)
    np.testing.assert_allclose(volatility(other), unit * volatility(past)[order])
    np.testing.assert_allclose(
        volatility_from_history(unit * sales[order]), volatility_from_history(sales)[order]
    )
    seen = np.ones(sales.shape, bool)
    one, two = credible(sales, seen), credible(unit * sales[order], seen)
    np.testing.assert_allclose(two.value, unit * one.value[order])
    np.testing.assert_allclose(two.z, one.z[order], atol=1e-9)
