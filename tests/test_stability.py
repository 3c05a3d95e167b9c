"""New accounts shake up the others no more than was allowed."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

import territory_opt as to
from territory_opt.generate import generate

WISHES = [to.Travel(), to.Disruption(), to.Balance("workload_h", 0.10), to.Balance("potential", 0.10)]


def with_new(n: int, new: int, seed: int) -> to.Problem:
    """A plan in force, to which some accounts are added that nobody serves yet, large and close together."""
    facts = generate(n, 4, seed, families=0.0, locks=0.0)
    base = to.Scenario(facts, to.Policy(WISHES)).solve(stop=to.MaxSteps(3)).adopted().problem
    accounts = base.accounts.take(np.arange(new))
    measures = {name: 8 * values for name, values in accounts.measures.items()}
    ids = np.array([f"new {i}" for i in range(new)], object)
    nobody = np.full(new, -1, np.int32)
    added = replace(accounts, ids=ids, owner=nobody, measures=measures)
    return to.Scenario(base, to.Policy()).with_(to.NewAccounts(added)).problem


@pytest.mark.parametrize("per_new", [0.0, 1.0, 3.0])
def test_one_per_cent_new_accounts_move_at_most_so_many(per_new: float) -> None:
    facts = with_new(100, 1, 1)
    free = to.solve(facts, to.Policy(WISHES), stop=to.MaxSteps(2))
    assert free.audit.moved.sum() > 3  # they would move more, left to themselves
    wish = to.Stability(per_new)
    held = to.solve(facts, to.Policy([*WISHES, wish]), stop=to.MaxSteps(2))
    assert held.audit.moved.sum() <= per_new
    assert held.alignment.covered.all()
    assert wish.label() not in {clash.wish for clash in held.clashes}


def test_it_is_what_brute_force_finds() -> None:
    facts = with_new(6, 1, 4)
    wish = to.Stability(1.0)
    policy = to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", 0.9), wish])
    found = to.solve(facts, policy)
    owner = facts.accounts.owner
    assert (owner < 0).sum() == 1
    costs = []
    for new, mover, to_rep in itertools.product(range(4), np.flatnonzero(owner >= 0), range(4)):
        plan = np.where(owner < 0, new, owner).astype(np.int32)
        plan[mover] = to_rep  # at most one moves
        costs.append(to.value(facts, policy, to.Alignment(plan)).objective)
    assert found.objective == pytest.approx(min(costs), abs=0.01)


def test_who_must_move_does_not_count() -> None:
    facts = with_new(60, 1, 2)
    leaver = str(facts.reps.ids[0])
    policy = to.Policy([to.Travel(), to.Disruption(), to.Stability(2.0)])
    plan = to.Scenario(facts, policy).with_(to.Leaves(leaver)).solve(stop=to.MaxSteps(3)).result
    assert plan is not None
    forced = facts.accounts.owner == 0
    assert forced.sum() > 2
    assert plan.audit.moved[forced].all()
    assert plan.audit.moved[~forced].sum() <= 2
    assert not plan.clashes


def test_a_setting_below_nothing_is_a_fault() -> None:
    with pytest.raises(to.PolicyError, match="moves_per_new"):
        to.solve(with_new(10, 1, 1), to.Policy([to.Stability(-1.0)]))
