"""The verbs that ask what if, on the quick start."""

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


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_what_if_and_the_store(run: Run, alignment: Path, tmp_path: Path) -> None:
    store, out = tmp_path / "store", tmp_path / "out"
    wide = ("--band", "workload_h=0.3", "--band", "potential=0.3")
    changes = ("--in-force", "--leaver", "R1", *wide, "--others", 2)
    named = ("--store", store, "--name", "Grace leaves")
    code, told, _ = run("what-if", QUICKSTART, alignment, "-o", out, *changes, *named)
    assert code == 0
    assert "kept as Grace leaves, version 1" in told
    rows = table((out / "moves.csv").read_text(encoding="utf-8-sig"))
    assert {row["from_rep"] for row in rows if row["forced"] == "yes"} == {"R1"}
    assert sum(row["forced"] == "no" for row in rows) <= 2
    code, _, _ = run("what-if", QUICKSTART, alignment, "-o", out, *changes[:-2], *wide, *named)
    listed = table(run("scenarios", "list", store, "--format", "csv")[1])
    assert [(row["name"], row["version"]) for row in listed] == [
        ("Grace leaves", "1"),
        ("Grace leaves", "2"),
    ]
    manifest = json.loads(run("scenarios", "show", store, "Grace leaves", "--version", 1)[1])
    assert manifest["changes"][0] == "R1 leaves"
    different = table(run("scenarios", "diff", store, "Grace leaves@1", "Grace leaves", "--format", "csv")[1])
    assert "at most 12 of accounts moved" in {row["what"] for row in different}
    again = tmp_path / "again"
    assert run("scenarios", "restore", store, "Grace leaves@1", "-o", again)[0] == 0
    before = table((out.parent / "again" / "alignment.csv").read_text(encoding="utf-8"))
    assert len(before) == 28
    code, _, err = run("scenarios", "show", store, "nobody")
    assert code == 2
    assert "no such scenario" in err


def test_wrong_changes_are_all_named(run: Run, alignment: Path, tmp_path: Path) -> None:
    wrong = ("--leaver", "R9", "--without", "balnce", "--lock", "A99")
    code, _, err = run("what-if", QUICKSTART, alignment, "-o", tmp_path / "out", *wrong)
    assert code == 2
    assert not (tmp_path / "out").exists()
    for word in ("R9", "balnce", "A99"):
        assert word in err
    assert run("what-if", QUICKSTART, alignment, "-o", tmp_path / "out", "--band", "potential")[0] == 2


def test_conflict_names_what_clashes_and_what_helps(run: Run, tmp_path: Path) -> None:
    code, told, _ = run("conflict", QUICKSTART, "--time", 20)
    assert (code, told) == (0, "All wishes can be met together.\n")
    tight = tmp_path / "tight"
    shutil.copytree(QUICKSTART, tight)
    text = (tight / "territory.toml").read_text(encoding="utf-8")
    (tight / "territory.toml").write_text(text.replace("within = 0.10", "within = 0.01"), encoding="utf-8")
    code, told, _ = run("conflict", tight, "--time", 40, "--format", "json")
    record = json.loads(told)
    assert code == 3
    assert record["possible"] is False
    assert record["minimal"] is True
    assert all("within 1 %: R" in wish for wish in record["clashing"])
    assert record["repairs"][0]["change"].startswith("workload_h within ")


def test_worth_answers_in_money(run: Run, alignment: Path) -> None:
    asked = ("--wish", "workload_h within 10 %", "--time", 10)
    code, told, _ = run("worth", QUICKSTART, alignment, *asked)
    assert code == 0
    assert "workload_h within 10 % costs" in told
    row = table(run("worth", QUICKSTART, alignment, *asked, "--format", "csv")[1])[0]
    assert float(row["least"]) <= float(row["found"]) <= float(row["most"])


def test_decide_on_what_the_field_asks_for(run: Run, alignment: Path, tmp_path: Path) -> None:
    asked = QUICKSTART / "requests.csv"
    code, told, _ = run("decide", QUICKSTART, alignment, asked, "-o", tmp_path, "--format", "json")
    assert code == 0
    assert "Refused" in told
    assert "A05" in told
    assert (tmp_path / "decisions.csv").is_file()
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("account_id,rep_id,value\nA05,R2,much\nA06,R9,1\n", encoding="utf-8")
    code, _, err = run("decide", QUICKSTART, alignment, wrong)
    assert code == 2
    assert "much" in err


def test_frontier_and_first_moves(run: Run, tmp_path: Path) -> None:
    grid = ("--widths", "0.1,0.3", "--weights", "0.5,2", "--time", 3)
    code, told, _ = run("frontier", QUICKSTART, "-o", tmp_path, *grid, "--format", "csv")
    assert code == 0
    assert table(told)[0]["wishes kept"] == "yes"
    assert (tmp_path / "frontier.png").is_file()
    code, told, _ = run("first-moves", QUICKSTART, "--at-most", "0,2", "--time", 3, "--format", "json")
    assert code == 0
    assert [step["others that may move"] for step in json.loads(told)["steps"]] == [0, 2]
    assert run("frontier", QUICKSTART, "--widths", "wide")[0] == 2


def test_holdovers_of_open_deals(run: Run, alignment: Path) -> None:
    deals = QUICKSTART / "deals.csv"
    asked = ("--on", "2026-01-01", "--exempt", "contract", "--eligible", "proposal", "--format", "csv")
    code, told, _ = run("holdovers", QUICKSTART, alignment, deals, *asked)
    assert code == 0
    rows = {row["deal_id"]: row for row in table(told)}
    assert set(rows) == {"D1", "D2"}  # the account of the third stays
    assert "leaves" not in rows["D1"]["works_on_it"]
    assert run("holdovers", QUICKSTART, alignment, deals, "--on", "soon")[0] == 2


def test_decide_says_by_its_exit_code_that_every_set_breaks_a_wish(
    run: Run, alignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "breaks potential within 15 %: R1 has too much"
    monkeypatch.setattr("territory_opt.scenarios.requests._broken_by_all", lambda *_: said)
    asked = ("--time", 2, "-o", tmp_path, "--format", "csv")
    code, told, _ = run("decide", QUICKSTART, alignment, QUICKSTART / "requests.csv", *asked)
    assert code == 3
    assert {row["accepted"] for row in csv.DictReader(io.StringIO(told)) if row["why"]} == {"no"}
    assert said in told
    before, after = (table(p.read_text(encoding="utf-8")) for p in (alignment, tmp_path / "alignment.csv"))
    assert [row["rep_id"] for row in after] == [row["rep_id"] for row in before]
