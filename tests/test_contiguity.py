"""The rule that each territory is in one piece: its faults, its cautions and its clashes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import territory_opt as to
from territory_opt.holdings import holdings
from tests.grids import CONTIGUOUS, drawn_grid, grid_edges

POLICY = to.Policy([to.Travel()], CONTIGUOUS)


def clashes(problem: to.Problem, rep: list[int], rep_of_area: list[int] | None = None) -> list[to.Clash]:
    stated = None if rep_of_area is None else np.array(rep_of_area)
    return list(to.audit(problem, POLICY, to.Alignment(np.array(rep), stated)).clashes)


def row(n: int, accounts_in: list[int]) -> to.Problem:
    """Areas side by side, an account in some of them, two reps."""
    accounts = to.Accounts.of(
        [f"a{i}" for i in accounts_in],
        lat=np.zeros(len(accounts_in)),
        lon=np.array(accounts_in, float),
        area=accounts_in,
    )
    reps = to.Reps.of(["W", "E"], names=["Will", "Eve"], lat=[0, 0], lon=[0, n])
    return to.Problem(accounts, reps, areas=to.Areas.of(range(n), edges=grid_edges(n, 1)))


def test_a_torn_territory_is_a_clash_in_words() -> None:
    found = clashes(row(5, [0, 1, 2, 3, 4]), [0, 0, 1, 0, 1])
    assert [(c.wish, c.where, c.amount) for c in found] == [("contiguous", "W", 1), ("contiguous", "E", 1)]
    assert found[0].message == "Will's territory is in 2 pieces: 2 areas (0, 1); area 3"
    assert clashes(row(5, [0, 1, 2, 3, 4]), [0, 0, 1, 1, 1]) == []


def test_areas_without_accounts_are_bridges_for_one_territory() -> None:
    problem = row(5, [0, 2, 4])
    assert clashes(problem, [0, 0, 1]) == []
    assert [c.where for c in clashes(problem, [0, 1, 0])] == ["W"]
    assert clashes(problem, [0, 0, 1], [0, 0, 0, 1, 1]) == []
    assert [c.where for c in clashes(problem, [0, 0, 1], [0, 1, 0, 1, 1])] == ["W", "E"]


def test_a_way_round_through_areas_without_accounts_is_found() -> None:
    """A ring around a middle square of the other rep."""
    problem = drawn_grid(3, 3, 2, seed=1)
    ring = [0, 2, 4, 6, 8]  # corners and the middle have an account
    accounts = problem.accounts.take(np.array(ring))
    held = {0: 0, 2: 0, 4: 1, 6: 0, 8: 0}
    assert clashes(replace(problem, accounts=accounts), [held[a] for a in ring]) == []


def test_named_accounts_may_lie_anywhere() -> None:
    problem = row(5, [0, 1, 2, 3, 4])
    rules = [to.FollowArea(named=("a1",)), to.Contiguous()]
    alignment = to.Alignment(np.array([0, 1, 0, 1, 1]))
    assert to.audit(problem, to.Policy([to.Travel()], rules), alignment).clashes == ()
    assert len(clashes(problem, [0, 1, 0, 1, 1])) == 2


def test_the_rule_needs_areas_and_accounts_that_follow_them() -> None:
    problem = row(3, [0, 1, 2])
    (issue,) = to.check(problem, to.Policy([to.Travel()], [to.Contiguous()]))
    assert (issue.column, issue.mend, issue.fatal) == ("contiguous", "Add the rule follow_area", True)
    bare = to.Problem(problem.accounts.take(np.array([0])), problem.reps)
    assert any("needs areas" in i.fault and i.column == "contiguous" for i in to.check(bare, POLICY))
    apart = replace(problem, areas=to.Areas.of(range(3)))
    assert any("no two areas are neighbours" in i.fault for i in to.check(apart, POLICY))


def test_parts_of_the_map_that_cannot_be_joined_are_named() -> None:
    problem = replace(row(5, [0, 1, 4]), areas=to.Areas.of("abcde", edges=[(0, 1), (1, 2), (3, 4)]))
    (issue,) = to.check(problem, POLICY)
    assert issue.fault == "no territory can join 2 areas (d, e) to the rest"
    assert "link_islands" in issue.mend
    assert "bridges" in issue.mend
    assert not issue.fatal
    assert to.check(replace(problem, areas=to.Areas.of("abcde", edges=grid_edges(5, 1))), POLICY) == ()


@pytest.mark.parametrize("area", [-1, 3])
def test_accounts_in_no_area_are_counted(area: int) -> None:
    problem = row(5, [0, 1, 3])
    moved = replace(problem, accounts=replace(problem.accounts, area=np.array([0, 1, area], np.int32)))
    found = [issue.fault for issue in to.check(moved, POLICY)]
    assert found == (["1 account lies in no area"] if area < 0 else [])


def test_a_plan_that_states_who_holds_its_areas_is_believed() -> None:
    problem = row(5, [0, 2, 4])
    alignment = to.Alignment(np.array([0, 0, 1]), np.array([0, 0, 0, 1, 1]))
    held = holdings(problem, alignment)
    assert held.rep.tolist() == [0, 0, 0, 1, 1]
    assert not held.shared.any()
    for wrong in ([0, 0, 0, 1], [0, 0, 0, 1, 2]):
        with pytest.raises(to.DataError, match="rep_of_area must hold"):
            clashes(problem, [0, 0, 1], wrong)
