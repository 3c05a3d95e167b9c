"""Headcount: worked by hand, refereed by SciPy and a longer way round, and what holds for every force."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from drawn import problems
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from territory_opt import (
    Accounts,
    HeadcountSettings,
    Policy,
    PolicyError,
    Problem,
    Reps,
    Travel,
    added_rep,
    best_headcount,
    capacity_by_month,
    span_of_control,
    workload_buildup,
)
from territory_opt.deliver.headcount import headcount_chapters
from territory_opt.fairness import price_of_imbalance
from territory_opt.headcount import best_size, full_time_seats, power_sales, sales_at
from territory_opt.io.glossary import meaning_of
from territory_opt.plots import headcount as headcount_plots

MONEY = HeadcountSettings(cost_per_rep=10.0, margin=0.5, elasticity=0.5, discount_rate=0.0, ramp=())


def talley() -> Problem:
    """100 small and 10 large accounts of nobody; two reps, one for the large alone."""
    return Problem(
        Accounts.of(
            range(110),
            measures={"visits": [12.0] * 100 + [24.0] * 10, "visit_h": [1.5] * 100 + [2.0] * 10},
            tags={"segment": ["small"] * 100 + ["large"] * 10},
        ),
        Reps.of(["a", "b"], capacity_h=[1520.0, 760.0], share=[1, 0.5], tags={"segments": ["", "large"]}),
    )


def test_build_up_by_hand() -> None:
    work = workload_buildup(talley(), HeadcountSettings(driving_share=0.25))
    assert list(work.segment) == ["large", "small", "all"]
    np.testing.assert_allclose(work.need_h, [640, 2400, 3040])
    np.testing.assert_allclose(work.needed, [640 / 1520, 2400 / 1520, 2.0])
    np.testing.assert_array_equal(work.full_time, [0, 1, 2])
    np.testing.assert_allclose(work.part_time, [0.5, 0.6, 0.0])  # 0.42 and 0.58, by tenths
    # Rep a is split 640 : 2400, b serves the large alone.
    np.testing.assert_allclose(work.have_h, [1520 * 640 / 3040 + 760, 1520 * 2400 / 3040, 2280])
    np.testing.assert_allclose(work.coverage[-1], 0.75)
    assert work.rows()[-1]["seats missing"] == 0.5


def test_a_segment_that_nobody_serves_is_named_and_has_no_hours() -> None:
    facts = talley()
    facts = replace(
        facts, reps=replace(facts.reps, tags=Reps.of("ab", tags={"segments": ["large"] * 2}).tags)
    )
    work = workload_buildup(facts)
    assert work.have_h[1] == 0
    assert work.coverage[1] == 0
    assert any("No rep may serve 'small'" in note for note in work.notes)


def test_driving_is_measured_from_the_books() -> None:
    facts = Problem(
        Accounts.of(
            "xyz",
            lat=[45.0, 45.0, 50.0],
            lon=[9.0, 9.0, 9.0],
            owner=[0, -1, -1],
            measures={"visits": [10, 20, 0], "visit_h": [1, 1, 1]},
        ),
        Reps.of("r", lat=[46.0], lon=[9.0], capacity_h=[1000]),
    )
    work = workload_buildup(facts)
    one = facts.travel_h(np.array([0]), np.array([0]))[0]
    assert work.travel_h[0] == pytest.approx(3 * one)  # y takes the mean a visit, z has none
    assert "1 of 3 accounts" in work.notes[0]


@given(problems())
@settings(max_examples=40)
def test_build_up_of_any_force(facts: Problem) -> None:
    choice = HeadcountSettings(capacity_h=500.0)
    work = workload_buildup(facts, choice)
    for name in ("accounts", "visits", "visiting_h", "travel_h", "have_h", "needed"):
        column = getattr(work, name)
        np.testing.assert_allclose(column[:-1].sum(), column[-1], atol=1e-9)
    staffed = work.full_time + work.part_time
    assert (staffed >= work.needed - 1e-8).all()
    assert (staffed - work.needed <= choice.part_time_step + 1e-8).all()
    # Order changes nothing; twice the hours of a rep halve the seats.
    rng = np.random.default_rng(len(facts.accounts))
    mixed = facts.take(rng.permutation(len(facts.accounts)), rng.permutation(len(facts.reps)))
    np.testing.assert_allclose(workload_buildup(mixed, choice).needed, work.needed)
    double = workload_buildup(facts, replace(choice, capacity_h=1000.0))
    np.testing.assert_allclose(2 * double.needed, work.needed)


def one_rep(**reps: object) -> Problem:
    accounts = Accounts.of("a", measures={"visits": [1200.0], "visit_h": [1.0]})
    return Problem(accounts, Reps.of("r", capacity_h=[1200.0], **reps))  # type: ignore[arg-type]


def test_capacity_by_hand() -> None:
    plan = HeadcountSettings(
        driving_share=0.0, start="2026-01-15", months=5, ramp=(0.5,), hires=(("2026-03-09", 2.0),)
    )
    new = capacity_by_month(one_rep(tags={"start_date": ["2026-01-01"]}), plan)
    assert list(new.month) == ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]
    np.testing.assert_allclose(new.capacity_h, [50, 100, 200, 300, 300])
    np.testing.assert_allclose(new.need_h, 100)
    np.testing.assert_allclose(new.gap_h, [-50, 0, 100, 200, 200])
    later = capacity_by_month(one_rep(tags={"start_date": ["2026-02-20"]}), replace(plan, hires=()))
    np.testing.assert_allclose(later.capacity_h, [0, 50, 100, 100, 100])
    vacant = capacity_by_month(one_rep(tags={"status": ["vacant"]}), replace(plan, hires=()))
    np.testing.assert_allclose(vacant.capacity_h, [0, 0, 0, 50, 100])


def test_leavers_and_successors_by_hand() -> None:
    leave = 1 - 0.5 ** (1 / 12)
    plan = HeadcountSettings(driving_share=0.0, months=3, ramp=(0.0,), attrition=0.5, replacement_months=1)
    months = capacity_by_month(one_rep(), plan)
    stay = 1 - leave
    np.testing.assert_allclose(months.filled, [1, stay, stay**2 + leave])
    np.testing.assert_allclose(months.capacity_h, [100, 100 * stay, 100 * stay**2])


def test_without_successors_attrition_is_that_of_a_year() -> None:
    plan = HeadcountSettings(months=13, attrition=0.2, replacement_months=60)
    assert capacity_by_month(one_rep(), plan).filled[12] == pytest.approx(0.8)


@given(
    st.lists(st.floats(0, 1), max_size=6),
    st.floats(0, 0.9),
    st.integers(0, 8),
    st.sampled_from(["active", "vacant"]),
)
@settings(max_examples=40)
def test_seats_are_conserved_and_tend_to_the_long_run(
    ramp: list[float], attrition: float, lag: int, status: str
) -> None:
    plan = HeadcountSettings(ramp=tuple(ramp), attrition=attrition, replacement_months=lag, months=600)
    months = capacity_by_month(one_rep(tags={"status": [status]}), plan)
    np.testing.assert_allclose(
        months.filled[1:], months.filled[:-1] - months.left[:-1] + months.joined[1:], atol=1e-9
    )
    assert (months.filled <= months.seats + 1e-9).all()
    assert (months.capacity_h <= 100 * months.filled + 1e-9).all()
    if attrition > 0.2:
        leave = 1 - (1 - attrition) ** (1 / 12)
        assert months.filled[-1] == pytest.approx(1 / (1 + leave * lag), abs=0.02)


def test_power_sales_by_hand_and_against_the_price_of_imbalance() -> None:
    assert power_sales([4, 1], [1, 4], 0.5) == pytest.approx(4)
    load, target = np.array([3.0, 5.0, 2.0]), np.array([4.0, 4.0, 2.0])
    for b in (0.2, 0.3, 0.4):
        lost = load.sum() - power_sales(target, load, b)
        assert lost == pytest.approx(price_of_imbalance(load, target, b))
    with pytest.raises(ValueError, match="0 or more"):
        power_sales([-1], [1], 0.5)


def test_best_size_by_hand() -> None:
    assert best_size(8.0, 1.0, 2.0, 1.0, 0.5) == pytest.approx(4.0)


@given(st.floats(1e3, 1e9), st.floats(1, 1e3), st.floats(1e2, 1e6), st.floats(0.05, 1), st.floats(0.05, 0.8))
@settings(max_examples=60)
def test_best_size_is_where_scipy_finds_the_most(
    sales: float, size: float, cost: float, worth: float, b: float
) -> None:
    best = best_size(sales, size, cost, worth, b)

    def loss(log_n: float) -> float:
        n = np.exp(log_n)
        return float((cost * n - worth * sales_at(sales, size, n, b)) / (worth * sales))

    found = minimize_scalar(loss, bracket=(np.log(best) - 1, np.log(best) + 1.5), tol=1e-10)
    assert np.exp(found.x) == pytest.approx(best, rel=1e-3)
    assert best_size(9 * sales, size, 9 * cost, worth, b) == pytest.approx(best)  # of any currency


@given(st.floats(1e4, 1e7), st.integers(1, 60), st.floats(10, 1e5), st.floats(0.05, 1))
@settings(max_examples=40)
def test_best_headcount_beats_every_other(sales: float, size: int, cost: float, margin: float) -> None:
    choice = HeadcountSettings(cost_per_rep=cost, margin=margin)
    table = best_headcount(sales, size, choice, travel_per_rep=5.0)
    for row, b in enumerate(table.elasticity):
        near = np.arange(max(table.best[row] - 3, 1), table.best[row] + 4)
        gain = margin * sales * (near / size) ** b - (cost + 5) * near
        assert table.contribution[row] == pytest.approx(gain.max(), rel=1e-9)
        np.testing.assert_allclose(table.contribution_at(near)[row], gain)
    assert (table.lost >= 0).all()
    assert (np.diff(table.exact) > 0).all() or table.exact[-1] < size


def test_contribution_with_carry_over_by_hand() -> None:
    """Of 400 today, 4 reps and b = ½: 9 sell 600, 49 sell 1,400; half of it is margin, a rep costs 10."""
    table = best_headcount(400.0, 4.0, replace(MONEY, carry_over=(0.4,)))
    middle = list(table.elasticity).index(0.5)
    assert table.contribution_today == pytest.approx(0.5 * 400 - 40)
    gain = table.contribution_at([2.25, 4, 9, 49])[middle]
    np.testing.assert_allclose(gain, [200 - 0.7 * 100 - 22.5, 160, 200 + 0.7 * 200 - 90, 410])
    assert table.best[middle] == 49
    assert table.contribution[middle] == pytest.approx(200 + 0.7 * 1000 - 490)
    assert table.lost[middle] == pytest.approx(250)


def test_today_too_small_is_said() -> None:
    assert "too small at every" in best_headcount(1e6, 2, MONEY).notes[0]
    assert "too large at every" in best_headcount(10.0, 50, MONEY).notes[0]


def test_money_counts_full_time_seats_that_are_filled() -> None:
    """A full-timer, two half-timers, a vacant seat, a leaver: two seats are paid, with all driving."""
    accounts = Accounts.of(
        "ab",
        lat=[45.0, 45.0],
        lon=[9.0, 9.0],
        owner=[0, 4],
        measures={"visits": [10.0, 10.0], "visit_h": [1.0, 1.0], "revenue": [500.0, 500.0]},
    )
    reps = Reps.of(
        "rstuv",
        lat=[45.0, 45.0, 45.0, 45.0, 46.0],
        lon=[9.0] * 5,
        capacity_h=[1000.0, 500.0, np.nan, 1000.0, 1000.0],
        share=[1.0, 0.5, 0.5, 1.0, 1.0],
        tags={"status": ["active", "active", "active", "vacant", "leaving"]},
    )
    facts = Problem(accounts, reps)
    np.testing.assert_allclose(full_time_seats(facts, MONEY), [1, 0.5, 0.5, 1, 0])
    policy = Policy([Travel(hour_cost=25.0)])
    chapters = {c.sheet: c for c in headcount_chapters(facts, policy, MONEY)}
    driving = 25 * float(facts.travel_h(np.array([1]), np.array([4]))[0])
    best = chapters["Best size"].columns
    assert best["size today"].tolist() == [2.0] * 3
    np.testing.assert_allclose(best["contribution today"], 0.5 * 1000 - 10 * 2 - driving, atol=0.005)
    assert "there are 2 full-time seats" in chapters["Best size"].notes[0]


def test_payback_by_hand() -> None:
    back = added_rep(400.0, 4.0, replace(MONEY, carry_over=(0.4,)), added=5.0)
    middle = list(back.elasticity).index(0.5)
    assert back.first_year[middle] == pytest.approx(200)
    assert back.ratio[middle] == pytest.approx(2)
    assert back.roi[middle] == pytest.approx(1.8)
    # 100 a year of contribution less 50, then 140 less 50 for two years.
    assert back.net[middle] == pytest.approx(50 + 90 + 90)
    assert back.break_even_month[middle] == 1


def test_break_even_month_by_hand() -> None:
    # 10 a month less 50/12 = 4.1667; ramp 0 in three months: -12.5, and a hiring cost of 20.
    back = added_rep(480.0, 4.0, replace(MONEY, ramp=(0.0,) * 3, hiring_cost=4.0), added=5.0)
    middle = list(back.elasticity).index(0.5)
    each = 0.5 * back.first_year[middle] / 12 - 50 / 12
    months = 3 + int(np.ceil((20 + 12.5) / each - 1e-9))
    assert back.break_even_month[middle] == months
    assert back.cash[middle, months - 1] >= 0 > back.cash[middle, months - 2]


def test_a_rep_who_never_pays() -> None:
    back = added_rep(40.0, 4.0, MONEY)
    assert (back.break_even_month == 0).all()
    assert np.isnan(back.columns()["break-even month"]).all()
    assert (back.net < 0).all()
    assert "too large" in back.notes[0]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5), st.lists(st.floats(0, 1), max_size=12))
@settings(max_examples=40)
def test_cash_month_by_month_the_long_way(k2: float, k3: float, rate: float, ramp: list[float]) -> None:
    choice = replace(
        MONEY, carry_over=(k2, k3), discount_rate=rate, ramp=tuple(ramp), years=3, hiring_cost=3.0
    )
    back = added_rep(1000.0, 7.0, choice, travel_per_rep=1.0)
    effort = [*ramp, *[1.0] * 36][:36]
    for row, won in enumerate(back.first_year):
        cash = -3.0
        for month in range(36):
            sold = sum(
                kept * effort[month - 12 * year]
                for year, kept in enumerate((1.0, k2, k3))
                if month >= 12 * year
            )
            cash += (0.5 * won / 12 * sold - 11.0 / 12) / (1 + rate) ** ((month + 1) / 12)
            assert back.cash[row, month] == pytest.approx(cash, abs=1e-8)


def test_spans() -> None:
    reps = Reps.of(
        range(17),
        share=[0.5] * 17,
        tags={"manager": [*"aaa", *"b" * 12, "", "a"], "status": ["vacant"] + ["active"] * 15 + ["leaving"]},
    )
    spans = span_of_control(Problem(Accounts.of("x"), reps), HeadcountSettings(span=(5, 10)))
    assert spans.rows() == [
        {"manager": "a", "reps led": 3, "vacant seats": 1, "shares led": 1.5, "flag": "too few"},
        {"manager": "b", "reps led": 12, "vacant seats": 0, "shares led": 6.0, "flag": "too many"},
        {
            "manager": "(no manager)",
            "reps led": 1,
            "vacant seats": 0,
            "shares led": 0.5,
            "flag": "no manager",
        },
    ]


def test_every_fault_is_listed_at_once() -> None:
    wrong = HeadcountSettings(
        attrition=-0.1, margin=2.0, ramp=(0.5, -1.0), span=(9, 3), hires=(("soon", 0.0),), start="never"
    )
    facts = Problem(Accounts.of("a"), Reps.of("r"))  # no hours, no work
    with pytest.raises(PolicyError) as caught:
        workload_buildup(facts, wrong)
    columns = [issue.column for issue in caught.value.issues]
    for name in ("attrition", "margin", "ramp", "span", "hires", "start", "capacity_h"):
        assert f"headcount.{name}" in columns
    assert "visits, visit_h" in columns
    assert all(issue.mend for issue in caught.value.issues)


def test_money_that_is_missing_is_named() -> None:
    for count in (added_rep, best_headcount):
        with pytest.raises(PolicyError) as caught:
            count(0.0, 0.0, HeadcountSettings())
        said = str(caught.value)
        for word in ("cost_per_rep", "margin", "sell nothing", "no rep"):
            assert word in said
    with pytest.raises(PolicyError, match="manager"):
        span_of_control(one_rep())
    with pytest.raises(PolicyError, match="start_date"):
        capacity_by_month(one_rep(tags={"start_date": ["soon"]}))
    with pytest.raises(ValueError, match="added"):
        added_rep(1.0, 1.0, MONEY, added=0.0)


def test_every_setting_has_its_range() -> None:
    for name, bad in itertools.chain(
        [("capacity_h", 0.0), ("part_time_step", 0.0), ("months", 0), ("elasticity", 1.0), ("years", 0)],
        [
            ("carry_over", (1.5,)),
            ("discount_rate", -0.1),
            ("cost_per_rep", -5.0),
            ("hiring_cost", float("nan")),
        ],
    ):
        assert [n for n, _ in HeadcountSettings(**{name: bad}).faults()] == [name]
    assert list(HeadcountSettings().faults()) == []


def test_an_elasticity_near_one_is_refused_for_it_makes_any_size_the_best() -> None:
    """At 0.95 the power is 20: a last rep who earns twice his cost asks for a million forces."""
    with pytest.raises(PolicyError, match="no size of the force is the best"):
        best_headcount(1000.0, 10.0, replace(MONEY, elasticity=0.95))
    with pytest.raises(ValueError, match="and below"):
        best_size(1000.0, 10.0, 10.0, 0.2, 0.95)
    assert HeadcountSettings(elasticity=0.7).elasticities == (0.6, 0.7, 0.8)
    assert list(HeadcountSettings(elasticity=0.7).faults()) == []


def test_every_column_has_a_meaning_and_every_picture_a_drawing() -> None:
    facts = one_rep(tags={"manager": ["$m$"]})
    tables = [
        workload_buildup(facts),
        capacity_by_month(facts),
        added_rep(1e5, 3, MONEY),
        best_headcount(1e5, 3, MONEY),
        span_of_control(facts),
    ]
    for table in tables:
        for column in table.columns():
            assert meaning_of(column).meaning != "A column of your own", column
    back, best = tables[2], tables[3]
    pictures = [
        headcount_plots.capacity_picture(["$a", "<b>"], [1.0, 2.0], [1.5, 2.0], [2.0, 1.0]),
        headcount_plots.payback_picture(back.cash, back.elasticity, "$x_1$"),
        headcount_plots.size_picture(
            [1, 2, 3], best.contribution_at([1, 2, 3]), [0.4, 0.5, 0.6], best.best, 3, "$"
        ),
        headcount_plots.curve_picture(
            [1, 2], [5.0, 4.0], [np.nan, np.nan], ([1.0, 2], [1, 1], [2, 3]), [np.nan] * 2, 1, "$"
        ),
    ]
    assert all(picture.startswith(b"\x89PNG") and len(picture) > 5_000 for picture in pictures)
