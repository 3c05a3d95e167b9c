"""The solve against brute force, its own audit, its bound, and itself under changes that must not matter."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from drawn import Drawn, brute_force, questions
from hypothesis import HealthCheck, given, settings

import territory_opt as to
from territory_opt.question import ask
from territory_opt.solve.columns import build, full_bound
from territory_opt.solve.prices import find_prices

PATIENT = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@PATIENT
@given(questions())
def test_equals_brute_force(drawn: Drawn) -> None:
    feasible, best = brute_force(drawn)
    result = to.solve(drawn.problem, drawn.policy)
    within_bands = not any((m.breach > 0).any() for m in result.audit.meters)
    assert within_bands == feasible
    assert result.objective == pytest.approx(best, rel=1e-5, abs=1e-2)
    assert result.bound <= best + 1e-6 * abs(best) + 1e-6
    if feasible and not result.clashes:
        assert result.status is to.Status.OPTIMAL
    if not feasible:
        assert result.status is to.Status.IMPOSSIBLE


@PATIENT
@given(questions(max_accounts=12, max_reps=4))
def test_every_account_is_served_or_listed(drawn: Drawn) -> None:
    result = to.solve(drawn.problem, drawn.policy)
    rep = result.alignment.rep
    assert len(rep) == len(drawn.problem.accounts)
    assert ((rep >= -1) & (rep < len(drawn.problem.reps))).all()
    assert set(np.flatnonzero(rep < 0)) == set(result.audit.uncovered)
    nobody = {c.where for c in result.clashes if c.wish == "coverage"}
    assert nobody == set(drawn.problem.accounts.ids[rep < 0])


@PATIENT
@given(questions())
def test_order_of_rows_changes_nothing(drawn: Drawn) -> None:
    rng = np.random.default_rng(0)
    accounts = rng.permutation(len(drawn.problem.accounts))
    reps = rng.permutation(len(drawn.problem.reps))
    one = to.solve(drawn.problem, drawn.policy)
    other = to.solve(drawn.problem.take(accounts, reps), drawn.policy)
    assert one.objective == pytest.approx(other.objective, rel=1e-12)
    shuffled = np.append(reps, -1)[other.alignment.rep]
    assert (one.alignment.rep[accounts] == shuffled).all()


@PATIENT
@given(questions(max_accounts=10, max_reps=4))
def test_bound_holds_when_pairs_are_left_out(drawn: Drawn) -> None:
    question = ask(drawn.problem, drawn.policy)
    if question.n_units == 0:
        return
    pruned = build(question, 1)
    prices = find_prices(pruned)
    result = to.solve(drawn.problem, drawn.policy)
    assert full_bound(question, prices.value) <= result.objective * (1 + 1e-9) + 1e-6


def market(n: int, n_reps: int, seed: int = 1) -> to.Problem:
    """A plain market for tests of the search."""
    from territory_opt.generate import generate

    return generate(n, n_reps, seed=seed)


POLICY = to.Policy(
    [to.Travel(), to.Disruption(), to.Balance("workload_h", 0.10), to.Balance("potential", 0.10)],
    [to.Locked(), to.KeepTogether("family")],
)


def test_same_seed_same_plan() -> None:
    problem = market(150, 6)
    one, two = (to.solve(problem, POLICY, stop=to.MaxSteps(8), seed=3) for _ in range(2))
    assert one.alignment == two.alignment
    assert one.objective == two.objective


def test_workers_change_nothing() -> None:
    from concurrent.futures import ThreadPoolExecutor

    problem = market(150, 6)
    with ThreadPoolExecutor(1) as alone, ThreadPoolExecutor(3) as many:
        one = to.solve(problem, POLICY, stop=to.MaxSteps(8), executor=alone)
        two = to.solve(problem, POLICY, stop=to.MaxSteps(8), executor=many)
    assert one.alignment == two.alignment


def test_gap_is_small_and_bands_hold() -> None:
    result = to.solve(market(200, 8), POLICY, stop=to.MaxRuntime(30))
    assert not result.clashes
    assert result.gap < 0.02
    assert result.bound <= result.objective


def test_time_limit_gives_a_whole_plan() -> None:
    result = to.solve(market(300, 10), POLICY, stop=to.MaxRuntime(0.0))
    assert (result.alignment.rep >= 0).all()
    assert np.isfinite(result.bound)


def test_callback_stops_the_run() -> None:
    seen: list[to.Step] = []

    def once(step: to.Step) -> bool:
        seen.append(step)
        return False

    to.solve(market(100, 4), POLICY, on_step=once)
    assert len(seen) == 1


def test_ctrl_c_gives_the_best_plan_so_far() -> None:
    def interrupt(_: to.Step) -> None:
        raise KeyboardInterrupt

    result = to.solve(market(100, 4), POLICY, on_step=interrupt)
    assert result.interrupted
    assert (result.alignment.rep >= 0).all()


def test_wrong_search_value_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from territory_opt.solve import pipeline

    honest = pipeline.audit

    def liar(*args: object) -> to.Audit:
        count = honest(*args)
        return dataclasses.replace(count, terms={k: 1.1 * v + 1 for k, v in count.terms.items()})

    monkeypatch.setattr(pipeline, "audit", liar)
    with pytest.raises(to.InternalError):
        to.solve(market(30, 3), POLICY)


def test_faults_of_the_policy_are_all_listed() -> None:
    policy = to.Policy([to.Balance("potental"), to.Travel(hour_cost=-1)], [to.Eligible("segmnt")])
    with pytest.raises(to.PolicyError) as caught:
        to.solve(market(20, 3), policy)
    text = str(caught.value)
    assert "potential" in text
    assert "hour_cost" in text
    assert "segment" in text


def test_targets_do_not_depend_on_the_order_of_a_family() -> None:
    """A family over two regions counts in each region with its own members, whichever row comes first."""
    accounts = to.Accounts.of(
        ["b", "a", "c"],
        lat=[40, 40, 41],
        lon=[0, 1, 2],
        measures={"visits": np.ones(3), "potential": [10.0, 20.0, 30.0]},
        tags={"family": ["F", "F", ""], "region": ["X", "Y", "Y"]},
    )
    reps = to.Reps.of(["R1", "R0"], lat=[40, 41], lon=[0, 2], tags={"region": ["X", "Y"]})
    problem = to.Problem(accounts, reps)
    policy = to.Policy([to.Travel(), to.Balance("potential", 0.9, by="region")], [to.KeepTogether()])
    (curve,) = ask(problem, policy).curves
    assert curve.target == pytest.approx([10.0, 50.0])
    (turned,) = ask(problem.take(np.array([1, 2, 0]), np.array([1, 0])), policy).curves
    assert turned.target == pytest.approx([50.0, 10.0])
