"""Quotas on the new books: exact to the cent, explained line by line, and clear about bad input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plan
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt import Accounts, Alignment, PolicyError, Problem, Reps
from territory_opt.quota import largest_remainder, top_down


def cents(money: np.ndarray) -> int:
    whole = np.round(np.asarray(money) * 100)
    np.testing.assert_allclose(np.asarray(money) * 100, whole, atol=1e-6)
    return int(whole.sum())


def books(revenue: list[float], potential: list[float], quota: list[float] | None = None) -> Problem:
    """One account a rep."""
    n = len(revenue)
    return Problem(
        Accounts.of([f"A{i}" for i in range(n)], measures={"revenue": revenue, "potential": potential}),
        Reps.of([f"R{i}" for i in range(n)], measures={} if quota is None else {"quota": quota}),
    )


def own(facts: Problem) -> Alignment:
    return Alignment(np.arange(len(facts.reps)))


def test_rounding_by_hand() -> None:
    # 100 in thirds: the first among equal remainders gets the cent that is left.
    np.testing.assert_array_equal(largest_remainder([100 / 3] * 3, 100), [33.34, 33.33, 33.33])
    np.testing.assert_array_equal(largest_remainder([1.4, 2.6, 3.0], 7, unit=1), [1, 3, 3])


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=40), st.sampled_from([0.01, 1.0]))
def test_rounding_is_exact_and_near(values: list[float], unit: float) -> None:
    rounded = largest_remainder(values, sum(values), unit)
    assert round(rounded.sum() / unit) == round(sum(values) / unit)
    assert (np.abs(rounded - values) <= unit * (1 + 1e-6)).all()
    assert (rounded >= 0).all()


def test_rounding_refuses_another_total() -> None:
    with pytest.raises(ValueError, match="which is not 5"):
        largest_remainder([1.0, 1.0], 5)
    with pytest.raises(ValueError, match="finite"):
        largest_remainder([np.nan], 5)


def test_uniform_growth_by_hand() -> None:
    quotas = top_down(books([100, 300], [1, 1]), Alignment(np.array([0, 1])), growth=0.1, potential_weight=0)
    assert quotas.goal == pytest.approx(440)
    np.testing.assert_allclose(quotas.quota, [110, 330])
    assert [line.label for line in quotas.lines if line.label] == [
        "100 % of the revenue of the book",
        "growth of 10 % to the goal",
        "rounding to the cent",
    ]
    np.testing.assert_allclose(quotas.lines[1].money, [10, 30])


def test_potential_share_by_hand() -> None:
    quotas = top_down(books([100, 300], [3, 1]), Alignment(np.array([0, 1])), goal=1000, potential_weight=1)
    np.testing.assert_allclose(quotas.quota, [750, 250])


def test_blend_and_over_assignment_by_hand() -> None:
    facts = books([100, 300], [3, 1])
    quotas = top_down(facts, own(facts), goal=1000, potential_weight=0.5, over_assignment=0.1)
    # Half by revenue (125, 375) and half by potential (375, 125), a tenth more.
    np.testing.assert_allclose(quotas.quota, [550, 550])
    assert quotas.assigned == 1100
    assert quotas.account_of(0) == (
        "50 % of the revenue of the book: 50.00; growth of 150 % to the goal: 75.00; "
        "share of potential in 50 % of the goal: 375.00; over-assignment of 10 %: 50.00; "
        "rounding to the cent: 0.00; quota: 550.00"
    )


def test_printed_lines_sum_to_the_quota() -> None:
    """Halves of a cent on two lines: 0.005 and 0.005 make one cent, and would be printed as none."""
    facts = books([0.01, 0.01], [1, 1])
    quotas = top_down(facts, own(facts), goal=0.02, potential_weight=0.5)
    assert quotas.quota.tolist() == [0.01, 0.01]
    rows = quotas.rows_of(0)
    assert {money for _, money in rows[:-1]} == {0.0}
    assert rows[-1] == ("rounding to the cent", 0.01)


def test_goal_of_today_is_the_default() -> None:
    facts = books([100, 300], [1, 1], quota=[200.0, np.nan])
    assert top_down(facts, own(facts)).goal == 200


def test_quota_follows_the_account() -> None:
    facts = plan.problem()
    before = top_down(facts, Alignment(np.array([0, 0, 0, 1, 1, 2, 2, -1])))
    after = top_down(facts, Alignment(np.array([0, 0, 1, 1, 1, 2, 2, -1])))
    change = after.quota - before.quota
    assert change[0] < 0 < change[1]
    assert change[2] == pytest.approx(0, abs=0.011)


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=12),
    st.floats(1, 1e8),
    st.floats(0, 1),
    st.floats(0, 0.3),
)
def test_totals_are_exact_and_lines_sum(
    book: list[tuple[float, float]], goal: float, weight: float, over: float
) -> None:
    revenue, potential = ([*column, 1.0] for column in zip(*book, strict=True))
    facts = books(revenue, potential)
    quotas = top_down(facts, own(facts), goal=goal, potential_weight=weight, over_assignment=over)
    assert cents(quotas.quota) == round(round(goal * (1 + over), 2) * 100)
    assert (quotas.quota >= 0).all()
    np.testing.assert_allclose(np.sum([line.money for line in quotas.lines], axis=0), quotas.quota, atol=1e-6)
    assert np.abs(quotas.lines[-1].money).max() <= 0.0101


def test_more_potential_never_means_less_quota() -> None:
    poor = books([10, 10, 10], [5, 5, 5])
    rich = books([10, 10, 10], [6, 5, 5])
    change = top_down(rich, own(rich), goal=100).quota - top_down(poor, own(poor), goal=100).quota
    assert change[0] > 0
    assert (change[1:] <= 0).all()


def test_one_rep_takes_the_goal_and_an_empty_book_nothing() -> None:
    facts = books([10.0], [5.0])
    assert top_down(facts, own(facts), goal=77.77).quota.tolist() == [77.77]
    facts = books([10, 0], [5, 0])
    assert top_down(facts, own(facts), goal=50).quota.tolist() == [50, 0]


def test_negative_growth_shrinks() -> None:
    facts = books([100, 300], [1, 1])
    np.testing.assert_allclose(top_down(facts, own(facts), growth=-0.1, potential_weight=0).quota, [90, 270])


def test_a_missing_book_is_said() -> None:
    no_potential, no_revenue = books([100, 300], [0, 0]), books([0, 0], [1, 3])
    quotas = top_down(no_potential, own(no_potential), goal=400)
    assert quotas.quota.tolist() == [100, 300]
    assert "revenue alone" in quotas.notes[0]
    quotas = top_down(no_revenue, own(no_revenue), goal=400)
    assert quotas.quota.tolist() == [100, 300]
    assert "potential alone" in quotas.notes[0]


def test_a_goal_far_from_the_books_is_said() -> None:
    facts = books([100, 300], [1, 1])
    quotas = top_down(facts, own(facts), goal=100)
    assert any("75 % below what the books sell today" in note for note in quotas.notes)
    assert "cut of 75 % to the goal: -37.50" in quotas.account_of(0)
    assert "growth of" not in quotas.account_of(0)
    assert top_down(facts, own(facts), goal=420).notes == ()


def test_names_of_the_parts_never_change() -> None:
    """Columns are called by them: no goal, weight or over-assignment may change one."""
    facts = books([100, 300], [3, 1])
    settings: tuple[dict[str, float], ...] = (
        {},
        {"goal": 100},
        {"growth": -0.1, "potential_weight": 0},
        {"goal": 999, "potential_weight": 1},
        {"over_assignment": 0.07, "potential_weight": 0.31},
    )
    names = {tuple(line.name for line in top_down(facts, own(facts), **given).lines) for given in settings}
    assert names == {
        ("from revenue", "from growth", "from potential", "from over-assignment", "from rounding")
    }
    assert not any(digit in name for digit in "0123456789%" for name in next(iter(names)))


def test_a_rep_at_half_time_is_judged_per_share() -> None:
    """Half the book for half the share is even; the same book would ask twice as much of the time."""
    facts = books([100, 50, 100], [2, 1, 2])
    facts = replace(facts, reps=replace(facts.reps, share=np.array([1.0, 0.5, 1.0])))
    np.testing.assert_allclose(top_down(facts, own(facts), goal=1000).index, 1.0)
    facts = books([100, 100], [1, 1])
    facts = replace(facts, reps=replace(facts.reps, share=np.array([10.0, 5.0])))  # any scale
    np.testing.assert_allclose(top_down(facts, own(facts), goal=900).index, [0.75, 1.5])


def test_a_rep_who_leaves_has_no_index() -> None:
    reps = Reps.of(["a", "b", "c"], share=[1, 1, 0], tags={"status": ["active", "leaving", "active"]})
    facts = replace(books([100, 0, 10], [1, 0, 1]), reps=reps)
    index = top_down(facts, own(facts), goal=100).index
    np.testing.assert_array_equal(np.isnan(index), [False, True, True])
    assert index[0] == pytest.approx(top_down(facts, own(facts), goal=100).quota[0] / 100)


def test_the_basis_says_where_the_goal_comes_from() -> None:
    facts, today = books([100, 300], [1, 1]), books([100, 300], [1, 1], quota=[200.0, 400.0])
    assert top_down(facts, own(facts), goal=500, over_assignment=0.05, potential_weight=1).basis == (
        "The goal of 500 (as given) is shared 100 % by the potential of each new book; "
        "it is 25 % above what the books sell today; the quotas exceed it by 5 %."
    )
    assert (
        "(the sum of today's quotas) is shared 50 % by the revenue and 50 %"
        in top_down(today, own(today)).basis
    )
    assert "of 420 (5 % above the revenue of the books)" in top_down(facts, own(facts)).basis


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"goal": 0}, "goal of 0 must be above 0"),
        ({"goal": -5.0}, "goal of -5"),
        ({"goal": float("nan")}, "goal of nan"),
        ({"growth": -1.0}, "growth"),
        ({"potential_weight": 1.5}, "between 0 and 1"),
        ({"over_assignment": -0.1}, "over_assignment"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, float], words: str) -> None:
    facts = books([100, 300], [1, 1])
    with pytest.raises(PolicyError, match=words):
        top_down(facts, own(facts), **settings)


def test_every_fault_at_once() -> None:
    facts = books([100, 300], [1, 1])
    with pytest.raises(PolicyError) as caught:
        top_down(facts, own(facts), goal=0, potential_weight=2, over_assignment=-1)
    assert len(caught.value.issues) == 3


def test_no_books_at_all() -> None:
    facts = books([0, 0], [0, 0])
    with pytest.raises(PolicyError, match="no book has revenue or potential"):
        top_down(facts, own(facts), goal=100)
    facts = books([0, 0], [1, 1])
    with pytest.raises(PolicyError, match="a goal must be given"):
        top_down(facts, own(facts))


def test_a_number_that_is_missing_is_no_zero() -> None:
    facts = books([100, np.nan], [1, 1])
    with pytest.raises(PolicyError, match="revenue of a book is missing"):
        top_down(facts, own(facts), goal=100)


def test_order_of_reps_is_nothing_but_order() -> None:
    facts = plan.problem()
    alignment = plan.result(facts).alignment
    turned = replace(facts, reps=facts.reps.take(np.array([2, 0, 1])))
    new = np.array([1, 2, 0, -1])[alignment.rep]
    np.testing.assert_allclose(
        top_down(turned, Alignment(new)).quota, top_down(facts, alignment).quota[[2, 0, 1]], atol=0.011
    )
