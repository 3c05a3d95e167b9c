"""The recount against hand counts, and every kind of clash it must name."""

from __future__ import annotations

import numpy as np
import pytest
from test_policy import line

import territory_opt as to


def test_recount_by_hand() -> None:
    problem = line(owner=[0, 0, 1, 1, 1, -1])
    policy = to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", within=0.1)])
    count = to.audit(problem, policy, to.Alignment(np.array([0, 0, 0, 1, 1, 1])))
    km = 6371.0088 * np.radians([0.01, 1.01, 2.01, 2.01, 1.01, 0.01])
    assert count.terms["travel"] == pytest.approx((4 * 2 * km * 1.3 / 60 / 4 * 60).sum(), rel=1e-6)
    assert count.terms["disruption"] == pytest.approx(0.05 * 1000 + 240)
    assert list(np.flatnonzero(count.moved)) == [2]
    assert not count.forced.any()
    (meter,) = count.meters
    assert meter.index == pytest.approx([1.0, 1.0])
    assert not count.clashes
    assert count.objective == pytest.approx(count.cost)


def test_band_clash_names_rep_and_amount() -> None:
    policy = to.Policy([to.Travel(), to.Balance("potential", within=0.1)])
    count = to.audit(line(), policy, to.Alignment(np.array([0, 0, 1, 1, 1, 1])))
    assert [(c.where, round(c.amount)) for c in count.clashes] == [("W", 70), ("E", 70)]
    assert count.breach_cost > 0


def test_rule_clashes_are_named() -> None:
    problem = line(
        locked=[True, False, False, False, False, False],
        tags={"family": ["", "f", "", "", "f", ""], "segment": ["", "", "", "", "", "bank"]},
        rep_tags={"segments": ["", "shop"], "status": ["active", "active"]},
    )
    policy = to.Policy([], [to.Locked(), to.KeepTogether(), to.Eligible()])
    count = to.audit(problem, policy, to.Alignment(np.array([1, 0, 0, 1, 1, 1])))
    assert {(c.wish, c.where) for c in count.clashes} == {
        ("locked", "a"),
        ("eligible", "f"),
        ("keep_together", "b"),
    }


def test_forced_moves_are_told_apart() -> None:
    problem = line(owner=[1, 1, 1, 0, 0, 0], rep_tags={"status": ["active", "leaving"]})
    count = to.audit(problem, to.Policy([to.Travel()]), to.Alignment(np.zeros(6, int)))
    assert list(count.moved) == [True] * 3 + [False] * 3
    assert list(count.forced) == [True] * 3 + [False] * 3


def test_uncovered_accounts_are_listed() -> None:
    count = to.audit(line(), to.Policy([to.Travel()]), to.Alignment(np.array([0, 0, -1, 1, 1, 1])))
    assert list(count.uncovered) == [2]
    assert [(c.wish, c.where) for c in count.clashes] == [("coverage", "c")]


def test_summary_says_what_was_traded() -> None:
    problem = line(owner=[1, 1, 1, 0, 0, 0])
    result = to.solve(problem, to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", 0.1)]))
    text = str(result)
    assert "OPTIMAL" in text
    assert "no plan costs less than" in text
    assert "Traded" in text
    assert "travel" in text
