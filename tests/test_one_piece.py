"""Plans whose territories are in one piece: against brute force on small maps, and on larger ones."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import territory_opt as to
from territory_opt.question import ask
from territory_opt.solve.one_piece_proof import BANDS_ALONE, ONLY_IN_PIECES
from tests.grids import CONTIGUOUS, best_connected, drawn_grid, grid_edges, is_connected, with_drawn_rules


def banded(within: float, *more: object) -> to.Policy:
    return to.Policy([to.Travel(), to.Balance("potential", within=within), *more], CONTIGUOUS)


@pytest.mark.parametrize(
    ("columns", "rows", "n_reps", "within", "seed", "empty"),
    [
        *[(3, 3, 2, within, seed, 0.0) for within in (0.05, 0.2) for seed in range(3)],
        *[(4, 2, 2, 0.1, seed, 0.3) for seed in range(3)],
        *[(3, 2, 3, 0.3, seed, 0.0) for seed in range(3)],
    ],
)
def test_small_maps_are_solved_as_brute_force_does(
    columns: int, rows: int, n_reps: int, within: float, seed: int, empty: float
) -> None:
    agrees_with_brute_force(drawn_grid(columns, rows, n_reps, seed, empty=empty), banded(within), seed)


@pytest.mark.parametrize("seed", range(8))
def test_small_maps_with_other_rules_are_solved_as_brute_force_does(seed: int) -> None:
    problem, rules = with_drawn_rules(drawn_grid(3, 3, 2, seed, empty=0.3 * (seed % 2)), seed)
    policy = to.Policy(
        [to.Travel(), to.Disruption(), to.Balance("potential", within=0.2)], [*CONTIGUOUS, *rules]
    )
    question = ask(problem, policy)
    if len(question.split) or len(question.uncovered):
        assert to.solve(problem, policy, seed=seed).status is to.Status.IMPOSSIBLE
    else:
        agrees_with_brute_force(problem, policy, seed)


def agrees_with_brute_force(problem: to.Problem, policy: to.Policy, seed: int) -> None:
    whole, apart, least = best_connected(problem, policy)
    result = to.solve(problem, policy, seed=seed)
    assert is_connected(problem, result.alignment.rep_of_area)
    if np.isfinite(whole):
        assert result.status is to.Status.OPTIMAL
        assert result.objective == pytest.approx(whole, rel=1e-6)
    else:
        assert result.status is to.Status.IMPOSSIBLE
        assert result.why_impossible == (ONLY_IN_PIECES if np.isfinite(apart) else BANDS_ALONE)
        assert result.why_impossible in str(result)
        assert result.objective == pytest.approx(least, rel=1e-6)
    assert result.bound <= min(whole, result.objective) * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_plans_of_200_areas_are_whole_and_in_their_bands(seed: int) -> None:
    problem = drawn_grid(20, 10, 8, seed, empty=0.1 * (seed == 2))
    result = to.solve(problem, banded(0.1), seed=1, stop=to.MaxSteps(1))
    assert result.clashes == ()
    assert is_connected(problem, result.alignment.rep_of_area)
    assert result.gap < 0.05


def test_the_same_seed_gives_the_same_plan_in_threads_and_processes() -> None:
    problem, policy, limit = drawn_grid(8, 6, 4, seed=5), banded(0.1), to.MaxSteps(6)
    pools = ThreadPoolExecutor(1), ProcessPoolExecutor(1)
    results = [to.solve(problem, policy, seed=3, stop=limit, executor=pool) for pool in pools]
    for pool in pools:
        pool.shutdown()
    assert results[0].alignment == results[1].alignment
    assert np.array_equal(results[0].alignment.rep_of_area, results[1].alignment.rep_of_area)


def test_named_accounts_are_planned_beside_the_areas() -> None:
    problem = drawn_grid(6, 4, 3, seed=2)
    named = tuple(problem.accounts.ids[[0, 7, 23]])
    rules = [to.FollowArea(named=named), to.Contiguous()]
    policy = to.Policy([to.Travel(), to.Balance("potential", within=0.1)], rules)
    result = to.solve(problem, policy, stop=to.MaxSteps(6))
    assert result.clashes == ()
    held = result.alignment.rep_of_area
    assert is_connected(problem, held)
    follows = policy.area_of(problem)
    assert (held[follows[follows >= 0]] == result.alignment.rep[follows >= 0]).all()
    assert result.objective <= to.solve(problem, banded(0.1), stop=to.MaxSteps(6)).objective * (1 + 1e-9)


def test_locks_at_both_ends_of_a_row_pull_the_middle_along() -> None:
    """Locks pull both ends of a row to one rep: the middle must be his too, or nothing is whole."""
    accounts = to.Accounts.of(
        list("abcde"),
        lat=np.zeros(5),
        lon=np.arange(5.0),
        owner=[0, 1, 1, 1, 0],
        locked=[True, False, False, False, True],
        area=np.arange(5),
        measures={"visits": np.ones(5)},
    )
    reps = to.Reps.of(["R0", "R1"], lat=[0, 0], lon=[0, 2])
    problem = to.Problem(accounts, reps, areas=to.Areas.of("abcde", edges=grid_edges(5, 1)))
    policy = to.Policy([to.Travel()], [*CONTIGUOUS, to.Locked()])
    result = to.solve(problem, policy)
    assert (result.status, result.alignment.rep.tolist()) == (to.Status.OPTIMAL, [0] * 5)
    both = to.Policy([to.Travel(), to.AccountCount(at_least=1)], policy.rules)
    broken = to.solve(problem, both)
    assert (broken.status, broken.why_impossible) == (to.Status.IMPOSSIBLE, ONLY_IN_PIECES)
    assert {clash.wish for clash in broken.clashes} == {"account_count"} or broken.alignment.rep[2] == 1


def test_parts_of_the_map_without_accounts_belong_to_nobody() -> None:
    problem = drawn_grid(3, 2, 2, seed=1)
    edges = np.array([(0, 1), (1, 2), (0, 3), (1, 4), (3, 4), (2, 5), (4, 5), (6, 7)])
    problem = replace(problem, areas=to.Areas.of(range(8), edges=edges))
    result = to.solve(problem, banded(0.5))
    assert result.status is to.Status.OPTIMAL
    assert (result.alignment.rep_of_area[6:] == -1).all()


def test_a_plan_says_who_holds_each_area(tmp_path: Path) -> None:
    problem = drawn_grid(4, 3, 2, seed=2, empty=0.4)
    policy = banded(0.5)
    result = to.solve(problem, policy, stop=to.MaxSteps(2))
    to.deliver(problem, policy, result, tmp_path, with_map=False)
    lines = (tmp_path / "area_alignment.csv").read_text().splitlines()
    held = result.alignment.rep_of_area
    assert lines == ["area_id,rep_id", *(f"{a},{problem.reps.ids[r]}" for a, r in enumerate(held))]
