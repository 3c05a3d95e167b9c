"""Bands that hold with a probability, against a slow count and a closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

import territory_opt as to
from territory_opt.generate import generate
from territory_opt.scenarios import uncertainty
from territory_opt.scenarios.uncertainty import Noise, coverage, solve_surely


def market(n: int = 400) -> to.Scenario:
    rng = np.random.default_rng(3)
    accounts = to.Accounts.of(
        [f"A{i}" for i in range(n)],
        lat=rng.uniform(40, 42, n),
        lon=rng.uniform(-90, -86, n),
        measures={"potential": rng.uniform(50, 150, n), "visits": np.full(n, 4.0)},
    )
    reps = to.Reps.of(["R1", "R2", "R3", "R4"], lat=[40.5, 40.5, 41.5, 41.5], lon=[-89, -87, -89, -87])
    policy = to.Policy([to.Travel(), to.Balance("potential", 0.10)])
    return to.Scenario(to.Problem(accounts, reps), policy)


def test_draws_have_the_mean_and_the_variation_that_was_asked_for() -> None:
    mean = np.array([10.0, 100.0, 0.0])
    drawn = np.concatenate(list(Noise(np.array([0.2, 0.5, 0.3])).draws(mean, 200_000, 1)))
    np.testing.assert_allclose(drawn.mean(axis=0), mean, rtol=0.01)
    np.testing.assert_allclose(drawn.std(axis=0), [2.0, 50.0, 0.0], rtol=0.02)


def test_coverage_is_what_a_slow_count_finds() -> None:
    scenario = market(20)
    problem, noise = scenario.problem, Noise(0.4)
    rep = np.array([0, 1, -1, 2] * 5, np.int32)  # the fourth rep has nothing, some are uncovered
    found = coverage(problem, to.Alignment(rep), "potential", 0.3, noise, draws=300, seed=9)
    mean = problem.accounts.measures["potential"]
    inside = np.zeros(4)
    for draw in np.concatenate(list(noise.draws(mean, 300, 9))):
        load = np.bincount(rep[rep >= 0], draw[rep >= 0], minlength=4)
        inside += np.abs(load / (draw.sum() / 4) - 1) <= 0.3
    np.testing.assert_allclose(found, inside / 300)
    assert found[3] == 0


def test_coverage_agrees_with_the_closed_form_for_many_small_accounts() -> None:
    scenario = market(4000)
    rep = (np.arange(4000) % 4).astype(np.int32)
    mean = scenario.problem.accounts.measures["potential"]
    load = np.bincount(rep, mean)
    part = load / load.sum()
    # An index is load ÷ (total ÷ 4): to first order, its own accounts pull against all others.
    own, total = np.bincount(rep, (0.5 * mean) ** 2), ((0.5 * mean) ** 2).sum()
    sd = 4 * np.sqrt(own * (1 - part) ** 2 + (total - own) * part**2) / load.sum()
    exact = norm.cdf((1.02 - 4 * part) / sd) - norm.cdf((0.98 - 4 * part) / sd)
    found = coverage(scenario.problem, to.Alignment(rep), "potential", 0.02, Noise(0.5), draws=20_000, seed=2)
    np.testing.assert_allclose(found, exact, atol=0.015)


def test_a_margin_makes_the_band_hold_more_often() -> None:
    scenario, noise = market().solve(stop=to.MaxSteps(4)), Noise(0.3)
    loose = coverage(scenario.problem, scenario.result.alignment, "potential", 0.10, noise)
    sure = solve_surely(scenario, "potential", noise, probability=0.95, stop=to.MaxSteps(4))
    assert np.nanmin(loose) < 0.95  # least driving leaves some rep at the edge of the band
    assert sure.kept
    assert np.nanmin(sure.coverage) >= 0.95
    assert 0 < sure.margin < 0.10
    assert sure.scenario.result.audit.cost >= scenario.result.bound - 1e-6
    assert "4 of 4 reps" in str(sure)


def test_what_cannot_be_made_sure_is_said() -> None:
    scenario = market(40).solve(stop=to.MaxSteps(2))
    sure = solve_surely(scenario, "potential", Noise(2.0), probability=0.99, stop=to.MaxSteps(2))
    assert not sure.kept
    with pytest.raises(to.PolicyError, match="no symmetric band"):
        solve_surely(scenario, "revenue", Noise(0.1))
    with pytest.raises(to.PolicyError, match=r"probability = 1\.0"):
        solve_surely(scenario, "potential", Noise(0.1), probability=1.0)
    with pytest.raises(to.PolicyError, match="no symmetric band"):
        solve_surely(
            to.Scenario(generate(20, 2, 1), to.Policy([to.Balance("workload_h")])), "workload_h", Noise(0.1)
        )


def test_what_is_promised_is_counted_on_draws_that_chose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = []

    def counted(*args: object) -> np.ndarray:
        seeds.append(args[-1])
        return coverage(*args)

    monkeypatch.setattr(uncertainty, "coverage", counted)
    scenario, noise = market(40).solve(stop=to.MaxSteps(2)), Noise(0.3)
    sure = solve_surely(scenario, "potential", noise, draws=200, stop=to.MaxSteps(2))
    assert len(seeds) > 1
    assert seeds[-1] not in seeds[:-1]
    plan = sure.scenario.result.alignment
    fresh = coverage(scenario.problem, plan, "potential", 0.10, noise, 200, seeds[-1])
    np.testing.assert_array_equal(sure.coverage, fresh)


def test_a_band_by_group_has_other_targets() -> None:
    facts = market(20)
    band = to.Policy([to.Travel(), to.Balance("potential", 0.10, by="region")])
    with pytest.raises(to.PolicyError, match="shares of a region"):
        solve_surely(to.Scenario(facts.problem, band), "potential", Noise(0.1))
