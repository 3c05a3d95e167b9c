"""Why a territory, a band, a cap, a lock is as it is: every amount is confirmed by another solve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import territory_opt as to
from territory_opt.generate import generate
from territory_opt.scenarios.exchange import deviation_of
from territory_opt.scenarios.reasons.answer import Explained

TERMS = [to.Travel(), to.Disruption(), to.Balance("workload_h", 0.15), to.Balance("potential", 0.05)]
STOP = to.MaxRuntime(10.0)  # every question here ends by itself in about a second
BAND = "potential within 5 %"


@pytest.fixture(scope="module")
def solved() -> to.Scenario:
    facts = generate(24, 3, 9, families=0.0, locks=0.0)
    caps = [to.MoveCap(at_most=5)]
    scenario = to.Scenario(facts, to.Policy([*TERMS, *caps], [to.Locked()])).solve(stop=STOP)
    assert scenario.result is not None
    assert scenario.result.status is to.Status.OPTIMAL
    return scenario


def objective(scenario: to.Scenario, policy: to.Policy, problem: to.Problem | None = None) -> float:
    return to.solve(problem or scenario.problem, policy, stop=STOP).objective


def with_band(scenario: to.Scenario, within: float) -> to.Policy:
    terms = [replace(t, within=within) if t == TERMS[3] else t for t in scenario.policy.terms]
    return to.Policy(terms, scenario.policy.rules)


def holds(told: Explained) -> None:
    """The interval holds, and what prices alone said was no lie."""
    assert told.saving.least <= told.saving.found + 0.01
    assert told.saving.found <= told.saving.most + 0.01


def test_a_band_costs_what_other_widths_save(solved: to.Scenario) -> None:
    ours = solved.result.objective
    by_prices = to.explain_band(solved, "potential")
    told = to.explain_band(solved, BAND, stop=STOP)
    holds(told)
    wider = objective(solved, with_band(solved, 0.06))
    assert told.figures["saving"] == pytest.approx(ours - wider, abs=0.01)
    assert told.figures["saving"] <= by_prices.figures["saving"] + 0.01
    free = told.figures["free_from"]
    rest = to.Policy([t for t in solved.policy.terms if t != TERMS[3]], solved.policy.rules)
    without = objective(solved, rest)
    assert told.figures["cost"] == pytest.approx(ours - without, abs=0.01)
    assert told.figures["cost"] > 1  # this band binds, else nothing was tested
    assert objective(solved, with_band(solved, free + 1e-6)) == pytest.approx(without, abs=0.01)
    assert any(f"±{100 * free:.1f} %" in said for said in told.sentences)
    assert {row["where"] for row in told.rows()} == set(map(str, solved.problem.reps.ids))


def test_a_cap_is_free_from_the_moves_that_are_made_without_it(solved: to.Scenario) -> None:
    told = to.explain_cap(solved, "move_cap", stop=STOP)
    holds(told)
    moves = int(told.figures["free_from"])
    rules = solved.policy.rules

    def capped(at_most: int) -> float:
        return objective(solved, to.Policy([*TERMS, to.MoveCap(at_most=at_most)], rules))

    assert told.figures["saving"] == pytest.approx(solved.result.objective - capped(6), abs=0.01)
    without = objective(solved, to.Policy(TERMS, rules))
    assert told.figures["cost"] == pytest.approx(solved.result.objective - without, abs=0.01)
    assert told.figures["cost"] > 1
    assert capped(moves) == pytest.approx(without, abs=0.01)
    assert capped(moves - 1) > without + 0.01


def test_a_lock_holds_until_the_relationship_is_worth_the_threshold(solved: to.Scenario) -> None:
    """The account that its best plan would move is locked; the threshold is where it changes its mind."""
    plan, facts = solved.result, solved.problem
    mover = int(np.flatnonzero(plan.audit.moved & ~plan.audit.forced)[0])
    name = str(facts.accounts.ids[mover])
    locked = solved.with_(to.Lock((name,))).solve(stop=STOP)
    told = to.explain_lock(locked, name, stop=STOP)
    holds(told)
    assert told.figures["saving"] == pytest.approx(locked.result.objective - plan.objective, abs=0.01)
    assert told.figures["saving"] <= to.explain_lock(locked, name).figures["saving"] + 0.01
    threshold = told.figures["threshold"]
    assert f"{threshold:,.0f}" in str(told)
    owner = facts.accounts.owner[mover]
    for amount, stays in ((threshold * 1.01, True), (threshold * 0.99, False)):
        again = to.solve(worth(facts, mover, amount), solved.policy, stop=STOP)
        assert (again.alignment.rep[mover] == owner) == stays
    with pytest.raises(to.DataError, match="not held by a lock"):
        to.explain_lock(solved, name)


def worth(facts: to.Problem, account: int, amount: float) -> to.Problem:
    """The facts with the revenue at which a relationship counts as so much a year."""
    term, accounts = to.Disruption(), facts.accounts
    tenure = accounts.measures["months_with_owner"][account]
    share = 1.0 if np.isnan(tenure) else min(tenure / term.full_tenure_months, 1.0)
    revenue = accounts.measures["revenue"].copy()
    revenue[account] = (amount / share - term.handover_h * term.hour_cost) / term.churn_risk
    assert revenue[account] >= 0
    measures = {**accounts.measures, "revenue": revenue}
    return replace(facts, accounts=replace(accounts, measures=measures))


def test_a_territory_tells_what_its_bands_cost(solved: to.Scenario) -> None:
    found = 0.0
    for rep, name in enumerate(map(str, solved.problem.reps.ids)):
        told = to.explain_territory(solved, name, stop=STOP)
        holds(told)
        assert told.figures["saving"] <= to.explain_territory(solved, name).figures["saving"] + 0.01
        mine = np.flatnonzero(solved.result.alignment.rep == rep)
        pair_terms = solved.policy.pair_terms()
        cost = sum(t.cost(solved.problem, mine, np.full(len(mine), rep)).sum() for t in pair_terms)
        assert told.figures["cost"] == pytest.approx(cost)
        other = told.counterpart.result
        widths = [m for m in other.audit.meters if m.by_rep]
        kept = [np.delete(meter.outside, rep) for meter in widths]
        assert not np.concatenate(kept).any()  # nobody else is let off
        assert told.figures["free_from"] == pytest.approx(max(abs(m.index[rep] - 1) for m in widths))
        found = max(found, told.figures["saving"])
    assert found > 1


def test_who_is_next_to_go_is_who_costs_least_by_prices(solved: to.Scenario) -> None:
    """Checked against the priced cost of each pair, worked out one by one."""
    result, facts = solved.result, solved.problem
    rep = 0
    rows = to.explain_territory(solved, str(facts.reps.ids[rep])).rows()
    terms = list(solved.policy.load_terms())

    def priced(account: int, r: int) -> float:
        total = sum(t.cost(facts, np.array([account]), np.array([r]))[0] for t in solved.policy.pair_terms())
        for term in terms:
            b = term.bins(facts)[0][r]
            load = term.load(facts, np.array([account]), np.array([r]))[0]
            total += result.known_prices[term.label()][b] * load
        return float(total)

    mine = np.flatnonzero(result.alignment.rep == rep).tolist()
    away = {a: min(priced(a, r) for r in (1, 2)) - priced(a, rep) for a in mine}
    first = next(row for row in rows if row["next"] == "goes")
    best = min(away, key=lambda a: away[a])
    assert first["account_id"] == facts.accounts.ids[best]
    assert first["costs more, by prices"] == pytest.approx(away[best], abs=0.01)


def test_what_is_not_there_is_said_with_what_is(solved: to.Scenario) -> None:
    with pytest.raises(to.PolicyError, match=r"there is no band 'potental'.*potential within 5 %"):
        to.explain_band(solved, "potental")
    with pytest.raises(to.PolicyError, match="no cap is asked for"):
        to.explain_cap(replace(solved, policy=to.Policy(TERMS)), "capacity")
    with pytest.raises(to.DataError, match="no such rep"):
        to.explain_territory(solved, "nobody")
    with pytest.raises(to.PolicyError, match="no plan yet"):
        to.explain_band(replace(solved, result=None), BAND)


def test_a_plan_of_which_no_prices_are_known_says_so(solved: to.Scenario) -> None:
    counted = to.value(solved.problem, solved.policy, solved.result.alignment)
    told = to.explain_band(replace(solved, result=counted), BAND)
    assert any("shadow prices are not known" in said for said in told.sentences)
    assert np.isfinite(told.saving.most)
    assert deviation_of(counted.audit.meters[1]) <= 0.05 + 1e-6
