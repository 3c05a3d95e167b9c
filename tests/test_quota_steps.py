"""What is done to quotas after a method: ramps, bounds on growth, seasons and levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from territory_opt import Accounts, Alignment, PolicyError, Problem, Reps
from territory_opt.quota import METHODS, levels, quotas_by, seasons, settings_of
from territory_opt.quota.filling import filled
from territory_opt.quota.ramp import monthly_ramp

YEAR = {"year_start": "2026-01"}
RAMP = (0.0, 0.25, 0.5, 0.75, 1.0)


def force(revenue: list[float], **tags: list[str]) -> tuple[Problem, Alignment]:
    """One account a rep."""
    n = len(revenue)
    reps = Reps.of([f"R{i}" for i in range(n)], tags=tags)
    potential = [2 * amount + 7 for amount in revenue]
    accounts = Accounts.of(range(n), measures={"revenue": revenue, "potential": potential})
    return Problem(accounts, reps), Alignment(np.arange(n))


def test_water_filling_by_hand() -> None:
    start, step, low = np.zeros(3), np.array([1.0, 2, 3]), np.zeros(3)
    # 1 : 2 : 3 of 12 is 2, 4, 6; with 3 at most for the last, 9 are left for the others as 1 : 2.
    np.testing.assert_allclose(filled(start, step, low, np.full(3, np.inf), 12), [2, 4, 6])
    np.testing.assert_allclose(filled(start, step, low, np.array([9, 9, 3.0]), 12), [3, 6, 3])
    np.testing.assert_allclose(filled(start, step, np.array([4.0, 0, 0]), np.full(3, np.inf), 9), [4, 2, 3])


bound = st.integers(0, 50)


@given(st.lists(st.tuples(bound, bound, bound, st.integers(0, 9)), min_size=1, max_size=8), st.floats(0, 1))
def test_water_filling_keeps_bounds_and_total(rows: list[tuple[int, ...]], where: float) -> None:
    start, one, other, step = (np.array(column, float) for column in zip(*rows, strict=True))
    low, high = np.minimum(one, other), np.maximum(one, other)
    still = np.clip(start, low, high)
    least, most = (np.where(step > 0, bound, still).sum() for bound in (low, high))
    total = least + where * (most - least)
    amount = filled(start, step, low, high, total)
    assert amount.sum() == pytest.approx(total, abs=1e-9)
    assert ((amount >= low) & (amount <= high)).all()
    free = (step > 0) & (amount > low) & (amount < high)
    pace = (amount[free] - start[free]) / step[free]
    assert np.ptp(pace) < 1e-9 if free.any() else True  # one λ for all who are not at a bound


def test_caps_by_hand() -> None:
    facts, alignment = force([100, 300])
    grown = quotas_by(
        facts, alignment, "weighted_index", goal=440, weights={"accounts": 1}, growth_at_most=0.2
    )
    # 220 each; the first may have 120 at most, so the other takes the 100 that are left.
    assert grown.quota.tolist() == [120, 320]
    assert [line.money.tolist() for line in grown.lines if line.name == "from limits"] == [[-100, 100]]
    floor = quotas_by(
        facts, alignment, "weighted_index", goal=440, weights={"accounts": 1}, growth_at_least=0.0
    )
    assert floor.quota.tolist() == [140, 300]


def test_impossible_caps_say_what_they_allow() -> None:
    facts = force([100, 300])
    with pytest.raises(
        PolicyError, match=r"0\.00 to 420\.00 in all, but the quotas sum to 440\.00: raise growth_at_m"
    ):
        quotas_by(*facts, "uniform_growth", goal=440, growth_at_most=0.05)
    with pytest.raises(
        PolicyError, match=r"at least 400\.00 in all, but the quotas sum to 380\.00: lower growth_at_l"
    ):
        quotas_by(*facts, "uniform_growth", goal=380, growth_at_least=0)


def test_a_book_without_revenue_has_no_growth_to_cap() -> None:
    facts, alignment = force([0, 300])
    quotas = quotas_by(facts, alignment, "equal_growth", goal=500, growth_at_most=0.1)
    assert quotas.quota.tolist() == [170, 330]


@given(
    st.lists(st.integers(0, 10**7), min_size=1, max_size=9),
    st.lists(st.integers(1, 100), min_size=9, max_size=9),
    st.floats(-0.2, 0.3),
    st.floats(-0.5, 0.1),
    st.floats(0.0, 0.5),
)
@settings(max_examples=80)
def test_caps_hold_to_the_cent(
    revenue: list[int], weight: list[int], growth: float, least: float, width: float
) -> None:
    revenue = [100_000, *revenue]
    n = len(revenue)
    accounts = Accounts.of(range(n), measures={"revenue": revenue, "w": ([50, *weight])[:n]})
    facts, alignment = Problem(accounts, Reps.of(range(n))), Alignment(np.arange(n))
    goal = round(sum(revenue) * (1 + growth), 2)
    asked = {"goal": goal, "weights": {"w": 1.0}, "growth_at_least": least, "growth_at_most": least + width}
    try:
        quotas = quotas_by(facts, alignment, "weighted_index", **asked)
    except PolicyError:
        # Bounds are whole cents inside the wish, so a goal at their very edge may be out of reach.
        room = 0.01 * n
        inside = sum(revenue) * (1 + least) + room < goal < sum(revenue) * (1 + least + width) - room
        if inside:
            raise
        return
    assert quotas.assigned == goal
    base = np.array(revenue)
    assert (quotas.quota >= base * (1 + least) - 1e-6).all()
    assert (quotas.quota <= base * (1 + least + width) + 1e-6)[base > 0].all()


def test_ramp_by_hand() -> None:
    reps = Reps.of(["a", "b", "c", "d"], tags={"start_date": ["2025-11-15", "2026-03-01", "", "2027-02-01"]})
    factors = monthly_ramp(reps, settings_of({"ramp": RAMP, **YEAR}))
    np.testing.assert_array_equal(factors[0, :4], [0.5, 0.75, 1, 1])
    np.testing.assert_array_equal(factors[1, :8], [0, 0, 0, 0.25, 0.5, 0.75, 1, 1])
    assert (factors[2] == 1).all()
    assert (factors[3] == 0).all()


def test_what_new_reps_do_not_carry_goes_to_the_others() -> None:
    facts = force([120, 120, 240], start_date=["2026-01-20", "", "2020-05-01"])
    quotas = quotas_by(*facts, "uniform_growth", goal=480, ramp=RAMP, **YEAR)
    # The first has 0 + 25 + 50 + 75 % and eight full months: 9.5 of 12. The others carry the 25 for him.
    assert quotas.quota.tolist() == [95, 128.33, 256.67]
    assert quotas.assigned == 480
    alone = quotas_by(*facts, "uniform_growth", goal=480, ramp=RAMP, ramp_shared=False, **YEAR)
    assert alone.quota.tolist() == [95, 120, 240]
    asked = {"ramp": RAMP, "ramp_shared": False, "over_assignment": 0.1, **YEAR}
    hedged = quotas_by(*facts, "uniform_growth", goal=480, **asked)
    # The company has the goal less the 25 that nobody carries.
    assert levels(facts[0].reps, hedged, settings_of(asked))[0].quota == 455
    assert any("nobody carries the 25 that" in note for note in alone.notes)


def test_a_ramp_by_experience() -> None:
    dates, words = ["2026-01-01"] * 3, ["senior", "junior", ""]
    facts, alignment = force([100] * 3, start_date=dates, experience=words)
    asked = {"ramp": (0.5,), "ramps": {"senior": (1.0,), "junior": (0.0,) * 6}, **YEAR}
    quotas = quotas_by(facts, alignment, "uniform_growth", goal=300, ramp_shared=False, **asked)
    assert quotas.quota.tolist() == [100, 50, 95.83]
    with pytest.raises(PolicyError, match="no rep has this text in the column experience"):
        quotas_by(facts, alignment, ramps={"veteran": (1.0,)}, **YEAR)


def test_a_season_weighs_the_months_of_a_ramp() -> None:
    """All sales in December: who starts in January carries a full quota."""
    facts = force([100, 100], start_date=["2026-01-01", ""])
    asked = {"ramp": RAMP, "season": (0.0,) * 11 + (1.0,), **YEAR}
    assert quotas_by(*facts, "uniform_growth", goal=200, **asked).quota.tolist() == [100, 100]


def test_ramps_and_caps_together() -> None:
    """A cap of 10 % counts on the part of the book that a new rep is to carry."""
    facts = force([1200, 1200], start_date=["2026-01-01", ""])
    asked = {"ramp": (0.0,) * 6, "growth_at_most": 0.25, "goal": 2000, **YEAR}
    assert quotas_by(*facts, "uniform_growth", **asked).quota.tolist() == [500, 1500]
    with pytest.raises(PolicyError, match=r"0\.00 to 2,250\.00 in all"):
        quotas_by(*facts, "uniform_growth", **(asked | {"goal": 2400}))


def test_dates_that_are_none_are_all_named() -> None:
    facts = force([1, 1, 1], start_date=["soon", "2026-13-01", "2026-01-05"])
    with pytest.raises(PolicyError) as caught:
        quotas_by(*facts, "uniform_growth", ramp=RAMP, **YEAR)
    assert [(i.column, i.value) for i in caught.value.issues] == [
        ("start_date", "soon"),
        ("start_date", "2026-13-01"),
    ]
    with pytest.raises(PolicyError, match="needs the reps' column start_date"):
        quotas_by(*force([1]), "uniform_growth", ramp=RAMP, **YEAR)
    with pytest.raises(PolicyError, match="every one of them starts after"):
        quotas_by(*force([1], start_date=["2030-01-01"]), "uniform_growth", ramp=RAMP, **YEAR)


def test_seasons_by_hand() -> None:
    facts, alignment = force([100, 200])
    asked = {"season": (1.0, 2.0, 3.0, 4.0), "year_start": "2026-07"}
    quotas = quotas_by(facts, alignment, "uniform_growth", goal=300.01, **asked)
    split = seasons(facts, quotas, settings_of(asked))
    assert split.periods == ("2026-Q3", "2026-Q4", "2027-Q1", "2027-Q2")
    np.testing.assert_allclose(split.quota, [[10, 20, 30, 40], [20, 40, 60, 80]], atol=0.0101)
    assert split.quota.sum(axis=1).round(2).tolist() == quotas.quota.tolist()
    assert seasons(facts, quotas, settings_of({})).periods[11] == "month 12"
    odd = settings_of(asked | {"year_start": "2026-02"})
    assert seasons(facts, quotas, odd).periods[0] == "quarter 1"


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=6),
    st.sampled_from([4, 12]).flatmap(lambda n: st.lists(st.integers(0, 9), min_size=n, max_size=n)),
    st.lists(st.sampled_from(["", "2025-12-01", "2026-05-31", "2030-01-01"]), min_size=6, max_size=6),
)
@settings(max_examples=60)
def test_seasons_sum_to_the_quota(revenue: list[int], season: list[int], start: list[str]) -> None:
    assume(sum(season) > 0)
    revenue = [1000, *revenue]
    facts, alignment = force(revenue, start_date=["", *start][: len(revenue)])
    asked = {"season": tuple(map(float, season)), "ramp": RAMP, **YEAR}
    quotas = quotas_by(facts, alignment, "uniform_growth", goal=sum(revenue) + 0.01, **asked)
    split = seasons(facts, quotas, settings_of(asked)).quota
    assert (split >= 0).all()
    np.testing.assert_array_equal(np.round(split.sum(axis=1) * 100), np.round(quotas.quota * 100))
    np.testing.assert_allclose(split * 100, np.round(split * 100), atol=1e-4)


def test_a_new_rep_has_little_in_the_first_months() -> None:
    facts, alignment = force([1200, 1200], start_date=["2026-01-01", ""])
    asked = {"ramp": RAMP, **YEAR}
    quotas = quotas_by(facts, alignment, "uniform_growth", goal=2400, ramp_shared=False, **asked)
    months = seasons(facts, quotas, settings_of(asked)).quota
    assert months[0].tolist() == [0, 25, 50, 75, *[100] * 8]
    assert months[1].tolist() == [100] * 12


def test_levels_by_hand() -> None:
    facts = force([100, 200, 300, 400], region=["N", "N", "S", "S"], manager=["m1", "m2", "m3", "m3"])
    asked = {"hedges": {"region": 0.02, "manager": 0.05, "rep": 0.1}}
    quotas = quotas_by(*facts, "uniform_growth", goal=1000, **asked)
    assert quotas.assigned == 1178.1  # 1,000 × 1.02 × 1.05 × 1.1
    found = {unit.path: unit for unit in levels(facts[0].reps, quotas, settings_of(asked))}
    assert found[()].quota == 1000
    assert (found[()].below, found[()].hedge) == (1020, 0.02)
    assert [found[p].quota for p in [("N",), ("S",)]] == [306, 714]
    assert [found[p].quota for p in [("N", "m1"), ("N", "m2"), ("S", "m3")]] == [107.1, 214.2, 749.7]
    assert found["S", "m3"].below == pytest.approx(824.67)
    assert found["S", "m3"].hedge == 0.1
    assert found["N", "m1", "R0"].quota == 117.81
    order = list(found)
    assert (order[0], order[-1]) == ((), ("S", "m3", "R3"))


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.sampled_from("NS"), st.sampled_from("xyz")),
        min_size=1,
        max_size=9,
    ),
    st.tuples(*[st.sampled_from([0.0, 0.015, 0.03, 0.1])] * 3),
    st.integers(1, 10**9),
)
@settings(max_examples=80)
def test_every_level_is_exact(rows: list[tuple[int, str, str]], hedge: tuple[float, ...], goal: int) -> None:
    revenue, region, manager = (list(column) for column in zip(*rows, strict=True))
    revenue[0] += 1
    facts = force(revenue, region=region, manager=manager)
    asked = {"hedges": dict(zip(("region", "manager", "rep"), hedge, strict=True))}
    quotas = quotas_by(*facts, "uniform_growth", goal=goal / 100, **asked)
    units = levels(facts[0].reps, quotas, settings_of(asked))
    total = {
        n: round(sum(u.quota for u in units if u.level == n), 2)
        for n in ("company", "region", "manager", "rep")
    }
    assert total["company"] == goal / 100
    for upper, lower in (("company", "region"), ("region", "manager"), ("manager", "rep")):
        assert total[lower] == pytest.approx(total[upper] * (1 + asked["hedges"][lower]), abs=0.0101)
        assert total[lower] == round(sum(u.below for u in units if u.level == upper), 2)
    assert sum(u.reps for u in units if u.level == "manager") == len(revenue)


def test_levels_without_hedges_and_a_level_that_is_not_there() -> None:
    facts = force([100, 300])
    plain: dict[str, Any] = {"over_assignment": 0.1}
    units = levels(facts[0].reps, quotas_by(*facts, "uniform_growth", goal=400, **plain), settings_of(plain))
    assert [(u.level, u.quota) for u in units] == [("company", 400), ("rep", 110), ("rep", 330)]
    with pytest.raises(PolicyError, match="no text column 'district'"):
        levels(facts[0].reps, quotas_by(*facts, goal=400), settings_of({"hedges": {"district": 0.1}}))


seat = st.tuples(
    st.integers(1_000, 10**8),
    st.sampled_from(["active", "active", "leaving", "vacant"]),
    st.sampled_from(["", "2020-01-01", "2026-02-10", "2026-11-01", "2031-01-01"]),
    st.sampled_from(["N", "S"]),
)


@given(
    st.lists(seat, min_size=1, max_size=8),
    st.sampled_from(list(METHODS)),
    st.sampled_from([{}, {"growth_at_most": 3.0}, {"growth_at_least": -0.9, "growth_at_most": 9.0}]),
    st.sampled_from([{}, {"hedges": {"region": 0.02, "rep": 0.031}}, {"over_assignment": 0.07}]),
    st.sampled_from([(), (1.0, 0.0, 2.0, 1.0)]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60)
def test_all_steps_together_keep_the_total(
    seats: list[Any], method: str, bounds: Any, extra: Any, season: Any, random: Any
) -> None:
    """Nothing is lost between the goal and the cents of a quarter, and the order of seats changes no cent."""
    seats = [(5_000, "active", "", "N"), *seats]
    goal = round(sum(seat[0] for seat in seats) * 1.1, 2)
    asked = {"goal": goal, "ramp": RAMP, "season": season, **YEAR, **bounds, **extra}
    revenue, status, start, region = (list(column) for column in zip(*seats, strict=True))
    facts, alignment = force(revenue, status=status, start_date=start, region=region)
    try:
        quotas = quotas_by(facts, alignment, method, **asked)
    except PolicyError as error:
        if "caps and floors on growth allow" in str(error) or "untapped" in str(error):
            return
        raise
    over = settings_of(asked).total_hedge
    assert quotas.assigned == round(goal * (1 + over), 2)
    assert (quotas.quota[np.array(status) == "leaving"] == 0).all()
    assert (quotas.quota >= 0).all()
    lines = np.sum([line.money for line in quotas.lines], axis=0)
    np.testing.assert_allclose(lines, quotas.quota, rtol=1e-12, atol=1e-6)
    for rep, quota in enumerate(quotas.quota):  # what is printed sums up to the cent, too
        printed = [part.rpartition(": ")[2].replace(",", "") for part in quotas.account_of(rep).split("; ")]
        cents = [round(100 * float(money)) for money in printed]
        assert sum(cents[:-1]) == cents[-1] == round(100 * quota)
    split = seasons(facts, quotas, settings_of(asked)).quota
    np.testing.assert_array_equal(np.round(100 * split.sum(axis=1)), np.round(100 * quotas.quota))
    assert levels(facts.reps, quotas, settings_of(asked))[0].quota == goal
    order = list(range(len(seats)))
    random.shuffle(order)
    new = Alignment(np.argsort(order)[alignment.rep])
    turned = quotas_by(facts.take(np.arange(len(seats)), np.array(order)), new, method, **asked)
    np.testing.assert_array_equal(turned.quota, quotas.quota[order])
