"""Other methods on the same market: each is what it claims to be, and none can stop the comparison."""

from __future__ import annotations

import csv
import importlib
import json
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import territory_opt as to
from benchmarks.peers import __main__ as peers
from benchmarks.peers import cp_sat, flow, highs, waterfall
from benchmarks.peers.market import Effort, Market, NoPlanError, Proposal
from benchmarks.peers.race import PEERS, Finish, Limits, Size, race
from benchmarks.peers.table import rows, text_table, write_csv, write_plot
from benchmarks.scale import POLICY

SIZE = Size(60, 4, seed=1)
LIMITS = Limits(time_s=5.0, workers=2, grace_s=20.0, memory_mib=8_000.0)


@pytest.fixture(scope="module")
def market() -> Market:
    return Market(SIZE.problem(), POLICY)


@pytest.fixture(scope="module")
def best(market: Market) -> to.Result:
    result = to.solve(market.problem, POLICY)
    assert result.status is to.Status.OPTIMAL
    return result


def judged(market: Market, proposal: Proposal) -> to.Audit:
    return to.audit(market.problem, market.policy, to.Alignment(proposal.rep))


def peer(name: str) -> ModuleType:
    if name == "k-means-constrained":
        pytest.importorskip("k_means_constrained", reason="the extra `bench` has it")
    return importlib.import_module(PEERS[name])


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("accounts", [60, 61])
def test_every_peer_serves_everyone_and_keeps_locks_and_families(name: str, accounts: int) -> None:
    market = Market(to.generate(accounts, 4, seed=accounts, families=0.3, locks=0.1), POLICY)
    audit = judged(market, peer(name).align(market, Effort(2.0)))
    bands = {term.label() for term in POLICY.load_terms()}
    assert {clash.wish for clash in audit.clashes} <= bands


@pytest.mark.parametrize("name", ["CP-SAT", "HiGHS MIP"])
def test_the_whole_model_solvers_find_the_optimum_of_a_small_market(
    name: str, market: Market, best: to.Result
) -> None:
    proposal = peer(name).align(market, Effort(20.0))
    audit = judged(market, proposal)
    assert not audit.clashes
    # CP-SAT's loads are rounded against the plan, so its optimum may lie a little above.
    assert audit.objective == pytest.approx(best.objective, rel=1e-3)
    assert audit.objective >= best.bound - 1e-6 * abs(best.bound)
    assert proposal.own_bound == pytest.approx(best.objective, rel=2e-3)
    assert "proved" in proposal.note


def test_the_whole_model_solvers_price_breaches_where_bands_cannot_be_kept() -> None:
    problem = to.generate(13, 4, seed=3)
    market = Market(problem, to.Policy([to.Travel(), to.AccountCount(at_most=3)]))
    optimum = to.solve(problem, market.policy)
    assert optimum.clashes
    for module in (cp_sat, highs):
        audit = judged(market, module.align(market, Effort(20.0)))
        assert audit.objective == pytest.approx(optimum.objective, rel=1e-3)


def test_too_many_pairs_leave_the_cheapest_candidates(market: Market) -> None:
    model, words = market.model(most_pairs=10, per_unit=2)
    assert words == "2 cheapest reps a unit"
    assert np.diff(model.start).max() == 2
    model, words = market.model(most_pairs=10_000, per_unit=2)
    assert words == f"all {len(model.rep):,} pairs"
    assert np.diff(model.start).max() == 4


def test_the_flow_is_nearly_optimal_for_its_one_measure() -> None:
    problem = to.generate(300, 6, seed=2)
    market = Market(problem, to.Policy([to.Travel(), to.Balance("potential", 0.10)]))
    audit = judged(market, flow.align(market, Effort(20.0)))
    optimum = to.solve(problem, market.policy, stop=to.MaxRuntime(10))
    # It splits fewer units than there are reps; rounding them may leave a band by a little.
    assert audit.cost == pytest.approx(optimum.objective, rel=0.02)
    assert (
        sum(meter.breach.sum() for meter in audit.meters)
        <= 0.01 * problem.load("potential", np.arange(300), np.zeros(1, int)).sum()
    )


def test_the_waterfall_fills_the_nearest_and_spills_over() -> None:
    """Three accounts near W, who has room for two: the smallest goes on to E."""
    accounts = to.Accounts.of(
        ["small", "large", "middle"],
        lat=np.zeros(3),
        lon=np.zeros(3),
        measures={"visits": np.ones(3), "visit_h": np.zeros(3), "potential": [10.0, 30.0, 20.0]},
    )
    reps = to.Reps.of(["W", "E"], lat=np.zeros(2), lon=[0.1, 5.0], capacity_h=[50.0, 60.0])
    market = Market(to.Problem(accounts, reps), to.Policy([to.Travel(), to.Capacity("potential")]))
    assert waterfall.align(market, Effort(1.0)).rep.tolist() == [1, 0, 0]
    full = Market(
        to.Problem(accounts, reps.take(np.arange(2))),
        to.Policy([to.Travel(), to.AccountCount(at_most=1)]),
    )
    # Nobody has room for the third: it goes to the less loaded, the first among equals.
    assert sorted(np.bincount(waterfall.align(full, Effort(1.0)).rep)) == [1, 2]


def test_locked_units_do_not_count_as_free_for_clusters() -> None:
    kmeans = peer("k-means-constrained")
    problem = to.generate(40, 4, seed=5, locks=0.95)
    with pytest.raises(NoPlanError, match="fewer units than reps"):
        kmeans.align(Market(problem.take(np.flatnonzero(problem.accounts.locked), np.arange(4)), POLICY),
                     Effort(1.0))  # fmt: skip


def test_the_command_prints_a_table_and_figures_for_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib", reason="the extra `bench` has it")
    words = ["--accounts", "60", "--reps", "4", "--time", "60", "--json", "--only", "territory_opt"]
    assert peers.main([*words, "greedy waterfall", "-o", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    figures = json.loads(lines[-1])
    ours, greedy = figures["peers"]
    assert (ours["peer"], greedy["peer"]) == ("territory_opt", "greedy waterfall")
    assert ours["gap"] <= 1e-6
    assert figures["bound"] == ours["bound"] <= ours["objective"]
    assert greedy["gap"] == pytest.approx((greedy["objective"] - figures["bound"]) / greedy["objective"])
    assert greedy["objective"] == pytest.approx(greedy["cost"] + greedy["breach_cost"])
    assert all(row["peak_mib"] > 50 and row["plan"] for row in figures["peers"])
    assert any(line.startswith("greedy waterfall") for line in lines)
    with (tmp_path / "peers.csv").open(encoding="utf-8") as file:
        assert [line["peer"] for line in csv.DictReader(file)] == ["territory_opt", "greedy waterfall"]
    assert (tmp_path / "peers.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(tmp_path.iterdir())) == 2


def test_the_best_bound_judges_everyone_and_a_peer_without_a_plan_is_shown(
    market: Market, best: to.Result, tmp_path: Path
) -> None:
    plan = best.alignment.rep
    finishes = [
        ("a", Finish(Proposal(plan, "", bound=0.5 * best.bound), "", 1.0, 100)),
        ("b", Finish(Proposal(plan, "", bound=best.bound), "", 1.0, 100)),
        ("c", Finish(None, "too late", 9.0, 100)),
        ("d", Finish(Proposal(plan[:-1], ""), "", 1.0, 100)),
        ("e", Finish(Proposal(np.full_like(plan, 4), ""), "", 1.0, 100)),
        ("f", Finish(Proposal(np.full_like(plan, -1), ""), "", 1.0, 100)),
    ]
    table, bound = rows(finishes, market)
    assert bound == best.bound
    a, b, c, d, _, f = table
    assert a.gap == b.gap == pytest.approx(0.0, abs=1e-6)
    assert [row.plan for row in table] == [True, True, False, False, False, True]
    assert c.gap is None
    assert "does not fit" in d.note
    assert f.violations is not None
    assert f.violations >= 60
    assert "no plan: too late" in text_table(table)
    write_csv(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").count("\n") == 7


def test_without_any_bound_there_is_no_gap(market: Market, best: to.Result, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `bench` has it")
    finishes = [
        ("a", Finish(Proposal(best.alignment.rep, ""), "", 1.0, 100)),
        ("b", Finish(None, "", 1.0, 9)),
    ]
    table, bound = rows(finishes, market)
    assert bound is None
    assert table[0].gap is None
    write_plot(table, "no bound", tmp_path / "t.png")
    assert (tmp_path / "t.png").stat().st_size > 1000


BAD_PEERS = {
    "hangs": ("import time\ntime.sleep(1000)", "no answer, ended after"),
    "dies": ("import os\nos.kill(os.getpid(), 9)", r"the process died \(exit code -9\)"),
    "raises": ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
    "lacks": ("import a_package_that_nobody_has", "a_package_that_nobody_has is not installed"),
    "gives_up": ("from benchmarks.peers.market import NoPlanError\nraise NoPlanError('UNKNOWN')", "UNKNOWN"),
    "eats": (
        "import numpy, time\nx = numpy.ones(10**8)\ntime.sleep(1000)",
        "MiB of memory",
    ),
}


@pytest.mark.parametrize(
    "name", [n if n in ("hangs", "dies") else pytest.param(n, marks=pytest.mark.slow) for n in BAD_PEERS]
)
def test_a_peer_that_fails_is_a_row_and_no_end(
    name: str, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, reason = BAD_PEERS[name]
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    (tmp_path / f"peer_that_{name}.py").write_text(f"def align(market, effort):\n{lines}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    limits = Limits(time_s=0.5, workers=1, grace_s=0.5 if name == "hangs" else 60.0, memory_mib=700.0)
    finish = race(f"peer_that_{name}", SIZE, limits, market.problem.fingerprint())
    assert finish.proposal is None
    assert re.search(reason, finish.reason), finish.reason
    assert finish.seconds < 60


@pytest.mark.slow
def test_other_facts_are_refused() -> None:
    other = to.generate(60, 4, seed=2).fingerprint()
    finish = race(PEERS["greedy waterfall"], SIZE, LIMITS, other)
    assert finish.reason == "its facts are not the same"


def test_the_clock_stops_where_the_time_does(market: Market) -> None:
    gone = Effort(0.0)
    assert gone.left == 0.0
    for module in (cp_sat, highs, flow):
        with pytest.raises(NoPlanError, match="the time was up"):
            module.align(market, gone)


@pytest.mark.slow
def test_all_peers_at_300_accounts(capsys: pytest.CaptureFixture[str]) -> None:
    assert peers.main(["--accounts", "300", "--reps", "10", "--time", "10", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    by_peer = {row["peer"]: row for row in figures["peers"]}
    assert list(by_peer) == list(PEERS)
    ours = by_peer["territory_opt"]
    assert ours["violations"] == 0
    for name, row in by_peer.items():
        if row["plan"]:
            assert ours["gap"] <= row["gap"] + 1e-3
            assert row["objective"] >= figures["bound"] * (1 - 1e-9)
            assert row["seconds"] <= 10 + 5
        else:
            assert name == "k-means-constrained", row["note"]
            assert "not installed" in row["note"]
