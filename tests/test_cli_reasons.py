"""Why, how sure, how quiet: the verbs that answer, on the quick start."""

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


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        (("--territory", "R1"), "Grace"),
        (("--band", "potential"), "potential within 15 %:"),
        (("--lock", "A03"), "A03 is locked to "),
    ],
)
def test_explain_says_why_in_money(run: Run, alignment: Path, asked: tuple[str, str], begins: str) -> None:
    """At the prices that `solve` wrote; and with the counter-question solved, as an interval that fits."""
    code, told, err = run("explain", QUICKSTART, alignment, *asked, "--format", "json")
    assert code == 0, err
    by_prices = json.loads(told)
    assert by_prices["said"][0].startswith(begins)
    assert "by prices" in " ".join(by_prices["said"])
    code, told, _ = run("explain", QUICKSTART, alignment, *asked, "--time", 10, "--format", "json")
    solved = json.loads(told)
    assert code == 0
    assert "(proved" in " ".join(solved["said"])
    assert solved["figures"]["saving"] <= by_prices["figures"]["saving"] + 0.01
    assert run("explain", QUICKSTART, alignment, *asked)[0] == 0


def test_explain_a_cap(run: Run, alignment: Path, tmp_path: Path) -> None:
    capped = tmp_path / "capped"
    shutil.copytree(QUICKSTART, capped)
    with (capped / "territory.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[terms]]\ntype = "move_cap"\nmeasure = "accounts"\nat_most = 12\n')
    code, told, err = run("explain", capped, alignment, "--cap", "move_cap", "--time", 10)
    assert code == 0, err
    assert "of at most 12 accounts" in told
    assert "from there on it costs nothing" in told


def test_explain_wants_one_thing_at_a_time(run: Run, alignment: Path) -> None:
    for asked in ((), ("A01", "--band", "potential"), ("--cap", "x", "--lock", "A01")):
        assert run("explain", QUICKSTART, alignment, *asked)[0] == 2
    code, _, err = run("explain", QUICKSTART, alignment, "--band", "potental")
    assert code == 2
    assert "potential within 15 %" in err


def test_sure_bands_hold_as_often_as_they_say(run: Run, alignment: Path, tmp_path: Path) -> None:
    asked = ("--measure", "potential", "--variation", 0.05, "--probability", 0.8, "--time", 3)
    code, told, err = run("sure", QUICKSTART, alignment, *asked, "-o", tmp_path, "--format", "json")
    record = json.loads(told)
    often = [row["within the band"] for row in record["reps"]]
    assert code == (0 if min(often) >= 0.8 else 3), err
    assert record["kept"] == (code == 0)
    assert (tmp_path / "alignment.csv").is_file()
    unsure = ("--variation", 3, "--probability", 0.99, "--time", 2, "--format", "csv")
    code, told, _ = run("sure", QUICKSTART, alignment, *unsure)
    assert code == 3
    assert "no" in {row["often enough"] for row in table(told)}
    code, _, err = run("sure", QUICKSTART, alignment, "--measure", "workload_h")
    assert code == 2
    assert "no symmetric band" in err


def test_stability_is_a_setting(run: Run, tmp_path: Path) -> None:
    """Two reps have swapped their accounts, and two accounts are new: two others move, and no more."""
    quiet = tmp_path / "quiet"
    shutil.copytree(QUICKSTART, quiet)
    accounts = table((quiet / "accounts.csv").read_text(encoding="utf-8-sig"))
    swapped = {"R2": "R3", "R3": "R2"}
    for i, row in enumerate(accounts):
        row["owner"] = "" if i < 2 else swapped.get(row["owner"], "R1")
        row["locked"] = ""
    with (quiet / "accounts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, accounts[0])
        writer.writeheader()
        writer.writerows(accounts)
    assert moved(run, quiet, tmp_path / "free") > 2
    with (quiet / "territory.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[terms]]\ntype = "stability"\nmoves_per_new = 1.0\n')
    assert 0 < moved(run, quiet, tmp_path / "held") <= 2


def moved(run: Run, data: Path, out: Path) -> int:
    code, _, err = run("solve", data, "-o", out, "--time", 5, "--format", "json")
    assert code in (0, 3), err
    rows = table((out / "moves.csv").read_text(encoding="utf-8-sig"))
    return sum(row["change"] == "moved" and row["forced"] == "no" for row in rows)
