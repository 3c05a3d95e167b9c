"""The benchmarks run, and their last line is for machines."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from benchmarks import scale


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
