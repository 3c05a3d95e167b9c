"""Incentives: worked by hand, refereed by closed forms and brute force, and what holds for every plan."""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from drawn import problems
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from territory_opt import (
    Accounts,
    Alignment,
    DataError,
    IncentiveSettings,
    PayPlan,
    PolicyError,
    Problem,
    Reps,
    crediting,
    credits_of,
    leagues,
    payouts,
    transition,
)
from territory_opt.incentives import pay_multiple, split_faults
from territory_opt.incentives.curves import slowing
from territory_opt.io.credits_file import read_credits
from territory_opt.io.glossary import meaning_of
from territory_opt.io.outputs import write_csv

PLAN = PayPlan(base=60_000, variable=40_000, threshold=0.5, accelerators=((1.0, 1.5), (1.2, 2.0)), cap=2.0)


def test_pay_by_hand() -> None:
    attained = [0.0, 0.4, 0.5, 0.75, 1.0, 1.1, 1.2, 1.3, 9.0]
    paid = [0.0, 0.0, 0.0, 0.5, 1.0, 1.15, 1.3, 1.5, 2.0]
    np.testing.assert_allclose(pay_multiple(PLAN, attained), paid, atol=1e-12)
    first_sale = PayPlan(variable=1, threshold=0.5, at_threshold=0.5)
    np.testing.assert_allclose(pay_multiple(first_sale, [0.49, 0.5, 0.8, 1.4]), [0, 0.5, 0.8, 1.4])
    np.testing.assert_allclose(pay_multiple(PayPlan(variable=1), [0.3, 2.0]), [0.3, 2.0])


@st.composite
def plans(draw: st.DrawFn) -> PayPlan:
    threshold = draw(st.sampled_from([0.0, 0.3, 0.5, 0.9]))
    starts = sorted(set(draw(st.lists(st.floats(1, 3), max_size=3))))
    plan = PayPlan(
        base=draw(st.floats(0, 1e5)),
        variable=draw(st.floats(1, 1e5)),
        threshold=threshold,
        at_threshold=draw(st.floats(0, 1)) if threshold else 0.0,
        accelerators=tuple((start, draw(st.floats(0, 4))) for start in starts),
        cap=draw(st.none() | st.floats(1, 4)),
    )
    assert list(plan.faults()) == []
    return plan


@given(plans())
def test_more_sales_never_pay_less_and_target_pays_one(plan: PayPlan) -> None:
    multiple = pay_multiple(plan, np.linspace(0, 5, 501))
    assert (np.diff(multiple) >= -1e-12).all()
    assert (multiple >= 0).all()
    assert multiple.max() <= (plan.cap or np.inf)
    assert pay_multiple(plan, 1.0) == pytest.approx(1.0)


def force(n: int = 3, **columns: object) -> Problem:
    reps = Reps.of([f"R{i}" for i in range(n)], **columns)  # type: ignore[arg-type]
    return Problem(Accounts.of("a"), reps)


def test_an_accelerator_that_slows_down_is_told() -> None:
    """From nothing at half the quota to all at the quota, a sale pays twice the rate."""
    plan = PayPlan("a", variable=1.0, threshold=0.5, accelerators=((1.0, 1.5), (1.2, 2.0)))
    assert "pays 2 times the rate between threshold and quota and only 1.5 times beyond it" in slowing(plan)
    assert slowing(replace(plan, at_threshold=0.5)) == ""
    assert slowing(replace(plan, accelerators=((1.0, 2.0),))) == ""
    assert slowing(replace(plan, accelerators=((1.2, 0.0),))) == ""  # meant as a brake
    assert slowing(replace(plan, accelerators=())) == ""


def test_payout_at_given_attainments_by_hand() -> None:
    facts = force(
        4,
        measures={"variable_pay": [np.nan, 10_000, np.nan, 5]},
        tags={"plan": ["", "flat", "standard", ""], "status": ["active"] * 3 + ["leaving"]},
    )
    choice = IncentiveSettings(plans=(PLAN, PayPlan("flat", base=1.0, variable=1.0)))
    paid = payouts(facts, [200_000, 400_000, 100_000, 0], choice, attainment=[1.1, 0.4, 0.4, 0])
    np.testing.assert_allclose(paid.mean, [46_000, 4_000, 0])
    np.testing.assert_allclose(paid.base, [60_000, 1, 60_000])
    np.testing.assert_allclose(paid.rate, [0.2, 0.025, 0.4])
    total, sales = 60_000 * 2 + 1 + 50_000, 220_000 + 160_000 + 40_000
    assert paid.cost == pytest.approx((total, total, total))
    assert paid.cost_share[0] == pytest.approx(total / sales)
    assert list(paid.plan) == ["standard", "flat", "standard"]


def test_without_a_quota_no_variable_pay_and_none_at_all_on_a_vacant_seat() -> None:
    """Reps with quotas of 100, 0 and 300, the last seat vacant, the first one's attainment 1.1."""
    facts = force(3, tags={"status": ["active", "active", "vacant"]})
    choice = IncentiveSettings(plans=(PLAN,), draws=200)
    paid = payouts(facts, [100, 0, 300], choice, attainment=[1.1, 1.1, np.nan])
    assert list(paid.rep_ids) == ["R0", "R1"]
    np.testing.assert_allclose(paid.mean, [46_000, 0])
    np.testing.assert_allclose(paid.reached, [1, np.nan])
    assert paid.cost[0] == pytest.approx(2 * 60_000 + 46_000)
    assert paid.cost_share[0] == pytest.approx(paid.cost[0] / 110)
    assert paid.notes[1:] == (
        "Without a quota there is no variable pay: R1.",
        "Nobody is paid on vacant seats, which are left out: R2.",
    )
    drawn = payouts(facts, [100, 0, 300], choice)
    assert drawn.high[1] == 0
    assert np.isnan(drawn.reached[1])
    assert "of sales" not in payouts(facts, np.zeros(3), choice).notes[0]


def test_a_vacant_seat_loses_no_commission() -> None:
    facts, plan = moved()
    empty = Reps.of(["R0", "R1", "R2"], tags={"status": ["vacant", "active", "leaving"]})
    lost = transition(replace(facts, reps=empty), plan, IncentiveSettings(rate=0.02))
    assert list(lost.account_ids) == ["e"]


def expected_multiple(plan: PayPlan, mean: float, volatility: float) -> float:
    """E of the pay curve for log-normal attainment, from E[(X − k)+] of Black & Scholes (1973)."""
    s = np.sqrt(np.log1p(volatility**2))

    def above(k: float) -> float:
        d = (np.log(mean / k) + s**2 / 2) / s
        return float(mean * norm.cdf(d) - k * norm.cdf(d - s))

    jump = plan.at_threshold * norm.cdf((np.log(mean / plan.threshold) - s**2 / 2) / s)
    slopes = [(plan.threshold, (1 - plan.at_threshold) / (1 - plan.threshold)), (1.0, 1.0)]
    slopes += list(plan.accelerators)
    total, before = jump, 0.0
    for start, slope in slopes:
        total += (slope - before) * above(start)
        before = slope
    return total


def test_simulated_pay_agrees_with_the_closed_form() -> None:
    plan = replace(PLAN, at_threshold=0.3, cap=None)
    choice = IncentiveSettings(plans=(plan,), volatility=0.25, draws=40_000, seed=3)
    paid = payouts(force(), [1.0, 2.0, 3.0], choice, expected=[0.8, 1.0, 1.2])
    for found, mean in zip(paid.mean, (0.8, 1.0, 1.2), strict=True):
        assert found == pytest.approx(40_000 * expected_multiple(plan, mean, 0.25), rel=0.01)
    s = np.sqrt(np.log1p(0.25**2))
    np.testing.assert_allclose(paid.reached, norm.cdf((np.log([0.8, 1.0, 1.2]) - s**2 / 2) / s), atol=0.01)


def test_luck_that_is_shared_spreads_the_cost_and_not_the_mean() -> None:
    choice = IncentiveSettings(plans=(PLAN,), volatility=0.2, draws=20_000)
    own, shared = (payouts(force(50), np.ones(50), replace(choice, correlation=c)) for c in (0.0, 1.0))
    assert own.cost[0] == pytest.approx(shared.cost[0], rel=0.01)
    assert shared.cost[2] - shared.cost[1] > 5 * (own.cost[2] - own.cost[1])


@given(plans(), st.integers(1, 6), st.integers(0, 10))
@settings(max_examples=25)
def test_draws_repeat_follow_the_ids_and_rise_with_the_mean(plan: PayPlan, n: int, seed: int) -> None:
    choice = IncentiveSettings(plans=(plan,), volatility=0.2, draws=200, seed=seed)
    facts, mixed = force(n), np.random.default_rng(seed).permutation(n)
    paid = payouts(facts, np.arange(n) + 1.0, choice)
    other = facts.take(np.array([0]), mixed)
    again = payouts(other, mixed + 1.0, choice)
    np.testing.assert_allclose(again.mean, paid.mean[mixed])
    assert again.cost == pytest.approx(paid.cost)
    more = payouts(facts, np.arange(n) + 1.0, replace(choice, expected_attainment=1.1))
    assert (more.mean >= paid.mean - 1e-9).all()
    richer = replace(plan, base=10 * plan.base, variable=10 * plan.variable)
    ten = payouts(facts, np.arange(n) + 1.0, replace(choice, plans=(richer,)))
    np.testing.assert_allclose(ten.mean, 10 * paid.mean)


def moved() -> tuple[Problem, Alignment]:
    """R0 loses a to R1 and keeps b; R2 leaves c to R0; nobody has d; e goes from R1 to nobody."""
    facts = Problem(
        Accounts.of(
            "abcde",
            owner=[0, 0, 2, -1, 1],
            measures={"revenue": [1000.0, 500.0, 300.0, 0.05, 99.99]},
        ),
        Reps.of(
            ["R0", "R1", "R2"],
            measures={"commission_rate": [0.02, 0.01, 0.03]},
            tags={"status": ["active", "active", "leaving"]},
        ),
    )
    return facts, Alignment(np.array([1, 0, 0, 1, -1]))


def test_commission_at_risk_by_hand() -> None:
    facts, plan = moved()
    lost = transition(facts, plan)
    assert list(lost.account_ids) == ["a", "e"]
    assert list(lost.to_rep) == ["R1", ""]
    np.testing.assert_allclose(lost.at_risk, [20.0, 0.9999])
    np.testing.assert_allclose(lost.credit, [7.5, 0.9999 * 0.375])  # 100, 50, 0 % of quarters
    np.testing.assert_allclose(lost.extra, [(0.02 - 0.01) * 1000 * 0.375, 0.9999 * 0.375])
    bonus = transition(facts, plan, IncentiveSettings(transition_as="bonus"))
    np.testing.assert_allclose(bonus.extra, bonus.credit)
    np.testing.assert_allclose(lost.by_rep(lost.at_risk, 3), [20.0, 0.9999, 0.0])
    assert "21.00 of commission" in lost.notes[0]


def test_the_order_of_rates() -> None:
    facts, plan = moved()
    rates = np.array([0.02, np.nan, np.nan])
    some = replace(facts, reps=replace(facts.reps, measures={"commission_rate": rates}))
    np.testing.assert_allclose(transition(some, plan, rate=0.5).rate, [0.02, 0.5])
    np.testing.assert_allclose(
        transition(some, plan, IncentiveSettings(rate=0.1), rate=0.5).rate, [0.02, 0.1]
    )
    none = replace(facts, reps=replace(facts.reps, measures={}))
    with pytest.raises(PolicyError, match="no rep has a rate"):
        transition(none, plan)
    below = replace(facts, reps=replace(facts.reps, measures={"commission_rate": -rates}))
    with pytest.raises(PolicyError, match="between 0 and 1"):
        transition(below, plan)


def test_credits_by_hand() -> None:
    facts, plan = moved()
    table = crediting(facts, plan, IncentiveSettings(effective_date="2026-01-01"))
    of_a = [tuple(row.values())[1:] for row in table.rows() if row["account_id"] == "a"]
    assert of_a == [
        ("R0", 1.0, "", "2025-12-31", 0.0),
        ("R0", 1.0, "2026-01-01", "2026-03-31", 250.0),
        ("R0", 0.5, "2026-04-01", "2026-06-30", 125.0),
        ("R1", 0.5, "2026-04-01", "2026-06-30", 125.0),
        ("R1", 1.0, "2026-07-01", "", 500.0),
    ]
    of_c = [tuple(row.values())[1:] for row in table.rows() if row["account_id"] == "c"]
    assert of_c == [("R2", 1.0, "", "2025-12-31", 0.0), ("R0", 1.0, "2026-01-01", "", 300.0)]
    of_d = [row["rep_id"] for row in table.rows() if row["account_id"] == "d"]
    assert of_d == ["", "R1"]
    assert "difference 0.00" in table.notes[0]
    bonus = crediting(facts, plan, IncentiveSettings(effective_date="2026-01-01", transition_as="bonus"))
    assert [r["rep_id"] for r in bonus.rows() if r["account_id"] == "a"] == ["R0", "R1"]


@given(
    problems(),
    st.lists(st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0]), max_size=4),
    st.sampled_from([1, 2, 3]),
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.sampled_from(["split", "bonus"]),
    st.integers(0, 99),
)
@settings(max_examples=60)
def test_credits_reconcile_day_by_day(
    facts: Problem, shares: list[float], months: int, day: date, how: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    plan = Alignment(rng.integers(-1, len(facts.reps), len(facts.accounts)))
    choice = IncentiveSettings(
        transition=tuple(shares),
        period_months=months,
        effective_date=day.isoformat(),
        transition_as=how,  # type: ignore[arg-type]
    )
    table = crediting(facts, plan, choice)
    rows = table.rows()
    # Counted from the texts that leave, a day at a time around every date.
    days = {day + timedelta(days=i) for i in (-400, -1, 0, 400, 800)}
    days |= {date.fromisoformat(row["from"]) for row in rows if row["from"]}
    days |= {date.fromisoformat(row["to"]) for row in rows if row["to"]}
    for when in days:
        total = dict.fromkeys(facts.accounts.ids, 0.0)
        for row in rows:
            since = date.fromisoformat(row["from"]) if row["from"] else date.min
            until = date.fromisoformat(row["to"]) if row["to"] else date.max
            if since <= when <= until:
                total[row["account_id"]] += row["split"]
        np.testing.assert_allclose(list(total.values()), 1.0, atol=1e-5)
    revenue = facts.accounts.measures["revenue"]
    money = dict.fromkeys(facts.accounts.ids, 0)
    for row in rows:
        money[row["account_id"]] += round(100 * row["credited revenue"])
    np.testing.assert_array_equal(list(money.values()), np.rint(100 * revenue))
    assert table.of_rep(len(facts.reps)).sum() <= np.rint(100 * revenue).sum() / 100 + 1e-6


def test_tables_that_do_not_reconcile_are_named() -> None:
    ids, day = np.array(["a", "a", "b", "c", "d"], dtype=object), date(2026, 1, 1).toordinal()
    split, start, end = [1.0, 1.0, 0.9, 1.0, 1.0], [0, day, 0, day, 0], [day, 0, 0, 0, 0]
    said = [str(issue) for issue in split_faults(ids, split, start, end)]
    assert len(said) == 3
    assert "200.00 % from 2026-01-01" in said[0]
    assert "90.00 % at first" in said[1]
    assert "0.00 % at first" in said[2]
    assert next(i.row for i in split_faults(ids[:1], [1.5], [5], [4])) == 2


def test_leagues_by_hand() -> None:
    facts = Problem(
        Accounts.of(range(4), measures={"potential": [60.0, 50.0, 150.0, 140.0]}), Reps.of("abcd")
    )
    table = leagues(facts, Alignment(np.arange(4)), IncentiveSettings(leagues=2))
    assert list(table.league) == [2, 2, 1, 1]
    np.testing.assert_allclose(table.index, [0.6, 0.5, 1.5, 1.4])
    weight = np.array([60, 50, 150, 140]) ** 0.7
    np.testing.assert_allclose(table.handicap[:2], weight[:2].mean() / weight[:2])


def spread(index: np.ndarray, league: np.ndarray) -> float:
    return sum(((index[league == i] - index[league == i].mean()) ** 2).sum() for i in np.unique(league))


@given(st.lists(st.floats(1, 100), min_size=2, max_size=9), st.integers(1, 3), st.integers(0, 9))
@settings(max_examples=60)
def test_leagues_are_the_best_ones_and_fair(potential: list[float], k: int, seed: int) -> None:
    n = len(potential)
    k = min(k, n)
    share = np.random.default_rng(seed).choice([0.5, 1.0], n)
    facts = Problem(
        Accounts.of(range(n), measures={"potential": potential}), Reps.of(map(str, range(n)), share=share)
    )
    table = leagues(facts, Alignment(np.arange(n)), IncentiveSettings(leagues=k))
    fewest, most = max(int(0.75 * n / k), 1), int(np.ceil(1.25 * n / k))
    sizes = np.bincount(table.league)[1:]
    assert len(sizes) == k
    assert (sizes >= fewest).all()
    assert (sizes <= most).all()
    order = np.argsort(table.index, kind="stable")
    least = min(
        spread(table.index[order], np.repeat(np.arange(k), way))
        for way in itertools.product(range(fewest, most + 1), repeat=k)
        if sum(way) == n
    )
    assert spread(table.index, table.league) == pytest.approx(least, abs=1e-9)
    for league in range(1, k + 1):
        score = table.expected_score[table.league == league]
        np.testing.assert_allclose(score, score.mean())
    tenfold = replace(
        facts,
        accounts=replace(
            facts.accounts,
            measures={**facts.accounts.measures, "potential": 10 * facts.accounts.measures["potential"]},
        ),
    )
    again = leagues(tenfold, Alignment(np.arange(n)), IncentiveSettings(leagues=k))
    np.testing.assert_allclose(again.handicap, table.handicap)


def test_every_fault_is_listed_at_once() -> None:
    wrong = IncentiveSettings(
        plans=(
            PayPlan(base=-1.0, threshold=1.0, accelerators=((0.9, 2.0), (1.5, -1.0)), cap=0.5),
            PayPlan(at_threshold=0.5),
        ),
        rate=-0.1,
        volatility=-1.0,
        transition=(2.0,) * 5,
        effective_date="soon",
    )
    facts = force(2, tags={"plan": ["", "gold"]})
    with pytest.raises(PolicyError) as caught:
        payouts(facts, [1.0, -1.0], wrong)
    said = str(caught.value)
    for word in (
        *("rate", "volatility", "transition", "names of their own", "effective_date", "plans[1].base"),
        *("plans[1].threshold", "plans[1].accelerators", "plans[1].cap", "plans[2].at_threshold"),
        *("plans[2].base", "'gold'", "quota"),
    ):
        assert word in said, word
    assert all(issue.mend for issue in caught.value.issues)


def test_what_is_missing_is_named() -> None:
    facts, plan = moved()
    with pytest.raises(PolicyError, match="column of numbers"):
        payouts(force(1, measures={"plan": [1.0]}), [1.0], IncentiveSettings(plans=(PLAN,)))
    with pytest.raises(PolicyError, match=r"incentives\.plans: are missing"):
        payouts(facts, np.ones(3), IncentiveSettings())
    with pytest.raises(PolicyError, match="effective_date"):
        crediting(facts, plan, IncentiveSettings())
    with pytest.raises(PolicyError, match="Say how many leagues"):
        leagues(facts, plan, IncentiveSettings())
    with pytest.raises(PolicyError, match="4 leagues of 0 reps"):
        leagues(facts, plan, IncentiveSettings(leagues=4))
    with pytest.raises(PolicyError, match="base_pay"):
        payouts(force(1, measures={"base_pay": [-5.0]}), [1.0], IncentiveSettings(plans=(PLAN,)))


def test_every_column_has_a_meaning() -> None:
    facts, plan = moved()
    wealthy = replace(
        facts, accounts=replace(facts.accounts, measures={**facts.accounts.measures, "potential": np.ones(5)})
    )
    choice = IncentiveSettings(plans=(PLAN,), effective_date="2026-01-01", leagues=1)
    tables = [
        payouts(facts, np.ones(3), choice),
        transition(facts, plan),
        crediting(facts, plan, choice),
        leagues(wealthy, plan, choice),
    ]
    for table in tables:
        for column in table.columns():
            assert meaning_of(column).meaning != "A column of your own", column


def test_splits_of_the_planners_own_by_hand() -> None:
    facts = Problem(Accounts.of("a", measures={"revenue": [365.0]}), Reps.of("xy"))
    change, first = date(2026, 2, 1).toordinal(), date(2026, 1, 1)
    rows = np.zeros(3, int), np.array([1, 0, 1]), [0.5, 1.0, 0.5], [change, 0, change], [0, change - 1, 0]
    table = credits_of(facts, *rows, first)
    assert [row["credited revenue"] for row in table.rows()] == [31.0, 167.0, 167.0]
    assert "difference 0.00" in table.notes[0]
    with pytest.raises(PolicyError, match=r"150\.00 % from 2026-02-01"):
        credits_of(facts, *rows[:2], [0.5, 1.0, 1.0], *rows[3:], first)
    two = Problem(Accounts.of("ab"), Reps.of("xy"))
    with pytest.raises(PolicyError, match="has no row"):
        credits_of(two, *rows, first)


@given(problems(), st.sampled_from([(1.0, 0.5), (1 / 3,), ()]), st.integers(0, 99))
@settings(max_examples=25)
def test_a_table_that_was_written_reads_back(facts: Problem, shares: tuple[float, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    plan = Alignment(rng.integers(-1, len(facts.reps), len(facts.accounts)))
    table = crediting(facts, plan, IncentiveSettings(transition=shares, effective_date="2026-01-01"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "credits.csv"
        write_csv(path, table.columns())
        rows = read_credits(facts, path)
    again = credits_of(facts, *rows, date(2026, 1, 1))
    np.testing.assert_array_equal(again.rep, table.rep)
    np.testing.assert_array_equal(again.end, table.end)
    np.testing.assert_allclose(again.split, table.split, atol=1e-6)
    revenue = facts.accounts.measures["revenue"].max()
    np.testing.assert_allclose(again.cents, table.cents, atol=2 * revenue + 2)  # days against months


def test_every_fault_of_a_crediting_table_is_listed(tmp_path: Path) -> None:
    facts, _ = moved()
    path = tmp_path / "credits.csv"
    path.write_text(
        "account_id,rep_id,split,from,to\na,R0,1,,\nz,R9,half,soon,2026-02-30\n", encoding="utf-8"
    )
    with pytest.raises(DataError) as caught:
        read_credits(facts, path)
    found = {(issue.row, issue.column) for issue in caught.value.issues}
    assert found == {(3, name) for name in ("account_id", "rep_id", "split", "from", "to")}
    path.write_text("account_id,rep\na,R0\n", encoding="utf-8")
    with pytest.raises(DataError, match="rep_id"):
        read_credits(facts, path)
    with pytest.raises(DataError, match="is no file"):
        read_credits(facts, tmp_path / "nothing.csv")
