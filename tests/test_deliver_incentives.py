"""The chapters on incentives in the files of a plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plan
import pytest

from territory_opt import IncentiveSettings, PayPlan, PolicyError, Problem
from territory_opt.deliver.incentives import chapters_of_report, incentive_chapters
from territory_opt.deliver.plan import Plan
from territory_opt.io.report import Chapter

ALL_LOST = (1, 1, 1, 1, 2, 2, 2, -1)  # the first rep loses 300 of revenue, the second 150
PAY = IncentiveSettings(plans=(PayPlan(variable=100.0),), draws=100)


def with_reps(**columns: list[float]) -> Problem:
    """The small plan, its reps with these columns of numbers and no others."""
    facts = plan.problem()
    measures = {name: np.array(values) for name, values in columns.items()}
    return replace(facts, reps=replace(facts.reps, measures=measures))


def made(facts: Problem, settings: IncentiveSettings = PAY, rep: tuple[int, ...] = ALL_LOST) -> Plan:
    return Plan(facts, plan.POLICY, plan.result(facts, rep), {}, incentives=settings)


def chapters(facts: Problem, settings: IncentiveSettings = PAY) -> dict[str, Chapter]:
    """As a report has them."""
    return {chapter.sheet: chapter for chapter in chapters_of_report(made(facts, settings))}


def test_the_rate_is_the_one_of_todays_quota() -> None:
    found = chapters(with_reps(quota=[1000.0, 2000.0, 333.33]))["Incentives"].columns
    np.testing.assert_allclose(found["commission at risk"], [0.1 * 300, 0.05 * 150, 0])
    assert found["quota"][0] == 0  # who loses everything has no quota, and all the more at risk


def test_without_a_quota_the_rate_is_the_one_of_todays_book() -> None:
    found = chapters(with_reps())["Incentives"].columns
    np.testing.assert_allclose(found["commission at risk"], [100, 100 * 150 / 350, 0], atol=0.005)


def test_a_rate_over_one_that_follows_from_the_plan_refuses_nothing() -> None:
    ramp = replace(PAY, plans=(PayPlan(variable=40_000.0),), leagues=1)
    found = chapters(with_reps(quota=[20_000.0, 2e6, 1e6]), ramp)
    assert set(found) == {"Incentives", "Transition", "Leagues"}
    np.testing.assert_allclose(found["Transition"].columns["commission_rate"][:3], 2.0)
    assert not any(note.startswith("No ") for note in found["Incentives"].notes)


def test_a_rep_without_a_rate_is_named() -> None:
    facts = with_reps(quota=[np.nan, 2000.0, 0.0])
    revenue = np.where(facts.accounts.owner == 1, facts.accounts.measures["revenue"], 0.0)
    accounts = replace(facts.accounts, measures={**facts.accounts.measures, "revenue": revenue})
    notes = chapters(replace(facts, accounts=accounts))["Incentives"].notes
    assert "No rate of commission is known of =R1, 007: what they lose or get is counted as 0." in notes
    unknown = replace(
        facts, accounts=replace(accounts, measures={**accounts.measures, "revenue": 0 * revenue})
    )
    nothing = chapters(replace(unknown, reps=with_reps().reps))
    assert "commission at risk" not in nothing["Incentives"].columns


def test_a_fault_costs_no_table_but_its_own() -> None:
    facts = with_reps(commission_rate=[2.0, 0.01, 0.01])
    settings = replace(PAY, leagues=2, effective_date="2026-01-01")
    found = chapters(facts, replace(settings, leagues=9))
    assert set(found) == {"Incentives", "Credits"}
    assert found["Incentives"].columns["on-target earnings"].tolist() == [100, 100, 100]
    said = [note for note in found["Incentives"].notes if note.startswith("No ")]
    assert [note.split(":")[0] for note in said] == ["No commission at risk", "No leagues"]
    assert "commission_rate: must be between 0 and 1" in said[0]
    with pytest.raises(PolicyError, match="commission_rate"):
        list(incentive_chapters(made(facts, settings)))


def test_a_fault_of_all_is_said_once() -> None:
    bad = IncentiveSettings(volatility=-1.0, rate=0.1, leagues=1, effective_date="2026-01-01")
    found = chapters(plan.problem(), bad)
    assert set(found) == {"Incentives"}
    (said,) = found["Incentives"].notes
    assert said.startswith("No commission at risk, credits, leagues: territory.toml, incentives.volatility")


def test_attainment_in_per_cent_is_refused() -> None:
    facts = with_reps(attainment=[95.0, 1.0, np.nan])
    with pytest.raises(PolicyError, match=r"attainment = '95': .*0\.95 for 95 %\): =R1\."):
        list(incentive_chapters(made(facts)))
    notes = chapters(facts)["Incentives"].notes
    assert any(note.startswith("No pay: reps, attainment") for note in notes)
    as_shares = chapters(with_reps(attainment=[0.95, 1.0, 1.2]))["Incentives"]
    assert "Variable pay is counted at the attainment that reps.csv gives." in as_shares.notes
    assert as_shares.columns["mean variable pay"].tolist() == [0, 100, 120]  # the first has no quota left
