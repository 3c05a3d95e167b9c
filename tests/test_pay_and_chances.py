"""Pay and the chance of quota are counted over the same years, by the same pay plans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plan
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm
from test_incentives import plans

from territory_opt import IncentiveSettings, PayPlan, PolicyError
from territory_opt.deliver.incentives import chapters_of_report
from territory_opt.deliver.pay import pay_of, years_of
from territory_opt.deliver.plan import Plan
from territory_opt.deliver.quota_fairness import judged, quota_fairness_chapters
from territory_opt.incentives import pay_curve, pay_multiple
from territory_opt.quota import settings_of
from territory_opt.quota.payout import PROPORTIONAL, curve_faults, expected_pay, paid

JUMP = ((0.5, 0.0), (0.5, 0.4), (1.0, 1.0), (1.5, 2.0))
PAY = PayPlan(base=50.0, variable=100.0, threshold=0.5, at_threshold=0.2, accelerators=((1.0, 2.0),), cap=1.8)


def test_a_curve_by_hand() -> None:
    np.testing.assert_allclose(paid(JUMP, [0.4, 0.5, 0.75, 1.0, 1.25, 9.0]), [0, 0.4, 0.7, 1.0, 1.5, 2.0])
    assert pay_curve(PAY) == ((0.5, 0.0), (0.5, 0.2), (1.0, 1.0), (1.4, 1.8))
    assert pay_curve(PayPlan(variable=1.0)) == ((0.0, 0.0), (1.0, 1.0), (100.0, 100.0))


@given(plans(), st.lists(st.floats(0, 50), min_size=1, max_size=20))
def test_the_curve_of_a_plan_pays_what_the_plan_pays(pay: PayPlan, attained: list[float]) -> None:
    x = np.array([*attained, pay.threshold, 1.0])
    assert not list(curve_faults(pay_curve(pay)))
    np.testing.assert_allclose(paid(pay_curve(pay), x), pay_multiple(pay, x), atol=1e-9)


def integral(curve: tuple[tuple[float, float], ...], mean: float, sd: float) -> float:
    def pays(x: float) -> float:
        return float(paid(curve, x) * norm.pdf(x, mean, sd))

    return float(quad(pays, -1, 4, points=[at for at, _ in curve], limit=200)[0])


@pytest.mark.parametrize("curve", [PROPORTIONAL, JUMP, pay_curve(PAY)])
def test_expected_pay_is_the_integral(curve: tuple[tuple[float, float], ...]) -> None:
    for mean, sd in ((0.9, 0.2), (1.2, 0.05)):
        value = integral(curve, mean, sd)
        assert expected_pay(np.array([mean]), np.array([sd]), curve)[0] == pytest.approx(value, abs=1e-6)
    still = expected_pay(np.array([0.75, 9.0]), np.zeros(2), curve)
    np.testing.assert_allclose(still, paid(curve, [0.75, 9.0]))


@given(st.floats(0.1, 2), st.floats(0.01, 0.5), st.floats(1.0, 1.5))
def test_more_attainment_is_never_expected_to_pay_less(mean: float, sd: float, more: float) -> None:
    low, high = expected_pay(np.array([mean, mean * more]), np.array([sd, sd]), JUMP)
    assert high >= low - 1e-12


def of(settings: IncentiveSettings, **quota: object) -> Plan:
    facts = plan.problem()
    return Plan(facts, plan.POLICY, plan.result(facts), quota, incentives=settings)


def test_the_same_years_give_the_chance_and_the_pay() -> None:
    made = of(IncentiveSettings(plans=(PAY,)), volatility=0.4, market_sd=0.1)
    pay = next(c for c in chapters_of_report(made) if c.file == "incentives.csv")
    fair = next(quota_fairness_chapters(made))
    np.testing.assert_allclose(pay.columns["reaches target"], fair.columns["chance of quota"], atol=1e-4)
    variable = fair.columns["expected pay per 1.00"] * 100
    np.testing.assert_allclose(pay.columns["mean variable pay"], variable, atol=0.006)
    np.testing.assert_allclose(fair.columns["expected pay"], 50 + variable, atol=0.006)
    assert any("years of the chances to make the quota" in note for note in pay.notes)
    assert any("plans of [incentives]" in note for note in fair.notes)


def test_a_volatility_of_its_own_is_counted_by_its_own_draws() -> None:
    made = of(IncentiveSettings(plans=(PAY,), volatility=0.3))
    assert years_of(made) == (
        None,
        "over draws of attainment around 100 % with a standard deviation of 30 %",
    )


def test_without_books_pay_is_drawn_and_says_so() -> None:
    facts = plan.problem()
    measures = {**facts.accounts.measures, "revenue": np.zeros(8)}
    facts = replace(facts, accounts=replace(facts.accounts, measures=measures))
    made = Plan(facts, plan.POLICY, plan.result(facts), {}, incentives=IncentiveSettings(plans=(PAY,)))
    years, how = years_of(made)
    assert years is None
    assert "20 %, since books say nothing: no book has revenue" in how


def test_without_plans_the_payout_of_quota_counts() -> None:
    made = of(IncentiveSettings(), payout=JUMP)
    assert pay_of(made).payout == JUMP
    found, how = judged(made, 0)
    assert how == "Pay is by the curve payout of [quota]."
    attained, spread = found.attainment, found.outcome.sd / found.outcome.quota
    np.testing.assert_allclose(found.outcome.pay, expected_pay(attained, spread, JUMP))
    assert np.isnan(found.expected_pay).all()


def test_settings_move_the_chances() -> None:
    harder = {"over_assignment": 0.1}
    base, lively, common = (
        judged(of(IncentiveSettings(), **harder, **more), 0)[0].chance
        for more in ({"volatility": 0.2}, {"volatility": 0.9}, {"volatility": 0.2, "market_sd": 0.5})
    )
    assert (lively > base).all()  # luck helps who is likely to miss
    assert (common > base).all()
    assert (judged(of(IncentiveSettings(), **harder, churn=0.2), 0)[0].outcome.sd > 0).all()


def test_every_fault_is_listed_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        settings_of(
            {
                "volatility": {"clinic": -0.1},
                "market_sd": -1.0,
                "churn": 1.0,
                "payout": ((1.0, 1.0), (0.5, -1.0)),
            }
        )
    assert [issue.fault.split()[1] for issue in caught.value.issues] == [
        "volatility",
        "market_sd",
        "churn",
        "payout",
        "payout",
    ]
    assert [name for name, _ in IncentiveSettings(correlation=0.5, expected_attainment=0.9).faults()] == [
        "expected_attainment",
        "correlation",
    ]
