"""Measures of inequality: worked by hand, refereed by PySAL, and true for every input."""

from __future__ import annotations

import math

import numpy as np
import plan
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territory_opt.fairness import (
    ELASTICITIES,
    cv,
    fairness,
    gini,
    jain,
    lorenz,
    price_of_imbalance,
    range_ratio,
    theil,
)

loads = st.lists(st.floats(0.01, 1e6), min_size=2, max_size=30).map(np.array)
LEVEL = {gini: 0.0, theil: 0.0, jain: 1.0, cv: 0.0, range_ratio: 1.0}


def test_by_hand_one_and_three() -> None:
    index = [1.0, 3.0]
    assert gini(index) == pytest.approx(0.25)  # |1-3|·2 / (2·4·2)
    assert theil(index) == pytest.approx((0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2)
    assert jain(index) == pytest.approx(16 / 20)
    assert cv(index) == pytest.approx(0.5)
    assert range_ratio(index) == pytest.approx(3.0)
    reps, held = lorenz(index)
    np.testing.assert_allclose(reps, [0, 0.5, 1])
    np.testing.assert_allclose(held, [0, 0.25, 1])


def test_one_rep_has_all() -> None:
    index = [0.0, 0.0, 0.0, 8.0]
    assert gini(index) == pytest.approx(3 / 4)
    assert theil(index) == pytest.approx(math.log(4))
    assert jain(index) == pytest.approx(1 / 4)
    assert range_ratio(index) == math.inf


def test_a_single_rep_is_level_with_itself() -> None:
    assert {measure: measure([2.5]) for measure in LEVEL} == LEVEL


@pytest.mark.parametrize("index", [[], [math.nan], [0.0, 0.0], [1.0, -1.0]])
@pytest.mark.parametrize("measure", [*LEVEL, lorenz])
def test_what_means_nothing_is_refused(measure, index) -> None:
    with pytest.raises(ValueError, match="at least one index"):
        measure(index)


@settings(deadline=None)  # importing the referee takes seconds
@given(loads)
def test_pysal_agrees(index: np.ndarray) -> None:
    referee = pytest.importorskip("inequality")
    assert gini(index) == pytest.approx(referee.gini.Gini(index).g, abs=1e-9)
    assert theil(index) == pytest.approx(referee.theil.Theil(index).T, abs=1e-9)


@given(loads, st.floats(0.1, 1000), st.randoms())
def test_free_of_scale_and_order(index: np.ndarray, scale: float, shuffle) -> None:
    order = list(range(len(index)))
    shuffle.shuffle(order)
    for measure in LEVEL:
        assert measure(index[order] * scale) == pytest.approx(measure(index), rel=1e-6, abs=1e-7)


@given(loads)
def test_level_only_when_equal_and_within_range(index: np.ndarray) -> None:
    n = len(index)
    assert 0 <= gini(index) <= (n - 1) / n + 1e-12
    assert 0 <= theil(index) <= math.log(n) + 1e-12
    assert 1 / n - 1e-12 <= jain(index) <= 1 + 1e-12
    for measure, level in LEVEL.items():
        assert measure(np.full(n, index[0])) == pytest.approx(level, abs=1e-6)


@given(loads)
def test_giving_to_the_poorer_makes_it_fairer(index: np.ndarray) -> None:
    rich, poor = int(index.argmax()), int(index.argmin())
    gap = index[rich] - index[poor]
    after = index.copy()
    after[rich] -= gap / 4
    after[poor] += gap / 4
    for measure in (gini, theil, cv, range_ratio):
        assert measure(after) <= measure(index) + 1e-7
    assert jain(after) >= jain(index) - 1e-9


@given(loads)
def test_lorenz_sags_and_holds_the_gini(index: np.ndarray) -> None:
    reps, held = lorenz(index)
    assert (held <= reps + 1e-9).all()
    assert (np.diff(held, 2) >= -1e-9).all()
    area = float(((held[1:] + held[:-1]) / 2 * np.diff(reps)).sum())
    assert 1 - 2 * area == pytest.approx(gini(index), abs=1e-9)


def test_price_by_hand() -> None:
    # Targets 50 and 50, loads 75 and 25, b = 0.5: sells √(50·75) + √(50·25).
    assert price_of_imbalance([75, 25], [1, 1], 0.5) == pytest.approx(100 - math.sqrt(3750) - math.sqrt(1250))


def test_price_to_second_order() -> None:
    load = np.array([99.0, 101.0, 98.0, 102.0])
    for b in ELASTICITIES:
        expected = 0.5 * b * (1 - b) * cv(load) ** 2 * load.sum()
        assert price_of_imbalance(load, np.ones(4), b) == pytest.approx(expected, rel=1e-3)


@given(loads, st.floats(0.05, 0.95))
def test_price_is_nothing_on_target_and_never_below(load: np.ndarray, b: float) -> None:
    assert price_of_imbalance(load, 3 * load, b) == 0  # not what is left of rounding
    assert 0 <= price_of_imbalance(load, np.ones(len(load)), b) <= load.sum()


@pytest.mark.parametrize(
    ("load", "target", "b"), [([-1], [1], 0.3), ([1], [0], 0.3), ([1], [math.nan], 0.3), ([1], [1], 1.5)]
)
def test_price_refuses_nonsense(load, target, b) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        price_of_imbalance(load, target, b)


def test_of_a_plan_by_hand() -> None:
    facts = plan.problem()
    today, after = (fairness(audit) for audit in (plan.result(facts).today, plan.result(facts).audit))
    (spread,) = after
    # 1600 of potential can be served, 533.3 a rep (the account that nobody may serve counts nowhere);
    # the plan gives 300, 700 and 600.
    index = np.array([300, 700, 600]) / (1600 / 3)
    assert (spread.label, spread.measure, spread.reps) == ("potential within 25 %", "potential", 3)
    assert spread.in_band == pytest.approx(1 / 3)  # only 600 is within 400 to 666.7
    assert spread.max_deviation == pytest.approx(1 - index[0])
    assert spread.mean_deviation == pytest.approx(np.abs(index - 1).mean())
    assert spread.gini == pytest.approx(gini(index))
    assert spread.lost_sales[1] == pytest.approx(price_of_imbalance([300, 700, 600], [1, 1, 1], 0.3))
    assert spread.lost_share[1] == pytest.approx(spread.lost_sales[1] / 1600)
    assert spread.lorenz_load[-1] == pytest.approx(1.0)
    assert today[0].gini != spread.gini
    assert after[0].as_dict()["lost_sales"].keys() == {"0.2", "0.3", "0.4"}
