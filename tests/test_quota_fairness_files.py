"""The chapter on the fairness of quotas, its picture, and the benchmarks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import plan
import pytest

import territory_opt as to
from benchmarks import attainment, quotas
from territory_opt.deliver.pay import draws_for
from territory_opt.deliver.plan import Plan
from territory_opt.deliver.quota_fairness import quota_fairness_chapters
from territory_opt.io.glossary import MEANINGS
from territory_opt.plots.quota_fairness import draw_quota_fairness

PNG = b"\x89PNG"


def of(problem: to.Problem, **quota: float) -> Plan:
    return Plan(problem, plan.POLICY, plan.result(problem), quota)


def test_the_chapter_has_a_row_a_rep_a_picture_and_its_notes() -> None:
    chapter = next(quota_fairness_chapters(of(plan.problem(), potential_weight=1.0)))
    assert list(chapter.columns["rep_id"]) == ["=R1", "R2", "007"]
    assert all(len(values) == 3 for values in chapter.columns.values())
    assert set(chapter.columns) <= set(MEANINGS)
    assert ((chapter.columns["chance of quota"] > 0) & (chapter.columns["chance of quota"] < 1)).all()
    assert chapter.pictures[0].startswith(PNG)
    assert "tests of fairness" in chapter.notes[0]
    assert any("10,000 years drawn" in note for note in chapter.notes)


def test_a_test_that_fails_is_a_note() -> None:
    facts = plan.problem()
    potential = np.array([5000.0, 200, 300, 400, 300, 200, 100, 50])
    measures = {**facts.accounts.measures, "potential": potential}
    facts = replace(facts, accounts=replace(facts.accounts, measures=measures))
    notes = next(quota_fairness_chapters(of(facts, potential_weight=1.0))).notes
    assert "fail" in notes[0]
    assert any(note.startswith("equal chances: Chances to make the quota run from") for note in notes)


def test_books_that_hold_nothing_get_a_note_and_no_rows() -> None:
    good = of(plan.problem())
    nothing = {name: np.zeros(8) for name in good.problem.accounts.measures}
    empty = replace(good.problem, accounts=replace(good.problem.accounts, measures=nothing))
    chapter = next(quota_fairness_chapters(replace(good, problem=empty)))
    assert len(chapter.columns["rep_id"]) == 0
    assert "cannot be judged" in chapter.notes[0]


def test_very_many_accounts_get_fewer_draws() -> None:
    assert [draws_for(n) for n in (0, 20_000, 100_000, 1_000_000)] == [10_000, 10_000, 2_000, 1_000]


@pytest.mark.parametrize("reps", [0, 1, 40])
def test_the_picture_can_be_drawn_of_any_force(reps: int) -> None:
    rng = np.random.default_rng(1)
    chance = rng.uniform(0, 1, reps)
    chance[1::7] = np.nan
    names = ["$" * 30] * reps
    line = (0.1, -0.2, 0.4) if reps > 1 else None
    assert draw_quota_fairness(rng.uniform(1, 9, reps), chance + 0.5, chance, names, line).startswith(PNG)


def test_the_attainment_benchmark_prints_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--accounts", "500", "--reps", "10", "--draws", "400", "--shape", "gaussian", "--json"]
    assert attainment.main(words) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 0.5 < figures["root_mean_square_in_standard_errors"] < 1.6
    assert figures["largest_in_standard_errors"] < 4
    assert figures["seconds"] >= 0


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Records of a force that never was, in seats of the sample company; one is new, one holds nothing."""
    people, quota = ["BusinessEntityID,SalesYTD,SalesLastYear"], ["BusinessEntityID,QuotaDate,SalesQuota"]
    for i, rep in enumerate([*range(275, 284), 286, 288, 289, 290, 999]):
        last = 0 if rep == 280 else 1_000_000 + 50_000 * i
        people.append(f"{rep},{1.2 * last:.2f},{last}")
        quota += [
            f"{rep},20{year}-0{q}-01 00:00:00,{300_000 * year / 12}"
            for year in (12, 13)
            for q in (1, 3, 5, 7)
        ]
    (tmp_path / "SalesPerson.csv").write_text("\n".join(people))
    (tmp_path / "SalesPersonQuotaHistory.csv").write_text("\n".join(quota))
    return tmp_path


def test_methods_beside_the_quotas_that_were_set(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everybody grew by a fifth, so growth alone is fair to the cent, and one quota for all is not."""
    assert quotas.main(["--history", str(history), "--json"]) == 0
    printed = capsys.readouterr().out
    figures = json.loads(printed.splitlines()[-1])
    assert figures["reps"] == 12
    assert figures["fairest"] == "uniform_growth"
    assert figures["quotas"][0]["deviation"] == pytest.approx(0, abs=1e-6)
    real = next(row for row in figures["quotas"] if row["quotas"] == quotas.REAL)
    assert real["tests failed"] > 0
    assert "slope on size" in real["fails"]
    record = quotas.read_record(history, Path("instances/adventureworks"))
    assert "280" not in record.rep_ids  # sold nothing the year before
    assert record.quota.tolist() == [4 * 300_000 * 13 / 12] * 12  # the last four quarters
    assert "Fairest of the methods: uniform_growth." in printed


def test_a_history_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert quotas.main(["--history", str(tmp_path)]) == 2
    assert "cannot judge" in capsys.readouterr().err
