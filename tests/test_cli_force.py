"""The verbs about the force: how many reps, and what they earn; on the quick start."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

QUICKSTART = Path(__file__).parent.parent / "instances" / "quickstart"
Run = Callable[..., tuple[int, str, str]]

INCENTIVES = """
[incentives]
effective_date = "2026-01-01"
leagues = 2
[[incentives.plans]]
base = 60000
variable = 40000
"""
HEADCOUNT = """
[headcount]
cost_per_rep = 90000
margin = 0.4
start = "2026-01-01"
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A folder with an alignment in which everybody keeps his accounts, and R3 gets those of nobody."""
    with (QUICKSTART / "accounts.csv").open(encoding="utf-8") as file:
        owners = {row["account_id"]: row["owner"] for row in csv.DictReader(file)}
    rows = [f"{account},{owner if owner in ('R1', 'R2') else 'R3'}" for account, owner in owners.items()]
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "alignment.csv").write_text("\n".join(["account_id,rep_id", *rows]), encoding="utf-8")
    return folder


def with_settings(folder: Path, text: str) -> Path:
    """The quick start with more settings."""
    shutil.copytree(QUICKSTART, folder)
    with (folder / "territory.toml").open("a", encoding="utf-8") as file:
        file.write(text)
    return folder


def test_headcount_writes_and_prints_what_settings_allow(run: Run, tmp_path: Path) -> None:
    code, out, err = run("headcount", QUICKSTART)
    assert code == 0, err
    assert "Workload" in out
    assert "Payback" not in out
    assert "Write cost_per_rep and margin" in out
    folder = tmp_path / "force"
    folder.mkdir()
    (folder / "headcount_curve.csv").write_text("of an earlier run", encoding="utf-8")
    data = with_settings(tmp_path / "data", HEADCOUNT)
    code, out, err = run("headcount", data, "-o", folder, "--format", "json")
    assert code == 0, err
    record = json.loads(out)
    assert record["workload"]["rows"][-1]["segment"] == "all"
    assert record["capacity"]["rows"][0]["month"] == "2026-01"
    files = {"workload.csv", "capacity.csv", "capacity.png", "payback.csv", "payback.png"}
    files |= {"best_size.csv", "best_size.png", "headcount.xlsx"}
    assert {path.name for path in folder.iterdir()} == files
    code, out, _ = run("headcount", data, "--format", "csv")
    assert len(list(csv.DictReader(io.StringIO(out)))) == 4  # three segments and all


def test_headcount_lists_faults_of_its_settings(run: Run, tmp_path: Path) -> None:
    data = with_settings(tmp_path / "data", "[headcount]\nmargin = 7\nattrition = -1\nspam = 1\n")
    code, out, err = run("headcount", data)
    assert code == 2
    assert out == ""
    assert "spam" in err
    data = with_settings(tmp_path / "other", "[headcount]\nmargin = 7\nattrition = -1\n")
    code, _, err = run("headcount", data)
    assert code == 2
    assert "headcount.margin" in err
    assert "headcount.attrition" in err


@pytest.mark.slow
def test_headcount_curve(run: Run, tmp_path: Path) -> None:
    data = with_settings(tmp_path / "data", HEADCOUNT)
    code, out, err = run(
        "headcount",
        data,
        "-o",
        tmp_path / "force",
        "--curve",
        "--around",
        "1",
        "--time",
        "3",
        "--format",
        "csv",
    )
    assert code == 0, err
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["reps"] for row in rows] == ["2", "3", "4"]
    assert all(float(row["bound"]) <= float(row["objective"]) + 0.01 for row in rows)
    assert (tmp_path / "force" / "headcount_curve.png").stat().st_size > 5_000


def test_incentives_of_a_plan(run: Run, plan: Path, tmp_path: Path) -> None:
    code, out, err = run("incentives", QUICKSTART, plan / "alignment.csv")
    assert code == 0, err
    assert "0 accounts leave a rep who stays" in out
    data = with_settings(tmp_path / "data", INCENTIVES)
    code, out, err = run("incentives", data, plan / "alignment.csv", "-o", tmp_path / "pay")
    assert code == 0, err
    assert "difference 0.00" in out
    files = {"incentives.csv", "incentives.png", "credits.csv", "leagues.csv", "incentives.xlsx"}
    assert {path.name for path in (tmp_path / "pay").iterdir()} == files
    moves = (plan / "alignment.csv").read_text(encoding="utf-8").replace("A01,R1", "A01,R2")
    (plan / "moves.csv").write_text(moves, encoding="utf-8")
    code, _, err = run("incentives", data, plan / "moves.csv", "-o", tmp_path / "pay")
    assert code == 0, err
    lost = list(csv.DictReader((tmp_path / "pay" / "transition.csv").open(encoding="utf-8-sig")))
    assert [(row["account_id"], float(row["commission at risk"])) for row in lost] == [("A01", 1920.0)]
    own = tmp_path / "pay" / "credits.csv"
    code, out, err = run("incentives", data, plan / "alignment.csv", "--credits", own)
    assert code == 0, err
    assert "difference 0.00" in out
    own.write_text(own.read_text(encoding="utf-8-sig").replace("1.0", "0.9"), encoding="utf-8")
    code, _, err = run("incentives", data, plan / "alignment.csv", "--credits", own)
    assert code == 2
    assert "the splits sum to 90.00 % at first" in err
    code, out, _ = run("incentives", data, plan / "alignment.csv", "--format", "json")
    assert json.loads(out)["incentives"]["rows"][0]["on-target earnings"] == 100_000


def test_incentives_that_nothing_asks_for(run: Run, plan: Path, tmp_path: Path) -> None:
    shutil.copytree(QUICKSTART, tmp_path / "data")
    reps = (tmp_path / "data" / "reps.csv").read_text(encoding="utf-8")
    (tmp_path / "data" / "reps.csv").write_text(reps.replace("commission_rate", "spare"), encoding="utf-8")
    code, _, err = run("incentives", tmp_path / "data", plan / "alignment.csv")
    assert code == 2
    assert "asks for nothing" in err


def test_a_report_has_the_incentives_that_settings_ask_for(run: Run, plan: Path, tmp_path: Path) -> None:
    data = with_settings(tmp_path / "data", INCENTIVES)
    code, out, err = run("report", data, plan / "alignment.csv", "-o", tmp_path / "out")
    assert code == 3, err  # the bands do not hold
    assert "credits: The books hold" in out
    assert {"incentives.csv", "credits.csv", "leagues.csv"} <= {p.name for p in (tmp_path / "out").iterdir()}
    code, _, _ = run("report", QUICKSTART, plan / "alignment.csv", "-o", tmp_path / "out")
    assert not (tmp_path / "out" / "credits.csv").exists()


def test_a_rate_that_cannot_be_does_not_cost_the_report(run: Run, plan: Path, tmp_path: Path) -> None:
    data = with_settings(tmp_path / "data", "")
    reps = (data / "reps.csv").read_text(encoding="utf-8")
    (data / "reps.csv").write_text(reps.replace(",0.02,", ",2,"), encoding="utf-8")
    code, out, err = run("report", data, plan / "alignment.csv", "-o", tmp_path / "out")
    assert code == 3, err
    assert "incentives: No commission at risk: reps, commission_rate: must be between 0 and 1" in out
    code, _, err = run("incentives", data, plan / "alignment.csv")
    assert code == 2
    assert "commission_rate" in err
