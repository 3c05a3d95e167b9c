"""The folder of a plan: what each file says, and that it is there whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path

import numpy as np
import plan
import pytest

from territory_opt import Alignment, ExportError, PolicyError, deliver
from territory_opt.errors import Issue
from territory_opt.io.alignments import read_alignment
from territory_opt.io.atomic import csv_encoding
from territory_opt.io.outputs import plain, write_json

FILES = {
    "alignment.csv",
    "moves.csv",
    "territories.csv",
    "fairness.json",
    "fairness.png",
    "fairness_index.png",
    "fairness_reps.csv",
    "quotas.csv",
    "quota_fairness.csv",
    "quota_method_fairness.csv",
    "report.xlsx",
    "trace.csv",
    "uncovered.csv",
    "result.json",
}


@pytest.fixture(scope="module")
def facts():
    return plan.problem()


@pytest.fixture(scope="module")
def outcome(facts):
    return plan.result(facts)


def send(facts, outcome, folder: Path, **settings) -> dict[str, Path]:
    return deliver(facts, plan.POLICY, outcome, folder, with_map=False, **settings)


@pytest.fixture(scope="module")
def folder(facts, outcome, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("plan") / "out"
    send(facts, outcome, out)
    return out


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding=csv_encoding(path), newline="") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_file_is_there_and_nothing_else(facts, outcome, tmp_path: Path) -> None:
    written = send(facts, outcome, tmp_path / "new" / "out")
    assert set(written) == FILES
    assert {path.name for path in (tmp_path / "new" / "out").iterdir()} == FILES
    assert all(path.is_file() for path in written.values())


def test_alignment_is_the_plan_and_reads_back(facts, outcome, folder: Path) -> None:
    lines = (folder / "alignment.csv").read_bytes().splitlines()
    assert lines[:2] == [b"account_id,rep_id", b"000,'=R1"]
    assert len(lines) == 1 + 7
    assert read_alignment(facts, folder / "alignment.csv") == outcome.alignment


def test_alignment_bytes_are_stable(facts, folder: Path, tmp_path: Path) -> None:
    send(facts, plan.result(plan.problem()), tmp_path)
    for name in FILES - {"report.xlsx", "result.json"}:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_what_people_open_has_a_mark_and_what_programs_load_has_none(folder: Path) -> None:
    """Excel garbles accents in a CSV file without a byte-order mark; a program trips over one."""
    marked = {path.name for path in folder.glob("*.csv") if path.read_bytes().startswith(b"\xef\xbb\xbf")}
    quotas = {"quotas.csv", "quota_fairness.csv", "quota_method_fairness.csv"}
    assert marked == {"moves.csv", "territories.csv", "uncovered.csv", "fairness_reps.csv"} | quotas
    assert {path.name for path in folder.glob("*.csv")} - marked == {"alignment.csv", "trace.csv"}


def test_an_alignment_reads_back_with_and_without_a_mark(
    facts, outcome, folder: Path, tmp_path: Path
) -> None:
    raw = (folder / "alignment.csv").read_bytes()
    (tmp_path / "saved_by_excel.csv").write_bytes(b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n"))
    assert read_alignment(facts, tmp_path / "saved_by_excel.csv") == outcome.alignment


def test_no_cell_starts_a_formula(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        with path.open(encoding=csv_encoding(path), newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    is_number = re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", cell)
                    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")) or is_number, cell


def test_moves_say_who_what_and_why(folder: Path) -> None:
    moves = rows(folder / "moves.csv")
    assert [(m["account_id"], m["change"], m["from_rep"], m["to_rep"]) for m in moves] == [
        ("002", "moved", "'=R1", "R2"),
        ("004", "moved", "R2", "007"),
        ("006", "newly assigned", "", "007"),
    ]
    assert all(m["reason"] and m["forced"] == "no" for m in moves)
    assert float(moves[0]["disruption_cost"]) == pytest.approx(0.05 * 150 + 4 * 60)


def test_territories_add_up(folder: Path) -> None:
    territories = rows(folder / "territories.csv")
    assert [int(t["accounts"]) for t in territories] == [2, 2, 3]
    assert [int(t["gained"]) for t in territories] == [0, 1, 1]
    assert [int(t["lost"]) for t in territories] == [1, 1, 0]
    assert [int(t["newly assigned"]) for t in territories] == [0, 0, 1]
    assert [int(t["accounts today"]) for t in territories] == [3, 2, 1]
    assert [float(t["potential"]) for t in territories] == [300, 700, 600]
    assert float(territories[0]["index of potential"]) == pytest.approx(300 / (1600 / 3), abs=1e-6)


def test_territories_count_visits_and_driving(facts, outcome, folder: Path) -> None:
    accounts = np.arange(7)
    rep = outcome.alignment.rep[:7]
    km = facts.km(accounts, rep)
    driving_h = np.bincount(
        rep, 12 * km * 2 * 1.3 / 60 / 4
    )  # visits · there and back · detour ÷ speed ÷ stops
    territories = rows(folder / "territories.csv")
    assert [float(t["travel_h"]) for t in territories] == pytest.approx(driving_h, abs=0.051)
    work_h = driving_h + 12 * np.bincount(rep)
    assert [float(t["workload_h"]) for t in territories] == pytest.approx(work_h, abs=0.051)


def test_a_move_that_saves_driving_says_so_with_a_plus(facts, outcome, folder: Path) -> None:
    moved = np.array([2, 4])
    change_h = facts.travel_h(moved, facts.accounts.owner[moved]) - facts.travel_h(
        moved, outcome.alignment.rep[moved]
    )
    saved = [float(m["travel_and_fit_saved"]) for m in rows(folder / "moves.csv") if m["from_rep"]]
    assert saved == pytest.approx(60 * change_h, abs=0.006)
    assert any(saved)


def test_lines_end_alike_on_every_system(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        raw = path.read_bytes()
        assert raw.endswith(b"\n"), path.name
        assert b"\r" not in raw, path.name


def test_quotas_sum_to_the_goal(folder: Path) -> None:
    quotas = rows(folder / "quotas.csv")
    assert round(sum(float(q["quota"]) for q in quotas), 2) == 3333.33
    assert all(q["how it arose"].endswith(f"quota: {float(q['quota']):,.2f}") for q in quotas)


def test_quota_columns_are_the_same_for_every_goal(facts, outcome, folder: Path, tmp_path: Path) -> None:
    send(facts, outcome, tmp_path, quota={"goal": 1e6, "potential_weight": 1.0, "over_assignment": 0.03})
    first, second = (rows(path / "quotas.csv") for path in (folder, tmp_path))
    assert list(first[0]) == list(second[0])
    assert not [name for name in first[0] if "%" in name or re.search(r"\d", name)]
    total = sum(float(q["quota"]) for q in first)
    for quota in first:  # three seats of one share
        assert float(quota["index of quota"]) == pytest.approx(float(quota["quota"]) / (total / 3), abs=1e-6)
        parts = [float(value) for name, value in quota.items() if name.startswith("from ")]
        assert sum(parts) == pytest.approx(float(quota["quota"]), abs=1e-4)


def test_warnings_of_the_input_stay_with_the_plan(facts, outcome, tmp_path: Path) -> None:
    issue = Issue(
        "accounts", None, "revnue", "", "is no known column", "Read as one of your own", fatal=False
    )
    written = send(facts, outcome, tmp_path, warnings=[issue])
    assert set(written) == FILES | {"warnings.csv"}
    assert [row["column"] for row in rows(tmp_path / "warnings.csv")] == ["revnue"]
    send(facts, outcome, tmp_path)  # a plan without warnings does not keep those of the one before
    assert {path.name for path in tmp_path.iterdir()} == FILES


def test_uncovered_accounts_come_with_a_reason(facts, folder: Path, tmp_path: Path) -> None:
    assert rows(folder / "uncovered.csv") == [
        {"account_id": "'=A8", "name": "Plain", "reason": "no rep may serve it under the rules"}
    ]
    send(facts, plan.result(facts, (0, 0, 1, 1, 2, 2, -1, -1)), tmp_path)
    assert "though a rep may serve it" in rows(tmp_path / "uncovered.csv")[0]["reason"]


def test_result_and_fairness_are_strict_json(outcome, folder: Path) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    record = json.loads((folder / "result.json").read_text("utf-8"), parse_constant=refuse)
    assert record["status"] == "clash"
    assert record["objective"] == pytest.approx(outcome.objective)
    assert record["gap"] == pytest.approx(0.1)
    assert record["objective"] == pytest.approx(record["cost"] + record["breach_cost"])
    assert record["cost"] == pytest.approx(sum(record["terms"].values()))
    assert record["meaning"].keys() <= record.keys()
    assert record["counts"] == {
        "accounts": 8,
        "moved": 2,
        "forced": 0,
        "newly_assigned": 1,
        "not_covered_any_more": 0,
        "uncovered": 1,
    }
    assert record["seed"] == 7
    assert record["terms"].keys() == {"travel", "disruption"}
    assert {v["wish"] for v in record["violations"]} == {"coverage", "potential within 25 %"}
    assert {"bound", "runtime_s", "fingerprint", "versions", "terms_today"} <= record.keys()
    spread = json.loads((folder / "fairness.json").read_text("utf-8"), parse_constant=refuse)
    assert spread["plan"][0]["reps"] == spread["today"][0]["reps"] == 3


def test_json_knows_no_nan(tmp_path: Path) -> None:
    record = {"a": np.nan, "b": [np.inf, np.float32(1.5)], "c": np.array([1, 2]), "d": np.bool_(True)}
    write_json(tmp_path / "x.json", record)
    assert json.loads((tmp_path / "x.json").read_text()) == {
        "a": None,
        "b": [None, 1.5],
        "c": [1, 2],
        "d": True,
    }
    assert plain(-np.inf) is None


def test_trace_keeps_every_step(folder: Path) -> None:
    trace = rows(folder / "trace.csv")
    assert [t["stage"] for t in trace] == ["prices", "shifts"]
    assert trace[0]["objective"] == trace[0]["bound"] == ""  # not known yet
    assert float(trace[1]["gap"]) == pytest.approx(0.1, abs=1e-6)


def test_a_new_plan_takes_the_files_of_the_old_one(facts, outcome, tmp_path: Path) -> None:
    send(facts, outcome, tmp_path)
    (tmp_path / "map.html").write_text("a map of the plan before")
    (tmp_path / "notes.txt").write_text("the planner's own")
    served = facts.take(np.arange(7), np.arange(3))
    deliver(served, plan.POLICY, plan.result(served, (0, 0, 1, 1, 2, 2, 2)), tmp_path, with_map=False)
    assert {path.name for path in tmp_path.iterdir()} == FILES - {"uncovered.csv"} | {"notes.txt"}


@pytest.mark.parametrize("fails_at", range(1, 12))
def test_a_failure_leaves_the_folder_as_it_was(facts, outcome, tmp_path, monkeypatch, fails_at: int) -> None:
    send(facts, outcome, tmp_path / "out")
    before = contents(tmp_path / "out")
    other = plan.result(facts, (2, 2, 1, 1, 0, 0, 0, -1))
    replace, calls = os.replace, []

    def failing(source, target):
        if Path(target).parent == tmp_path / "out" and Path(source).parent.name == "new":
            calls.append(target)
            if len(calls) == fails_at:
                raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    if fails_at <= len(FILES):
        with pytest.raises(ExportError, match="No space left"):
            send(facts, other, tmp_path / "out")
        assert contents(tmp_path / "out") == before
    else:
        send(facts, other, tmp_path / "out")
        assert contents(tmp_path / "out") != before


@pytest.mark.parametrize("old_files", [True, False])
@pytest.mark.parametrize("renames", range(1, 20))
def test_ctrl_c_right_after_a_rename_loses_nothing(
    facts, outcome, tmp_path: Path, monkeypatch, renames: int, old_files: bool
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("the planner's own")
    if old_files:
        send(facts, outcome, out)
    before = contents(out)
    replace, done = os.replace, []

    def interrupted(source, target):
        replace(source, target)
        if {Path(source).parent.name, Path(target).parent.name} & {"new", "old"} and "out" in (
            Path(source).parent.name,
            Path(target).parent.name,
        ):
            done.append(target)
            if len(done) == renames:
                raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    if renames <= len(FILES) * (1 + old_files):
        with pytest.raises(KeyboardInterrupt):
            send(facts, plan.result(facts, (2, 2, 1, 1, 0, 0, 0, -1)), out)
        assert contents(out) == before
    else:
        send(facts, plan.result(facts, (2, 2, 1, 1, 0, 0, 0, -1)), out)
        assert contents(out).keys() == FILES | {"notes.txt"}


def test_a_failure_makes_no_folder(facts, outcome, tmp_path: Path, monkeypatch) -> None:
    def broken(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("territory_opt.io.workbook.write_workbook", broken)
    with pytest.raises(ExportError, match="Input/output error"):
        send(facts, outcome, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder(facts, outcome, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ExportError, match="cannot write"):
        send(facts, outcome, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_bad_quota_settings_write_nothing(facts, outcome, tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="quota: the goal of 0 must be above 0"):
        send(facts, outcome, tmp_path / "out", quota={"goal": 0})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("quota", "words"),
    [
        ({"hedges": {"regoin": 0.1}}, "hedges = 'regoin': is no text column of the reps"),
        ({"method": "weighted_index", "weights": {"revenu": 1}}, "Did you mean 'revenue'"),
        ({"method": "bottom_up", "plan": "pln"}, "plan = 'pln': is no measure of accounts"),
        ({"growth_at_most": 0.05}, "growth_at_most = '0.05': allows .* Raise it to"),
        ({"ramp": (0.5,), "year_start": "2026-01"}, "needs the reps' column start_date"),
    ],
)
def test_quota_settings_that_the_facts_contradict_write_nothing(
    facts, outcome, tmp_path: Path, quota, words: str
) -> None:
    with pytest.raises(PolicyError, match=words):
        send(facts, outcome, tmp_path / "out", quota=quota)
    assert list(tmp_path.iterdir()) == []


def test_books_with_nothing_to_share_give_no_quotas_and_a_note(tmp_path: Path) -> None:
    facts = plan.problem()
    empty = Alignment(np.full(8, -1))
    send(facts, plan.result(facts, tuple(empty.rep)), tmp_path)
    assert rows(tmp_path / "quotas.csv") == []
    assert (tmp_path / "quotas.csv").read_text("utf-8-sig").startswith("rep_id,quota")
