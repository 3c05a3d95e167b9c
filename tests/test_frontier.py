"""The frontier holds no plan that another beats; scenarios get the same plans wherever they are solved."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import territory_opt as to
from territory_opt.generate import generate
from territory_opt.scenarios.frontier import _named_knee as named_knee
from territory_opt.scenarios.frontier import pareto, undominated
from territory_opt.scenarios.frontier_files import write_frontier

POLICY = to.Policy(
    [to.Travel(), to.Disruption(), to.Balance("workload_h", 0.15), to.Balance("potential", 0.20)],
    [to.Locked(), to.KeepTogether("family")],
)
STOP = to.MaxSteps(4)


@pytest.fixture(scope="module")
def market() -> to.Problem:
    return generate(60, 4, 2)


@pytest.fixture(scope="module")
def points(market: to.Problem) -> tuple[to.Point, ...]:
    return to.frontier(market, POLICY, widths=(0.1, 0.3), weights=(0.25, 1, 4), stop=STOP)


@settings(max_examples=100, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(0, 4).map(float)))
def test_what_is_kept_is_what_nothing_beats(figures: np.ndarray) -> None:
    keep = pareto(figures)
    for i, row in enumerate(figures):
        beaten = any((other <= row).all() and (other < row).any() for other in figures)
        twin = any((figures[j] == row).all() for j in range(i))
        assert keep[i] == (not beaten and not twin)


def test_every_point_is_certified_and_none_beaten(market: to.Problem, points: tuple[to.Point, ...]) -> None:
    assert len(points) >= 2
    figures = np.array([(p.imbalance, p.travel, p.disruption) for p in points])
    assert pareto(figures).all()
    assert (np.diff(figures[:, 0]) >= 0).all()
    for point in points:
        assert point.bound <= point.value
        rep, owner = point.result.alignment.rep, market.accounts.owner
        account = np.arange(len(rep))
        assert point.travel == pytest.approx(to.Travel().cost(market, account, rep).sum())
        assert point.disruption == pytest.approx(to.Disruption().cost(market, account, rep).sum())
        assert point.moved == ((rep != owner) & (owner >= 0)).sum()
    assert sum(p.knee for p in points) == (1 if len(points) > 2 else 0)


def test_files_of_a_frontier(market: to.Problem, points: tuple[to.Point, ...], tmp_path: Path) -> None:
    written = write_frontier(market, points, tmp_path)
    assert (tmp_path / "frontier.png").read_bytes().startswith(b"\x89PNG")
    table = (tmp_path / "frontier.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(table) == len(points) + 1
    assert len(written) == len(points) + 2


def test_plans_of_an_earlier_run_are_gone(
    market: to.Problem, points: tuple[to.Point, ...], tmp_path: Path
) -> None:
    write_frontier(market, points, tmp_path)
    notes = tmp_path / f"plan_{len(points)}" / "notes.txt"
    notes.write_text("ours", encoding="utf-8")
    write_frontier(market, points[:1], tmp_path)
    plans = {path.parent.name for path in tmp_path.glob("plan_*/alignment.csv")}
    assert plans == {"plan_1"}
    assert [path.name for path in tmp_path.glob("plan_*") if path != notes.parent] == ["plan_1"]
    assert notes.read_text(encoding="utf-8") == "ours"


def figures(point: to.Point, *three: float, kept: bool = True) -> to.Point:
    imbalance, travel, disruption = three
    return replace(point, imbalance=imbalance, travel=travel, disruption=disruption, kept=kept, knee=False)


def test_no_plan_that_breaks_wishes_beats_one_that_keeps_them(points: tuple[to.Point, ...]) -> None:
    kept = [figures(points[0], *f) for f in ((0.1, 9, 9), (0.2, 6, 6), (0.3, 5, 5))]
    broken = [figures(points[0], *f, kept=False) for f in ((0.01, 1, 1), (0.0, 8, 8), (0.4, 0, 0))]
    assert undominated([*broken, *kept]) == kept
    assert [p.knee for p in named_knee(kept)] == [False, True, False]
    assert undominated(broken) == broken
    assert not any(p.knee for p in named_knee(broken))


def test_weights_and_widths_are_judged_before_anything_is_solved(
    market: to.Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["territory_opt.scenarios.frontier"]
    monkeypatch.setattr(module, "as_solved", lambda *_, **__: pytest.fail("solved"))
    with pytest.raises(to.PolicyError) as caught:
        to.frontier(market, POLICY, widths=(-0.1, 0.1), weights=(0, 1, -2, float("nan")))
    faults = [issue.fault for issue in caught.value.issues]
    assert len(faults) == 4
    assert faults[0].startswith("width = -0.1")
    assert faults[1].startswith("weight = 0 ")


def test_a_frontier_needs_something_to_trade(market: to.Problem) -> None:
    with pytest.raises(to.PolicyError, match="at least one `balance`"):
        to.frontier(market, to.Policy([to.Travel(), to.Disruption()]))
    with pytest.raises(to.PolicyError, match="`disruption`"):
        to.frontier(market, to.Policy([to.Travel(), to.Balance("potential")]))


def test_facts_can_be_sent(market: to.Problem) -> None:
    back = pickle.loads(pickle.dumps(market))
    assert back.fingerprint() == market.fingerprint()
    assert not back.accounts.lat.flags.writeable
    areas = to.Areas.of(["a", "b"], edges=[(0, 1)], measures={"people": [1, 2]})
    assert pickle.loads(pickle.dumps(areas)).measures["people"].tolist() == [1, 2]


def some(market: to.Problem) -> list[to.Scenario]:
    base = to.Scenario(market, POLICY)
    return [base.with_(to.Band("potential", within)) for within in (0.15, 0.2, 0.25, 0.3)]


def test_processes_give_the_plans_that_one_worker_gives(market: to.Problem) -> None:
    serial = to.solved(some(market), stop=STOP)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        apart = to.solved(some(market), stop=STOP, executor=pool)
    for one, other in zip(serial, apart, strict=True):
        np.testing.assert_array_equal(one.result.alignment.rep, other.result.alignment.rep)
        assert one.result.bound == other.result.bound


def test_first_moves_buy_more_and_more(market: to.Problem) -> None:
    steps = to.first_moves(market, POLICY, at_most=(0, 2, 10), stop=STOP)
    assert [step.at_most for step in steps] == [0, 2, 10]
    for step in steps:
        free = step.result.audit.moved & ~step.result.audit.forced
        assert free.sum() <= step.at_most or step.result.clashes
        assert step.bound <= step.objective
    assert steps[0].objective >= steps[-1].objective - 1e-6
    account, money = to.moves_that_buy_most(market, POLICY, steps[-1].result.alignment)
    assert len(account) <= 10
    assert (np.diff(money) <= 1e-9).all()


@pytest.mark.slow
def test_a_killed_worker_of_a_cluster_loses_nothing(market: to.Problem) -> None:
    pytest.importorskip("distributed", reason="the extra `dask` has it")
    from territory_opt.cluster import cluster

    serial = to.solved(some(market) * 3, stop=STOP)
    with cluster("local", workers=2) as executor:
        client = executor._client  # type: ignore[attr-defined]
        pids = client.run(os.getpid)

        def kill_one() -> None:
            time.sleep(3.0)
            os.kill(next(iter(pids.values())), signal.SIGKILL)

        killer = threading.Thread(target=kill_one)
        killer.start()
        apart = to.solved(some(market) * 3, stop=STOP, executor=executor)
        killer.join()
    for one, other in zip(serial, apart, strict=True):
        np.testing.assert_array_equal(one.result.alignment.rep, other.result.alignment.rep)
