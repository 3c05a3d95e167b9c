"""Commission available: by hand, additive, and every fault of it said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import plan
import pytest

from territory_opt import Accounts, Alignment, PolicyError, Problem, Reps, read
from territory_opt.fairness import commission


def facts(
    rate: list[float] | None = None, probability: list[float] | None = None, **reps
) -> tuple[Problem, Alignment]:
    measures = {"potential": [100_000.0, 50_000.0, 20_000.0]}
    if probability:
        measures["probability"] = probability
    accounts = Accounts.of(
        ["A", "B", "C"], owner=[0, 0, 1], measures=measures, tags={"segment": ["x", "y", ""]}
    )
    roster = Reps.of(["R0", "R1"], measures={"commission_rate": rate or [0.02, 0.03]}, **reps)
    return Problem(accounts, roster), Alignment(np.array([0, 0, 1]))


def test_by_hand() -> None:
    found = commission(*facts(probability=[0.5, 1.0, 0.0]))
    assert found.available == pytest.approx([0.02 * (50_000 + 50_000), 0.0])
    assert found.expected == pytest.approx([100_000, 0])
    assert found.index == pytest.approx([2.0, 0.0])
    assert found.notes == ()


def test_probability_of_the_account_then_of_its_segment_then_one() -> None:
    found = commission(*facts(probability=[0.5, np.nan, np.nan]), by_segment={"x": 0.9, "y": 0.2})
    assert found.expected == pytest.approx([50_000 + 10_000, 20_000])
    (note,) = found.notes
    assert note == "no probability is known of 1 account: 1 was taken, all of the potential"
    (note,) = commission(*facts()).notes
    assert "of any account" in note


def test_a_part_timer_compares_fairly() -> None:
    found = commission(*facts(rate=[0.02, 0.02], probability=[0.2, 0.0, 0.5], share=[1.0, 0.5]))
    assert found.available == pytest.approx([400, 200])
    assert found.index == pytest.approx([1.0, 1.0])


def test_who_leaves_or_has_no_rate_has_none() -> None:
    gone = commission(*facts(tags={"status": ["active", "leaving"]}))
    assert np.isnan(gone.available).tolist() == [False, True]
    missing = commission(*facts(rate=[0.02, np.nan]))
    assert np.isnan(missing.available).tolist() == [False, True]
    assert "no commission_rate, so no commission: R1" in missing.notes
    assert missing.index[0] == pytest.approx(1.0)


def test_moving_an_account_moves_its_commission() -> None:
    problem, alignment = facts(rate=[0.02, 0.02])
    before = commission(problem, alignment).available
    after = commission(problem, Alignment(np.array([0, 1, 1]))).available
    assert after - before == pytest.approx([-1000, 1000])
    assert after.sum() == pytest.approx(before.sum())


def test_every_fault_is_said_at_once() -> None:
    problem, alignment = facts(rate=[2.0, 0.03], probability=[0.5, 1.5, -1])
    with pytest.raises(PolicyError) as caught:
        commission(problem, alignment, by_segment={"z": 0.5, "x": 7})
    said = str(caught.value)
    assert "commission_rate of reps must be between 0 and 1 (0.02 is 2 %): R0" in said
    assert "probability of accounts must be between 0 and 1 (0.02 is 2 %): B, C" in said
    assert "no account has the segment 'z'" in said
    assert "probability of segment 'x' = 7" in said


def test_a_column_with_gaps_comes_as_texts_from_a_file(tmp_path: Path) -> None:
    header = "account_id,lat,lon,potential,owner,segment,probability\n"
    rows = "A,48,11,1000,R,x,0.5\nB,48,11,1000,R,y,\nC,48,11,1000,R,,0.25\n"
    (tmp_path / "accounts.csv").write_text(header + rows)
    (tmp_path / "reps.csv").write_text("rep_id,lat,lon,commission_rate\nR,48,11,0.1\n")
    problem = read(tmp_path)
    found = commission(problem, Alignment.today(problem), by_segment={"y": 0.1})
    assert found.available == pytest.approx([0.1 * (500 + 100 + 250)])
    (tmp_path / "accounts.csv").write_text(header + rows.replace("0.25", "often"))
    problem = read(tmp_path)
    with pytest.raises(PolicyError, match="probability of accounts must be numbers: often"):
        commission(problem, Alignment.today(problem))


def test_columns_that_are_not_there() -> None:
    with pytest.raises(PolicyError, match="reps have no column 'commission_rate'"):
        commission(plan.problem(), Alignment.today(plan.problem()))
    with pytest.raises(PolicyError, match="accounts have no column 'odds'"):
        commission(*facts(), probability="odds")


def test_nothing_to_earn_has_no_index() -> None:
    problem, alignment = facts()
    measures = dict(problem.accounts.measures) | {"potential": np.zeros(3)}
    found = commission(replace(problem, accounts=replace(problem.accounts, measures=measures)), alignment)
    assert found.available == pytest.approx([0.0, 0.0])
    assert np.isnan(found.index).all()
