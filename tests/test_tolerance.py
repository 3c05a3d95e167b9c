"""Advice on tolerances: every point against brute force, and the verdict on totals that are known."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import drawn
import numpy as np
import plan
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from territory_opt import (
    Accounts,
    Balance,
    Capacity,
    Disruption,
    Locked,
    MaxSteps,
    MoveCap,
    Policy,
    PolicyError,
    Problem,
    Reps,
    Status,
    Travel,
    tolerance_advice,
)
from territory_opt.fairness import price_of_imbalance
from territory_opt.scenarios import ToleranceAdvice
from territory_opt.scenarios.advice_picture import advice_columns, advice_picture
from territory_opt.scenarios.tolerance import TolerancePoint, Trade, with_tolerance

POLICY = Policy([Travel(), Disruption(), Balance("potential", within=0.1)])


def market() -> Problem:
    """Two reps a degree apart; today's books are 60 and 40, and moving M levels them."""
    accounts = Accounts.of(
        ["A", "B", "M", "C"],
        lat=[0.0, 0.0, 0.0, 0.0],
        lon=[0.0, 0.1, 0.4, 1.0],
        owner=[0, 0, 0, 1],
        measures={
            "potential": [25.0, 25, 10, 40],
            "revenue": [2500.0, 2500, 1000, 4000],
            "visits": np.ones(4),
            "visit_h": np.ones(4),
        },
    )
    return Problem(accounts, Reps.of(["R0", "R1"], lat=[0.0, 0.0], lon=[0.0, 1.0]))


def test_by_hand_a_tight_band_costs_a_move_and_earns_its_imbalance() -> None:
    problem = market()
    advice = tolerance_advice(problem, POLICY, [0.3, 0.1, 0.3])
    tight, wide = advice.points
    assert (tight.within, wide.within) == (0.1, 0.3)
    assert tight.result.alignment.rep.tolist() == [0, 0, 1, 1]
    assert wide.result.alignment.rep.tolist() == [0, 0, 0, 1]
    assert (tight.trade.moved, tight.trade.moved_revenue, wide.trade.moved) == (1, 1000.0, 0)
    assert tight.trade.terms["disruption"] == pytest.approx(0.05 * 1000 + 4 * 60)
    assert tight.trade.imbalance == pytest.approx((0, 0, 0), abs=1e-6)
    lost = price_of_imbalance([60, 40], [1, 1], 0.3) / 100 * 10_000
    assert wide.trade.imbalance[1] == pytest.approx(lost)
    assert advice.today.total() == pytest.approx(wide.trade.total())
    # 290 and some travel for the move, against some 42 of lost sales.
    assert advice.best is wide
    assert "±30 % costs least in all" in str(advice)
    assert "It is the widest that was asked for" in str(advice)


def test_margin_and_sales_turn_the_verdict() -> None:
    problem = market()
    rich = tolerance_advice(problem, POLICY, [0.1, 0.3], sales=1_000_000.0)
    assert rich.best is rich.points[0]
    assert "±10 % costs least in all" in rich.verdict
    poor = tolerance_advice(problem, POLICY, [0.1, 0.3], sales=1_000_000.0, margin=0.001)
    assert poor.best is poor.points[1]


def test_a_cap_on_moves_that_no_plan_keeps_leaves_nothing_to_advise() -> None:
    """M's owner leaves, so that it moves, and nothing may move: every band is kept, but not the cap."""
    problem = market()
    reps = Reps.of(
        ["R0", "R1", "R2"],
        lat=[0.0] * 3,
        lon=[0.0, 1.0, 0.4],
        tags={"status": ["active", "active", "leaving"]},
    )
    accounts = replace(problem.accounts, owner=np.array([0, 0, 2, 1], np.int32))
    frozen = Policy([*POLICY.terms, MoveCap("accounts", at_most=0)])
    told = tolerance_advice(Problem(accounts, reps), frozen, [0.1, 0.3])
    cap = "at most 0 of accounts moved"
    assert [(point.kept, point.broken) for point in told.points] == [(False, (cap,))] * 2
    assert told.best is None
    assert told.rivals == ()
    assert "nothing to advise" in told.verdict
    assert told.verdict.count(f"the one found breaks {cap}.") == 2
    assert math.isnan(told.rows()[2]["costs against the widest"])


def test_the_wish_that_a_band_would_cost_is_named() -> None:
    costly = replace(point(0.1, 10, NOTHING, kept=False), broken=("at most 0 of accounts moved",))
    told = advice(costly, point(0.3, 200, (1, 1, 1)))
    assert told.best is told.points[1]
    assert "that is proved; the one found breaks at most 0 of accounts moved." in told.verdict
    open_ = replace(costly, result=replace(costly.result, status=Status.CLASH))
    assert "±10 %: the plan that was found breaks at most 0 of accounts moved." in advice(open_).verdict


def test_hours_beyond_capacity_are_a_broken_wish() -> None:
    """R1 has hours for one account and most of another; ±10 % would give it two, and looks cheapest."""
    problem = market()
    full = replace(problem, reps=replace(problem.reps, capacity_h=np.array([np.nan, 1.9])))
    policy = Policy([*POLICY.terms, Capacity("visits")])
    told = tolerance_advice(full, policy, [0.1, 0.3], sales=1_000_000.0)
    assert [point.kept for point in told.points] == [False, True]
    assert told.points[0].broken == ("visits within capacity_h",)
    assert told.points[0].trade.total() < told.points[1].trade.total()
    assert told.best is told.points[1]
    assert told.rivals == ()
    assert math.isnan(told.rows()[1]["in all, at least"])


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(drawn.problems(6, 3), st.booleans())
def test_every_point_is_the_best_plan_of_its_band(problem: Problem, priced: bool) -> None:
    policy = Policy([Travel(), Disruption(), Balance("potential", within=0.1, price=priced)], [Locked()])
    advice = tolerance_advice(problem, policy, [0.2, 0.5, 0.9], stop=MaxSteps(40))
    for point in advice.points:
        question = drawn.Drawn(problem, with_tolerance(policy, point.within))
        feasible, least = drawn.brute_force(question)
        assert point.result.bound <= least + 1e-6 * max(abs(least), 1)
        assert not point.kept or feasible
        if point.result.status is Status.OPTIMAL:
            assert point.result.objective == pytest.approx(least)
        assert math.isclose(
            point.trade.cost
            + sum(
                money for name, money in point.result.audit.terms.items() if name.startswith("imbalance of ")
            ),
            point.result.audit.cost,
        )
    kept = [point.result for point in advice.points if point.kept]
    if not priced:
        assert all(b.objective <= a.objective + 1e-6 for a, b in itertools.pairwise(kept))
        assert all(a.bound >= b.bound - 1e-6 for a, b in itertools.pairwise(kept))


def point(
    within: float, cost: float, lost: tuple[float, ...], unproved: float = 0.0, kept: bool = True
) -> TolerancePoint:
    result = plan.result(plan.problem())
    status = Status.FEASIBLE if kept else Status.IMPOSSIBLE
    result = replace(result, bound=result.objective - unproved, status=status)
    return TolerancePoint(within, result, Trade({"travel": cost}, lost, 3, 100.0), kept)


NOTHING = (0.0, 0.0, 0.0)


def advice(*points: TolerancePoint) -> ToleranceAdvice:
    asked = tuple(point.within for point in points)
    return ToleranceAdvice(points, asked, Trade({"travel": 50.0}, (9, 9, 9), 0, 0.0), "potential", "USD")


def test_the_knee_and_what_it_hangs_on() -> None:
    told = advice(point(0.05, 300, NOTHING), point(0.1, 200, (40, 50, 60)), point(0.2, 100, (120, 180, 500)))
    assert told.best is told.points[1]
    assert told.rivals == ()
    assert told.verdict == (
        "±10 % costs least in all: 250 USD a year, of which 50 USD a year are sales lost to imbalance (by "
        "potential, elasticity 0.3). Each other one costs at least 30 USD a year more, its gap allowed for. "
        "It would be ±20 % with an elasticity of 0.2. Today's books cost 59 USD a year in all."
    )


def test_what_the_proofs_leave_open_is_said() -> None:
    told = advice(point(0.05, 300, NOTHING, 80), point(0.1, 200, (40, 50, 60), 500), point(0.2, 260, NOTHING))
    assert told.rivals == told.points[:1]
    assert "±5 % may still be better, by 30 USD a year at most" in told.verdict


def test_equals_are_named_and_the_tighter_one_is_taken() -> None:
    told = advice(point(0.05, 200, (1, 1, 1)), point(0.1, 200, (1, 1, 1)), point(0.2, 250, NOTHING))
    assert told.best is told.points[0]
    assert "±10 % costs the same. Each one of the rest costs at least 49 USD a year more" in told.verdict


def test_what_is_not_kept_is_no_choice() -> None:
    told = advice(point(0.02, 0, NOTHING, kept=False), point(0.1, 200, (1, 1, 1)), point(0.2, 200, (2, 2, 2)))
    assert told.best is told.points[1]
    assert "±2 %: no plan meets every wish, that is proved." in told.verdict
    row = told.rows()[1]
    assert math.isnan(row["in all, at least"])
    assert math.isnan(row["costs against the widest"])
    assert "nothing to advise" in advice(point(0.02, 0, NOTHING, kept=False)).verdict


def test_rows_weigh_against_the_widest() -> None:
    told = advice(point(0.05, 300, NOTHING), point(0.2, 100, (120, 180, 500), 25))
    today, tight, wide = told.rows()
    assert (today["tolerance"], today["in all"]) == ("today", 59.0)
    assert (tight["costs against the widest"], tight["earns against the widest"]) == (200.0, 180.0)
    assert (wide["in all"], wide["in all, at least"]) == pytest.approx((280.0, 255.0))
    columns = advice_columns(told)
    assert list(columns) == list(today)
    assert columns["tolerance"].dtype == object
    assert advice_picture(told).startswith(b"\x89PNG")


def test_ctrl_c_keeps_the_points_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    from territory_opt.scenarios import tolerance

    def interrupted(problem, *_wishes, **_effort):
        return replace(plan.result(problem), interrupted=True)

    monkeypatch.setattr(tolerance, "solve", interrupted)
    told = tolerance_advice(plan.problem(), plan.POLICY, [0.2, 0.9, 0.5])
    assert len(told.points) == 1
    assert "Interrupted before ±50 % and ±90 %." in told.verdict


def test_one_rep_makes_no_difference() -> None:
    problem = market()
    alone = problem.take(np.arange(4), np.array([0]))
    told = tolerance_advice(alone, POLICY, [0.05, 0.2])
    assert told.verdict.startswith("The tolerance makes no difference")


def test_all_potential_in_one_account_cannot_be_levelled() -> None:
    problem = market()
    one = dict(problem.accounts.measures) | {"potential": np.array([100.0, 0, 0, 0])}
    told = tolerance_advice(
        replace(problem, accounts=replace(problem.accounts, measures=one)), POLICY, [0.05, 0.2]
    )
    assert "nothing to advise" in told.verdict
    assert "±5 %: no plan meets every wish, that is proved." in told.verdict


def test_every_fault_is_said_at_once() -> None:
    problem = market()
    poor = dict(problem.accounts.measures) | {"revenue": np.zeros(4)}
    poor = replace(problem, accounts=replace(problem.accounts, measures=poor))
    with pytest.raises(PolicyError) as caught:
        tolerance_advice(poor, POLICY, [-0.1, math.nan], measure="workload_h", margin=0)
    said = str(caught.value)
    for part in (
        "tolerance -0.1",
        "tolerance nan",
        "'workload_h' is not balanced",
        "no account has revenue",
        "margin = 0",
    ):
        assert part in said
    with pytest.raises(PolicyError, match="no wish balances anything"):
        tolerance_advice(problem, Policy([Travel()]), [0.1])
    with pytest.raises(PolicyError, match="at least one tolerance"):
        tolerance_advice(problem, POLICY, [])


def test_the_width_replaces_every_limit_of_a_balance_and_nothing_else() -> None:
    policy = Policy(
        [Travel(), Balance("potential", at_least=0.5, at_most=3.0), Balance("revenue", price=True)]
    )
    wide = with_tolerance(policy, 0.2)
    assert [term.label() for term in wide.load_terms()] == ["potential within 20 %", "revenue within 20 %"]
    assert wide.terms[0] is policy.terms[0]
    assert wide.terms[2].price
