"""Every method of quotas: a hand-worked example, and what must hold for all books."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territory_opt import Accounts, Alignment, PolicyError, Problem, Reps
from territory_opt.quota import METHODS, quotas_by, quotas_by_all, settings_of, top_down
from territory_opt.quota.settings import MethodName

#: The methods by which a rep with more of everything never gets less.
MONOTONE = (
    *("top_down", "uniform_growth", "equal_growth", "potential_growth", "share_growth"),
    *("weighted_index", "bottom_up", "blend"),
)


def market(
    rep: Sequence[int], *, share: Sequence[float] | None = None, leaving: Sequence[int] = (), **measures: Any
) -> tuple[Problem, Alignment]:
    """Accounts with these measures, each with this rep."""
    n = max(rep) + 1 if share is None else len(share)
    status = ["leaving" if i in leaving else "active" for i in range(n)]
    reps = Reps.of([f"R{i:02d}" for i in range(n)], share=share, tags={"status": status})
    accounts = Accounts.of([f"A{i:02d}" for i in range(len(rep))], measures=measures)
    return Problem(accounts, reps), Alignment(np.array(rep))


TWO = market([0, 1], revenue=[100, 300], potential=[500, 1000], potential_next=[600, 1000], plan=[3, 1])


def by(method: str, **asked: Any) -> list[float]:
    return quotas_by(*TWO, method, **asked).quota.tolist()


def test_uniform_growth_by_hand() -> None:
    assert by("uniform_growth", goal=480) == [120, 360]
    assert by("uniform_growth", goal=360) == [90, 270]  # a cut of a tenth


def test_equal_growth_by_hand() -> None:
    assert by("equal_growth", goal=480) == [140, 340]
    part_time = market([0, 1], share=[0.5, 1.5], revenue=[100, 300])
    assert quotas_by(*part_time, "equal_growth", goal=480).quota.tolist() == [120, 360]


def test_equal_cut_stops_at_nothing() -> None:
    """A cut of 125 each would leave the first below 0: it ends at 0, and the other bears the rest."""
    assert by("equal_growth", goal=150) == [0, 150]


def test_potential_growth_by_hand() -> None:
    # 90 of growth on 1,500 of potential: 6 % of 500 and of 1,000.
    assert by("potential_growth", goal=490) == [130, 360]


def test_share_growth_by_hand() -> None:
    # Shares of 20 and 30 % hold 120 and 300 of the market to come; 80 more on 1,600 are 5 points each.
    assert by("share_growth", goal=500) == [150, 350]


def test_potential_share_growth_by_hand() -> None:
    # 480 and 700 are untapped; a tenth of each takes shares of 20 and 30 % to 28 and 37 %.
    assert by("potential_share_growth", goal=538) == [168, 370]


def test_without_a_market_to_come_share_growth_is_potential_growth() -> None:
    still = market([0, 1], revenue=[100, 300], potential=[500, 1000])
    share, potential = (quotas_by(*still, m, goal=490).quota for m in ("share_growth", "potential_growth"))
    np.testing.assert_array_equal(share, potential)


def test_weighted_index_by_hand() -> None:
    # Half of 1,200 by revenue, 150 and 450; half by potential, 200 and 400.
    assert by("weighted_index", goal=1200, weights={"revenue": 2, "potential": 2}) == [350, 850]
    assert by("weighted_index", goal=1200, weights={"share": 1, "accounts": 1, "plan": 0}) == [600, 600]
    assert by("weighted_index", goal=1200, weights={"plan": 1}) == [900, 300]


def test_bottom_up_by_hand() -> None:
    # A tenth of 400 and of 700 that are untapped.
    assert by("bottom_up") == [140, 370]
    assert by("bottom_up", goal=1020) == [280, 740]
    assert by("bottom_up", plan="plan") == [3, 1]


def test_untapped_potential_is_of_each_account() -> None:
    """An account that buys beyond its potential hides nothing of its neighbour's."""
    beyond = market([0, 0], revenue=[90, 10], potential=[50, 110])
    assert quotas_by(*beyond, "bottom_up", capture=0.5).quota.tolist() == [150]


def test_blend_by_hand() -> None:
    # A quarter of (120, 360) by one rate, three of (100 + 80/3, 300 + 160/3) by potential.
    quota = by("blend", goal=480, blend={"uniform_growth": 1, "potential_growth": 3})
    assert quota == [125, 355]


def test_baselines_follow_the_accounts() -> None:
    facts, _ = market([0, 0, 1], revenue=[100, 50, 150], potential=[300, 200, 400])
    for method in METHODS:
        before = quotas_by(facts, Alignment(np.array([0, 0, 1])), method, goal=400)
        after = quotas_by(facts, Alignment(np.array([0, 1, 1])), method, goal=400)
        assert after.quota[0] < before.quota[0], method
        assert after.baseline.tolist() == [100, 200]


def test_registry_and_settings_name_the_same_methods() -> None:
    assert tuple(METHODS) == get_args(MethodName)


@st.composite
def cases(draw: Any) -> tuple[Problem, Alignment, float]:
    """Books in whole cents, so that sums are exact in any order, with some revenue and potential."""
    n = draw(st.integers(1, 12))
    amounts = st.lists(st.integers(0, 10**8), min_size=n, max_size=n)
    rep = [0, *draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))]
    revenue, extra = [1000, *draw(amounts)], [777, *draw(amounts)]
    share = [1.0, *draw(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=4, max_size=4))]
    potential = [r + e for r, e in zip(revenue, extra, strict=True)]
    facts, alignment = market(rep, share=share, revenue=revenue, potential=potential)
    growth = draw(st.floats(0.0, 0.4))
    return facts, alignment, round(sum(revenue) * (1 + growth), 2)


def cents(money: np.ndarray) -> int:
    whole = np.round(money * 100)
    np.testing.assert_allclose(money * 100, whole, atol=1e-3)
    return int(whole.sum())


@pytest.mark.parametrize("method", METHODS)
@given(case=cases(), over=st.sampled_from([0.0, 0.03, 0.2]))
@settings(max_examples=40)
def test_totals_are_exact_and_lines_sum(method: str, case: Any, over: float) -> None:
    facts, alignment, goal = case
    quotas = quotas_by(facts, alignment, method, goal=goal, over_assignment=over)
    assert cents(quotas.quota) == round(round(goal * (1 + over), 2) * 100)
    assert (quotas.quota >= 0).all()
    total = np.sum([line.money for line in quotas.lines], axis=0)
    np.testing.assert_allclose(total, quotas.quota, rtol=1e-12, atol=1e-6)
    assert np.abs(quotas.lines[-1].money).max() <= 0.0101
    assert len({line.name for line in quotas.lines}) == len(quotas.lines)


@pytest.mark.parametrize("method", METHODS)
@given(case=cases(), order=st.permutations(range(5)), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_order_of_rows_changes_no_cent(method: str, case: Any, order: list[int], seed: int) -> None:
    facts, alignment, goal = case
    before = quotas_by(facts, alignment, method, goal=goal).quota
    rows = np.random.default_rng(seed).permutation(len(facts.accounts))
    new = np.argsort(order)[alignment.rep[rows]]
    after = quotas_by(facts.take(rows, np.array(order)), Alignment(new), method, goal=goal).quota
    np.testing.assert_array_equal(after, before[order])


@pytest.mark.parametrize("method", METHODS)
@given(case=cases(), factor=st.sampled_from([0.5, 3.0, 100.0]))
@settings(max_examples=40)
def test_other_money_gives_other_quotas_in_proportion(method: str, case: Any, factor: float) -> None:
    facts, alignment, goal = case
    m = facts.accounts.measures
    scaled = {name: m[name] * factor for name in ("revenue", "potential")}
    richer, _ = market(alignment.rep.tolist(), share=facts.reps.share.tolist(), **scaled)
    small = quotas_by(facts, alignment, method, goal=goal).quota
    large = quotas_by(richer, alignment, method, goal=goal * factor).quota
    np.testing.assert_allclose(large, factor * small, atol=0.0101 * (1 + factor))


@pytest.mark.parametrize("method", MONOTONE)
@given(case=cases())
@settings(max_examples=40)
def test_more_of_everything_never_means_less(method: str, case: Any) -> None:
    facts, alignment, goal = case
    quotas = quotas_by(facts, alignment, method, goal=goal)
    book = np.array([quotas.baseline, quotas.potential, quotas.share])
    more = (book[:, :, None] >= book[:, None, :]).all(axis=0)
    less = quotas.quota[:, None] < quotas.quota[None, :] - 0.0101
    assert not (more & less).any()


def test_potential_share_growth_asks_growth_where_potential_is_untapped() -> None:
    """Not monotone in revenue: who has sold more of the same potential has less left to win."""
    facts = market([0, 1], revenue=[100, 200], potential=[1000, 1000])
    growth = quotas_by(*facts, "potential_share_growth", goal=470).quota - [100, 200]
    np.testing.assert_allclose(growth, [90, 80])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("goal", [50.0, 399.99, 400.0])
def test_a_goal_below_the_books_cuts_and_never_below_nothing(method: str, goal: float) -> None:
    quotas = quotas_by(*TWO, method, goal=goal)
    assert quotas.assigned == goal
    assert (quotas.quota >= 0).all()
    if method in ("potential_growth", "share_growth", "potential_share_growth"):
        assert any("every book is cut at the same rate" in note for note in quotas.notes) == (
            goal < 400 or "share" in method
        )


@pytest.mark.parametrize("method", METHODS)
def test_one_rep_takes_all(method: str) -> None:
    one = market([0, 0], revenue=[100, 300], potential=[500, 1000])
    assert quotas_by(*one, method, goal=432.1).quota.tolist() == [432.1]


@pytest.mark.parametrize("method", METHODS)
def test_who_leaves_gets_nothing_and_nothing_is_lost(method: str) -> None:
    facts = market([0, 1, 2], leaving=[2], revenue=[100, 300, 50], potential=[500, 1000, 90])
    quotas = quotas_by(*facts, method, goal=500)
    assert quotas.quota[2] == 0
    assert quotas.assigned == 500
    note = next(note for note in quotas.notes if note.startswith("R02"))
    assert "leaving with a book" in note


def test_only_leavers_have_books() -> None:
    facts = market([1], leaving=[1], share=[1, 1], revenue=[100], potential=[500])
    assert quotas_by(*facts, "uniform_growth", goal=100).quota.tolist() == [100, 0]
    with pytest.raises(PolicyError, match="nobody who stays has a share"):
        quotas_by(*market([1], leaving=[1], share=[0, 1], revenue=[100]), "uniform_growth", goal=100)
    with pytest.raises(PolicyError, match="every seat leaves"):
        quotas_by(*market([0], leaving=[0], revenue=[100]), "uniform_growth", goal=100)


def test_what_is_strange_is_said() -> None:
    facts, _ = market([0, 0, 1], share=[1, 0], revenue=[10, 20, 30], potential=[20, 40, 900])
    notes = quotas_by(facts, Alignment(np.array([-1, 0, 1])), "uniform_growth", goal=60).notes
    assert any("nobody serves sell 10 today" in note for note in notes)
    assert any("95.74 % of all potential lies in one account, A02" in note for note in notes)
    assert any("R01 has a book but no share" in note for note in notes)
    beyond = quotas_by(*TWO, "potential_share_growth", goal=5000)
    assert any("more than all potential" in note for note in beyond.notes)


@pytest.mark.parametrize(
    ("method", "measures", "words"),
    [
        ("uniform_growth", {"potential": [1, 1]}, "no book has revenue that uniform_growth"),
        ("equal_growth", {"potential": [1, 1]}, "no book has revenue"),
        ("potential_growth", {"revenue": [1, 1]}, "no book has potential that growth"),
        ("share_growth", {"revenue": [1, 1]}, "no book has potential to come"),
        (
            "potential_share_growth",
            {"revenue": [5, 5], "potential": [5, 5]},
            "no book has untapped potential",
        ),
        ("weighted_index", {"revenue": [1, 1]}, "no book has potential that a goal"),
        ("bottom_up", {}, "expected to buy nothing"),
        ("blend", {"revenue": [1, 1]}, "no book has potential"),
        ("top_down", {}, "no book has revenue or potential"),
    ],
)
def test_books_that_a_method_cannot_use(method: str, measures: dict[str, Any], words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        quotas_by(*market([0, 1], **measures), method, goal=100)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"method": "topdown"}, "is no known method. Did you mean 'top_down'"),
        ({"gaol": 5}, "no quota setting is called gaol. Did you mean 'goal'"),
        ({"weights": {}}, "weights must be numbers of 0 or more"),
        ({"weights": {"revenue": -1}}, "weights must be"),
        ({"blend": {"uniform": 1}}, "names 'uniform', which cannot be blended. Did you mean"),
        ({"blend": {"blend": 1}}, "names 'blend', which cannot be blended"),
        ({"capture": 2}, "capture of 2 must be between 0 and 1"),
        ({"growth_at_least": 0.2, "growth_at_most": 0.1}, "must not be above growth_at_most, 0.1"),
        ({"growth_at_most": -2}, "growth_at_most of -2"),
        ({"ramp": (0.5,)}, "year_start is needed by a ramp"),
        ({"ramp": (5,), "year_start": "2026-01"}, "ramp must be parts of a full quota"),
        ({"year_start": "January"}, "year_start 'January' must be a month"),
        ({"season": (1, 2)}, "season must be 4 or 12"),
        ({"hedges": {"rep": 0.1, "region": 0.1}}, "so that rep comes last"),
        ({"hedges": {"rep": -0.1}}, "hedges must be shares"),
        ({"hedges": {"rep": 0.1}, "over_assignment": 0.1}, "must be left out beside hedges"),
    ],
)
def test_bad_settings_are_named(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(PolicyError, match=words.replace("[", r"\[")):
        settings_of(asked)


def test_a_measure_that_is_not_there() -> None:
    with pytest.raises(PolicyError, match="Did you mean 'plan'"):
        by("bottom_up", plan="plans")
    with pytest.raises(PolicyError, match="no measure 'whales'"):
        by("weighted_index", goal=9, weights={"whales": 1})


def test_all_methods_share_one_goal_and_say_what_stops_them() -> None:
    found, refused = quotas_by_all(*TWO, growth=0.2)
    assert list(found) == list(METHODS)
    assert refused == {}
    assert {quotas.assigned for quotas in found.values()} == {480.0}
    assert found["bottom_up"].lines[-1].name == "from rounding"
    no_potential = market([0, 1], revenue=[100, 300])
    found, refused = quotas_by_all(*no_potential)
    assert set(found) == {"top_down", "uniform_growth", "equal_growth", "bottom_up"}
    assert "no book has potential" in refused["blend"]


def test_the_basis_is_a_sentence() -> None:
    for method in METHODS:
        basis = quotas_by(*TWO, method, goal=480).basis
        assert basis.startswith("The goal of 480 (as given) is shared "), method
        assert basis.endswith("; it is 20 % above what the books sell today."), method


def test_top_down_is_top_down_whatever_the_settings_name() -> None:
    assert top_down(*TWO, goal=480, method="equal_growth").method == "top_down"
