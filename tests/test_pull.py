"""Reading a system, or reports from one, into a data folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filed_system import TOKEN

import territory_opt as to
from territory_opt.crm import full_id
from territory_opt.deliver.pulled import read_reports, write_pulled
from territory_opt.io.tables import read_table

Run = Callable[..., tuple[int, str, str]]
A1, A2, A3 = (f"001D000000Iqh{end}" for end in ("SA", "sa", "SB"))
U1, U2, U3 = (f"005D0000000Use{end}" for end in "rRs")


def tables() -> dict[str, Any]:
    return {
        "accounts": {
            "account_id": [A1, A2, full_id(A3)],
            "name": ["One", "=HYPERLINK(1)", "Three"],
            "owner": [U1, full_id(U2), ""],
            "family": [A1, A1, ""],
            "revenue": [1000, None, float("nan")],
        },
        "reps": {
            "rep_id": [U1, U2, U3],
            "name": ["Ann", "Bo", "Cy"],
            "status": ["active", "leaving", "leaving"],
        },
        "opportunities": {
            "opportunity_id": ["006D000000Abcde", "006D000000Abcdf"],
            "account_id": [A1, ""],
            "owner": [U1, U1],
            "stage": ["proposal", "proposal"],
            "amount": [500.0, 1.0],
            "closes": ["2027-03-01", ""],
        },
        "territories": {"territory_id": [], "name": [], "parent": []},
    }


def cells(path: Path) -> dict[str, list[str]]:
    frame = read_table(path, path.stem)
    return {str(name): frame[name].tolist() for name in frame.columns}


def test_ids_come_in_full_and_owners_find_their_reps(tmp_path: Path) -> None:
    files = write_pulled(tables(), "salesforce", tmp_path / "data")
    assert [path.name for path in files] == ["accounts.csv", "reps.csv", "deals.csv", "territories.csv"]
    accounts, reps, deals = (cells(path) for path in files[:3])
    assert accounts["account_id"] == [full_id(A1), full_id(A2), full_id(A3)]
    assert accounts["owner"] == [full_id(U1), full_id(U2), ""]
    assert accounts["family"] == [full_id(A1), full_id(A1), ""]
    assert accounts["revenue"] == ["1000", "", ""]
    assert reps["rep_id"] == [full_id(U1), full_id(U2)]  # the third is gone and owns nothing
    assert (deals["deal_id"], deals["account_id"]) == ([full_id("006D000000Abcde")], [full_id(A1)])


def test_every_id_that_lost_a_capital_is_named_and_nothing_written(tmp_path: Path) -> None:
    given = tables()
    given["accounts"]["account_id"][0] = full_id(A1).lower()
    given["accounts"]["owner"][1] = "Bo"
    with pytest.raises(to.DataError) as caught:
        write_pulled(given, "salesforce", tmp_path / "data")
    assert [(issue.column, issue.value) for issue in caught.value.issues] == [
        ("account_id", full_id(A1).lower()),
        ("owner", "Bo"),
    ]
    assert "check letters that do not fit" in str(caught.value)
    assert not (tmp_path / "data").exists()


def test_facts_that_are_there_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "reps.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(to.ExportError, match=r"already has reps\.csv"):
        write_pulled(tables(), "salesforce", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["reps.csv"]


def test_reports_of_each_system_are_read_under_our_names(tmp_path: Path) -> None:
    for file, lines in {
        "Account.csv": (
            "Account ID,Account Name,Account Owner ID,Annual Revenue,Tier",
            f"{A1},One,{U1},5,gold",
        ),
        "User.csv": ("User ID,Full Name,Active", f"{U1},Ann,1", f"{U2},Bo,0"),
        "Opportunity.csv": (
            "Id,AccountId,OwnerId,StageName,Amount,CloseDate,IsClosed",
            f"006D000000Abcde,{A1},{U1},proposal,5,2027-03-01,false",
            f"006D000000Abcdf,{A1},{U1},won,5,2027-03-01,true",
        ),
    }.items():
        (tmp_path / file).write_text("\n".join(lines), encoding="utf-8")
    found = read_reports(tmp_path, "salesforce")
    assert found["accounts"] == {
        **{"account_id": [A1], "name": ["One"], "owner": [U1], "revenue": ["5"], "Tier": ["gold"]}
    }
    assert found["reps"]["status"] == ["active", "leaving"]
    assert found["opportunities"]["opportunity_id"] == ["006D000000Abcde"]
    users = "systemuserid,fullname,isdisabled\nu1,Ann,False\nu2,Bo,True\n"
    (tmp_path / "User.csv").write_text(users, encoding="utf-8")
    assert read_reports(tmp_path, "dynamics")["reps"]["status"] == ["active", "leaving"]


def test_reports_that_lack_something_say_where_it_was_looked_for(run: Run, tmp_path: Path) -> None:
    with pytest.raises(to.DataError) as caught:
        read_reports(tmp_path, "salesforce")
    assert [issue.table for issue in caught.value.issues] == ["accounts", "reps"]
    (tmp_path / "accounts.csv").write_text(f"Account ID,Account Name\n{A1},One\n", encoding="utf-8")
    (tmp_path / "reps.csv").write_text(f"User ID,Full Name\n{U1},Ann\n", encoding="utf-8")
    code, _, err = run("pull", "--from", "salesforce", "--reports", tmp_path, "-o", tmp_path / "data")
    assert code == 2
    assert "owner: the column is missing. Add it. It may be called 'Account Owner ID', 'Owner ID'" in err
    assert not (tmp_path / "data").exists()


def test_the_verb_writes_the_tables_and_says_what_is_missing(run: Run, filed: Path, tmp_path: Path) -> None:
    filed.write_text(json.dumps({"token": TOKEN, "tables": tables()}), encoding="utf-8")
    code, out, err = run("pull", "--from", "filed", "-o", tmp_path / "data")
    assert (code, err) == (0, "")
    assert "filed: tests, as the tester" in out
    assert "3 accounts, 3 reps, 2 opportunities" in out
    assert "lat" in out  # which no plan can do without
    assert "A plan needs more" in out
    code, out, _ = run("pull", "--from", "filed", "-o", tmp_path / "again", "--format", "json")
    told_json = json.loads(out)
    assert told_json["counts"]["accounts"] == 3
    assert {row["column"] for row in told_json["faults"]} >= {"lat", "lon"}
    assert run("pull", "--from", "filed", "-o", tmp_path / "again")[0] == 2
