"""A published realignment: 22 bricks, 4 reps, the index of each rep within [0.8, 1.2].

The case of Pfizer Turkey's representatives, known from teaching in multi-criteria decisions: workload index
of each brick, km from each brick to the four offices, present owners. Both optima were proved elsewhere.
"""

from __future__ import annotations

import numpy as np
import pytest

import territory_opt as to

INDEX = [
    0.1609, 0.1164, 0.1026, 0.1516, 0.0939, 0.1320, 0.0687, 0.0930, 0.2116, 0.2529, 0.0868,
    0.0828, 0.0975, 0.8177, 0.4115, 0.3795, 0.0710, 0.0427, 0.1043, 0.0997, 0.1698, 0.2531,
]  # fmt: skip
KM = [
    [16.16, 24.08, 24.32, 21.12],
    [19, 26.47, 27.24, 17.33],
    [25.29, 32.49, 33.42, 12.25],
    [0, 7.93, 8.31, 36.12],
    [3.07, 6.44, 7.56, 37.37],
    [1.22, 7.51, 8.19, 36.29],
    [2.8, 10.31, 10.95, 33.5],
    [2.87, 5.07, 5.67, 38.8],
    [3.8, 8.01, 7.41, 38.16],
    [12.35, 4.52, 4.35, 48.27],
    [11.11, 3.48, 2.97, 47.14],
    [21.99, 22.02, 24.07, 39.86],
    [8.82, 3.3, 5.36, 43.31],
    [7.93, 0, 2.07, 43.75],
    [9.34, 2.25, 1.11, 45.43],
    [8.31, 2.07, 0, 44.43],
    [7.31, 2.44, 1.11, 43.43],
    [7.55, 0.75, 1.53, 43.52],
    [11.13, 18.41, 19.26, 25.4],
    [17.49, 23.44, 24.76, 23.21],
    [11.03, 18.93, 19.28, 25.43],
    [36.12, 43.75, 44.43, 0],
]
OWNER = [3, 3, 3, 0, 0, 0, 0, 0, 2, 1, 1, 1, 1, 1, 0, 2, 2, 2, 3, 3, 3, 3]


def problem() -> to.Problem:
    accounts = to.Accounts.of(
        [f"brick {i + 1:02}" for i in range(22)],
        owner=OWNER,
        measures={"visits": np.ones(22), "index": INDEX, "revenue": INDEX},
    )
    reps = to.Reps.of([f"rep {j + 1}" for j in range(4)])
    # One "hour" per km and one unit of money per hour: the cost is the distance itself.
    driving = to.Driving(detour=1.0, speed_kmh=2.0, stops_per_trip=1.0)
    return to.Problem(accounts, reps, to.TravelTable(KM), driving)


BAND = to.Balance("index", at_least=0.8, at_most=1.2)


def km(result: to.Result) -> float:
    return float(np.array(KM)[np.arange(22), result.alignment.rep].sum())


def test_least_distance() -> None:
    result = to.solve(problem(), to.Policy([to.Travel(hour_cost=1.0), BAND]))
    assert result.status is to.Status.OPTIMAL
    assert result.objective == pytest.approx(154.60, abs=0.005)
    assert km(result) == pytest.approx(154.60, abs=0.005)
    assert not result.clashes


def test_least_moved_index_then_least_distance() -> None:
    moved = to.Disruption(churn_risk=1e4, handover_h=0.0)
    result = to.solve(problem(), to.Policy([moved, to.Travel(hour_cost=1.0), BAND]))
    assert result.status is to.Status.OPTIMAL
    assert np.array(INDEX)[result.audit.moved].sum() == pytest.approx(0.1696, abs=1e-6)
    assert km(result) == pytest.approx(188.95, abs=0.005)
    assert not result.clashes
