"""A small plan with every trap for writers in it: hostile names, an uncovered account, a broken band."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from territory_opt import (
    Accounts,
    Alignment,
    Balance,
    Disruption,
    Eligible,
    Policy,
    Problem,
    Reps,
    Result,
    Step,
    Travel,
)
from territory_opt.scenarios import value

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1)",
    "-2+3",
    "<script>alert(1)</script>",
    "\t=1",
    "http://x.example",
)
POLICY = Policy([Travel(), Disruption(), Balance("potential", within=0.25)], [Eligible("segment")])


def problem() -> Problem:
    """Eight accounts, three reps; nobody may serve the last account; the reps have a quota."""
    return Problem(
        Accounts.of(
            [*(f"00{i}" for i in range(7)), "=A8"],
            names=[*HOSTILE, "Plain"],
            lat=[45.0, 45.1, 45.2, 45.3, 45.4, 45.5, 45.6, 45.7],
            lon=[9.0, 9.1, 9.2, 9.3, 9.4, 9.5, 9.6, 9.7],
            owner=[0, 0, 0, 1, 1, 2, -1, -1],
            measures={
                "visits": np.full(8, 12.0),
                "visit_h": np.ones(8),
                "potential": [100.0, 200, 300, 400, 300, 200, 100, 50],
                "revenue": [50.0, 100, 150, 200, 150, 100, 50, 25],
                "=own+measure": np.arange(8.0),
                "moved": np.arange(8.0),
            },
            tags={"segment": ["a"] * 7 + ["nobody's"]},
        ),
        Reps.of(
            ["=R1", "R2", "007"],
            names=['=HYPERLINK("http://x.example")', "@rep", "Plain <b>rep</b>"],
            lat=[45.0, 45.3, 45.6],
            lon=[9.0, 9.3, 9.6],
            measures={"quota": [1000.0, 2000.0, 333.33]},
            tags={"segments": ["a", "a", "a"]},
        ),
    )


def result(facts: Problem, rep: tuple[int, ...] = (0, 0, 1, 1, 2, 2, 2, -1)) -> Result:
    """The recount of a given alignment, as a search would hand it over."""
    counted = value(facts, POLICY, Alignment(np.array(rep)))
    objective = counted.objective
    trace = (Step("prices", 1, 0.1, np.inf, -np.inf), Step("shifts", 2, 0.2, objective, 0.9 * objective))
    prices = {POLICY.terms[2].label(): np.zeros(3)}
    return replace(counted, bound=0.9 * objective, trace=trace, prices=prices, seed=7, searched=True)
