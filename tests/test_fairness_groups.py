"""Unevenness between groups and within them: by hand, refereed by PySAL, and exact for every input."""

from __future__ import annotations

import math

import numpy as np
import plan
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt import PolicyError, Reps
from territory_opt.audit import MeterCount
from territory_opt.fairness import by_group, columns_of_groups, gini, lost_money, theil, theil_parts
from territory_opt.fairness.groups import NO_GROUP

grouped = st.lists(st.tuples(st.floats(0.01, 1e6), st.sampled_from("abc")), min_size=2, max_size=30).map(
    lambda pairs: (np.array([x for x, _ in pairs]), np.array([g for _, g in pairs]))
)


def meter(index: list[float], target: float = 10.0) -> MeterCount:
    """One measure of reps with equal targets, within ±20 %."""
    n = len(index)
    goal = np.full(n, target)
    bins = tuple(f"R{i}" for i in range(n))
    load = np.array(index) * target
    return MeterCount("potential within 20 %", "potential", bins, True, load, goal, 0.8 * goal, 1.2 * goal, 0)


def reps(region: list[str], manager: list[str] | None = None) -> Reps:
    tags = {"region": region} | ({"manager": manager} if manager else {})
    return Reps.of([f"R{i}" for i in range(len(region))], tags=tags)


def test_parts_by_hand() -> None:
    between, within = theil_parts([1, 1, 2, 4], ["w", "w", "e", "e"])
    assert between == pytest.approx(0.25 * math.log(0.5) + 0.75 * math.log(1.5))
    assert within == pytest.approx(0.75 * theil([2, 4]))


@given(grouped)
def test_parts_sum_to_the_whole_and_pysal_agrees(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    referee = pytest.importorskip("inequality")
    index, group = drawn
    between, within = theil_parts(index, group)
    assert between + within == pytest.approx(theil(index), abs=1e-9)
    theirs = referee.theil.TheilD(index, group)
    assert between == pytest.approx(float(theirs.bg[0]), abs=1e-9)
    assert within == pytest.approx(float(theirs.wg[0]), abs=1e-9)


@given(grouped, st.floats(0.1, 1000))
def test_parts_are_free_of_scale_and_order(drawn: tuple[np.ndarray, np.ndarray], scale: float) -> None:
    index, group = drawn
    there, back = theil_parts(index, group), theil_parts(scale * index[::-1], group[::-1])
    assert back == pytest.approx(there, rel=1e-6, abs=1e-9)


def test_one_group_has_nothing_between_and_each_alone_nothing_within() -> None:
    index = [0.5, 1.0, 1.5]
    assert theil_parts(index, ["a"] * 3) == pytest.approx((0.0, theil(index)))
    assert theil_parts(index, ["a", "b", "c"]) == pytest.approx((theil(index), 0.0))


def test_a_group_with_nothing_is_counted() -> None:
    between, within = theil_parts([0, 0, 1, 1], ["a", "a", "b", "b"])
    assert (between, within) == pytest.approx((math.log(2), 0.0))
    poor, rich = by_group(reps(["a", "a", "b", "b"]), meter([0, 0, 1, 1]), "region").groups
    assert math.isnan(poor.gini)
    assert rich.gini == 0.0


def test_groups_of_a_measure_by_hand() -> None:
    spread = by_group(reps(["north", "", "north"]), meter([0.7, 1.0, 1.3]), "region")
    none, north = spread.groups
    assert (none.group, none.reps, none.in_band, none.gini) == (NO_GROUP, 1, 1.0, 0.0)
    assert (north.group, north.reps, north.in_band) == ("north", 2, 0.0)
    assert (north.mean_index, north.least_index, north.most_index) == pytest.approx((1.0, 0.7, 1.3))
    assert north.gini == pytest.approx(gini([0.7, 1.3]))
    assert spread.between == pytest.approx(0.0)
    assert spread.between_share == pytest.approx(0.0)
    assert none.part + north.part == pytest.approx(spread.within / spread.theil)


def test_a_rep_without_an_index_is_in_no_group() -> None:
    spread = by_group(reps(["a", "a", "b"]), meter([0.5, 1.5, math.nan]), "region")
    assert [group.group for group in spread.groups] == ["a"]


def test_only_columns_that_tell_reps_apart_are_groups() -> None:
    assert columns_of_groups(reps(["a", "b"], ["m", "m"])) == ("region",)
    assert columns_of_groups(reps(["a", "a"])) == ()
    with pytest.raises(PolicyError, match="no text column 'area'"):
        by_group(reps(["a", "b"]), meter([1, 1]), "area")
    with pytest.raises(PolicyError, match="no index"):
        by_group(reps(["a", "b"]), meter([0, 0]), "region")


def test_lost_money_is_a_share_of_sales() -> None:
    facts = plan.problem()  # 825 of revenue
    assert lost_money(facts, (0.02, 0.0)) == pytest.approx((16.5, 0.0))
    nothing = facts.take(np.zeros(0, np.int64), np.arange(3))
    assert all(math.isnan(money) for money in lost_money(nothing, (0.02,)))
