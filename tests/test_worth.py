"""Thresholds are confirmed by solving the counterfactual."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

import territory_opt as to
from territory_opt.generate import generate
from territory_opt.scenarios.worth import worth_of_staying, worth_of_wish

POLICY = to.Policy(
    [to.Travel(), to.Disruption(), to.Balance("workload_h", 0.15), to.Balance("potential", 0.20)],
    [to.Locked()],
)
STOP = to.MaxRuntime(10.0)  # every question here ends by itself in about a second


@pytest.fixture(scope="module")
def solved() -> to.Scenario:
    problem = generate(24, 3, 1, families=0.0, locks=0.0)
    scenario = to.Scenario(problem, POLICY).solve(stop=STOP)
    assert scenario.result.status is to.Status.OPTIMAL
    return scenario


def worth_more(scenario: to.Scenario, account: int, amount: float) -> to.Problem:
    """The facts with the revenue at which the relationship counts as so much a year."""
    accounts = scenario.problem.accounts
    term = to.Disruption()
    tenure = accounts.measures.get("months_with_owner")
    share = (
        1.0
        if tenure is None or np.isnan(tenure[account])
        else min(tenure[account] / term.full_tenure_months, 1.0)
    )
    revenue = accounts.measures["revenue"].copy()
    revenue[account] = (amount / share - term.handover_h * term.hour_cost) / term.churn_risk
    measures = {**accounts.measures, "revenue": revenue}
    return replace(scenario.problem, accounts=replace(accounts, measures=measures))


def test_the_threshold_is_where_the_account_changes_its_mind(solved: to.Scenario) -> None:
    problem, plan = solved.problem, solved.result
    movers = np.flatnonzero(plan.audit.moved & ~plan.audit.forced)
    checked = 0
    for account in movers[:4].tolist():
        name, owner = str(problem.accounts.ids[account]), int(problem.accounts.owner[account])
        worth = worth_of_staying(solved, name, stop=STOP)
        if np.isinf(worth.found):
            assert "It cannot stay, whatever it is worth" in str(worth)
            assert worth.counterpart.result.status is to.Status.IMPOSSIBLE
            continue
        assert worth.least <= worth.found <= worth.most
        assert f"{worth.found:,.0f}" in str(worth)
        above = to.solve(worth_more(solved, account, worth.most * 1.02 + 10), POLICY, stop=STOP)
        assert above.alignment.rep[account] == owner
        if worth.least > 250:
            below = to.solve(worth_more(solved, account, worth.least * 0.98 - 10), POLICY, stop=STOP)
            assert below.alignment.rep[account] != owner
            checked += 1
    assert checked >= 2


def without_time(base: to.Scenario, stay: to.Assign, bound: float) -> to.Scenario:
    """A counter-question with a plan that answers it badly, as a search that was cut off may end with."""
    stays = base.with_(stay)
    plan = to.value(stays.problem, stays.policy, base.result.alignment)
    assert plan.clashes
    return replace(stays, result=replace(plan, bound=bound))


def test_where_time_ran_out_only_the_least_is_said(
    solved: to.Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, plan = solved.problem, solved.result
    mover = int(np.flatnonzero(plan.audit.moved & ~plan.audit.forced)[0])
    name = str(problem.accounts.ids[mover])
    now = to.Disruption().cost(problem, np.array([mover]), np.array([-1]))[0]
    for bound, least in ((plan.objective + 5000, now + 5000), (-np.inf, -np.inf)):
        cut = lambda base, stay, *_: without_time(base, stay, bound)  # noqa: B023, E731
        monkeypatch.setattr(sys.modules["territory_opt.scenarios.worth"], "_countered", cut)
        worth = worth_of_staying(solved, name)
        assert worth.least == pytest.approx(least)
        assert (worth.found, worth.most) == (np.inf, np.inf)
        assert "In this time no plan was found" in str(worth)
        assert ("at least" in str(worth)) == np.isfinite(least)


def test_a_plan_that_was_only_counted_is_worth_at_most_so_much(solved: to.Scenario) -> None:
    """It has no bound, and is dearer or cheaper than the other by chance: nothing is clipped."""
    counted = replace(solved, result=to.value(solved.problem, solved.policy, solved.result.alignment))
    wish = worth_of_wish(counted, "workload_h within 15 %", stop=to.MaxSteps(1))
    assert wish.least == -np.inf
    assert wish.most == counted.result.objective - wish.counterpart.result.bound
    assert f"(proved: at most {wish.most:,.0f})" in str(wish)
    mover = np.flatnonzero(solved.result.audit.moved & ~solved.result.audit.forced)
    stays = [worth_of_staying(counted, str(solved.problem.accounts.ids[a]), stop=STOP) for a in mover[:2]]
    assert all("proved: at least" in str(worth) for worth in stays if np.isfinite(worth.found))


def test_a_wish_costs_what_its_absence_saves(solved: to.Scenario) -> None:
    worth = worth_of_wish(solved, "workload_h within 15 %", stop=STOP)
    free = to.solve(
        solved.problem, to.Policy([POLICY.terms[0], POLICY.terms[1], POLICY.terms[3]], POLICY.rules)
    )
    assert worth.found == pytest.approx(solved.result.objective - free.objective, abs=1e-3)
    assert worth.least <= worth.found <= worth.most
    with pytest.raises(to.PolicyError, match="no wish 'workload'"):
        worth_of_wish(solved, "workload")


def test_questions_without_an_answer_say_so(solved: to.Scenario) -> None:
    problem, plan = solved.problem, solved.result
    stays = str(problem.accounts.ids[np.flatnonzero(plan.alignment.rep == problem.accounts.owner)[0]])
    with pytest.raises(to.DataError, match="does not move"):
        worth_of_staying(solved, stays)
    with pytest.raises(to.DataError, match="no such account"):
        worth_of_staying(solved, "nobody")
    with pytest.raises(to.PolicyError, match="no plan yet"):
        worth_of_wish(to.Scenario(problem, POLICY), "travel")
