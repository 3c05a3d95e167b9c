"""What-if: changes are values, and a plan starts from that of its parent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn import Drawn, questions
from grids import drawn_grid
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import territory_opt as to
from territory_opt.generate import generate
from territory_opt.travel.table import TravelTable

POLICY = to.Policy(
    [to.Travel(), to.Disruption(), to.Balance("workload_h", 0.15), to.Balance("potential", 0.20)],
    [to.Locked(), to.KeepTogether("family")],
)
PATIENT = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture(scope="module")
def base() -> to.Scenario:
    problem = generate(100, 6, 3)
    return to.Scenario(problem, POLICY).solve(stop=to.MaxSteps(4))


@PATIENT
@given(questions(), st.integers(0, 2**32 - 1))
def test_any_start_ends_at_the_same_optimum(drawn: Drawn, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cold = to.solve(drawn.problem, drawn.policy)
    rep = rng.integers(-1, len(drawn.problem.reps), len(drawn.problem.accounts)).astype(np.int32)
    prices = {label: rng.normal(0, 1e3, len(price)) for label, price in cold.prices.items()}
    warm = to.solve(drawn.problem, drawn.policy, start=to.Start(to.Alignment(rep), prices))
    assert warm.status is cold.status
    assert warm.objective == pytest.approx(cold.objective, rel=1e-6, abs=1e-6)
    assert warm.bound <= cold.objective + 1e-6 * abs(cold.objective) + 1e-6


def test_a_leaver_is_answered_from_the_parent(base: to.Scenario) -> None:
    leaver = str(base.problem.reps.ids[2])
    what_if = base.with_(to.Leaves(leaver, on="2026-04-01"), name="leaver").solve(stop=to.MaxSteps(4))
    result = what_if.result
    assert result is not None
    assert not (result.alignment.rep == 2).any()
    assert "leaving" not in set(
        base.problem.reps.tags["status"].names if "status" in base.problem.reps.tags else ()
    )
    assert result.bound <= result.objective
    assert what_if.changes == (f"{leaver} leaves on 2026-04-01",)
    cold = to.solve(what_if.problem, what_if.policy, stop=to.MaxSteps(4))
    assert result.objective <= cold.objective * 1.01
    first = result.trace[0]
    assert first.objective < cold.trace[0].objective  # it began nearer to the end


def test_mid_year_only_few_others_move(base: to.Scenario) -> None:
    in_force = base.adopted()
    assert (in_force.problem.accounts.owner == base.result.alignment.rep).all()
    leaver = int(in_force.problem.accounts.owner[0])
    wide = to.Balance("workload_h", 0.5)
    change = (
        to.Leaves(str(in_force.problem.reps.ids[leaver])),
        to.Without("workload_h within 15 %"),
        to.With(wide),
    )
    what_if = in_force.with_(*change, to.Without("potential within 20 %"), to.OthersMove(3)).solve()
    audit = what_if.result.audit
    assert (audit.moved & ~audit.forced).sum() <= 3
    assert audit.forced.sum() == (in_force.problem.accounts.owner == leaver).sum()


def test_changes_are_made_one_after_the_other_and_all_faults_listed(base: to.Scenario) -> None:
    with pytest.raises(to.PolicyError) as caught:
        base.with_(
            to.Leaves("nobody"),
            to.Works("nobody", share=-1),
            to.Band("potentail", 0.1),
            to.Without("balnce"),
            to.Gone(("none",)),
            to.Joins(str(base.problem.reps.ids[0]), 95.0, 0.0),
            to.OthersMove(-1),
        )
    faults = "\n".join(issue.fault for issue in caught.value.issues)
    for word in ("rep 'nobody'", "must be 0 or more", "potentail", "balnce", "'none'", "no place", "already"):
        assert word in faults


def test_joining_and_growing(base: to.Scenario) -> None:
    n, n_reps = len(base.problem.accounts), len(base.problem.reps)
    lat, lon = float(base.problem.accounts.lat[0]), float(base.problem.accounts.lon[0])
    new = to.Accounts.of(
        ["N1", "N2"], lat=[lat, lat], lon=[lon, lon], measures={"visits": [6, 6], "potential": [1, 2]}
    )
    grown = base.with_(
        to.Joins("new", lat, lon, on="2026-03-01"), to.NewAccounts(new), to.Works("new", share=0.5)
    )
    assert len(grown.problem.reps) == n_reps + 1
    assert len(grown.problem.accounts) == n + 2
    assert grown.problem.reps.share[-1] == 0.5
    assert grown.problem.reps.tags["start_date"].texts()[-1] == "2026-03-01"
    start = grown.start()
    assert (start.alignment.rep[:n] == base.result.alignment.rep).all()
    assert (start.alignment.rep[n:] == -1).all()
    assert all(price[-1] == 0 for price in start.prices.values() if len(price) == n_reps + 1)
    smaller = grown.with_(to.Gone(("N1",)))
    assert len(smaller.problem.accounts) == n + 1


def test_bands_and_locks(base: to.Scenario) -> None:
    owned = np.flatnonzero(base.problem.accounts.owner >= 0)[:2]
    ids = tuple(str(i) for i in base.problem.accounts.ids[owned])
    changed = base.with_(to.Band("potential", 0.3), to.Band("revenue", 0.4), to.Lock(ids))
    assert "potential within 30 %" in [t.label() for t in changed.policy.load_terms()]
    assert "revenue within 40 %" in [t.label() for t in changed.policy.load_terms()]
    assert changed.problem.accounts.locked[owned].all()
    assert not changed.with_(to.Lock(ids, locked=False)).problem.accounts.locked[owned].any()
    assert base.moved_against(base) == 0


def test_territories_in_one_piece_start_from_the_parent_too() -> None:
    """A contiguous plan of squares is kept when nothing changes, and carried over a small change."""
    problem = drawn_grid(6, 6, 4, seed=1)
    policy = to.Policy([to.Travel(), to.Balance("potential", 0.3)], [to.FollowArea(), to.Contiguous()])
    base = to.Scenario(problem, policy).solve(stop=to.MaxSteps(6))
    again = base.with_(to.Band("potential", 0.35)).solve(stop=to.MaxSteps(2))
    assert not again.result.clashes
    assert again.result.objective <= base.result.objective * 1.05


def test_a_lock_binds_although_no_rule_was_asked_for(base: to.Scenario) -> None:
    name = str(base.problem.accounts.ids[np.flatnonzero(base.problem.accounts.owner >= 0)[0]])
    free = base.with_(to.Without("locked"))
    locked = free.with_(to.Lock((name,)))
    assert locked.policy.rules == (*free.policy.rules, to.Locked())
    assert locked.with_(to.Lock((name,))).policy.rules == locked.policy.rules
    assert free.with_(to.Lock((name,), locked=False)).policy.rules == free.policy.rules


def test_the_effort_does_not_hang_on_how_long_the_parent_took(base: to.Scenario) -> None:
    limits = set()
    for runtime_s in (17.0, 21.0, 25.0, 31.9):
        timed = replace(base, result=replace(base.result, runtime_s=runtime_s))
        limits.add(timed.with_(to.Band("potential", 0.3))._limit())
    assert len(limits) == 1


def test_a_wider_band_keeps_its_prices(base: to.Scenario) -> None:
    price = base.result.prices["workload_h within 15 %"]
    start = base.with_(to.Band("workload_h", 0.2)).start()
    np.testing.assert_array_equal(start.prices["workload_h within 20 %"], price)
    assert price.any()
    swapped = base.with_(to.Without("workload_h within 15 %"), to.With(to.Capacity())).start()
    assert "workload_h within capacity_h" not in swapped.prices


def test_a_table_of_distances_knows_no_new_rep(base: to.Scenario) -> None:
    table = TravelTable(np.ones((len(base.problem.accounts), len(base.problem.reps))))
    tabled = replace(base, problem=replace(base.problem, distances=table))
    with pytest.raises(to.PolicyError, match="a table of distances says nothing of the home of 'new'"):
        tabled.with_(to.Joins("new", 40.0, -90.0))


def test_a_member_that_must_move_takes_its_family_along() -> None:
    """B may not stay with R2, so that A, which goes with it and could stay, must move too; C stays."""
    accounts = to.Accounts.of(
        ["A", "B", "C"],
        lat=[0, 0, 0],
        lon=[0, 1, 2],
        owner=[1, 1, 1],
        measures={"potential": [1, 1, 1], "visits": [1, 1, 1]},
        tags={"family": ["f", "f", ""], "segment": ["", "big", ""]},
    )
    reps = to.Reps.of(["R1", "R2"], lat=[0, 0], lon=[0, 2], tags={"segments": ["big", "small"]})
    policy = to.Policy([to.Travel()], [to.KeepTogether("family"), to.Eligible("segment")])
    what_if = to.Scenario(to.Problem(accounts, reps), policy).with_(to.OthersMove(0))
    assert what_if.policy.terms[-1] == to.MoveCap("accounts", at_most=2.0)
    assert not what_if.solve(stop=to.MaxRuntime(5.0)).result.clashes
