"""Wishes from the field: the best set is accepted, the others hear why, and what is accepted stays."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest
from drawn import Drawn, questions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import territory_opt as to
from territory_opt.generate import generate
from territory_opt.problem import Categories
from territory_opt.question import ask
from territory_opt.scenarios.requests import _swaps as swaps
from territory_opt.scenarios.single_moves import SingleMoves

POLICY = to.Policy([to.Travel(hour_cost=60), to.Balance("potential", 0.25)], [])


@pytest.fixture
def scenario() -> to.Scenario:
    """Two reps on a line, eight accounts of potential 10; each has his four: room for one more each."""
    accounts = to.Accounts.of(
        list("ABCDEFGH"),
        lat=np.zeros(8),
        lon=[0.0, 0.1, 0.2, 0.3, 0.7, 0.8, 0.9, 1.0],
        measures={"potential": np.full(8, 10.0), "visits": np.full(8, 12.0)},
    )
    reps = to.Reps.of(["R1", "R2"], lat=[0, 0], lon=[0.0, 1.0])
    return to.Scenario(to.Problem(accounts, reps), POLICY).solve()


def asked(*pairs: str, value: float = 0.0) -> list[to.Request]:
    return [to.Request(pair[0], f"R{pair[1]}", value) for pair in pairs]


def test_the_most_valuable_set_is_accepted(scenario: to.Scenario) -> None:
    requests = [to.Request("A", "R2", 100.0), to.Request("D", "R2", 90.0), to.Request("C", "R2", 500.0)]
    decided = to.decide(scenario, requests)
    accepted = {d.request.account_id for d in decided.decisions if d.accepted}
    best = max(_sets(scenario, requests), key=lambda pair: (len(pair[0]), pair[1]))
    assert accepted == best[0]
    assert not decided.scenario.result.clashes


def _sets(scenario: to.Scenario, requests: list[to.Request]):
    """Every set of requests that keeps the bands, with its value less its cost."""
    problem, plan = scenario.problem, scenario.result.alignment
    before = scenario.result.audit.cost
    for n in range(len(requests) + 1):
        for some in itertools.combinations(requests, n):
            rep = plan.rep.copy()
            for request in some:
                rep["ABCDEFGH".index(request.account_id)] = int(request.rep_id[1]) - 1
            count = to.audit(problem, POLICY, to.Alignment(rep))
            if not count.clashes:
                value = sum(r.value for r in some) - (count.cost - before)
                yield {r.account_id for r in some}, value


def test_a_swap_makes_room(scenario: to.Scenario) -> None:
    decided = to.decide(scenario, asked("D2", "C2"))
    refused = [d for d in decided.decisions if not d.accepted]
    assert len(refused) == 1
    assert "others that are worth more use the room" in refused[0].why
    tight = scenario.with_(to.Band("potential", 0.1)).solve()
    alone = to.decide(tight, asked("D2")).decisions[0]
    assert not alone.accepted
    assert "breaks potential within 10 %" in alone.why
    assert alone.swaps[0] == "E"  # nearest to the other rep
    both = to.decide(tight, asked("D2", "E1"))
    assert all(d.accepted for d in both.decisions)
    assert "with the others it does not" in both.decisions[0].why


def test_what_is_accepted_survives_later_runs(scenario: to.Scenario) -> None:
    decided = to.decide(scenario, asked("D2"))
    assert decided.decisions[0].accepted
    later = decided.scenario.with_(to.Band("potential", 0.3)).solve()
    assert later.result.alignment.rep[3] == 1
    assert scenario.result.alignment.rep[3] == 0  # it would go back otherwise
    assert later.policy.rules[-1] == to.Assigned()
    again = to.decide(later, asked("A2"))
    assert [w.name for w in again.scenario.policy.rules].count("assigned") == 1


def test_every_fault_of_the_list_is_named(scenario: to.Scenario) -> None:
    wrong = [*asked("A2", "A1", "Z1", "B9"), to.Request("C", "R2", float("nan"))]
    with pytest.raises(to.DataError) as caught:
        to.decide(scenario, wrong)
    assert [(issue.row, issue.column) for issue in caught.value.issues] == [
        (3, "account_id"),
        (4, "account_id"),
        (5, "rep_id"),
        (6, "value"),
    ]


def test_pins_do_not_move_the_bands(scenario: to.Scenario) -> None:
    driven = scenario.with_(to.Band("workload_h", 0.9))
    pinned = driven.with_(to.Assign(("A",), "R2"))
    target = [
        to.audit(s.problem, s.policy, to.Alignment.today(s.problem)).meters[-1].target
        for s in (driven, pinned)
    ]
    np.testing.assert_array_equal(*target)


def with_families(scenario: to.Scenario, *families: str) -> to.Scenario:
    """The same plan, with families as strings of account ids."""
    accounts = scenario.problem.accounts
    name = [next((f for f in families if a in f), "") for a in accounts.ids]
    tagged = replace(accounts, tags={**accounts.tags, "family": Categories.of(np.array(name, object))})
    problem = replace(scenario.problem, accounts=tagged)
    policy = to.Policy(POLICY.terms, [to.KeepTogether("family")])
    return to.Scenario(problem, policy, result=to.value(problem, policy, scenario.result.alignment))


def test_a_family_goes_as_one(scenario: to.Scenario) -> None:
    families = with_families(scenario, "CD", "EF").with_(to.Band("potential", 0.5)).solve()
    decided = to.decide(families, asked("D2"))
    assert decided.decisions[0].accepted
    assert decided.scenario.result.alignment.rep[2:4].tolist() == [1, 1]
    assert not decided.scenario.result.clashes
    before = families.result.audit.cost
    assert decided.decisions[0].cost == pytest.approx(decided.scenario.result.audit.cost - before)


def test_a_family_is_swapped_for_a_family(scenario: to.Scenario) -> None:
    refused = to.decide(with_families(scenario, "CD", "EF"), asked("D2")).decisions[0]
    assert not refused.accepted
    assert "R1 has 20" in refused.why  # without C and D
    assert refused.swaps == ("G", "H", "E")  # E brings F along: dearer than one account


def test_two_reps_for_one_family_is_a_fault(scenario: to.Scenario) -> None:
    with pytest.raises(to.DataError) as caught:
        to.decide(with_families(scenario, "CD"), [*asked("C2", "D1")])
    assert [(issue.row, issue.column) for issue in caught.value.issues] == [(3, "rep_id")]
    assert "goes with C" in str(caught.value)


def test_without_time_the_plan_stays() -> None:
    """A band as wide as the plan needs; the search begins at the plan, and ends with nothing worse."""
    n = 40
    potential = np.random.default_rng(1).uniform(5, 15, n)
    accounts = to.Accounts.of(
        [f"A{i:02}" for i in range(n)],
        lat=np.zeros(n),
        lon=np.linspace(0, 1, n),
        measures={"potential": potential, "visits": np.full(n, 12.0)},
    )
    problem = to.Problem(accounts, to.Reps.of(["R1", "R2"], lat=[0, 0], lon=[0.0, 1.0]))
    within = abs(2 * potential[:21].sum() / potential.sum() - 1) + 1e-4
    policy = to.Policy([to.Travel(hour_cost=60), to.Balance("potential", within)])
    plan = to.Alignment((np.arange(n) >= 21).astype(np.int32))
    base = to.Scenario(problem, policy, result=to.value(problem, policy, plan))
    wishes = [to.Request(f"A{i:02}", "R2", 1000.0) for i in range(5)]
    wishes += [to.Request(f"A{i:02}", "R1", 1000.0) for i in range(30, 34)]
    decided = to.decide(base, wishes, stop=to.MaxRuntime(0.0))
    assert decided.broken == ""
    assert not decided.scenario.result.clashes


def test_nothing_is_accepted_that_breaks_what_the_plan_keeps() -> None:
    """R3 has too little already, so that no set keeps all bands; one account more is too much for R2."""
    n = 40
    accounts = to.Accounts.of(
        [f"A{i:02}" for i in range(n)],
        lat=np.zeros(n),
        lon=np.linspace(0, 1, n),
        measures={"potential": np.full(n, 10.0), "visits": np.full(n, 12.0)},
    )
    reps = to.Reps.of(["R1", "R2", "R3"], lat=[0, 0, 0], lon=[0.0, 0.5, 1.0])
    policy = to.Policy([to.Travel(hour_cost=60), to.Balance("potential", 0.20)])
    plan = to.Alignment(np.repeat([0, 1, 2], [16, 16, 8]).astype(np.int32))
    problem = to.Problem(accounts, reps)
    base = to.Scenario(problem, policy, result=to.value(problem, policy, plan))
    decided = to.decide(base, [to.Request("A00", "R2", 1e6)], stop=to.MaxSteps(3))
    assert not decided.decisions[0].accepted
    assert decided.broken.startswith("breaks potential within 20 %: R2 has 170")
    assert decided.scenario.result.alignment == plan


def test_imbalance_that_costs_counts_when_sets_are_compared(scenario: to.Scenario) -> None:
    """As many as can be, however dear the imbalance inside the band."""
    priced = to.Balance("potential", 0.5, price=True, margin=1e6)
    dear = to.Scenario(scenario.problem, to.Policy([POLICY.terms[0], priced]), result=scenario.result)
    dear = replace(dear, result=to.value(dear.problem, dear.policy, scenario.result.alignment))
    decided = to.decide(dear, asked("C2", "D2"))
    assert all(d.accepted for d in decided.decisions)
    after, before = decided.scenario.result.audit.cost, dear.result.audit.cost
    alone = to.decide(dear, asked("D2"))
    assert alone.decisions[0].cost == pytest.approx(alone.scenario.result.audit.cost - before)
    assert after > before


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions(), st.integers(0, 2**32 - 1))
def test_single_moves_are_what_a_whole_recount_finds(drawn: Drawn, seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem, policy = drawn.problem, drawn.policy
    question = ask(problem, policy)
    rep = rng.integers(0, len(problem.reps), len(problem.accounts)).astype(np.int32)
    for members in np.split(question.account, question.start[1:-1]):
        rep[members] = rep[members[:1]]
    plan = to.Alignment(rep)
    moves = SingleMoves(problem, policy, plan, question)
    before = {(c.wish, c.where): c.amount for c in moves.before.clashes}
    members = moves.members(int(rng.integers(len(rep))))
    target = np.full(len(members), rng.integers(len(problem.reps)))
    after = to.audit(problem, policy, moves.moved(members, target), question)
    assert moves.cost(members, target) == pytest.approx(after.cost - moves.before.cost, rel=1e-6, abs=1e-6)
    worse = [c for c in after.clashes if c.amount > before.get((c.wish, c.where), 0.0) * (1 + 1e-6) + 1e-6]
    groups = {rule.name for rule in policy.group_rules()}
    assert bool(moves.broken(members, target)) == any(c.wish not in groups for c in worse)


def test_many_requests_are_quick() -> None:
    """Recounts of the whole plan, one a request and one a swap, would take minutes."""
    problem = generate(4000, 40, 1)
    policy = to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", 0.001)])
    base = to.Scenario(problem, policy, result=to.value(problem, policy, to.Alignment.today(problem)))
    moves = SingleMoves(problem, policy, base.result.alignment, ask(problem, policy))
    owned = np.flatnonzero(problem.accounts.owner >= 0)[:100]
    began_s = time.process_time()
    for account in owned.tolist():
        to_rep = (int(problem.accounts.owner[account]) + 1) % 40
        list(swaps(moves, moves.members(account), account, to_rep))
    assert time.process_time() - began_s < 20
