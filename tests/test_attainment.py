"""Chances of making a quota: closed form by hand, Monte Carlo against it, and what makes no difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import territory_opt as to
from territory_opt.quota import Outlook, Quotas, attainment, outlook_of, top_down
from territory_opt.quota.draws import book_draws
from territory_opt.volatility import USUAL, volatility_from_history, volatility_of


def quotas_of(quota: list[float], share: list[float] | None = None) -> Quotas:
    """Given quotas, as if set by hand."""
    n = len(quota)
    return Quotas(
        rep_ids=np.array([f"R{i}" for i in range(n)], dtype=object),
        goal=float(sum(quota)),
        over_assignment=0.0,
        quota=np.array(quota, np.float64),
        baseline=np.ones(n),
        potential=np.ones(n),
        share=np.ones(n) if share is None else np.array(share),
        lines=(),
        basis="as given",
    )


def outlook(rep: list[int], expected: list[float], cv: list[float], **more: object) -> Outlook:
    n = len(expected)
    ids = np.array([f"R{i}" for i in range(max(rep) + 1)], dtype=object)
    given = {"churn": np.zeros(n)} | more
    return Outlook(ids, np.array(rep, np.int32), np.array(expected, float), np.array(cv, float), **given)


def market(n: int = 400, reps: int = 8, seed: int = 3, **more: object) -> Outlook:
    """Accounts of all sizes, spread over reps of all sizes."""
    rng = np.random.default_rng(seed)
    rep = rng.choice(reps, n, p=np.arange(1, reps + 1) / (reps * (reps + 1) / 2))
    return outlook(list(rep), list(rng.lognormal(8, 1, n)), list(rng.uniform(0, 1, n)), **more)


def test_chance_by_hand() -> None:
    # Standard deviations 30 and 40 make 50 together; a quota of 90 lies one of them below the mean of 140.
    found = attainment(quotas_of([90.0]), outlook([0, 0], [60, 80], [0.5, 0.5]), draws=0)
    assert found.sd[0] == pytest.approx(50)
    assert found.chance[0] == pytest.approx(0.841344746, abs=1e-9)
    assert found.attainment[0] == pytest.approx(140 / 90)


def test_a_market_makes_luck_common_and_chances_even() -> None:
    # V + m²S² = 50² + (0.5 · 140)² = 7400.
    both = outlook([0, 0], [60, 80], [0.5, 0.5], market_sd=0.5, shape="gaussian")
    assert both.sd[0] == pytest.approx(np.sqrt(7400))
    # It multiplies lognormal sales: (1 + m²)(V + S²) - S² = 1.25 · 22100 - 19600.
    assert replace(both, shape="lognormal").sd[0] == pytest.approx(np.sqrt(8025))


def test_buckets_and_pay_by_hand() -> None:
    # Attainment with mean 1 and standard deviation 0.1; 0.9 and 1.1 lie one of them away.
    found = attainment(quotas_of([100.0]), outlook([0], [100], [0.1]), draws=0)
    np.testing.assert_allclose(found.buckets[0], [0.158655, 0.682689, 0.158655], atol=1e-6)
    assert found.pay[0] == pytest.approx(1)
    # Twice the pay above target adds E[(X - 1)+] = 0.1 · φ(0).
    paid = ((0.0, 0.0), (1.0, 1.0), (9.0, 17.0))
    found = attainment(quotas_of([100.0]), outlook([0], [100], [0.1]), draws=0, payout=paid)
    assert found.pay[0] == pytest.approx(1 + 0.1 / np.sqrt(2 * np.pi))


@pytest.mark.parametrize("market_sd", [0.0, 0.1])
def test_draws_agree_with_the_closed_form(market_sd: float) -> None:
    """Gaussian sales: chances within 4 standard errors, which one rep in 16,000 misses."""
    ahead = market(shape="gaussian", market_sd=market_sd)
    goal = quotas_of(list(ahead.book * np.linspace(0.8, 1.2, 8)))
    exact, drawn = attainment(goal, ahead, draws=0), attainment(goal, ahead, draws=20_000, seed=1)
    assert drawn.error.max() < 0.0036
    assert (np.abs(drawn.chance - exact.chance) <= 4 * drawn.error + 1e-3).all()
    np.testing.assert_allclose(drawn.buckets, exact.buckets, atol=0.015)
    np.testing.assert_allclose(drawn.pay, exact.pay, atol=0.01)
    assert exact.chance.std() > 0.1  # the quotas differ, so the agreement says something


@pytest.mark.parametrize("shape", ["gaussian", "lognormal"])
def test_draws_have_the_moments_that_are_promised(shape: str) -> None:
    """Mean within 4 standard errors, deviation within 6 %, with churn and a market."""
    ahead = market(shape=shape, market_sd=0.2, churn=np.full(400, 0.1))
    draws = 20_000
    for rep, sales in book_draws(ahead, draws, seed=5):
        assert abs(sales.mean() - ahead.book[rep]) < 4 * ahead.sd[rep] / np.sqrt(draws)
        assert sales.std() == pytest.approx(ahead.sd[rep], rel=0.06)
        assert shape == "gaussian" or sales.min() >= 0


def test_lognormal_accounts_are_lognormal() -> None:
    """Of one account: P(X ≥ mean) = Φ(-σ/2) with σ² = ln(1 + cv²), far from the Gaussian half."""
    found = attainment(quotas_of([100.0]), outlook([0], [100], [1.0]), draws=40_000, seed=2)
    from scipy.special import ndtr

    assert found.chance[0] == pytest.approx(ndtr(-np.sqrt(np.log(2)) / 2), abs=4 * found.error[0])


def test_churn_is_an_account_that_buys_nothing() -> None:
    found = attainment(quotas_of([1.0]), outlook([0], [100], [0.0], churn=np.array([0.25])), draws=20_000)
    assert found.chance[0] == pytest.approx(0.75, abs=4 * found.error[0])
    sales = next(book_draws(outlook([0], [100], [0.0], churn=np.array([0.25])), 1000))[1]
    assert set(sales.round(6)) == {0, round(100 / 0.75, 6)}


def test_same_seed_same_numbers_on_any_number_of_workers() -> None:
    ahead = market(n=3000, reps=4, market_sd=0.1)
    goal = quotas_of(list(ahead.book))
    one, two, five = (attainment(goal, ahead, draws=300, seed=7, workers=n) for n in (1, 2, 5))
    for other in (two, five):
        np.testing.assert_array_equal(one.chance, other.chance)
        np.testing.assert_array_equal(one.pay, other.pay)
    assert (attainment(goal, ahead, draws=300, seed=8).chance != one.chance).any()


def test_order_of_reps_and_other_reps_make_no_difference() -> None:
    ahead = market(reps=4)
    turned = np.array([2, 0, 3, 1])
    moved = replace(ahead, rep_ids=ahead.rep_ids[turned], rep=np.argsort(turned).astype(np.int32)[ahead.rep])
    before = {ahead.rep_ids[rep]: sales for rep, sales in book_draws(ahead, 50)}
    after = {moved.rep_ids[rep]: sales for rep, sales in book_draws(moved, 50)}
    for name, sales in before.items():
        np.testing.assert_array_equal(sales, after[name])
    alone = replace(ahead, rep=np.where(ahead.rep == 1, 1, -1).astype(np.int32))
    np.testing.assert_array_equal(next(book_draws(alone, 50))[1], before["R1"])


def test_books_that_do_not_vary_make_their_quota_or_not() -> None:
    ahead = outlook([0, 1, 2], [100, 100, 100], [0, 0, 0])
    for draws in (0, 10):
        found = attainment(quotas_of([100.0, 100.01, 50.0]), ahead, draws=draws)
        np.testing.assert_array_equal(found.chance, [1, 0, 1])
        np.testing.assert_allclose(found.buckets, [[0, 1, 0], [0, 1, 0], [0, 0, 1]], atol=1e-12)
        np.testing.assert_allclose(found.pay, [1, 100 / 100.01, 2])


def test_reps_without_quota_or_book() -> None:
    ahead = outlook([0, 1, 3], [100, 100, 100], [0.1] * 3)
    found = attainment(quotas_of([0.0, 90.0, 50.0, 80.0], share=[1, 1, 1, 0]), ahead, draws=20)
    np.testing.assert_array_equal(np.isnan(found.chance), [True, False, False, True])
    assert found.chance[2] == 0
    np.testing.assert_array_equal(found.buckets[2], [1, 0, 0])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 1e6), st.floats(0, 2)), min_size=1, max_size=8),
    st.floats(0.5, 2),
    st.floats(1e-3, 1e3),
)
def test_chances_fall_with_the_quota_and_know_no_unit(
    book: list[tuple[float, float]], factor: float, unit: float
) -> None:
    expected, cv = (list(column) for column in zip(*book, strict=True))
    rep = [0] * len(book)
    quota = sum(expected) * factor
    found = attainment(quotas_of([quota]), outlook(rep, expected, cv), draws=0)
    harder = attainment(quotas_of([quota * 1.1]), outlook(rep, expected, cv), draws=0)
    assert harder.chance[0] <= found.chance[0]
    assert harder.pay[0] <= found.pay[0] + 1e-9
    np.testing.assert_allclose(found.buckets.sum(), 1)
    if max(cv) > 1e-3:
        in_unit = outlook(rep, [e * unit for e in expected], cv)
        again = attainment(quotas_of([quota * unit]), in_unit, draws=0)
        assert again.chance[0] == pytest.approx(found.chance[0], abs=1e-6)


def facts(**measures: list[float]) -> to.Problem:
    base = {"revenue": [100.0, 300.0, 50.0], "potential": [1.0, 1.0, 1.0]}
    accounts = to.Accounts.of(["a", "b", "c"], measures=base | measures, tags={"segment": ["x", "y", ""]})
    return to.Problem(accounts, to.Reps.of(["R0", "R1"]))


def test_expected_sales_sum_to_the_goal_unless_there_is_a_forecast() -> None:
    plan = to.Alignment(np.array([0, 1, -1]))
    ahead = outlook_of(facts(), plan, 800)
    np.testing.assert_allclose(ahead.book, [200, 600])
    assert "times 2, which sums to the goal" in ahead.notes[0]
    told = outlook_of(facts(forecast=[5.0, 6.0, 7.0]), plan, 800)
    np.testing.assert_allclose(told.book, [5, 6])
    np.testing.assert_allclose(outlook_of(facts(), plan, 1, expected=[1.0, 2.0, 3.0]).book, [1, 2])
    np.testing.assert_allclose(outlook_of(facts(), plan, 1, expected="potential").book, [1, 1])


def test_every_fault_of_an_outlook_at_once() -> None:
    plan = to.Alignment(np.array([0, 1, -1]))
    with pytest.raises(to.PolicyError) as caught:
        outlook_of(facts(), plan, 1, expected=[1.0, -2.0, np.nan], churn=1.0, market_sd=-1, shape="flat")
    assert len(caught.value.issues) == 4
    with pytest.raises(to.PolicyError, match="expected has shape"):
        outlook_of(facts(), plan, 1, expected=[1.0])
    with pytest.raises(to.PolicyError, match="Did you mean 'revenue'"):
        outlook_of(facts(), plan, 1, expected="revenues")
    with pytest.raises(to.PolicyError, match="no book has revenue"):
        outlook_of(facts(revenue=[0.0, 0.0, 1.0]), plan, 1)
    ahead = outlook_of(facts(), plan, 800)
    with pytest.raises(to.PolicyError) as caught:
        attainment(
            top_down(facts(), plan, goal=9.0),
            ahead,
            draws=-1,
            threshold=1,
            excellence=1,
            payout=[(1, 1), (0, 0)],
        )
    assert len(caught.value.issues) == 4


def test_volatility_comes_from_a_column_else_it_is_usual() -> None:
    cv, notes = volatility_of(facts().accounts)
    assert cv.tolist() == [USUAL] * 3
    assert "50 %" in notes[0]
    cv, notes = volatility_of(facts().accounts, {"x": 0.2, "": 0.9})
    assert cv.tolist() == [0.2, 0.9, 0.9]
    assert "20 % for x" in notes[0]
    assert volatility_of(facts(volatility=[0.1, 0.2, 0.3]).accounts)[0].tolist() == [0.1, 0.2, 0.3]
    cv, notes = volatility_of(facts(revenue_sd=[10.0, 30.0, np.nan]).accounts, 0.7)
    np.testing.assert_allclose(cv, [0.1, 0.1, 0.7])
    assert "missing for 1 of 3" in notes[1]


def test_a_column_that_was_read_as_text_is_said() -> None:
    accounts = to.Accounts.of(["a"], measures={"revenue": [1.0]}, tags={"volatility": ["much"]})
    cv, notes = volatility_of(accounts)
    assert cv.tolist() == [USUAL]
    assert "volatility has cells that are no numbers" in notes[0]


def test_bad_volatility_is_named_row_by_row() -> None:
    with pytest.raises(to.DataError) as caught:
        volatility_of(facts(volatility=[-0.1, 0.2, np.inf]).accounts)
    assert [(issue.row, issue.column) for issue in caught.value.issues] == [
        (2, "volatility"),
        (4, "volatility"),
    ]
    for usual in (-1.0, float("nan"), {"x": -0.5}):
        with pytest.raises(to.DataError, match="volatility must be"):
            volatility_of(facts().accounts, usual)


def test_volatility_from_history_by_hand() -> None:
    # Squared deviations over the squared mean: 2·10²/100² = 0.02 on one degree of freedom, and 0 on one;
    # pooled 0.01. With a prior of 4 periods: (0.02 + 0.04)/5 and 0.04/5.
    cv = volatility_from_history([[90, 110], [100, 100]])
    np.testing.assert_allclose(cv, np.sqrt([0.012, 0.008]))
    np.testing.assert_allclose(volatility_from_history([[90, 110], [100, 100]], periods_per_year=4), cv / 2)
    # One that was seen once takes the pooled value.
    cv = volatility_from_history([[90, 110], [100, np.nan]])
    assert cv[1] == pytest.approx(np.sqrt(0.02))
    rng = np.random.default_rng(1)
    many = volatility_from_history(100 * (1 + 0.3 * rng.standard_normal((200, 12))))
    assert many.mean() == pytest.approx(0.3, abs=0.01)
    for bad in ([[1.0], [2.0]], [[0.0, 0.0]], [1.0, 2.0]):
        with pytest.raises(to.DataError):
            volatility_from_history(bad)
