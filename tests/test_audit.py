"""The recount against hand counts, and every kind of clash it must name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_policy import line

import territory_opt as to
from territory_opt.io.outputs import result_record
from territory_opt.policy.words import load_against_limit


def test_recount_by_hand() -> None:
    problem = line(owner=[0, 0, 1, 1, 1, -1])
    policy = to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", within=0.1)])
    count = to.audit(problem, policy, to.Alignment(np.array([0, 0, 0, 1, 1, 1])))
    km = 6371.0088 * np.radians([0.01, 1.01, 2.01, 2.01, 1.01, 0.01])
    assert count.terms["travel"] == pytest.approx((4 * 2 * km * 1.3 / 60 / 4 * 60).sum(), rel=1e-6)
    assert count.terms["disruption"] == pytest.approx(0.05 * 1000 + 240)
    assert list(np.flatnonzero(count.moved)) == [2]
    assert not count.forced.any()
    (meter,) = count.meters
    assert meter.index == pytest.approx([1.0, 1.0])
    assert not count.clashes
    assert count.objective == pytest.approx(count.cost)


def test_band_clash_names_rep_and_amount() -> None:
    policy = to.Policy([to.Travel(), to.Balance("potential", within=0.1)])
    count = to.audit(line(), policy, to.Alignment(np.array([0, 0, 1, 1, 1, 1])))
    assert [(c.where, round(c.amount)) for c in count.clashes] == [("W", 70), ("E", 70)]
    assert count.breach_cost > 0


def test_rule_clashes_are_named() -> None:
    problem = line(
        locked=[True, False, False, False, False, False],
        tags={"family": ["", "f", "", "", "f", ""], "segment": ["", "", "", "", "", "bank"]},
        rep_tags={"segments": ["", "shop"], "status": ["active", "active"]},
    )
    policy = to.Policy([], [to.Locked(), to.KeepTogether(), to.Eligible()])
    count = to.audit(problem, policy, to.Alignment(np.array([1, 0, 0, 1, 1, 1])))
    assert {(c.wish, c.where) for c in count.clashes} == {
        ("locked", "a"),
        ("eligible", "f"),
        ("keep_together", "b"),
    }


def test_forced_moves_are_told_apart() -> None:
    problem = line(owner=[1, 1, 1, 0, 0, 0], rep_tags={"status": ["active", "leaving"]})
    count = to.audit(problem, to.Policy([to.Travel()]), to.Alignment(np.zeros(6, int)))
    assert list(count.moved) == [True] * 3 + [False] * 3
    assert list(count.forced) == [True] * 3 + [False] * 3


def test_uncovered_accounts_are_listed() -> None:
    count = to.audit(line(), to.Policy([to.Travel()]), to.Alignment(np.array([0, 0, -1, 1, 1, 1])))
    assert list(count.uncovered) == [2]
    assert [(c.wish, c.where) for c in count.clashes] == [("coverage", "c")]


def gone(owner: tuple[int, ...] = (0, 0, 1, 1, 1, 1)) -> to.Problem:
    """The line, whose eastern rep leaves and is followed by another at the same place."""
    facts = line()
    reps = to.Reps.of(
        ["W", "E", "N"],
        names=["Wes", "Eve", "Nan"],
        lat=facts.reps.lat[[0, 1, 1]],
        lon=facts.reps.lon[[0, 1, 1]],
        tags={"status": ["active", "leaving", "active"]},
    )
    owners = np.array(owner, np.int32)
    return replace(facts, accounts=replace(facts.accounts, owner=owners), reps=reps)


BANDS = to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", within=0.1)])


def test_the_seat_of_a_leaver_has_no_target_wherever_bands_are_counted() -> None:
    facts = gone()
    result = to.value(facts, BANDS, to.Alignment(np.array([0, 0, 0, 2, 2, 1])))
    for count in (result.today, result.audit):
        (meter,) = count.meters
        assert list(meter.judged) == [True, False, True]
        (fair,) = to.fairness(count)
        assert fair.reps == meter.judged.sum()
        assert fair.in_band == pytest.approx(1 - meter.outside.sum() / meter.judged.sum())
    meter = result.audit.meters[0]
    (band,) = result_record(result)["bands"]
    assert (band["outside"], band["of"]) == (meter.outside.sum(), 2) == (1, 2)
    row = next(r for r in str(result).splitlines() if r.startswith("potential within"))
    assert row.split()[-6:] == ["2", "of", "2", "1", "of", "2"]
    rows = {r["figure"]: r for r in to.compare(facts, BANDS, {"plan": result.alignment}).rows()}
    assert rows["outside, potential within 10 %"]["plan"] == 1
    # That the leaver still serves an account is told once, as what it is.
    assert [c.wish for c in result.clashes if c.where in ("E", "f")] == ["status"]


def test_every_account_is_kept_moved_assigned_dropped_or_uncovered() -> None:
    facts = gone((0, 0, 1, 1, -1, -1))
    count = to.audit(facts, BANDS, to.Alignment(np.array([0, 2, 2, -1, 2, -1])))
    assert list(np.flatnonzero(count.moved)) == [1, 2]
    assert list(np.flatnonzero(count.forced)) == [2]
    assert list(np.flatnonzero(count.dropped)) == [3]
    assert list(np.flatnonzero(count.assigned)) == [4]
    assert list(count.uncovered) == [3, 5]
    assert count.forced_disruption == pytest.approx(0.05 * 1000 + 240)
    assert count.terms["disruption"] == pytest.approx(2 * count.forced_disruption)
    text = str(to.value(facts, BANDS, to.Alignment(np.array([0, 2, 2, -1, 2, -1]))))
    assert "2 accounts move (1 forced), 1 newly assigned, 1 not covered any more, 1 stay uncovered" in text
    assert "580 USD a year more disruption (290 of it forced)" in text


def test_one_of_a_kind_is_singular() -> None:
    facts = line(owner=[0, 0, 1, 1, 1, 1])
    text = str(to.value(facts, to.Policy([to.Travel()]), to.Alignment(np.array([0, 1, 1, 1, 1, -1]))))
    assert "1 account moves (0 forced)" in text
    assert "1 clash:" in text


@pytest.mark.parametrize(
    ("load", "low", "high", "measure", "said"),
    [
        (334.2, 264.0, 322.0, "workload_h", "has 334 h a year, 12 over the limit of 322"),
        (250.0, 264.4, 322.0, "workload_h", "has 250 h a year, 14 short of the minimum of 264"),
        (322.04, 264.0, 322.0, "workload_h", "has 322.040 h a year, 0.040 over the limit of 322.000"),
        (
            1234567.0,
            0,
            1e6,
            "revenue",
            "has 1,234,567 EUR a year of revenue, 234,567 over the limit of 1,000,000",
        ),
        (1.0, 2.0, np.inf, "accounts", "has 1 account, 1 short of the minimum of 2"),
        (61.0, 0, 60.0, "accounts", "has 61 accounts, 1 over the limit of 60"),
        (7.0, 0, 3.0, "beds", "has 7 beds, 4 over the limit of 3"),
    ],
)
def test_a_load_against_its_limit_has_units_and_digits_enough(load, low, high, measure, said) -> None:
    assert load_against_limit("has", load, low, high, measure, "EUR") == said


def test_clashes_say_who_has_what() -> None:
    facts = gone()
    wishes = [
        to.AccountCount(at_most=3),
        to.MoveCap("revenue", share=0.1),
        to.MoveCap(share=0.5, per_rep=True),
    ]
    count = to.audit(facts, to.Policy([to.Travel(), *wishes]), to.Alignment(np.array([2, 2, 0, 0, 0, 0])))
    assert [c.message for c in count.clashes] == [
        "Wes has 4 accounts, 1 over the limit of 3",
        "the plan moves 6,000 USD a year of revenue, 5,400 over the limit of 600",
        "Wes keeps 0 accounts, 1 short of the minimum of 1",
    ]
    apart = to.audit(facts, to.Policy([to.Apart(("a", "b"))]), to.Alignment(np.array([0, 0, 2, 2, 2, 2])))
    assert [c.message for c in apart.clashes] == [
        "Wes has 2 accounts that must be apart, 1 over the limit of 1"
    ]


def test_cost_is_money_and_the_penalty_is_told_apart() -> None:
    facts = line(owner=[0, 0, 1, 1, 1, 1])
    result = to.solve(facts, to.Policy([to.Travel(), to.AccountCount(at_most=1)]), seed=1)
    count = result.audit
    assert count.breach_cost > 0
    headline = str(result).splitlines()[1]
    assert headline.startswith(f"Cost {count.cost:,.0f} USD a year, broken wishes not counted.")
    assert f"a penalty of {count.breach_cost:,.0f}" in headline
    assert f"{result.objective:,.0f} in all" in headline
    total = next(r for r in str(result).splitlines() if r.startswith("total"))
    assert total.split()[2] == f"{count.cost:,.0f}"


def test_summary_says_what_is_worse_and_better_than_today() -> None:
    problem = line(owner=[1, 1, 1, 0, 0, 0])
    result = to.solve(problem, to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", 0.1)]))
    text = str(result)
    assert "OPTIMAL" in text
    assert "no plan costs less than" in text
    assert "Better than today" in text or "Worse than today" in text
    assert "travel" in text


def test_summary_hides_no_band_that_got_worse() -> None:
    facts = line(owner=[0, 0, 0, 1, 1, 1])
    policy = to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", within=0.1)])
    text = str(to.value(facts, policy, to.Alignment(np.array([0, 0, 1, 1, 1, 1]))))
    worse = next(r for r in text.splitlines() if r.startswith("Worse than today"))
    assert '2 fewer territories keep "potential within 10 %"' in worse
    assert "290 USD a year more disruption (none of it forced)" in worse


def test_nothing_is_said_of_a_search_that_was_not_made() -> None:
    policy = to.Policy([to.Travel(), to.Disruption(), to.Balance("potential", within=0.1)])
    for rep in ([0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]):
        text = str(to.value(line(owner=[0, 0, 0, 1, 1, 1]), policy, to.Alignment(np.array(rep))))
        assert "recounted as it was given" in text
        for claim in ("least bad", "was found", "proved", "the search", "Traded"):
            assert claim not in text
