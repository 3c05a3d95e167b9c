"""Explaining one account: what goes with it, and what a change of hands does to the map; networkx counts."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

import territory_opt as to
from territory_opt.explain.on_the_map import Ways, joins, partings_of
from tests.grids import CONTIGUOUS, drawn_grid
from tests.test_contiguity import POLICY, row


def told(problem: to.Problem, rep: list[int], **asked: str) -> dict[str, str | None]:
    choices = to.explain(problem, POLICY, to.Alignment(np.array(rep)), **asked)
    return {str(problem.reps.ids[c.rep]): c.on_the_map for c in choices}


def test_an_account_that_holds_its_territory_together_takes_others_along() -> None:
    problem = row(5, [0, 1, 2, 3, 4])
    assert told(problem, [0, 0, 0, 1, 1], account_id="a1") == {
        "W": "", "E": "only if area 2 goes too, or Will's territory falls apart"
    }  # fmt: skip
    assert told(problem, [0, 0, 0, 1, 1], account_id="a2") == {"W": "", "E": ""}
    assert told(problem, [0, 0, 0, 1, 1], account_id="a0") == {
        "W": "", "E": "only if 2 areas (1, 2) go too, or it does not reach Eve's territory"
    }  # fmt: skip


def locked_row(*locked: int) -> to.Problem:
    """A row of five, the first three Will's, with locks on some of them."""
    problem = row(5, [0, 1, 2, 3, 4])
    locks, owner = np.isin(np.arange(5), locked), np.array([0, 0, 0, 1, 1], np.int32)
    return replace(problem, accounts=replace(problem.accounts, locked=locks, owner=owner))


@pytest.mark.parametrize(
    ("locked", "expected"),
    [
        ((0,), "only if area 2 goes too, or Will's territory falls apart"),
        ((0, 2), "cannot go: Will's territory falls apart without area 2, which Eve may not have"),
        # Both partings are closed; the one with less to take along is told.
        ((2,), "cannot go: Will's territory falls apart without area 2, which Eve may not have"),
    ],
)
def test_what_would_have_to_go_along_may_be_forbidden_to(locked: tuple[int, ...], expected: str) -> None:
    policy = to.Policy([to.Travel()], [*CONTIGUOUS, to.Locked()])
    plan = to.Alignment(np.array([0, 0, 0, 1, 1]))
    choices = to.explain(locked_row(*locked), policy, plan, "a1")
    assert [c.stands for c in choices] == [True, False]
    assert choices[1].on_the_map == expected


def test_an_account_goes_with_its_area_and_all_of_it_is_priced() -> None:
    problem = row(3, [0, 1, 2])
    accounts = replace(
        problem.accounts,
        area=np.array([0, 0, 2], np.int32),
        measures={**problem.accounts.measures, "visits": np.array([4.0, 2.0, 1.0])},
    )
    problem = replace(problem, accounts=accounts)
    plan = to.Alignment(np.array([0, 0, 1]))
    policy = to.Policy([to.Travel(), to.AccountCount(at_most=2)], CONTIGUOUS)
    for choice in to.explain(problem, policy, plan, "a1"):
        assert choice.goes_with == "its area 0: 2 accounts"
        alone = to.Travel().cost(problem, np.array([0, 1]), np.full(2, choice.rep))
        assert choice.cost["travel"] == pytest.approx(alone.sum())
        assert choice.breaks == (() if choice.rep == 0 else ("at most 2 accounts a rep",))
        assert choice.as_row(problem)["goes with"] == choice.goes_with
    named = to.Policy([to.Travel()], [to.FollowArea(named=("a1",)), to.Contiguous()])
    assert {(c.goes_with, c.on_the_map) for c in to.explain(problem, named, plan, "a1")} == {("", "")}
    assert {c.on_the_map for c in to.explain(problem, to.Policy([to.Travel()]), plan, "a1")} == {None}


def test_a_family_goes_together() -> None:
    accounts = to.Accounts.of(
        "abc", lat=np.zeros(3), lon=np.arange(3.0), owner=[0, 1, 1], tags={"family": ["F", "F", ""]},
        locked=[False, True, False], measures={"visits": np.ones(3)},
    )  # fmt: skip
    problem = to.Problem(accounts, to.Reps.of(["W", "E"], lat=[0, 0], lon=[0, 2]))
    policy = to.Policy([to.Travel()], [to.KeepTogether(), to.Locked()])
    choices = to.explain(problem, policy, to.Alignment(np.array([1, 1, 1])), "a")
    assert [(c.rep, c.goes_with, c.forbidden) for c in choices] == [
        (1, "its family: 2 accounts", ()),
        (0, "its family: 2 accounts", ("locked",)),
    ]
    assert [c.owns for c in choices] == [False, True]


def test_an_area_is_explained_like_an_account() -> None:
    problem = row(5, [0, 2, 4])
    plan = to.Alignment(np.array([0, 0, 1]), np.array([0, 0, 0, 1, 1]))
    choices = to.explain(problem, POLICY, plan, area_id="1")
    assert [(c.rep, c.serves, c.total, c.goes_with) for c in choices] == [
        (0, True, 0.0, "its area 1: 0 accounts"),
        (1, False, 0.0, "its area 1: 0 accounts"),
    ]
    assert choices[1].on_the_map == "only if area 2 goes too, or Will's territory falls apart"
    assert told(problem, [0, 0, 1], area_id="2") == told(problem, [0, 0, 1], account_id="a2")
    with pytest.raises(to.DataError, match=r"areas, area_id = '9': there is no such area"):
        to.explain(problem, POLICY, plan, area_id="9")
    with pytest.raises(to.PolicyError, match="follow_area"):
        to.explain(problem, to.Policy([to.Travel()]), plan, area_id="1")
    with pytest.raises(to.DataError, match=r"Did you mean 'a0'"):
        to.explain(problem, POLICY, plan, "a00")


def test_an_island_and_a_rep_without_areas() -> None:
    problem = replace(row(4, [0, 1, 2, 3]), areas=to.Areas.of("abcd", edges=[(0, 1), (2, 3)]))
    assert told(problem, [0, 0, 1, 1], account_id="a1") == {
        "W": "",
        "E": "Eve's territory cannot be reached over neighbours",
    }
    assert told(problem, [0, 0, 0, 0], account_id="a1") == {"W": "", "E": ""}


def graph_of(problem: to.Problem, rows: np.ndarray | None = None) -> nx.Graph:
    graph = nx.Graph(problem.areas.edges.tolist())
    graph.add_nodes_from(range(len(problem.areas)))
    return graph if rows is None else graph.subgraph(rows.tolist())


def count(problem: to.Problem, held: np.ndarray) -> int:
    return nx.number_connected_components(graph_of(problem, np.flatnonzero(held)))


@pytest.mark.parametrize("seed", range(6))
def test_the_map_is_judged_as_a_graph_library_does(seed: int) -> None:
    """Every area to every rep on drawn plans, whole and torn ones."""
    rng = np.random.default_rng(seed)
    problem = drawn_grid(5, 4, 3, seed, empty=0.2)
    follows, areas = POLICY.area_of(problem), problem.areas
    holder = rng.integers(0, 3, len(areas)).astype(np.int32)
    if seed % 2:  # territories as columns of the grid, which hang together
        holder = (np.arange(len(areas)) % 5 // 2).astype(np.int32)
    for area in range(len(areas)):
        own, alone = holder == holder[area], holder == holder[area]
        alone[area] = False
        partings = list(partings_of(areas, holder, np.array([area])))
        falls_apart = count(problem, alone) > max(count(problem, own), 1)
        assert falls_apart == (len(partings[0]) > 0)
        for cut in partings:
            going = np.append(cut, area)
            left = own & ~np.isin(np.arange(len(areas)), going)
            assert count(problem, left) <= count(problem, own)
            assert nx.is_connected(graph_of(problem, going))
            agrees_on_receivers(problem, holder, going, follows)


def agrees_on_receivers(
    problem: to.Problem, holder: np.ndarray, going: np.ndarray, follows: np.ndarray
) -> None:
    ways, everywhere = Ways.out_of(problem.areas, going, follows), np.arange(len(holder))
    for rep in range(3):
        theirs = holder == rep
        wider = theirs | np.isin(everywhere, going)
        most = max(count(problem, theirs), 1)
        assert joins(problem.areas, np.flatnonzero(theirs), going) == (count(problem, wider) <= most)
        between = ways.to(np.flatnonzero(theirs))
        assert count(problem, wider | np.isin(everywhere, between)) <= most


@pytest.mark.parametrize("seed", range(3))
def test_a_way_goes_over_as_few_areas_with_accounts_as_can_be(seed: int) -> None:
    problem = drawn_grid(6, 5, 2, seed, empty=0.5)
    follows = POLICY.area_of(problem)
    lived_in = np.bincount(follows, minlength=30) > 0
    ways = Ways.out_of(problem.areas, np.array([0]), follows)
    weighted = nx.DiGraph()
    for one, other in problem.areas.edges.tolist():
        weighted.add_edge(one, other, weight=1000 if lived_in[other] else 1)
        weighted.add_edge(other, one, weight=1000 if lived_in[one] else 1)
    for goal in range(1, 30):
        between = ways.to(np.array([goal]))
        best = nx.shortest_path_length(weighted, 0, goal, weight="weight") - (1000 if lived_in[goal] else 1)
        assert np.where(lived_in[between], 1000, 1).sum() == best
