"""The parts of the search on the map, each against a plain count."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import territory_opt as to
from territory_opt.question import ask
from territory_opt.solve.borders import anneal_borders
from territory_opt.solve.columns import build, columns, no_prices
from territory_opt.solve.ground import Ground, ground_of, pair_table
from territory_opt.solve.growth import regrown
from territory_opt.solve.model import Model
from territory_opt.solve.separators import separators
from tests.grids import CONTIGUOUS, drawn_grid, is_connected, pieces_by_hand


def on_the_map(
    columns_: int, rows: int, n_reps: int, seed: int, empty: float
) -> tuple[to.Problem, Ground, Model]:
    problem = drawn_grid(columns_, rows, n_reps, seed, empty=empty)
    policy = to.Policy([to.Travel(), to.Balance("potential", within=0.1)], CONTIGUOUS)
    question = ask(problem, policy)
    ground, wider = ground_of(question, columns(question, no_prices(question), None))
    assert wider.model.n_units == len(problem.areas)
    assert build(question).n_units == len(problem.accounts)
    return problem, ground, wider.model


def drawn_plan(model: Model, rng: np.random.Generator) -> np.ndarray:
    """A random pair of each unit."""
    return model.start[:-1] + rng.integers(np.diff(model.start))


@pytest.mark.parametrize("seed", range(4))
def test_pieces_are_counted_as_by_hand(seed: int) -> None:
    problem, ground, model = on_the_map(5, 4, 3, seed, 0.3)
    plan = drawn_plan(model, np.random.default_rng(seed))
    held = ground.holder(model.rep[plan])
    by_hand = pieces_by_hand(problem.areas.edges, held) - len(np.unique(held))
    assert ground.surplus(model.rep[plan]) == by_hand


@pytest.mark.parametrize("seed", range(4))
def test_grown_territories_are_whole(seed: int) -> None:
    problem, ground, model = on_the_map(6, 5, 4, seed, 0.2)
    plan = regrown(model, ground, model.cost, drawn_plan(model, np.random.default_rng(seed)))
    assert is_connected(problem, ground.holder(model.rep[plan]))


@pytest.mark.parametrize("seed", range(4))
def test_moves_across_borders_keep_every_territory_whole_and_count_right(seed: int) -> None:
    problem, ground, model = on_the_map(6, 5, 4, seed, 0.2)
    plan = regrown(model, ground, model.cost, drawn_plan(model, np.random.default_rng(seed)))
    before, loads = model.value(plan), model.loads(plan)
    holder = ground.holder(model.rep[plan]).astype(np.int64)
    size = np.bincount(holder, minlength=4)
    change = anneal_borders(
        seed, 20_000, 100.0, 1.0, 1.0, plan, loads, holder, size, np.zeros(0, np.int64), ground.unit,
        ground.first, ground.other, ground.area, ground.start, pair_table(model.start, model.rep, 4),
        model.unit, model.rep, model.cost, model.load, model.bin, model.low, model.high, model.price,
        model.grid, model.money, model.curved,
    )  # fmt: skip
    assert is_connected(problem, holder)
    assert np.array_equal(holder, ground.holder(model.rep[plan]))
    assert np.array_equal(size, np.bincount(holder, minlength=4))
    assert np.allclose(loads, model.loads(plan))
    assert model.value(plan) - before == pytest.approx(change, rel=1e-6)
    assert change < 0


@pytest.mark.parametrize("seed", range(3))
def test_cuts_forbid_a_torn_plan_and_no_whole_one(seed: int) -> None:
    problem, ground, model = on_the_map(3, 3, 2, seed, 0.2)
    table = pair_table(model.start, model.rep, 2)
    every = [table[np.arange(9), list(rep)] for rep in itertools.product(range(2), repeat=9)]
    used = np.zeros((len(every), model.n_pairs), np.int64)
    np.put_along_axis(used, np.array(every), 1, axis=1)
    whole = np.array([is_connected(problem, ground.holder(model.rep[plan])) for plan in every])
    assert 0 < whole.sum() < len(every)
    for number in np.flatnonzero(~whole)[::7]:
        held = ground.holder(model.rep[every[number]])
        cuts = list(separators(ground, table, held, np.random.default_rng(seed).random(9)))
        sums = np.array([used[:, c.plus].sum(axis=1) - used[:, c.minus].sum(axis=1) - c.most for c in cuts])
        assert (sums[:, number] > 0).all()
        assert (sums[:, whole] <= 0).all()
