"""The stages of the search, each against something independent of it."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from drawn import Drawn, questions
from hypothesis import HealthCheck, assume, given, settings

import territory_opt as to
from territory_opt.generate import generate
from territory_opt.parallel import in_order
from territory_opt.question import Question, ask
from territory_opt.solve import group as group_room
from territory_opt.solve.columns import build, columns, full_bound, price_columns, widened
from territory_opt.solve.exact import solve_exact
from territory_opt.solve.improve import improve
from territory_opt.solve.model import Model, least_pair
from territory_opt.solve.prices import exact_bound, find_prices, reduced_cost
from territory_opt.solve.proof import group_bound, partition
from territory_opt.solve.relaxation import WIDER_FOR_BOUNDS, branch_and_cut
from territory_opt.solve.repair import Cutter, Neighbours, solve_part
from territory_opt.solve.run import Run
from territory_opt.solve.shifts import annealed_plans, shaken_plans

POLICY = to.Policy(
    [to.Travel(), to.Disruption(), to.Balance("workload_h", 0.10), to.Balance("potential", 0.10)],
    [to.Locked(), to.KeepTogether("family")],
)
PATIENT = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
    ],
)


class Serial(Executor):
    """An executor that works at once, in the caller."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        future: Future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def pruned_run(problem: to.Problem, policy: to.Policy, per_unit: int) -> tuple[Question, Run]:
    """A run on few columns, priced by what these columns know."""
    question = ask(problem, policy)
    prices = find_prices(build(question, per_unit)).value
    run = Run(columns(question, prices, per_unit), to.MaxRuntime(60.0), None, time.perf_counter())
    run.price(prices, full_bound(question, prices))
    return question, run


@settings(PATIENT, max_examples=15)
@given(questions(max_accounts=9, max_reps=4))
def test_group_bound_never_exceeds_the_optimum_of_the_unpruned_problem(
    monkeypatch: pytest.MonkeyPatch, drawn: Drawn
) -> None:
    result = to.solve(drawn.problem, drawn.policy)
    assume(result.alignment.covered.any())
    optimum = result.objective
    for per_unit in (1, 2, 4):
        question, run = pruned_run(drawn.problem, drawn.policy, per_unit)
        assert run.priced_bound <= optimum * (1 + 1e-9) + 1e-6
        # With few pairs held one by one, all others are sold in bulk.
        for reps_per_group, pairs_per_rep in itertools.product((1, 2, 4), (600, 2, 0)):
            monkeypatch.setattr(group_room, "_PAIRS_PER_REP", pairs_per_rep)
            for keeps_bands in (False, not result.clashes):
                run.feasible = keeps_bands
                bound, exact = group_bound(question, run, reps_per_group, 60, Serial())
                assert bound <= optimum * (1 + 1e-6) + 1e-4
                assert 0.0 <= exact <= 1.0


def test_groups_prove_more_than_prices() -> None:
    question = ask(generate(600, 12, seed=2), POLICY)
    priced = price_columns(question, 12)
    run = Run(priced.columns, to.MaxRuntime(60.0), None, time.perf_counter())
    run.price(priced.prices.value, priced.bound)
    for choice in annealed_plans(run.model, run.reduced, run.regret_scale, 1, Serial()):
        run.offer(choice)
    bound, _ = group_bound(question, run, 4, 60, Serial())
    gap = run.value - run.priced_bound
    assert run.feasible
    assert run.priced_bound + 0.2 * gap < bound <= run.value


@PATIENT
@given(questions(max_accounts=8, max_reps=3))
def test_branch_and_cut_agrees_with_the_search(drawn: Drawn) -> None:
    question = ask(drawn.problem, drawn.policy)
    assume(question.n_units > 0)
    model = build(question)
    exact = solve_exact(model, hard=True, hint=None, effort=5.0, seed=1)
    whole = branch_and_cut(model, hard=True, max_nodes=10_000)
    assert (exact.choice is None) == (whole.choice is None)
    if exact.choice is not None and whole.choice is not None:
        assert model.value(whole.choice) == pytest.approx(model.value(exact.choice), rel=1e-5, abs=1e-3)
        assert whole.bound <= model.value(exact.choice) * (1 + 1e-6) + 1e-3
        wider = branch_and_cut(model.tightened(-WIDER_FOR_BOUNDS), hard=True, max_nodes=10_000)
        assert wider.bound <= model.value(exact.choice) * (1 + 1e-6) + 1e-3


def test_price_columns_reaches_the_relaxation_of_every_pair() -> None:
    question = ask(generate(1200, 60, seed=3), POLICY)  # more pairs than the simplex method gets at once
    priced = price_columns(question, 8)
    every = build(question)
    assert exact_bound(every, priced.prices.value) == pytest.approx(priced.bound, rel=1e-9)
    best = find_prices(every).bound
    assert priced.bound <= best * (1 + 1e-9)
    assert priced.bound >= 0.998 * best


def test_columns_say_what_they_leave_out() -> None:
    question = ask(generate(200, 12, seed=5), POLICY)
    every = build(question)
    prices = find_prices(every).value
    chosen = columns(question, prices, 3)
    reduced = reduced_cost(every, prices)
    of_unit = np.split(reduced, every.start[1:-1])
    beyond = [np.sort(values)[3] if len(values) > 3 else np.inf for values in of_unit]
    np.testing.assert_allclose(chosen.beyond, beyond)
    np.testing.assert_allclose(chosen.least, np.minimum.reduceat(reduced, every.start[:-1]))
    again = chosen.model.united(build(question, 2))
    assert again.n_pairs >= chosen.model.n_pairs
    assert again.united(chosen.model).n_pairs == again.n_pairs
    assert (np.diff(again.unit.astype(np.int64) * 100 + again.rep) > 0).all()


def small_run(seed: int = 1) -> Run:
    _, run = pruned_run(generate(400, 10, seed=seed), POLICY, 10)
    run.offer(annealed_plans(run.model, run.reduced, run.regret_scale, 1, Serial())[0])
    return run


def test_neighbourhoods_of_a_batch_share_no_rep_and_keep_the_books() -> None:
    run = small_run()
    neighbours = Neighbours(run, np.random.default_rng(1))
    groups = neighbours.batch(3, 3)
    reps = np.concatenate([group for _, group in groups])
    assert len(groups) >= 2
    assert len(np.unique(reps)) == len(reps)
    cutter = Cutter(run)
    for (_, group), cut in itertools.product(groups, (False, True)):
        part = cutter.part(group, np.inf, cut, 1)
        loads = part.base + part.model.loads(part.hint)
        np.testing.assert_allclose(loads, run.model.loads(run.choice))
        answer = solve_part(part)
        if answer.pair is None:
            assert cut  # its relaxation says that there is nothing to gain
            continue
        choice = run.choice.copy()
        choice[run.model.unit[answer.pair]] = answer.pair
        assert run.model.value(choice) <= run.value * (1 + 1e-9)


def test_partition_joins_the_strongest_rivals_up_to_a_size() -> None:
    rivals = np.zeros((6, 6))
    for a, b, pull in ((0, 1, 9.0), (1, 2, 8.0), (3, 4, 7.0), (4, 5, 1.0)):
        rivals[a, b] = rivals[b, a] = pull
    label = partition(rivals, 2)
    assert label[0] == label[1] != label[2]
    assert label[3] == label[4] != label[5]
    assert len(np.unique(partition(rivals, 3))) == 2
    assert (np.bincount(partition(np.ones((20, 20)), 6)) <= 6).all()


def test_in_order_keeps_the_order_and_draws_as_needed() -> None:
    drawn: list[int] = []

    def items():  # type: ignore[no-untyped-def]
        for i in range(20):
            drawn.append(i)
            yield i

    with ThreadPoolExecutor(3) as pool:
        answers = in_order(pool, lambda i: i * i, items(), ahead=4)
        assert next(answers) == 0
        assert len(drawn) <= 5
        assert list(answers) == [i * i for i in range(1, 20)]


@pytest.mark.parametrize("reps", [8, 30])
def test_serial_threads_and_processes_give_the_same_plan(reps: int) -> None:
    problem, stop = generate(40 * reps, reps, seed=6), to.MaxSteps(6)
    plans = [to.solve(problem, POLICY, stop=stop, seed=3, executor=Serial())]
    with ThreadPoolExecutor(3) as pool:
        plans.append(to.solve(problem, POLICY, stop=stop, seed=3, executor=pool))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        plans.append(to.solve(problem, POLICY, stop=stop, seed=3, executor=pool))
    for plan in plans[1:]:
        assert (plan.alignment.rep == plans[0].alignment.rep).all()
        assert plan.bound == plans[0].bound


def test_widening_takes_in_every_pair_that_a_better_plan_may_use_and_keeps_the_plan() -> None:
    question, run = pruned_run(generate(300, 40, seed=4), POLICY, 2)
    for choice in annealed_plans(run.model, run.reduced, run.regret_scale, 1, Serial()):
        run.offer(choice)
    room, before = 0.5 * run.regret_scale, (run.model.n_pairs, run.model.rep[run.choice].copy(), run.value)
    assert run.least_missing < room
    wider = widened(question, run.prices, room, run.columns)
    assert wider is not None
    run.widen(wider)
    assert run.least_missing > room
    assert run.model.n_pairs > before[0]
    assert (run.model.rep[run.choice] == before[1]).all()
    assert run.model.value(run.choice) == pytest.approx(before[2])
    every = build(question)
    reduced = reduced_cost(every, run.prices)
    regret = reduced - np.repeat(np.minimum.reduceat(reduced, every.start[:-1]), np.diff(every.start))
    held = set(zip(run.model.unit.tolist(), run.model.rep.tolist(), strict=True))
    near = regret <= room
    assert set(zip(every.unit[near].tolist(), every.rep[near].tolist(), strict=True)) <= held


def test_shaken_plans_start_at_the_plan_and_break_no_more() -> None:
    run = small_run()
    for _ in range(3):
        improve(run, 1, Serial(), 2.0, 2)
    for plan in shaken_plans(run.model, run.reduced, run.regret_scale, 1, run.choice, Serial()):
        assert run.model.value(plan) <= run.value * 1.01
        broken = [run.model.broken(run.model.loads(choice)).sum() for choice in (plan, run.choice)]
        assert broken[0] <= broken[1]
        assert (run.model.unit[plan] == np.arange(run.model.n_units)).all()


def test_least_pair_takes_the_first_among_equals() -> None:
    model = build(ask(generate(30, 4, seed=1), POLICY))
    flat = Model(**{**model.__dict__, "cost": np.zeros(model.n_pairs)})
    assert (least_pair(flat, flat.cost) == flat.start[:-1]).all()
