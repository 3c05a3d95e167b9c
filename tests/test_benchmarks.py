"""The benchmarks run, and their last line is for machines."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks import scale


def test_scale_prints_its_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["scale", "--accounts", "60", "--reps", "3", "--time", "10", "--json"]
    monkeypatch.setattr(sys, "argv", arguments)
    scale.main()
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["violations"] == 0
    assert 0 <= figures["gap"] < 0.05
    assert figures["bound"] <= figures["objective"]
    assert figures["peak_mib"] > 0
