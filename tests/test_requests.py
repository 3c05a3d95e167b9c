"""Wishes from the field: the best set is accepted, the others hear why, and what is accepted stays."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import territory_opt as to

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
