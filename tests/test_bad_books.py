"""Books that break quotas, in Python and on the command line: a clear error or a stated answer."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from conftest import Run

import territory_opt as to
from territory_opt.quota import METHODS, quotas_by_all

QUICKSTART = Path(__file__).parents[1] / "instances" / "quickstart"
Rows = list[dict[str, str]]
IDLE = "has a book but no share or no hours to work it: give it hours, or its accounts to others."


def force(
    revenue: list[float], potential: list[float], **reps: list[float]
) -> tuple[to.Problem, to.Alignment]:
    """One account a rep."""
    n = len(revenue)
    accounts = to.Accounts.of(
        [f"a{i}" for i in range(n)], measures={"revenue": revenue, "potential": potential}
    )
    capacity, share = reps.get("capacity_h"), reps.get("share")
    staff = to.Reps.of([f"R{i}" for i in range(n)], capacity_h=capacity, share=share)
    return to.Problem(accounts, staff), to.Alignment(np.arange(n))


def folder(tmp_path: Path, settings: str = "", **changed: Callable[[Rows], Rows]) -> Path:
    """The quick start with other rows of a table and lines in territory.toml."""
    data = copytree(QUICKSTART, tmp_path / "data")
    for table, change in changed.items():
        path = data / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*rows[0]])
            writer.writeheader()
            writer.writerows(change(rows))
    with (data / "territory.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{settings}\n")
    return data


@pytest.mark.parametrize("goal", [0, -5, float("nan"), float("inf")])
def test_a_goal_that_is_no_amount(run: Run, tmp_path: Path, goal: float) -> None:
    for method in METHODS:
        with pytest.raises(to.PolicyError, match=r"the goal of \S+ must be above 0"):
            to.quotas(*force([100, 200], [300, 300]), method=method, goal=goal)
    code, out, err = run("quota", QUICKSTART, f"--goal={goal}")
    assert (code, out) == (2, "")
    assert "must be above 0" in err
    if np.isfinite(goal):
        code, out, err = run("check", folder(tmp_path, f"[quota]\ngoal = {goal}"))
        assert code == 2
        assert "quota.goal" in out + err
        assert "must be above 0" in out + err


def test_a_rep_without_capacity(run: Run, tmp_path: Path) -> None:
    facts = force([100, 200], [300, 300], capacity_h=[0.0, 1000.0])
    assert f"R0 {IDLE}" in to.quotas(*facts, goal=400.0).notes
    assert f"R0 {IDLE}" in to.quotas(*force([100, 200], [300, 300], share=[0.0, 1.0]), goal=400.0).notes

    def idle(rows: Rows) -> Rows:
        return [{**row, "capacity_h": "0"} if row["rep_id"] == "R1" else row for row in rows]

    code, out, _ = run("quota", folder(tmp_path, reps=idle), "--format", "json")
    assert code == 0
    assert f"R1 {IDLE}" in json.loads(out)["notes"]
    code, out, _ = run("headcount", tmp_path / "data", "--format", "json")
    assert code == 0
    assert json.loads(out)["workload"]["rows"][-1]["have_h"] == 600.0  # of two, the third has none


def test_no_rep_has_capacity(run: Run, tmp_path: Path) -> None:
    problem, _ = force([100, 200], [300, 300], capacity_h=[0.0, 0.0])
    with pytest.raises(to.PolicyError, match="no rep has hours"):
        to.workload_buildup(problem)
    data = folder(tmp_path, reps=lambda rows: [{**row, "capacity_h": "0"} for row in rows])
    code, _, err = run("headcount", data)
    assert code == 2
    assert "Write capacity_h" in err


def test_all_potential_in_one_account(run: Run, tmp_path: Path) -> None:
    facts = force([100, 100], [900, 0])
    found, refused = quotas_by_all(*facts, goal=250.0)
    assert not refused
    for name, quotas in found.items():
        assert quotas.assigned == 250, name
        assert any(note.startswith("100 % of all potential lies in one account, a0") for note in quotas.notes)
    assert found["potential_growth"].quota.tolist() == [150, 100]

    def one(rows: Rows) -> Rows:
        return [{**row, "potential": "900000" if i == 0 else "0"} for i, row in enumerate(rows)]

    data = folder(tmp_path, accounts=one)
    code, out, _ = run("quota", data, "--method", "all", "--goal", 1_700_000)
    assert code == 0
    assert "100 % of all potential lies in one account, A01: check that figure." in out
    code, out, _ = run("fairness", data)
    assert code == 0


def test_one_rep_alone(run: Run, tmp_path: Path) -> None:
    facts = force([100], [300])
    for method in METHODS:
        quotas = to.quotas(*facts, method=method, goal=120.0)
        assert quotas.quota.tolist() == [120]
    judged = to.quota_fairness(*facts, quotas, draws=100)
    assert {verdict.fair for verdict in judged.verdicts} == {None}
    assert str(judged).startswith("Whether the quotas are fair cannot be told.")

    def alone(rows: Rows) -> Rows:
        return [{**row, "owner": "R1"} for row in rows] if "owner" in rows[0] else rows[:1]

    data = folder(tmp_path, accounts=alone, reps=alone)
    code, out, _ = run("quota", data, "--method", "all", "--goal", 1_600_000)
    assert code == 0
    assert "1,600,000" in out
    code, out, _ = run("fairness", data)
    assert code == 0
    assert "0 of 1 rep today" in out
    assert run("headcount", data)[0] == 0


def test_negative_growth(run: Run, tmp_path: Path) -> None:
    for method in METHODS:
        settings = {} if method == "bottom_up" else {"growth": -0.2}
        quotas = to.quotas(*force([100, 200], [300, 300]), method=method, goal=None, **settings)
        assert (quotas.quota >= 0).all()
        if settings:
            assert quotas.assigned == 240
            assert "20 % below" in quotas.basis
    for growth in (-1.0, -2.0, float("nan")):
        with pytest.raises(to.PolicyError, match="must be above -1"):
            to.quotas(*force([100, 200], [300, 300]), growth=growth)

    def without_quota(rows: Rows) -> Rows:
        return [{**row, "quota": ""} for row in rows]

    data = folder(tmp_path, "[quota]\ngrowth = -0.1", reps=without_quota)
    code, out, _ = run("quota", data, "--method", "potential_growth")
    assert code == 0
    assert "10 % below the revenue of the books" in out
    code, out, err = run("check", folder(tmp_path / "b", "[quota]\ngrowth = -1.5"))
    assert code == 2
    assert "must be above -1" in out + err
