"""The benchmarks run, and their last line is for machines."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from benchmarks import growth, publish, scale


def test_scale_prints_its_figures_and_draws_the_gap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--accounts", "60", "--reps", "3", "--time", "10", "--files", "--json", "-o", str(tmp_path)]
    assert scale.main(words) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["violations"] == 0
    assert 0 <= figures["gap"] < 0.05
    assert figures["bound"] <= figures["objective"]
    assert figures["peak_mib"] > 0
    assert {"read_s", "write_plan_s"} <= figures.keys()
    with (tmp_path / "gap.csv").open(encoding="utf-8") as file:
        steps = list(csv.DictReader(file))
    assert float(steps[-1]["gap"]) == pytest.approx(figures["gap"], abs=1e-6)
    assert (tmp_path / "gap.png").read_bytes().startswith(b"\x89PNG")


def test_files_change_no_plan() -> None:
    """A market that goes through Parquet is the same market."""
    plain, through_files = (scale.measure(80, 4, 2, 20.0, files)[0] for files in (False, True))
    assert through_files["objective"] == pytest.approx(plain["objective"], rel=1e-9)


def test_growth_makes_a_row_of_each_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = {"reps": 5, "status": "optimal", "violations": 0, "solve_s": 2.0, "peak_mib": 300}
    runs = [run | {"accounts": n, "seed": seed, "gap": 0.001 * seed} for n in (100, 10) for seed in (2, 1)]
    results = tmp_path / "results.jsonl"
    results.write_text("\n".join(json.dumps(line) for line in runs), encoding="utf-8")
    assert growth.main([str(results), "-o", str(tmp_path / "growth.png")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "| 10 × 5 | 1, 2 | 0.1 %, 0.2 % | 2 of 2 | 0 | 2, 2 | 200.0 | 300 |"
    assert len(lines) == 4
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
    results.write_text("{}", encoding="utf-8")
    assert growth.main([str(results)]) == 2


def test_publishing_is_measured_and_every_account_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    for system in ("salesforce", "csv"):
        assert publish.main(["--accounts", "40", "--reps", "4", "--system", system, "--json"]) == 0
        figures = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert (figures["written"], figures["rolled_back"], figures["differences"]) == (40, 40, 0)
        assert figures["total_s"] > 0
