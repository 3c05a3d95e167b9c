"""The wish for equal chances: what its band promises holds for every plan, and plans differ by it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

import territory_opt as to
from territory_opt.policy.attainment import half_width

LABEL = "revenue for a 40–60 % chance of quota"


def line(revenue: list[float], share: list[float], **measures: list[float]) -> to.Problem:
    """Accounts on the equator, the first near the first rep: nearest is cheapest and unfair."""
    n, reps = len(revenue), len(share)
    given = {"visits": np.full(n, 12.0), "revenue": revenue, "potential": revenue} | measures
    accounts = to.Accounts.of(
        [f"A{i}" for i in range(n)], lat=np.zeros(n), lon=np.arange(n) / n, owner=np.zeros(n), measures=given
    )
    return to.Problem(
        accounts, to.Reps.of("XYZ"[:reps], lat=[0] * reps, lon=np.linspace(0, 1, reps), share=share)
    )


def chances(problem: to.Problem, rep: np.ndarray, cv: np.ndarray) -> np.ndarray:
    """Φ((S - Q)/√V) of each rep, quotas by share, written out on its own; plans in rows: (plans, reps)."""
    revenue = problem.accounts.measures["revenue"]
    quota = revenue.sum() * problem.reps.share / problem.reps.share.sum()
    holds = rep[:, None, :] == np.arange(len(quota))[None, :, None]
    sold, variance = (holds * revenue).sum(axis=2), (holds * (cv * revenue) ** 2).sum(axis=2)
    with np.errstate(divide="ignore"):
        return ndtr((sold - quota) / np.sqrt(variance))


def test_half_width_by_hand() -> None:
    # One account of 100 that varies by 30, and steady ones of 50 ± 5 each: the steadiest 100 are the two of
    # 50, with a variance of 50. With a quota of 100 and z = 1: s² = F(100 - s), F(S) = S/2 below 100.
    half = half_width(np.array([100.0]), 1.0, np.array([50.0, 100.0, 50.0]), np.array([5.0, 30.0, 5.0]))
    s = (-0.5 + np.sqrt(0.25 + 200)) / 2
    assert half[0] == pytest.approx(s)
    assert s**2 == pytest.approx((100 - s) / 2)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 100), st.floats(0.05, 2)), min_size=4, max_size=7),
    st.lists(st.floats(0.3, 2), min_size=2, max_size=3),
    st.floats(0.05, 0.45),
)
def test_every_plan_inside_the_band_has_even_chances(
    book: list[tuple[float, float]], share: list[float], within: float
) -> None:
    """All plans there are: none inside the band breaks the promise, whoever gets what."""
    revenue, cv = (list(column) for column in zip(*book, strict=True))
    problem = line(revenue, share, volatility=cv)
    curve = to.QuotaAttainment(within=within).curve(problem, problem.accounts.measures["revenue"])
    plans = np.array(list(product(range(len(share)), repeat=len(revenue))))
    sold = np.stack([(plans == r) @ np.array(revenue) for r in range(len(share))], axis=1)
    inside = (sold >= curve.low) & (sold <= curve.high)
    chance = chances(problem, plans, np.array(cv))
    away = np.abs(chance[inside] - 0.5)
    assert (away <= within + 1e-9).all()


def test_the_plan_has_even_chances_that_the_cheapest_has_not() -> None:
    revenue = [9.0, 8, 7, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    problem = line(revenue, [1.0, 1.0], volatility=np.linspace(0.4, 0.9, 14).tolist())
    wish = to.QuotaAttainment(within=0.08)
    cv = problem.accounts.measures["volatility"]
    cheapest = to.solve(problem, to.Policy([to.Travel()]))
    even = to.solve(problem, to.Policy([to.Travel(), wish]))
    assert even.status is to.Status.OPTIMAL
    apart = np.ptp(chances(problem, cheapest.alignment.rep[None, :], cv))
    narrow = chances(problem, even.alignment.rep[None, :], cv)[0]
    assert apart > 0.9
    assert (np.abs(narrow - 0.5) <= 0.08).all()
    # The cheapest of all plans inside the band, by trying each.
    plans = np.array(list(product(range(2), repeat=14)))
    curve = wish.curve(problem, problem.accounts.measures["revenue"])
    sold = (plans == 0) @ np.array(revenue)
    fine = plans[(sold >= curve.low[0]) & (sold <= curve.high[0])]
    cost = to.Travel().cost(problem, np.arange(14)[None, :], fine).sum(axis=1)
    assert even.audit.cost == pytest.approx(cost.min())


def test_the_recount_counts_it_like_any_band() -> None:
    problem = line([5.0, 5, 5, 5], [1.0, 1.0])
    policy = to.Policy([to.Travel(), to.QuotaAttainment(within=0.1)])
    fair = to.audit(problem, policy, to.Alignment(np.array([0, 1, 0, 1])))
    assert not fair.clashes
    np.testing.assert_allclose(fair.meters[0].index, 1)
    unfair = to.audit(problem, policy, to.Alignment(np.array([0, 0, 0, 1])))
    assert {(clash.wish, clash.where) for clash in unfair.clashes} == {
        (LABEL, "X"),
        (LABEL, "Y"),
    }
    assert unfair.meters[0].label == LABEL


def test_small_territories_have_a_wider_band() -> None:
    problem = line([1.0] * 100, [1.0, 4.0])
    curve = to.QuotaAttainment(within=0.1, volatility=0.5).curve(problem, np.ones(100))
    wide = (curve.high - curve.low) / 2
    assert wide[0] / curve.target[0] > 1.9 * wide[1] / curve.target[1]
    # Equal accounts: the variance of a book of Q is 0.25 · Q, but for what the band itself takes away.
    np.testing.assert_allclose(wide, ndtri(0.6) * np.sqrt(0.25 * curve.target), rtol=0.05)
    wider = to.QuotaAttainment(within=0.2).curve(problem, np.ones(100))
    assert ((wider.high - wider.low) / 2 > wide).all()


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (to.QuotaAttainment(within=0.5), "within = 0.5"),
        (to.QuotaAttainment(within=-0.1), "within = -0.1"),
        (to.QuotaAttainment(volatility=-1), "volatility = -1"),
        (to.QuotaAttainment(volatility=0.0), "never vary"),
        (to.QuotaAttainment("revnue"), "Did you mean 'revenue'"),
        (to.QuotaAttainment("workload_h"), "nothing that accounts buy"),
        (to.QuotaAttainment(by="region"), "no text column 'region'"),
    ],
)
def test_faults_are_named(wish: to.QuotaAttainment, words: str) -> None:
    faults = list(wish.faults(line([5.0, 5, 5, 5], [1.0, 1.0])))
    assert any(words in fault for fault in faults), faults


def test_a_bad_volatility_is_named_before_any_search() -> None:
    problem = line([5.0, 5, 5, 5], [1.0, 1.0], volatility=[0.1, -0.2, 0.3, 0.4])
    assert any("volatility in row 3" in fault for fault in to.QuotaAttainment().faults(problem))
    with pytest.raises((to.PolicyError, to.DataError), match="volatility"):
        to.solve(problem, to.Policy([to.Travel(), to.QuotaAttainment()]))


def test_it_is_a_wish_of_territory_toml(tmp_path) -> None:
    (tmp_path / "territory.toml").write_text('[[terms]]\ntype = "attainment"\nwithin = 0.2\nby = "region"\n')
    assert to.read_policy(tmp_path).terms == (to.QuotaAttainment(within=0.2, by="region"),)
