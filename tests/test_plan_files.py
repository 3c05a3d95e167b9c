"""A plan and who holds its areas, from files that were written here or edited by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from maps_of_squares import grid, write_folder

import territory_opt as to
from territory_opt.cli import main
from territory_opt.holdings import territories
from territory_opt.io.plan_files import read_plan
from tests.grids import CONTIGUOUS, drawn_grid
from tests.test_contiguity import POLICY, row

HEAD = "account_id,rep_id\n"
AREAS = "area_id,rep_id\n"


def files(folder: Path, accounts: str, areas: str | None = None) -> Path:
    (folder / "alignment.csv").write_text(HEAD + accounts)
    if areas is not None:
        (folder / "area_alignment.csv").write_text(AREAS + areas)
    return folder / "alignment.csv"


def test_a_plan_is_judged_as_it_was_when_it_was_made(tmp_path: Path) -> None:
    """Whatever the search gave to whom, the files say the same; today's plan has no word on areas."""
    problem = drawn_grid(6, 4, 3, seed=4, empty=0.4)
    policy = to.Policy([to.Travel(), to.Balance("potential", within=0.3)], CONTIGUOUS)
    result = to.solve(problem, policy, stop=to.MaxSteps(3))
    to.deliver(problem, policy, result, tmp_path, with_map=False)
    plan, warnings = read_plan(problem, policy, tmp_path / "alignment.csv")
    assert warnings == ()
    assert plan == result.alignment
    assert plan.rep_of_area.tolist() == result.alignment.rep_of_area.tolist()
    assert to.audit(problem, policy, plan).clashes == result.clashes == ()
    (tmp_path / "area_alignment.csv").unlink()
    assert read_plan(problem, policy, tmp_path / "alignment.csv")[0].rep_of_area is None


def test_the_table_of_areas_decides_where_no_account_does(tmp_path: Path) -> None:
    """Areas 1 and 3 of a row of five are empty: given to the wrong rep, they tear both territories."""
    problem = row(5, [0, 2, 4])
    for areas, torn in (("1,W\n3,E\n", []), ("1,E\n3,E\n", ["W", "E"]), ("3,E\n", ["W"])):
        plan, warnings = read_plan(problem, POLICY, files(tmp_path, "a0,W\na2,W\na4,E\n", areas))
        assert warnings == ()
        assert [c.where for c in to.audit(problem, POLICY, plan).clashes] == torn


def test_accounts_that_follow_decide_whose_their_area_is(tmp_path: Path) -> None:
    problem = row(5, [0, 2, 4])
    path = files(tmp_path, "a0,W\na2,E\na4,E\n", "0,W\n1,W\n2,W\n3,E\n")
    plan, warnings = read_plan(problem, POLICY, path)
    assert plan.rep_of_area.tolist() == [0, 0, 1, 1, 1]
    assert [(i.value, i.fault, i.mend, i.fatal) for i in warnings] == [
        ("2", "is W's here, but E serves the accounts that follow it", "Taken as E's", False),
    ]
    assert np.array_equal(territories(problem, POLICY.area_of(problem), plan), plan.rep_of_area)
    named = to.Policy([to.Travel()], [to.FollowArea(named=("a2", "a4")), to.Contiguous()])
    plan, warnings = read_plan(problem, named, path)
    assert plan.rep_of_area.tolist() == [0, 0, 0, 1, -1]
    assert warnings == ()


def test_faults_of_both_files_come_together(tmp_path: Path) -> None:
    problem = row(3, [0, 1, 2])
    path = files(tmp_path, "a0,W\na9,W\na1,R9\n", "0,W\n0,E\n7,W\n2,X\n")
    with pytest.raises(to.DataError) as caught:
        read_plan(problem, POLICY, path)
    assert [(i.table, i.row, i.value) for i in caught.value.issues] == [
        ("alignment", 3, "a9"),
        ("alignment", 4, "R9"),
        ("area_alignment", 4, "7"),
        ("area_alignment", 3, "0"),
        ("area_alignment", 5, "X"),
    ]
    path = files(tmp_path, "a0,W\n", "")
    (tmp_path / "area_alignment.csv").write_text("area,rep_id\n0,W\n")
    with pytest.raises(to.DataError, match="area_alignment row 1, area_id: the column is missing"):
        read_plan(problem, POLICY, path)
    with pytest.raises(to.DataError, match=r"area_alignment = '.*none.csv': is no file"):
        read_plan(problem, POLICY, path, tmp_path / "none.csv")


def test_facts_without_areas_need_no_table_of_them(tmp_path: Path) -> None:
    problem = to.Problem(to.Accounts.of(["a0"]), to.Reps.of(["W"]))
    path = files(tmp_path, "a0,W\n", "0,W\n")
    plan, (warning,) = read_plan(problem, to.Policy(), path)
    assert plan.rep_of_area is None
    assert str(warning).endswith("the facts hold no areas. The file is not read")
    with pytest.raises(to.DataError, match="the facts hold no areas"):
        read_plan(problem, to.Policy(), path, tmp_path / "area_alignment.csv")


TOML = """
[[terms]]
type = "travel"
[[rules]]
type = "follow_area"
[[rules]]
type = "contiguous"
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A row of five squares; accounts in the first, the middle and the last; reps X and Y."""
    accounts = [("p", 48.05, 10.05, "a0"), ("q", 48.05, 10.25, "a2"), ("r", 48.05, 10.45, "a4")]
    folder = tmp_path / "data"
    folder.mkdir()
    write_folder(folder, grid(5, 1), accounts, TOML)
    (folder / "reps.csv").write_text("rep_id,lat,lon\nX,48.05,10\nY,48.05,10.5\n")
    return folder


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return (ended.value.code or 0, *capsys.readouterr())


def test_every_verb_takes_the_table_beside_or_given(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = files(tmp_path, "p,X\nq,X\nr,Y\n", "a0,X\na1,X\na2,X\na3,Y\na4,Y\n")
    bad = tmp_path / "bad.csv"
    bad.write_text(AREAS + "a1,Y\na3,Y\n")
    for verb, extra in (("audit", ()), ("report", ("-o", tmp_path / "out"))):
        assert call(capsys, verb, data, good, *extra)[0] == 0
        code, out, _ = call(capsys, verb, data, good, *extra, "--areas", bad, "--format", "json")
        assert code == 3
        assert {v["wish"] for v in json.loads(out)["violations"]} == {"contiguous"}
    assert (tmp_path / "out" / "area_alignment.csv").is_file()
    assert call(capsys, "map", data, good, "-o", tmp_path / "m.html", "--areas", bad)[0] == 0
    code, out, _ = call(capsys, "compare", data, good, "--format", "json")
    clashes = next(r for r in json.loads(out) if r["figure"] == "clashes")
    assert clashes[str(good)] == 0
    code, out, _ = call(capsys, "explain", data, good, "q", "--format", "json")
    told = {r["rep_id"]: r["on the map"] for r in json.loads(out)}
    assert told == {"X": "", "Y": ""}
    code, out, _ = call(capsys, "explain", data, good, "a1", "--area", "--areas", bad, "--format", "json")
    assert {r["rep_id"]: r["role"] for r in json.loads(out)} == {"X": "", "Y": "serves it"}


def test_what_was_overruled_is_told(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = files(tmp_path, "p,X\nq,Y\nr,Y\n", "a0,X\na1,X\na2,X\na3,Y\na4,Y\n")
    code, _, err = call(capsys, "audit", data, path)
    assert code == 0
    assert "warning: area_alignment, area_id = 'a2': is X's here, but Y serves" in err


def test_coverage_of_a_plan(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = files(tmp_path, "p,X\nq,X\nr,Y\n", "a0,X\na1,X\na2,X\na3,Y\na4,Y\n")
    assert call(capsys, "coverage", data) == (
        0, "Covered once: no areas overlap, no gap lies between them, and every account lies in one.\n", ""
    )  # fmt: skip
    code, out, _ = call(capsys, "coverage", data, whole)
    assert code == 0
    assert out.endswith("every area is in exactly one territory.\n")
    assert call(capsys, "coverage", data, whole, "--format", "json")[:2] == (0, "[]\n")
    (tmp_path / "area_alignment.csv").write_text(AREAS + "a3,Y\n")
    code, out, _ = call(capsys, "coverage", data, whole, "--format", "json")
    assert code == 3
    (found,) = json.loads(out)
    assert (found["fault"], found["area_id"], found["other_id"]) == ("no territory", "a1", "a0")
    code, out, _ = call(capsys, "coverage", data, whole, "--format", "csv")
    assert code == 3
    assert out.splitlines()[0] == "fault,area_id,other_id,km2,mend,account_id"
    code, out, _ = call(capsys, "coverage", data, whole)
    assert code == 3
    assert "give it to a territory: X holds a0" in out


def test_lakes_may_be_left_out(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shapes = grid(3, 3)
    del shapes["a4"]
    write_folder(data, shapes, [("p", 48.05, 10.05, "a0")], TOML)
    code, out, _ = call(capsys, "coverage", data, "--format", "json")
    assert code == 3
    assert [row["fault"] for row in json.loads(out)] == ["gap"]
    code, out, _ = call(capsys, "coverage", data, "--no-gaps")
    assert (code, out) == (0, "Covered once: no areas overlap, and every account lies in one.\n")
