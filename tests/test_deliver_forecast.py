"""The chapters on quotas and forecasts in the files of a plan."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import plan
import pytest

from territory_opt import Alignment, IncentiveSettings, PayPlan, Policy, Travel
from territory_opt.deliver import deliver, make_report, quota_facts
from territory_opt.deliver.forecasts import forecast_chapters
from territory_opt.deliver.plan import Plan
from territory_opt.deliver.quota_facts import make_all_quotas, make_quotas
from territory_opt.deliver.quota_fairness import quota_fairness_chapters
from territory_opt.history import History
from territory_opt.io.glossary import MEANINGS, meaning_of
from territory_opt.io.report import Chapter
from territory_opt.problem import Problem
from territory_opt.scenarios import value


def with_the_past(quarters: int = 8) -> Problem:
    facts = plan.problem()
    periods = [f"{2024 + q // 4}-Q{q % 4 + 1}" for q in range(quarters)]
    revenue = facts.accounts.measures["revenue"]
    deals = {"won": np.ones(8), "lost": np.full(8, 3.0), "cycle_days": np.full(8, 30.0)}
    accounts = replace(facts.accounts, measures={**facts.accounts.measures, **deals})
    history = History(periods, np.outer(revenue / 4, np.ones(quarters)))
    return replace(facts, accounts=accounts, history=history)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_every_chapter_is_a_file_and_every_column_has_a_meaning(tmp_path: Path) -> None:
    facts = with_the_past()
    quota = {"hedges": {"rep": 0.1}, "season": (1.0, 1.0, 1.0, 1.0), "method": "blend"}
    written = deliver(facts, plan.POLICY, plan.result(facts), tmp_path, quota=quota, with_map=False)
    for name in ("quotas.csv", "quota_months.csv", "quota_levels.csv", "forecast.csv", "productivity.csv"):
        assert name in written
        for column in rows(tmp_path / name)[0]:
            column = column.removeprefix("'")
            assert column in MEANINGS or meaning_of(column).unit == "money, to the cent", column
    found = rows(tmp_path / "forecast.csv")
    # The books sell 150, 350 and 300 a year, always the same.
    assert [float(row["forecast"]) for row in found] == [150, 350, 300]
    assert [float(row["error_in_test"]) for row in found] == [0, 0, 0]
    assert [float(row["win_rate"]) for row in rows(tmp_path / "productivity.csv")] == [0.25] * 3
    months = rows(tmp_path / "quota_months.csv")
    assert round(sum(float(row["quota"]) for row in months), 2) == round(3333.33 * 1.1, 2)
    assert months[0]["rep_id"] == "'=R1"  # no cell starts a formula


def test_files_of_an_earlier_plan_go(tmp_path: Path) -> None:
    facts = with_the_past()
    deliver(facts, plan.POLICY, plan.result(facts), tmp_path, quota={"hedges": {"rep": 0.1}}, with_map=False)
    bare = plan.problem()
    deliver(bare, plan.POLICY, plan.result(bare), tmp_path, with_map=False)
    gone = {"quota_levels.csv", "quota_months.csv", "forecast.csv", "productivity.csv"}
    assert not gone & {path.name for path in tmp_path.iterdir()}


def test_a_history_too_short_to_test_has_a_forecast_all_the_same(tmp_path: Path) -> None:
    facts = with_the_past(quarters=2)
    deliver(facts, plan.POLICY, plan.result(facts), tmp_path, with_map=False)
    found = rows(tmp_path / "forecast.csv")
    assert "error_in_test" not in found[0]
    assert [float(row["forecast"]) for row in found] == [150, 350, 300]


def test_the_note_names_what_was_tested_and_one_period_has_no_band(tmp_path: Path) -> None:
    def made(quarters: int) -> Chapter:
        facts = with_the_past(quarters)
        found = Plan(facts, plan.POLICY, plan.result(facts), {})
        return next(iter(forecast_chapters(found)))

    assert any("by the trend of periods before" in note for note in made(8).notes)
    assert any("by the mean of periods before" in note for note in made(6).notes)
    one = made(1)
    assert np.isnan(one.columns["forecast_low"]).all()
    assert not any("the band is to hold" in note for note in one.notes)
    facts = with_the_past(1)
    deliver(facts, plan.POLICY, plan.result(facts), tmp_path, with_map=False)
    assert rows(tmp_path / "forecast.csv")[0]["forecast_high"] == ""


def test_potential_and_plans_come_from_the_past_where_they_are_not_given() -> None:
    facts = with_the_past()
    measures = {**facts.accounts.measures, "potential": np.zeros(8)}
    facts = replace(facts, accounts=replace(facts.accounts, measures=measures))
    served = Alignment(np.array([0, 0, 1, 1, 2, 2, 2, 0]))
    found = make_quotas(facts, served, {"method": "bottom_up", "plan": "forecast"})
    assert found.assigned == 825  # what the company sells every year
    assert (found.potential >= found.baseline - 1e-9).all()
    assert any("Potential is estimated" in note for note in found.notes)
    every, refused = make_all_quotas(facts, served, {})
    assert refused == {}
    assert {quotas.assigned for quotas in every.values()} == {3333.33}


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """Every call of a function of `quota_facts`, which still does its work."""
    calls, real = [], getattr(quota_facts, name)

    def noted(*given: object, **more: object) -> object:
        calls.append(name)
        return real(*given, **more)

    monkeypatch.setattr(quota_facts, name, noted)
    return calls


def test_a_report_makes_its_quotas_once(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = with_the_past()
    measures = {**facts.accounts.measures, "potential": np.zeros(8)}
    facts = replace(facts, accounts=replace(facts.accounts, measures=measures))
    policy = Policy([Travel()])
    result = value(facts, policy, Alignment(np.array([0, 0, 1, 1, 2, 2, 2, 0])))
    made, estimated = counted(monkeypatch, "quotas_by"), counted(monkeypatch, "estimate_potential")
    pay = IncentiveSettings(plans=(PayPlan(variable=100.0),))
    report = make_report(facts, policy, result, incentives=pay)
    sheets = {c.sheet: len(c.columns["rep_id"]) for c in report.chapters if "rep_id" in c.columns}
    assert (sheets["Quotas"], sheets["Quota fairness"], sheets["Incentives"]) == (3, 3, 3)
    assert (len(made), len(estimated)) == (1, 1)


def test_quotas_by_forecast_are_judged_by_forecast() -> None:
    """An account that went from nothing to 600 a quarter is asked for that, and expected to sell it."""
    facts = with_the_past()
    revenue = np.outer(facts.accounts.measures["revenue"] / 4, np.ones(8))
    revenue[0] = [0, 0, 0, 0, 600, 600, 600, 600]
    facts = replace(facts, history=History(facts.history.periods, revenue))
    asked = {"method": "bottom_up", "plan": "forecast"}
    made = Plan(facts, plan.POLICY, plan.result(facts), asked)
    chapter = next(quota_fairness_chapters(made))
    np.testing.assert_allclose(chapter.columns["expected attainment"], 1, atol=1e-4)
    assert any("Expected sales are the column forecast" in note for note in chapter.notes)
