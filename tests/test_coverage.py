"""The report that says whether the map is covered once."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from maps_of_squares import areas_of, grid

import territory_opt as to


def problem_of(shapes: dict, area: list[int], owner: list[int]) -> to.Problem:
    accounts = to.Accounts.of(range(len(area)), owner=owner, area=area)
    return to.Problem(accounts, to.Reps.of(["R1", "R2"]), areas=areas_of(shapes))


def rows(table: dict) -> list[tuple]:
    return list(zip(table["fault"], table["area_id"], table["other_id"], strict=True))


def test_a_map_that_fits_has_an_empty_report() -> None:
    problem = problem_of(grid(3, 3), list(range(9)), [0] * 5 + [1] * 4)
    assert rows(to.coverage(problem)) == []
    assert rows(to.coverage(problem, to.Alignment.today(problem))) == []
    assert rows(to.coverage(problem, rep_of_area=[0] * 5 + [1] * 4)) == []


def test_gaps_and_overlaps_have_a_size_and_a_place() -> None:
    shapes = grid(3, 3)
    whole = areas_of(shapes).area_km2[4]
    del shapes["a4"]
    (gap,) = rows(to.coverage(problem_of(shapes, [0], [0])))
    assert gap[0] == "gap"
    assert set(gap[1:]) <= {"a1", "a3", "a5", "a7"}
    assert to.coverage(problem_of(shapes, [0], [0]))["km2"] == pytest.approx([whole], rel=1e-3)
    shapes = grid(2, 1)
    shapes["a1"] = shapely.box(10.09, 48, 10.2, 48.1)
    table = to.coverage(problem_of(shapes, [0], [0]))
    assert rows(table) == [("overlap", "a0", "a1")]
    assert table["km2"] == pytest.approx([8.29], abs=0.01)


def test_slivers_within_the_tolerance_are_none() -> None:
    """A slit of 2 m between two columns of squares, closed at both ends by other areas."""
    shapes = grid(3, 3)
    shapes["a4"] = shapely.box(10.1 + 2e-5, 48.1, 10.2, 48.2)
    problem = problem_of(shapes, [0], [0])
    assert rows(to.coverage(problem, snap_m=3.0)) == []
    assert rows(to.coverage(problem, snap_m=0.5)) == [("gap", "a3", "a4")]


def test_every_area_is_in_exactly_one_territory_or_listed() -> None:
    """a0 is shared, a2 has no account, the account of a3 has no rep."""
    problem = problem_of(grid(4, 1), [0, 0, 1, 3], [0, 1, 0, -1])
    table = to.coverage(problem, to.Alignment.today(problem))
    assert rows(table) == [
        ("no territory", "a2", "a1"),
        ("no territory", "a3", ""),
        ("several territories", "a0", ""),
    ]
    assert table["mend"].tolist() == [
        "No account lies in it; give it to a territory: R1 holds a1, which shares most of its border",
        "Nobody is given it; give it to a territory",
        "R1, R2 serve accounts there; give them to one",
    ]
    assert table["km2"] == pytest.approx(problem.areas.area_km2[[2, 3, 0]])
    given = to.coverage(problem, rep_of_area=[0, 0, 1, -1])
    assert rows(given) == [("no territory", "a3", "a2")]


def test_accounts_outside_every_area_are_listed() -> None:
    problem = problem_of(grid(2, 1), [0, -1, 1], [0, 0, 1])
    table = to.coverage(problem, to.Alignment.today(problem))
    assert rows(table) == [("account outside", "", "")]
    assert table["account_id"].tolist() == ["1"]
    assert np.isnan(table["km2"]).all()


def test_named_accounts_may_be_anybody_s() -> None:
    """a0 is R1's but for a named account of R2; without the policy nobody can know that."""
    problem = problem_of(grid(2, 1), [0, 0, 0, 1], [0, 0, 1, 1])
    plan = to.Alignment.today(problem)
    named = to.Policy([to.Travel()], [to.FollowArea(named=("2",))])
    assert rows(to.coverage(problem, plan, policy=named)) == []
    assert rows(to.coverage(problem, plan)) == [("several territories", "a0", "")]
    assert rows(to.coverage(problem, plan, policy=to.Policy([to.Travel()]))) == rows(
        to.coverage(problem, plan)
    )


def test_accounts_that_do_not_follow_the_stated_holder_are_named() -> None:
    problem = problem_of(grid(2, 1), [0, 0, 1], [0, 0, 1])
    policy = to.Policy([to.Travel()], [to.FollowArea()])
    stated = to.Alignment(problem.accounts.owner, np.array([1, 1]))
    table = to.coverage(problem, stated, policy=policy)
    assert rows(table) == [("several territories", "a0", "")]
    assert table["mend"].tolist() == ["It is R2's, but R1 serves the accounts there; give all to one"]
    assert rows(to.coverage(problem, stated)) == []
    shared = to.Alignment(np.array([0, 1, 1]), np.array([1, 1]))
    assert to.coverage(problem, shared, policy=policy)["mend"].tolist() == [
        "R1, R2 serve accounts there; give them to one"
    ]


def test_without_areas_there_is_nothing_to_report() -> None:
    problem = to.Problem(to.Accounts.of("a"), to.Reps.of("r"))
    with pytest.raises(to.DataError, match="no areas"):
        to.coverage(problem)
    with pytest.raises(to.DataError, match="no areas"):
        to.coverage(problem, to.Alignment(np.zeros(1)))
