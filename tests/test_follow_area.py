"""Accounts that follow their area, beside named ones that are planned one by one."""

from __future__ import annotations

import numpy as np
import pytest

import territory_opt as to

#: Accounts a … f at 0 … 5 degrees east, rep W at 0°, rep E at 5°; areas 0 (a, b, c, d) and 1 (e, f).
AREA = [0, 0, 0, 0, 1, 1]


def line(area: list[int] = AREA, **columns: object) -> to.Problem:
    accounts = to.Accounts.of(
        list("abcdef"),
        lat=np.zeros(6),
        lon=np.arange(6) + 0.01,
        owner=columns.get("owner", [1] * 6),
        locked=columns.get("locked", np.zeros(6, bool)),
        area=area,
        measures={"visits": np.full(6, 4.0), "revenue": np.full(6, 1000.0)},
        tags={"segment": ["", "", "", "key", "", "bank"]},
    )
    reps = to.Reps.of(["W", "E"], lat=[0, 0], lon=[0, 5.02])
    return to.Problem(accounts, reps, areas=to.Areas.of(["west", "east"], edges=[(0, 1)]))


def plan(problem: to.Problem, *wishes: object) -> str:
    result = to.solve(problem, to.Policy([to.Travel(), *wishes]))
    assert result.status is to.Status.OPTIMAL
    return "".join(problem.reps.ids[result.alignment.rep])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (to.FollowArea(), "WWWWEE"),
        (to.FollowArea(named=("d",)), "WWWEEE"),
        (to.FollowArea(by="segment", values=("key",)), "WWWEEE"),
        (to.FollowArea(by="segment"), "WWWEEE"),
    ],
)
def test_all_but_named_accounts_follow_their_area(rule: to.FollowArea, expected: str) -> None:
    assert plan(line()) == "WWWEEE"
    assert plan(line(), rule) == expected


def test_an_account_in_no_area_goes_its_own_way() -> None:
    assert plan(line([0, 0, 0, -1, 1, 1]), to.FollowArea()) == "WWWEEE"


def test_a_named_account_may_be_another_rep_s_than_its_area() -> None:
    problem = line(locked=[False, True, False, False, False, False])
    assert plan(problem, to.Locked(), to.FollowArea(named=("b",))) == "WEWWEE"
    assert plan(problem, to.Locked(), to.FollowArea()) == "EEEEEE"


def test_faults_are_named() -> None:
    bare = to.Problem(line([-1] * 6).accounts, line().reps)
    (issue,) = to.check(bare, to.Policy([to.Travel()], [to.FollowArea()]))
    assert "needs areas" in issue.fault
    rule = to.FollowArea(named=("x",), by="segment", values=("keys",))
    faults = [issue.fault for issue in to.check(line(), to.Policy([to.Travel()], [rule]))]
    assert faults == [
        "named account 'x' is no account",
        "no account has 'keys' in segment. Did you mean 'key'?",
    ]
    lonely = to.Policy([to.Travel()], [to.FollowArea(values=("key",))])
    assert "need the column" in to.check(line(), lonely)[0].fault


def test_locks_that_tear_an_area_are_named_with_the_area() -> None:
    problem = line(owner=[0, 1, 1, 1, 1, 1], locked=[True, True, False, False, False, False])
    (issue,) = to.check(problem, to.Policy([to.Travel()], [to.Locked(), to.FollowArea()]))
    assert (issue.column, issue.value) == ("area_id", "west")


def test_moves_say_that_an_account_goes_with_its_area() -> None:
    policy = to.Policy([to.Travel(), to.Disruption(churn_risk=0.0)], [to.FollowArea(named=("d",))])
    problem = line()
    found = to.moves(problem, policy, to.solve(problem, policy))
    assert len(found) == 3
    assert all("goes with its area of 3 accounts" in reason for reason in found.reason)
