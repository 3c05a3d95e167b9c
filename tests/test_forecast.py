"""Forecasts, potential from history, and productivity: by hand, by simulation, and for all books."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from territory_opt import Accounts, Alignment, PolicyError, Problem, Reps
from territory_opt.forecast import (
    account_forecast,
    credible,
    estimate_potential,
    forecast,
    forecast_accuracy,
    productivity,
    volatility,
    with_forecast,
    with_potential,
)
from territory_opt.forecast.season import seasonal_indices
from territory_opt.forecast.smoothing import Tuning, smooth, tuned
from territory_opt.history import History, named
from territory_opt.quota import quotas_by


def past(revenue: Any, per_year: int = 4) -> History:
    revenue = np.array(revenue, float)
    first = 2023 * per_year
    return History([named(per_year, first + i) for i in range(revenue.shape[1])], revenue)


def market(revenue: Any, rep: list[int], per_year: int = 4, **tags: Any) -> tuple[Problem, Alignment]:
    history = past(revenue, per_year)
    last = history.revenue[:, -per_year:].sum(axis=1).clip(0)
    accounts = Accounts.of(range(len(rep)), measures={"revenue": last}, tags=tags)
    reps = Reps.of([f"R{i}" for i in range(max(rep) + 1)])
    return Problem(accounts, reps, history=history), Alignment(np.array(rep))


def test_a_straight_line_goes_on() -> None:
    found = smooth(np.array([[10.0, 12, 14], [7, 7, 7]]), Tuning(0.3, 0.1, 1.0))
    np.testing.assert_allclose(found.ahead(2), [[16, 18], [7, 7]])
    np.testing.assert_allclose(found.sigma, 0, atol=1e-12)


def test_smoothing_by_hand() -> None:
    """The line through 10 and 12 expects 14 where 17 comes: half of the miss of 3 lifts the level, a
    quarter of it the trend."""
    found = smooth(np.array([[10.0, 12, 17]]), Tuning(0.5, 0.5, 1.0))
    assert (found.level[0], found.trend[0], found.sigma[0]) == (15.5, 2.75, 3.0)
    assert found.ahead(2)[0].tolist() == [18.25, 21.0]
    damped = smooth(np.array([[10.0, 12, 17]]), Tuning(0.5, 0.5, 0.5))
    steps = np.diff(damped.ahead(4)[0])
    np.testing.assert_allclose(steps[1:] / steps[:-1], 0.5)


def test_the_spread_is_that_of_simulated_years() -> None:
    """The closed form against 200,000 years of the model itself."""
    found = smooth(np.array([[100.0, 103, 99, 110, 104, 120, 111, 118]]), Tuning(0.4, 0.3, 0.9))
    rng, weights = np.random.default_rng(1), np.array([0.8, 1.0, 1.2, 1.0])
    level = np.full(200_000, found.level[0])
    trend = np.full(200_000, found.trend[0])
    total = np.zeros(200_000)
    for weight in weights:
        error = rng.normal(0, found.sigma[0], 200_000)
        expected = level + 0.9 * trend
        total += weight * (expected + error)
        level = expected + 0.4 * error
        trend = 0.9 * trend + 0.4 * 0.3 * error
    assert total.mean() == pytest.approx(found.ahead(4)[0] @ weights, rel=1e-3)
    assert total.std() == pytest.approx(found.spread(weights)[0], rel=0.01)


def test_tuning_follows_what_made_the_series() -> None:
    rng = np.random.default_rng(9)
    wander = rng.normal(0, 10, (500, 16)).cumsum(axis=1)
    still = 100 + rng.normal(0, 10, (500, 16))
    rise = 5.0 * np.arange(16) + rng.normal(0, 3, (500, 16))
    assert tuned(wander).alpha > 0.7
    assert tuned(still).alpha < 0.15
    assert tuned(rise).damping == 1.0


def test_too_short_for_a_trend() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        smooth(np.ones((1, 2)), Tuning(0.5, 0.5, 1.0))


@pytest.mark.parametrize("per_year", [4, 12])
def test_the_season_is_found(per_year: int) -> None:
    swing = np.linspace(0.5, 1.5, per_year)
    np.testing.assert_allclose(seasonal_indices(past([np.tile(100 * swing, 3)], per_year)), swing)
    np.testing.assert_allclose(seasonal_indices(past([np.tile(swing, 1)], per_year)), 1.0)
    np.testing.assert_allclose(seasonal_indices(past(np.zeros((1, 3 * per_year)), per_year)), 1.0)


def test_a_forecast_knows_the_season_and_the_trend() -> None:
    even = 100 + 10 * np.arange(12)
    facts, alignment = market([even * np.tile([0.6, 0.9, 1.1, 1.4], 3)], [0])
    found = forecast(facts, alignment)
    # The next four quarters are 220 to 250 before the season; a damped trend stays a little below.
    assert 820 < found.expected[0] < 0.6 * 220 + 0.9 * 230 + 1.1 * 240 + 1.4 * 250 + 20
    assert found.way == "trend"
    assert found.low[0] < found.expected[0] < found.high[0]


def test_the_mean_by_hand() -> None:
    """The second account varies by 400/3 a quarter: times 4 to come and 16/4 for the mean of four."""
    facts, alignment = market([[10, 10, 10, 10], [0, 20, 0, 20], [5, 5, 5, 5]], [0, 0, 1])
    found = forecast(facts, alignment, confidence=0.8)
    assert found.way == "mean"
    np.testing.assert_allclose(found.expected, [80, 20])
    np.testing.assert_allclose(found.last_year, [80, 20])
    np.testing.assert_allclose(found.sd, [np.sqrt(400 / 3 * 8), 0], atol=1e-12)
    # Student's t with the three degrees of freedom of the one account that varies: 1.638 at 90 %.
    np.testing.assert_allclose(found.high - found.expected, 1.63774 * found.sd, rtol=1e-5)
    assert any("Less than two years" in note for note in found.notes)
    np.testing.assert_allclose(volatility(facts.history), [0, 2 * np.sqrt(400 / 3), 0])


@pytest.mark.parametrize("per_book", [1, 12])
def test_the_band_of_the_mean_holds_as_many_outcomes_as_it_says(per_book: int) -> None:
    rng = np.random.default_rng(5)
    years = rng.normal(100, 20, (2000 * per_book, 12))
    rep = np.arange(2000).repeat(per_book)
    facts, alignment = market(years[:, :8], rep.tolist())
    found = forecast(facts, alignment, way="mean", confidence=0.8)
    outcome = alignment.total(years[:, 8:].sum(axis=1), 2000)
    # The last year is half of what volatility is measured by, so the t is not exact.
    assert 0.76 < ((outcome >= found.low) & (outcome <= found.high)).mean() < 0.84


@pytest.mark.parametrize("drift", [0.0, 3.0])
def test_the_band_of_the_trend_holds_about_as_many_outcomes_as_it_says(drift: float) -> None:
    """Books whose level wanders and whose sales swing around it, with and without a rise."""
    rng = np.random.default_rng(6)
    level = 300 + drift * np.arange(20) + rng.normal(0, 5, (1500, 20)).cumsum(axis=1)
    years = level + rng.normal(0, 12, (1500, 20))
    facts, alignment = market(years[:, :16], list(range(1500)))
    found = forecast(facts, alignment, confidence=0.8)
    outcome = years[:, 16:].sum(axis=1)
    assert 0.7 < ((outcome >= found.low) & (outcome <= found.high)).mean() < 0.9
    assert found.way == "trend"


@given(
    hnp.arrays(float, (6, 9), elements=st.integers(0, 1000)),
    st.lists(st.integers(0, 2), min_size=6, max_size=6),
)
@settings(max_examples=40)
def test_forecasts_follow_the_accounts(revenue: np.ndarray, rep: list[int]) -> None:
    facts, alignment = market(revenue, [*rep[:5], 2])
    everybody = Alignment(np.zeros(6, np.int32))
    one = Problem(facts.accounts, Reps.of(["all"]), history=facts.history)
    books, company = forecast(facts, alignment, way="mean"), forecast(one, everybody, way="mean")
    np.testing.assert_allclose(books.expected.sum(), company.expected[0], atol=1e-6)
    np.testing.assert_allclose(np.square(books.sd).sum(), np.square(company.sd[0]), atol=1e-6)
    books, company = forecast(facts, alignment), forecast(one, everybody)
    if (books.expected > 0).all():  # no trend ended below nothing
        np.testing.assert_allclose(books.expected.sum(), company.expected[0], atol=1e-6)
    rows = np.array([5, 3, 1, 0, 2, 4])
    turned = forecast(facts.take(rows, np.arange(3)), Alignment(alignment.rep[rows]))
    np.testing.assert_allclose(turned.expected, forecast(facts, alignment).expected, atol=1e-6)


@given(hnp.arrays(float, (4, 10), elements=st.integers(0, 10_000)), st.sampled_from([0.01, 7.0, 1e4]))
@settings(max_examples=40)
def test_other_money_gives_other_forecasts_in_proportion(revenue: np.ndarray, factor: float) -> None:
    revenue[0] += 1
    small, large = (forecast(*market(revenue * f, [0, 1, 1, 2])) for f in (1.0, factor))
    np.testing.assert_allclose(large.expected, factor * small.expected, rtol=1e-6, atol=1e-6 * factor)
    np.testing.assert_allclose(large.high, factor * small.high, rtol=1e-6, atol=1e-6 * factor)


def test_accuracy_by_hand() -> None:
    """The mean of 10 and 30 a quarter against 12 and 20: misses of 8 and 40 on 48 and 80."""
    facts, alignment = market([[10] * 4 + [12] * 4, [30] * 4 + [20] * 4, [0] * 8], [0, 1, 2])
    found = forecast_accuracy(facts, alignment, way="mean")
    assert found.periods == ("2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4")
    np.testing.assert_allclose(found.expected, [40, 120, 0])
    np.testing.assert_allclose(found.actual, [48, 80, 0])
    np.testing.assert_allclose(found.error, [8 / 48, 0.5, np.nan])
    assert found.wape == pytest.approx(48 / 128)
    assert found.mape == pytest.approx((8 / 48 + 0.5) / 2)
    assert found.bias == pytest.approx(160 / 128 - 1)
    assert found.in_band == 0.0  # the year before did not vary at all


@given(
    hnp.arrays(float, (5, 12), elements=st.integers(0, 10_000)),
    st.permutations(range(5)),
    st.sampled_from(["trend", "mean"]),
    st.sampled_from([0.01, 7.0, 1e4]),
)
@settings(max_examples=40, deadline=None)
def test_accuracy_knows_no_currency_and_no_order(
    revenue: np.ndarray, order: list[int], way: Literal["trend", "mean"], factor: float
) -> None:
    revenue[0] += 1  # somebody sold something, in every period
    books = np.array([0, 1, 1, 2, 2])
    found = forecast_accuracy(*market(revenue, [*books]), way=way)
    other = forecast_accuracy(*market(factor * revenue[order], [*books[order]]), way=way)
    for name in ("wape", "mape", "bias", "error"):
        np.testing.assert_allclose(getattr(other, name), getattr(found, name), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(other.expected, factor * found.expected, rtol=1e-5, atol=1e-6 * factor)
    np.testing.assert_allclose(other.actual, factor * found.actual)
    # The mean of the misses, each weighted by what was sold, and no smaller than the miss in all.
    total, miss = found.actual.sum(), np.abs(found.expected - found.actual).sum()
    assert found.wape == pytest.approx(miss / total)
    assert abs(found.bias) <= found.wape + 1e-9
    assert 0 <= found.in_band <= 1


@given(
    hnp.arrays(float, 4, elements=st.integers(1, 10_000)),
    hnp.arrays(float, 4, elements=st.integers(1, 100)),
    st.integers(2, 4),
)
@settings(max_examples=30, deadline=None)
def test_years_that_repeat_are_forecast_without_a_miss(
    size: np.ndarray, season: np.ndarray, years: int
) -> None:
    """Accounts of any size with one season among them, year after year the same."""
    found = forecast_accuracy(*market(np.tile(np.outer(size, season), years), [0, 1, 1, 2]), way="mean")
    np.testing.assert_allclose([found.wape, found.mape, found.bias], 0, atol=1e-9)


@given(hnp.arrays(float, (3, 8), elements=st.integers(1, 10_000)))
@settings(max_examples=30, deadline=None)
def test_one_book_is_never_missed_by_more_than_its_parts(revenue: np.ndarray) -> None:
    """The mean is linear, so that misses of accounts can only cancel in a book that holds them all."""
    apart = forecast_accuracy(*market(revenue, [0, 1, 2]), way="mean")
    together = forecast_accuracy(*market(revenue, [0, 0, 0]), way="mean")
    assert together.wape <= apart.wape + 1e-9
    assert together.bias == pytest.approx(apart.bias, abs=1e-9)


def test_accuracy_of_a_short_history() -> None:
    facts, alignment = market([[10, 10, 13]], [0])
    found = forecast_accuracy(facts, alignment)
    assert (found.periods, found.expected.tolist(), found.actual.tolist()) == (("2023-Q3",), [10], [13])
    with pytest.raises(PolicyError, match="needs 3 periods"):
        forecast_accuracy(*market([[1, 2]], [0]))
    nothing = forecast_accuracy(*market([[0] * 8], [0]))
    assert np.isnan([nothing.wape, nothing.mape, nothing.bias, nothing.in_band]).all()


def test_the_test_is_of_the_way_that_the_forecast_goes() -> None:
    """Two years that rise by 10 a quarter: the trend sees it in the first year, the mean does not."""
    facts, alignment = market([np.arange(100.0, 180, 10)], [0])
    assert forecast(facts, alignment).way == "trend"
    found = forecast_accuracy(facts, alignment)
    assert found.way == "trend"
    assert found.expected[0] > 4 * 130
    mean = forecast_accuracy(facts, alignment, way="mean")
    assert (mean.way, mean.expected[0]) == ("mean", pytest.approx(4 * 115))


def test_one_period_gives_no_band() -> None:
    facts, alignment = market([[10], [30], [5]], [0, 0, 1])
    found = forecast(facts, alignment)
    np.testing.assert_allclose(found.expected, [160, 20])
    for values in (found.sd, found.low, found.high):
        assert np.isnan(values).all()
    assert any("there is no band" in note for note in found.notes)
    assert not np.isnan(forecast(*market([[10, 12]], [0])).sd).any()


def test_credibility_by_hand() -> None:
    """Means 5 and 9, variance within 6.5, between 8 − 6.5/3: k = 1.1143, Z = 3 / 4.1143."""
    found = credible(np.array([[3.0, 5, 7], [6, 12, 9]]), np.ones((2, 3), bool))
    assert found.k == pytest.approx(6.5 / (8 - 6.5 / 3))
    np.testing.assert_allclose(found.z, 0.7292, atol=5e-5)
    np.testing.assert_allclose(found.value, [5.5417, 8.4583], atol=5e-5)
    assert found.mean == 7


def test_a_thin_row_is_drawn_in_further() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(100, 20, 60)
    values = truth[:, None] + rng.normal(0, 40, (60, 12))
    seen = np.ones((60, 12), bool)
    seen[:20, :10] = False
    found = credible(values, seen)
    assert found.z[:20].max() < found.z[20:].min()
    assert found.k == pytest.approx(40**2 / 20**2, rel=0.5)
    own = np.array([v[s].mean() for v, s in zip(values, seen, strict=True)])
    assert np.square(found.value - truth)[:20].mean() < 0.7 * np.square(own - truth)[:20].mean()


@given(hnp.arrays(float, (5, 4), elements=st.integers(0, 100)), hnp.arrays(bool, (5, 4)))
def test_credible_values_lie_between_their_own_and_the_mean(values: np.ndarray, seen: np.ndarray) -> None:
    found = credible(values, seen)
    own = [v[s].mean() if s.any() else found.mean for v, s in zip(values, seen, strict=True)]
    assert ((found.z >= 0) & (found.z <= 1)).all()
    assert (found.value >= np.minimum(own, found.mean) - 1e-9).all()
    assert (found.value <= np.maximum(own, found.mean) + 1e-9).all()


def test_potential_by_size_by_hand() -> None:
    """Nobody varies, so each is trusted: 1, 2, … 10 a quarter per bed; the upper fifth begins at 8.2."""
    beds = np.array([10.0] * 10 + [100.0, 0.0])
    rate = np.array([*range(1, 11), 0, 0])
    history = past(np.outer(rate * beds, np.ones(8)))
    accounts = Accounts.of(range(12), measures={"beds": beds})
    problem = Problem(accounts, Reps.of(["r"]), history=history)
    found = estimate_potential(problem, size="beds")
    assert found.potential[0] == pytest.approx(4 * 8.2 * 10)
    assert found.potential[9] == pytest.approx(4 * 10 * 10)  # never less than it buys
    assert found.potential[10] == pytest.approx(4 * 8.2 * 100)  # never bought: as its peers
    assert found.potential[11] == 0
    assert any("1 accounts have no beds" in note for note in found.notes)


def test_one_lucky_order_lifts_nobody() -> None:
    """Thirty alike with noise, and one that is new with a single great order: the benchmark hardly moves."""
    rng = np.random.default_rng(3)
    steady = rng.normal(100, 60, (30, 8)).clip(1)
    lucky = np.vstack([steady, [[0, 0, 0, 0, 0, 0, 0, 350]]])
    before, after = (estimate_potential(market(h, [0] * len(h))[0]) for h in (steady, lucky))
    assert after.potential[0] < 1.1 * before.potential[0]
    assert after.potential[30] < 0.6 * 4 * 350
    assert after.z[30] < 0.5 * after.z[:30].min()


def test_segments_and_small_ones() -> None:
    revenue = np.repeat([[10.0] * 8, [100.0] * 8, [1000.0] * 8], [12, 12, 3], axis=0)
    facts, _ = market(revenue, [0] * 27, segment=["a"] * 12 + ["b"] * 12 + ["c"] * 3)
    found = estimate_potential(facts).potential
    np.testing.assert_allclose(found[:12], 40, rtol=0.01)
    np.testing.assert_allclose(found[12:24], 400, rtol=0.01)
    assert (found[24:] > 1000).all()  # too few to be a kind of their own: judged against all


def test_without_a_history_revenue_is_all_there_is() -> None:
    accounts = Accounts.of(range(11), measures={"revenue": [0.0, *range(10, 110, 10)]})
    facts = Problem(accounts, Reps.of(["r"]))
    found = estimate_potential(facts)
    assert found.potential[0] == pytest.approx(82)
    assert found.potential[10] == 100
    assert any("without a history" in note for note in found.notes)
    filled = with_potential(facts)
    np.testing.assert_array_equal(filled.accounts.measures["potential"], found.potential)
    assert with_potential(filled) is filled
    assert quotas_by(filled, Alignment(np.zeros(11, np.int32)), "potential_growth", goal=600).assigned == 600


@pytest.mark.parametrize(
    ("asked", "words"),
    [({"quantile": 0}, "quantile = 0"), ({"size": "bedz"}, "no measure 'bedz'")],
)
def test_potential_that_cannot_be_had(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        estimate_potential(market([[1, 1]], [0])[0], **asked)


def test_nobody_buys() -> None:
    with pytest.raises(PolicyError, match="nobody buys anything"):
        estimate_potential(market([[0, 0]], [0])[0])


def test_a_forecast_needs_a_history() -> None:
    facts = Problem(Accounts.of(["a"]), Reps.of(["r"]))
    for ask in (forecast, forecast_accuracy):
        with pytest.raises(PolicyError, match=r"add history\.csv"):
            ask(facts, Alignment(np.array([0])))
    other = Problem(Accounts.of(["a", "b"]), Reps.of(["r"]), history=past([[1, 2]]))
    with pytest.raises(PolicyError, match="1 rows for 2 accounts"):
        forecast(other, Alignment(np.array([0, 0])))
    known = market([[1, 2, 3]], [0])
    with pytest.raises(PolicyError, match="way = 'magic' must be"):
        forecast(*known, way="magic")
    with pytest.raises(PolicyError, match="confidence = 2"):
        forecast(*known, confidence=2)
    with pytest.raises(PolicyError, match="a trend needs 3 periods, the history has 2"):
        forecast(*market([[1, 2]], [0]), way="trend")


def test_forecasts_of_accounts_sum_to_the_company() -> None:
    rng = np.random.default_rng(4)
    revenue = rng.gamma(2, 50, (30, 12))
    revenue[7] = 0
    facts, alignment = market(revenue, [i % 3 for i in range(30)])
    part = account_forecast(facts)
    company = forecast(
        Problem(facts.accounts, Reps.of(["all"]), history=facts.history), Alignment(np.zeros(30))
    )
    assert part.sum() == pytest.approx(company.expected[0])
    assert part[7] == 0
    quotas = quotas_by(with_forecast(facts), alignment, "bottom_up", plan="forecast")
    assert quotas.assigned == pytest.approx(company.expected[0], abs=0.006)


def test_productivity_by_hand() -> None:
    accounts = Accounts.of(
        range(4),
        lat=[48.0] * 4,
        lon=[11.0, 11.1, 11.0, 11.0],
        measures={
            "revenue": [400, 80, 0, 40],
            "visits": [10, 10, 0, 5],
            "visit_h": [2, 2, 1, 1],
            "won": [3, 1, 0, np.nan],
            "lost": [1, 3, 2, np.nan],
            "cycle_days": [30, 90, np.nan, np.nan],
        },
    )
    reps = Reps.of(["a", "b"], lat=[48.0] * 2, lon=[11.0] * 2, capacity_h=[100, np.nan])
    facts = Problem(accounts, reps)
    found = productivity(facts, Alignment(np.array([0, 0, 1, 1])))
    np.testing.assert_allclose(found.win_rate, [0.5, 0])
    np.testing.assert_allclose(found.cycle_days, [45, np.nan])
    np.testing.assert_allclose(found.revenue_per_quarter, [120, 10])
    assert found.mean_revenue_per_quarter == 65
    hours = 40 + float(facts.travel_h(np.array([1]), np.array([0]))[0])
    np.testing.assert_allclose(found.selling_share, [40 / hours, 1])
    np.testing.assert_allclose(found.used_share, [hours / 100, np.nan])
    bare = productivity(Problem(Accounts.of(["x"]), reps), Alignment(np.array([0])))
    assert np.isnan(bare.win_rate).all()
    assert np.isnan(bare.mean_revenue_per_quarter)
