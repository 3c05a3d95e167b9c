"""The rule that a rep's home lies in his territory: against brute force, recounted, explained."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from maps_of_squares import grid, write_folder

import territory_opt as to
from territory_opt.config import load
from territory_opt.policy.homes import home_of_rep
from territory_opt.question import ask
from territory_opt.solve.one_piece_proof import BANDS_AND_HOMES, HOMES_IN_PIECES
from tests.grids import drawn_grid, grid_edges, is_connected
from tests.test_contiguity import row

RULES = [to.FollowArea(), to.Contiguous(home=True)]


def living_in(problem: to.Problem, home: Sequence[object], **tags: Sequence[str]) -> to.Problem:
    """The same facts with the reps' home areas; None for none."""
    columns = {"home_area": ["" if h is None else str(h) for h in home], **tags}
    tags_of = {name: to.Categories.of(texts) for name, texts in columns.items()}
    return replace(problem, reps=replace(problem.reps, tags=tags_of))


def keeps_homes(problem: to.Problem, held: np.ndarray) -> bool:
    """Whether somebody who lives there holds each area that is somebody's home."""
    home = home_of_rep(problem)
    return all(home[held[area]] == area and held[area] >= 0 for area in set(home[home >= 0].tolist()))


def best_with_homes(problem: to.Problem, policy: to.Policy) -> tuple[float, float, float]:
    """Least cost of connected plans in their bands, and of torn ones; least objective of connected ones.

    Homes are kept in all three.
    """
    question, bands = ask(problem, policy), {term.label() for term in policy.load_terms()}
    whole = apart = least = np.inf
    for held in itertools.product(range(len(problem.reps)), repeat=len(problem.areas)):
        rep = np.array(held)
        if not keeps_homes(problem, rep):
            continue
        count = to.audit(problem, policy, to.Alignment(rep[problem.accounts.area], rep), question)
        broken = {clash.wish for clash in count.clashes}
        connected = is_connected(problem, rep)
        assert ("contiguous" in broken) == (not connected)
        in_bands = not broken & bands
        whole = min(whole, count.cost) if connected and in_bands else whole
        apart = min(apart, count.cost) if in_bands else apart
        least = min(least, count.objective) if connected else least
    return whole, apart, least


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("within", [0.08, 0.4])
def test_small_maps_are_solved_as_brute_force_does(seed: int, within: float) -> None:
    rng = np.random.default_rng(seed)
    problem = drawn_grid(3, 3, 2, seed, empty=0.3 * (seed % 2))
    home = rng.choice(9, 2, replace=seed % 4 == 3).tolist()
    problem = living_in(problem, home if seed != 6 else [home[0], None])
    policy = to.Policy([to.Travel(), to.Balance("potential", within=within)], RULES)
    whole, apart, least = best_with_homes(problem, policy)
    result = to.solve(problem, policy, seed=seed)
    held = result.alignment.rep_of_area
    assert is_connected(problem, held)
    assert keeps_homes(problem, held)
    assert result.bound <= min(whole, result.objective) * (1 + 1e-9)
    if np.isfinite(whole):
        assert result.status is to.Status.OPTIMAL
        assert result.objective == pytest.approx(whole, rel=1e-6)
    else:
        assert result.status is to.Status.IMPOSSIBLE
        assert result.why_impossible == (HOMES_IN_PIECES if np.isfinite(apart) else BANDS_AND_HOMES)
        assert result.objective == pytest.approx(least, rel=1e-6)


def test_a_home_in_an_area_without_accounts_counts_too() -> None:
    """Will lives at the far end among Eve's accounts: the empty area there is his, and the way to it."""
    problem = living_in(row(5, [0, 1]), [4, 0])
    policy = to.Policy([to.Travel()], RULES)
    result = to.solve(problem, policy)
    assert result.status is to.Status.OPTIMAL
    assert result.alignment.rep_of_area[[0, 4]].tolist() == [1, 0]
    assert is_connected(problem, result.alignment.rep_of_area)
    assert to.audit(problem, policy, to.Alignment(np.array([1, 1]))).clashes == ()


def test_a_home_in_another_s_territory_is_a_clash_in_words() -> None:
    problem = living_in(row(3, [0, 1, 2]), [0, 2])
    policy = to.Policy([to.Travel()], RULES)
    found = to.audit(problem, policy, to.Alignment(np.array([1, 1, 1]))).clashes
    assert [(c.wish, c.where, c.message) for c in found] == [
        ("contiguous", "W", "Will's home lies in area 0, which is Eve's")
    ]
    nobody = to.Alignment(np.array([0, 0, 1]), np.array([0, 0, 1]))
    assert to.audit(problem, policy, nobody).clashes == ()
    two = living_in(row(3, [1]), [0, 2])
    stated = to.Alignment(np.array([0]), np.array([0, 0, -1]))
    assert [c.message for c in to.audit(two, policy, stated).clashes] == [
        "Eve's home lies in area 2, which is nobody's"
    ]


def test_named_accounts_and_leaving_reps_are_not_bound() -> None:
    problem = living_in(row(3, [0, 1, 2]), [0, 2])
    named = to.Policy([to.Travel()], [to.FollowArea(named=("a0",)), to.Contiguous(home=True)])
    assert to.audit(problem, named, to.Alignment(np.array([1, 0, 1]), np.array([0, 0, 1]))).clashes == ()
    gone = living_in(row(3, [0, 1, 2]), [0, 2], status=["leaving", ""])
    policy = to.Policy([to.Travel()], RULES)
    assert to.audit(gone, policy, to.Alignment(np.array([1, 1, 1]))).clashes == ()


def test_what_the_rule_cannot_do_is_told() -> None:
    policy = to.Policy([to.Travel()], RULES)
    problem = row(3, [0, 1, 2])
    assert any("no rep lives in any" in issue.fault for issue in to.check(problem, policy) if issue.fatal)
    (issue,) = to.check(living_in(problem, [1, None]), policy)
    assert (issue.fault, issue.fatal) == ("Eve lives in no area", False)
    (issue,) = to.check(living_in(problem, [1, 1]), policy)
    assert issue.fault == "Will, Eve live in one area, 1"
    locked = np.array([True, False, False])
    other = replace(problem.accounts, locked=locked, owner=np.array([1, 0, 1], np.int32))
    torn = living_in(replace(problem, accounts=other), [0, 2])
    rules = to.Policy([to.Travel()], [*RULES, to.Locked()])
    assert [i.fault for i in to.check(torn, rules)] == ["no rep may serve it (locked with contiguous)"]
    result = to.solve(torn, rules)
    assert result.status is to.Status.IMPOSSIBLE
    assert [(c.wish, c.where) for c in result.clashes] == [("coverage", "a0")]


def test_explaining_names_who_lives_there() -> None:
    problem = living_in(row(4, [0, 1, 2, 3]), [1, 3])
    policy = to.Policy([to.Travel()], RULES)
    plan = to.Alignment(np.array([0, 0, 0, 1]))
    (_, eve) = to.explain(problem, policy, plan, "a1")
    assert eve.forbidden == ("contiguous",)
    assert eve.on_the_map.startswith("cannot go: Will lives in area 1; ")
    (_, eve) = to.explain(problem, policy, plan, "a0")
    assert eve.on_the_map == (
        "cannot go: it does not reach Eve's territory without 2 areas (1, 2), which Eve may not have"
    )


def test_homes_are_where_reps_live_unless_they_say_otherwise(tmp_path: Path) -> None:
    rules = '[[rules]]\ntype = "follow_area"\n[[rules]]\ntype = "contiguous"\nhome = true\n'
    toml = f'[[terms]]\ntype = "travel"\n{rules}'
    write_folder(tmp_path, grid(3, 1), [("1", 48.05, 10.05, ""), ("2", 48.05, 10.25, "")], toml)
    lines = ["rep_id,lat,lon,home_area", "X,48.05,10.05,", "Y,48.05,10.05,a2", "Z,50,10,", "V,48.05,10.15,zz"]
    (tmp_path / "reps.csv").write_text("\n".join(lines) + "\n")
    problem, config, issues = load(tmp_path)
    assert problem is not None
    assert problem.reps.tag("home_area").texts().tolist() == ["a0", "a2", "", "a1"]
    assert home_of_rep(problem).tolist() == [0, 2, -1, 1]
    assert [(i.row, i.column, i.fault) for i in issues] == [(5, "home_area", "is no area of the map")]
    assert config.policy.keeps_homes
    result = to.solve(problem, config.policy)
    assert problem.reps.ids[result.alignment.rep_of_area].tolist() == ["X", "V", "Y"]


def test_grids_of_any_shape_keep_homes() -> None:
    problem = drawn_grid(8, 6, 4, seed=3, empty=0.2)
    problem = living_in(problem, [0, 7, 40, 47])
    policy = to.Policy([to.Travel(), to.Balance("potential", within=0.15)], RULES)
    result = to.solve(problem, policy, stop=to.MaxSteps(4))
    assert result.clashes == ()
    assert keeps_homes(problem, result.alignment.rep_of_area)
    assert len(grid_edges(8, 6)) == len(problem.areas.edges)
