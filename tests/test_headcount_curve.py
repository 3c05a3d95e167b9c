"""The measured headcount curve: seats that go, seats that come, and figures counted again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn import problems, questions
from hypothesis import given, settings

from territory_opt import (
    Accounts,
    Balance,
    Capacity,
    Disruption,
    Eligible,
    HeadcountCurve,
    HeadcountSettings,
    Locked,
    MaxSteps,
    Policy,
    PolicyError,
    Problem,
    Reps,
    Travel,
    TravelTable,
    headcount_curve,
    value,
)
from territory_opt.io.glossary import meaning_of
from territory_opt.scenarios.headcount import _measured
from territory_opt.scenarios.seats import cheapest_to_lose, proposed_homes, with_seats, without

MONEY = HeadcountSettings(cost_per_rep=1_000.0, margin=0.5, elasticity=0.5)
POLICY = Policy([Travel(), Disruption(), Balance("potential", within=0.9)], [Eligible("segment")])


def towns() -> Problem:
    """Four towns of three accounts in a row; reps live in three of them, one has a single account."""
    place = np.repeat(np.arange(4.0), 3) + np.tile([0.0, 0.01, 0.02], 4)
    return Problem(
        Accounts.of(
            [f"A{i:02d}" for i in range(12)],
            lat=np.full(12, 45.0),
            lon=place,
            owner=[0, 0, 0, 1, 1, 1, 0, 0, 2, 1, 1, 1],
            measures={
                "visits": np.full(12, 10.0),
                "visit_h": np.ones(12),
                "potential": np.arange(12) + 10.0,
                "revenue": np.arange(12) * 100 + 500.0,
            },
            tags={"segment": ["a"] * 12},
        ),
        Reps.of(
            ["R0", "R1", "R2"],
            lat=[45.0, 45.0, 45.0],
            lon=[0.0, 1.0, 2.0],
            capacity_h=[80.0, 80.0, 40.0],
            share=[1.0, 1.0, 0.5],
            measures={"quota": [1.0, 2.0, 3.0]},
            tags={"segments": ["a", "a", "a"], "region": ["west", "west", "east"]},
        ),
    )


@pytest.fixture(scope="module")
def curve() -> HeadcountCurve:
    return headcount_curve(towns(), POLICY, settings=MONEY, around=1, stop=MaxSteps(12))


def test_each_size_is_a_full_plan_with_its_bound(curve: HeadcountCurve) -> None:
    assert curve.size.tolist() == [2, 3, 4]
    rows = curve.rows()
    assert all(meaning_of(column).meaning != "A column of your own" for column in curve.columns())
    assert [row["seats changed"][:7] for row in rows] == ["without", "as toda", "new at "]
    for size, plan in curve.plans.items():
        assert int((~plan.problem.reps.leaving).sum()) == size
        again = value(plan.problem, POLICY, plan.result.alignment)
        assert again.audit.cost == pytest.approx(plan.result.audit.cost)
        assert plan.result.bound <= plan.result.objective + 1e-6
    assert rows[2]["travel cost"] < rows[1]["travel cost"]  # a rep in the fourth town


def test_figures_counted_account_by_account(curve: HeadcountCurve) -> None:
    response = []
    for row, plan in enumerate(curve.plans.values()):
        facts, rep = plan.problem, plan.result.alignment.rep
        hours = facts.reps.capacity_h
        driven, work, book = (np.zeros(len(facts.reps)) for _ in range(3))
        for a, r in enumerate(rep):
            travel_h = facts.travel_h(np.array([a]), np.array([r]))[0]
            driven[r] += travel_h
            work[r] += travel_h + 10
            book[r] += facts.accounts.measures["potential"][a]
        stays = ~facts.reps.leaving
        fits = sum(min(work[r], hours[r]) for r in np.flatnonzero(stays))
        assert curve.hours_covered[row] == pytest.approx(fits / work.sum())
        assert curve.travel_h[row] == pytest.approx(driven.sum())
        left = [hours[r] - driven[r] * min(1, hours[r] / work[r]) for r in np.flatnonzero(stays)]
        response.append(sum((t * g) ** 0.5 for t, g in zip(left, book[stays], strict=True)))
    revenue = towns().accounts.measures["revenue"].sum()
    np.testing.assert_allclose(curve.sales, np.array(response) / response[1] * revenue)
    travel = [plan.result.audit.terms["travel"] for plan in curve.plans.values()]
    # Two of three seats are full-time, one is half of it; the new one is full-time.
    np.testing.assert_allclose(curve.full_time, [2.0, 2.5, 3.5])
    np.testing.assert_allclose(
        curve.contribution, 0.5 * curve.sales - 1000 * np.array([2, 2.5, 3.5]) - travel
    )
    assert (curve.sales_low <= curve.sales).all()
    assert (curve.sales <= curve.sales_high).all()
    assert "largest contribution" in curve.notes[-1]


def test_only_what_a_size_adds_or_loses_carries_over(curve: HeadcountCurve) -> None:
    with_more = _measured(dict(curve.plans), curve.today, replace(MONEY, carry_over=(0.4,)), [])
    assert with_more.contribution[1] == pytest.approx(curve.contribution[1])
    added = curve.sales - curve.sales[1]
    assert (abs(added[[0, 2]]) > 1).all()
    np.testing.assert_allclose(with_more.contribution, curve.contribution + 0.5 * 0.4 / 1.1 * added)


def test_the_seat_with_one_account_goes_first_and_a_new_one_comes_to_the_far_town() -> None:
    facts = towns()
    assert cheapest_to_lose(facts, POLICY, 1).tolist() == [2]
    _, lon = proposed_homes(facts, POLICY, 1, seed=1, stop=MaxSteps(12))
    assert len(lon) == 1
    assert 2.9 < lon[0] < 3.1  # nobody lives there


@given(questions(max_accounts=6, max_reps=3))
@settings(max_examples=40)
def test_the_seat_that_goes_first_costs_least_by_brute_force(drawn) -> None:  # type: ignore[no-untyped-def]
    facts, policy = drawn.problem, drawn.policy
    stays = np.flatnonzero(~facts.reps.leaving)
    if len(stays) < 2:
        return
    losses = {}
    for seat in stays:
        losses[int(seat)] = 0.0
        for a in np.flatnonzero(facts.accounts.owner == seat):

            def cost(r: int, a: int = int(a)) -> float:
                pair = np.array([a]), np.array([r])
                return sum(float(term.cost(facts, *pair)[0]) for term in policy.pair_terms())

            may = [
                int(r)
                for r in stays
                if r != seat
                and all(
                    rule.allows(facts, np.array([a]), np.array([r]))[0]
                    for rule in policy.pair_rules()
                    if not isinstance(rule, Locked)
                )
            ]
            best = min((cost(r) for r in may), default=None)
            gone = facts.accounts.measures["revenue"][a] if best is None else best - cost(int(seat))
            losses[int(seat)] += float(gone)
    first = int(cheapest_to_lose(facts, policy, 1)[0])
    assert losses[first] == pytest.approx(min(losses.values()), abs=1e-6)


def in_a_row(lon: list[float], visits: list[float], at: list[float]) -> Problem:
    """Accounts and reps on one parallel; account i is the i-th rep's."""
    n, m = len(lon), len(at)
    measures = {"visits": np.array(visits), "revenue": np.full(n, 1e6)}
    return Problem(
        Accounts.of(
            range(n),
            lat=np.full(n, 45.0),
            lon=lon,
            owner=np.arange(n),
            measures=measures,
            tags={"segment": "abbb"},
        ),
        Reps.of("XYZW", lat=np.full(m, 45.0), lon=at, tags={"segments": ["a", "a;b", "a;b", "a;b"]}),
    )


def test_a_seat_that_took_over_what_went_before_is_not_the_next_to_go() -> None:
    """X leaves ten visits to Y, 0.1 away; Y's own one would go 3 further, all eleven much dearer than W's."""
    place = [0.0, 0.1, 3.1, 8.0]
    facts = in_a_row(place, [10.0, 1.0, 100.0, 1.0], place)
    policy = Policy([Travel()], [Eligible("segment")])
    assert cheapest_to_lose(facts, policy, 2).tolist() == [0, 3]


@given(problems(max_accounts=8, max_reps=5))
@settings(max_examples=40)
def test_two_seats_that_go_cost_least_one_after_the_other_by_brute_force(facts: Problem) -> None:
    stays, owner = np.flatnonzero(~facts.reps.leaving), facts.accounts.owner
    if len(stays) < 3:
        return
    pairs = np.arange(len(owner))[:, None], np.arange(len(facts.reps))[None, :]
    cost = sum(term.cost(facts, *pairs) for term in (Travel(), Disruption()))

    def loss(gone: list[int]) -> float:
        rest = np.setdiff1d(stays, gone)
        return sum(
            float(cost[a, rest].min() - cost[a, owner[a]]) for a in np.flatnonzero(np.isin(owner, gone))
        )

    first, second = cheapest_to_lose(facts, Policy([Travel(), Disruption()]), 2).tolist()
    assert loss([first]) == pytest.approx(min(loss([s]) for s in stays), abs=1e-6)
    others = [loss([first, s]) for s in stays if s != first]
    assert loss([first, second]) == pytest.approx(min(others), rel=1e-9, abs=1e-6)


def test_a_seat_that_goes_is_leaving_and_a_new_one_is_like_its_neighbour() -> None:
    facts = towns()
    less = without(facts, np.array([1], np.int32))
    assert less.reps.leaving.tolist() == [False, True, False]
    more = with_seats(facts, np.array([45.0]), np.array([2.2]))
    assert more.reps.vacant.tolist() == [False, False, False, True]
    assert more.reps.tag("region").texts()[3] == "east"
    assert more.reps.share[3] == 1.0
    assert more.reps.capacity_h[3] == 80.0
    assert np.isnan(more.reps.measures["quota"][3])
    assert len(set(more.reps.ids)) == 4
    np.testing.assert_array_equal(more.reps.take(np.arange(3)).lat, facts.reps.lat)


def test_a_table_of_distances_ends_the_curve_today_and_says_why() -> None:
    facts = towns()
    every = np.arange(12)[:, None], np.arange(3)[None, :]
    table = replace(facts, distances=TravelTable(facts.km(*every)))
    found = headcount_curve(table, POLICY, around=1, stop=MaxSteps(3))
    assert found.size.tolist() == [2, 3]
    assert "table to the reps of today" in found.notes[0]
    assert np.isnan(found.contribution).all()


def test_one_rep_alone_is_never_taken() -> None:
    facts = towns()
    alone = replace(without(facts, np.array([1, 2], np.int32)), distances=TravelTable(np.ones((12, 3))))
    found = headcount_curve(alone, POLICY, around=2, stop=MaxSteps(3))
    assert found.size.tolist() == [1]


def test_faults_are_listed_together() -> None:
    with pytest.raises(PolicyError) as caught:
        headcount_curve(towns(), POLICY, settings=HeadcountSettings(attrition=-1, margin=3), around=-1)
    assert len(caught.value.issues) == 3
    gone = without(towns(), np.arange(3, dtype=np.int32))
    with pytest.raises(PolicyError, match="nobody stays"):
        headcount_curve(gone, POLICY)
    bare = replace(towns(), reps=replace(towns().reps, capacity_h=np.full(3, np.nan)))
    with pytest.raises(PolicyError, match="no rep has a capacity_h"):
        headcount_curve(bare, Policy([Travel(), Capacity()]), around=0)
