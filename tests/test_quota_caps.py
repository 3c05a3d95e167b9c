"""Bounds on growth that cannot be kept are said before any search."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st

from territory_opt import Accounts, Alignment, PolicyError, Problem, Reps
from territory_opt.quota import quotas_by, settings_of
from territory_opt.quota.caps import cap_faults

QUICKSTART = Path(__file__).parents[1] / "instances" / "quickstart"


def facts(revenue: list[float], owner: list[int], reps: int = 2, **tags: list[str]) -> Problem:
    measures = {"revenue": revenue, "potential": [2 * amount + 7 for amount in revenue]}
    accounts = Accounts.of(range(len(revenue)), owner=owner, measures=measures)
    return Problem(accounts, Reps.of([f"R{i}" for i in range(reps)], tags=tags))


def said(problem: Problem, **settings: object) -> list[str]:
    return [str(issue) for issue in cap_faults(problem, settings_of(settings))]


def test_by_hand() -> None:
    problem = facts([100, 300], [0, 1])
    assert said(problem, goal=440.0, growth_at_most=0.05) == [
        "quota, growth_at_most = '0.05': allows 420.00 in all, but the quotas sum to 440.00. "
        "Raise it to 0.1, or change the goal of 440"
    ]
    assert said(problem, goal=380.0, growth_at_least=0.0) == [
        "quota, growth_at_least = '0': asks for 400.00 in all, but the quotas sum to 380.00. "
        "Lower it to -0.05, or change the goal of 380"
    ]
    assert said(problem, goal=420.0, growth_at_most=0.05, growth_at_least=0.05) == []
    assert "sum to 420.00" in said(problem, goal=400.0, over_assignment=0.05, growth_at_most=0.04)[0]
    assert "sum to 440.00" in said(problem, growth=0.1, growth_at_most=0.04)[0]


def test_what_hangs_on_the_plan_is_left_to_it() -> None:
    assert said(facts([0, 300], [0, 1]), goal=500.0, growth_at_most=0.1) == []
    assert said(facts([100, 300], [-1, 1]), goal=380.0, growth_at_least=0.0) == []
    leaving = facts([100, 300], [0, 1], status=["leaving", "active"])
    assert said(leaving, goal=380.0, growth_at_least=0.0) == []
    assert said(facts([100, 300], [0, 1]), method="bottom_up", growth_at_most=-0.9) == []
    ramp = {"ramp": (0.5,) * 12, "year_start": "2026-01", "goal": 300.0, "growth_at_least": 0.0}
    new = facts([100, 300], [0, 1], start_date=["2026-01-01", "2026-01-01"])
    assert said(new, **ramp) == []  # both carry half
    assert "Lower it to -0.75" in said(new, **{**ramp, "goal": 50.0})[0]
    assert said(new, **{**ramp, "goal": 50.0, "ramp_shared": False}) == []


def test_the_way_out_that_is_named_is_one() -> None:
    problem = facts([137, 300], [0, 1])
    for goal, name in ((517.77, "growth_at_most"), (391.13, "growth_at_least")):
        issue = next(cap_faults(problem, settings_of({"goal": goal, name: 0.0})))
        bound = float(issue.mend.split()[3].rstrip(","))
        quotas = quotas_by(problem, Alignment.today(problem), goal=goal, **{name: bound})
        assert quotas.assigned == goal


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(-1, 1)), min_size=1, max_size=4),
    st.integers(1, 200),
    st.sampled_from([-0.3, 0.0, 0.2]),
    st.sampled_from([0.0, 0.1, 0.5]),
)
def test_no_plan_keeps_what_is_refused(
    rows: list[tuple[int, int]], goal: int, least: float, width: float
) -> None:
    revenue, owner = map(list, zip(*rows, strict=True))
    problem = facts(revenue, owner)
    asked = {"goal": float(goal), "growth_at_least": least, "growth_at_most": least + width}
    if not said(problem, **asked):
        return
    for rep in product((0, 1), repeat=len(rows)):
        plan = Alignment(np.array(rep))
        books = plan.total(np.array(revenue, float), 2)
        if (books[np.bincount(rep, minlength=2) > 0] == 0).any():
            continue  # a book of prospects alone may carry anything
        with pytest.raises(PolicyError):
            quotas_by(problem, plan, "top_down", **asked)


@pytest.mark.parametrize("verb", ["check", "solve", "quota"])
def test_the_command_line_says_it_before_any_search(run: Run, tmp_path: Path, verb: str) -> None:
    data = copytree(QUICKSTART, tmp_path / "data")
    with (data / "territory.toml").open("a") as file:
        file.write("\n[quota]\ngoal = 1650000\ngrowth_at_most = 0.02\n")
    extra = ("-o", str(tmp_path / "out")) if verb == "solve" else ()
    code, out, err = run(verb, str(data), *extra)
    assert code == 2
    assert "growth_at_most" in out + err
    assert "0.0666" in out + err
    assert not (tmp_path / "out").exists()
    if verb == "quota":  # another goal is a way out
        assert run(verb, str(data), "--goal", "1000000")[0] == 0
