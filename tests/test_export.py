"""Load files for the CRM: ids that survive, owners forward and back, and nothing beyond the limits."""

from __future__ import annotations

import csv
import os
import re
import shutil
import string
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import territory_opt as to
from territory_opt.crm import Limits, changes_of, full_id, load_files, over_limits, routing_table
from territory_opt.crm.child_files import DealOwner, deal_files
from territory_opt.crm.load_files import _developer_name
from territory_opt.deliver.exports import write_exports
from territory_opt.deliver.quota_load import quota_files
from territory_opt.moves import moves
from territory_opt.scenarios import value

QUICKSTART = Path(__file__).parent.parent / "instances" / "quickstart"
Run = Callable[..., tuple[int, str, str]]
LETTERS = string.ascii_letters + string.digits


def test_ids_of_fifteen_become_eighteen() -> None:
    assert full_id("001D000000IqhSL") == "001D000000IqhSLIAZ"
    assert full_id("001D000000IqhSLIAZ") == "001D000000IqhSLIAZ"
    for wrong in ("001D000000iqhslIAZ", "001D000000IqhS", "001D000000IqhSLIA", "001D000000Iqh L", ""):
        with pytest.raises(ValueError, match=r"is no Salesforce id|check letters"):
            full_id(wrong)


@given(st.text(LETTERS, min_size=15, max_size=15), st.integers(0, 14))
def test_a_capital_that_is_lost_is_seen(short: str, at: int) -> None:
    whole = full_id(short)
    assert full_id(whole) == whole
    changed = whole[:at] + whole[at].swapcase() + whole[at + 1 :]
    if changed != whole:
        with pytest.raises(ValueError, match="check letters"):
            full_id(changed)


def facts(**tags: list[str]) -> to.Problem:
    accounts = to.Accounts.of(
        [f"001D000000Iqh{a}" for a in ("SA", "sa", "SB", "SC", "SD")],
        owner=[0, 0, 1, -1, 2],
        measures={"revenue": [10, 20, 30, 40, 50]},
        tags={"region": ["N", "N", "S", "S", ""]},
    )
    status = {"status": ["active", "active", "leaving"]}
    return to.Problem(accounts, to.Reps.of([f"005D0000000Use{r}" for r in "rRs"], tags=status | tags))


PLAN = to.Alignment(np.array([0, 1, 1, 0, 1], np.int32))


def test_owners_go_forward_and_back() -> None:
    problem = facts()
    files = {file.name: file.columns for file in load_files(problem, PLAN, "salesforce")}
    forward, back = files["account_owners.csv"], files["account_owners_back.csv"]
    ids = [full_id(text) for text in problem.accounts.ids]
    users = [full_id(text) for text in problem.reps.ids]
    assert list(forward["Id"]) == [ids[1], ids[3], ids[4]]
    assert list(forward["OwnerId"]) == [users[1], users[0], users[1]]
    assert list(back["Id"]) == [ids[1], ids[4]]  # the fourth had no owner to go back to
    assert list(back["OwnerId"]) == [users[0], users[2]]
    assert len(files["object_territory2_association.csv"]["ObjectId"]) == 5
    assert users[2] not in list(files["user_territory2_association.csv"]["UserId"])


def test_a_plan_that_changes_nothing_writes_no_rows() -> None:
    problem = facts()
    today = to.Alignment(problem.accounts.owner)
    assert len(changes_of(problem, today)) == 0
    for target in ("salesforce", "csv"):
        owners = load_files(problem, today, target)[0].columns
        assert all(len(column) == 0 for column in owners.values())


def test_developer_names_stay_apart() -> None:
    names = [_developer_name(text) for text in ("a-b", "a_b", "a b", "=1", "ü", "a2db")]
    assert len(set(names)) == len(names)
    assert all(name.replace("_", "").isalnum() and "__" not in name for name in names)


def test_ids_that_the_system_would_not_know_are_all_named() -> None:
    accounts = to.Accounts.of(["1", "x", "3"], owner=[0, 0, 0])
    problem = to.Problem(accounts, to.Reps.of(["10", "y"]))
    plan = to.Alignment(np.array([1, 1, 1], np.int32))
    with pytest.raises(to.DataError) as caught:
        load_files(problem, plan, "hubspot")
    assert [(issue.table, issue.value) for issue in caught.value.issues] == [("accounts", "x"), ("reps", "y")]
    with pytest.raises(to.DataError) as guid:
        load_files(problem, plan, "dynamics")
    assert len(guid.value.issues) == 5


def test_every_salesforce_id_that_is_wrong_is_named_at_once() -> None:
    n = 60
    accounts = to.Accounts.of([f"A{i}" for i in range(n)], owner=[0] * n)
    problem = to.Problem(accounts, to.Reps.of(["x", "y", "z"]))
    with pytest.raises(to.DataError) as caught:
        load_files(problem, to.Alignment(np.array([1] * 55 + [0] * 5, np.int32)), "salesforce")
    named = [(issue.table, issue.value) for issue in caught.value.issues]
    assert len(named) == n + 3
    assert set(named) == {("accounts", f"A{i}") for i in range(n)} | {("reps", name) for name in "xyz"}


def test_a_hubspot_owner_may_be_an_address_and_a_company_may_not() -> None:
    accounts = to.Accounts.of(["1", "2", "me@firm.com"], owner=[0, 0, 0])
    reps = to.Reps.of(["a", "b"], tags={"crm_user_id": ["77", "Ann.Lee+x@firm.co.uk"]})
    plan = to.Alignment(np.array([1, 0, 0], np.int32))
    forward, back = (file.columns for file in load_files(to.Problem(accounts, reps), plan, "hubspot"))
    assert list(forward["Company owner"]) == ["Ann.Lee+x@firm.co.uk"]
    assert list(back["Company owner"]) == ["77"]
    with pytest.raises(to.DataError) as caught:
        load_files(to.Problem(accounts, reps), to.Alignment(np.array([0, 0, 1], np.int32)), "hubspot")
    assert [(issue.table, issue.value) for issue in caught.value.issues] == [("accounts", "me@firm.com")]


@pytest.mark.parametrize(
    "text", ["@firm.com", "ann@", "ann@firm", "a b@firm.com", "a@b@firm.com", "a@firm.com,"]
)
def test_half_an_address_is_no_hubspot_owner(text: str) -> None:
    accounts, reps = (
        to.Accounts.of(["1"], owner=[0]),
        to.Reps.of(["5", "6"], tags={"crm_user_id": ["5", text]}),
    )
    with pytest.raises(to.DataError, match="is no HubSpot owner: digits or an e-mail address"):
        load_files(to.Problem(accounts, reps), to.Alignment(np.array([1], np.int32)), "hubspot")


def test_seats_and_users() -> None:
    problem = facts(crm_user_id=["005D000000UserX", "", "005D000000UserX"])
    with pytest.raises(to.DataError, match="several seats"):
        changes_of(problem, PLAN)
    vacant = facts(status=["active", "vacant", "leaving"])
    with pytest.raises(to.DataError, match="is no user"):
        changes_of(vacant, PLAN)


def test_limits_are_kept_or_said() -> None:
    problem = facts()
    changes = changes_of(problem, PLAN)
    assert over_limits(problem, changes, Limits(1.0, 1.0, 1.0)) == ()
    told = over_limits(problem, changes, Limits(0.5, 0.5, 0.4))
    assert len(told) == 3  # that the leaver loses everything is no surprise
    assert "3 accounts of 5 would change owner, 60.0 %" in told[0]
    assert "73.3 % of the revenue" in told[1]
    assert "would lose 1 of 2 accounts" in told[2]


def test_new_leads_are_routed_where_most_go() -> None:
    problem = facts()
    table = routing_table(problem, PLAN, ("region",))
    assert list(table["region"]) == ["N", "S"]
    assert table["share"].tolist() == [0.5, 0.5]
    assert table["accounts"].tolist() == [2, 2]
    with pytest.raises(to.PolicyError, match="no text column"):
        routing_table(problem, PLAN, ("regoin",))


def export(folder: Path, rep: list[int], *route_by: str) -> set[str]:
    """Export a plan of the facts; the names of all that is in the folder then."""
    problem, policy = facts(), to.Policy([to.Travel()])
    accounts = replace(problem.accounts, lat=np.zeros(5), lon=np.arange(5.0))
    problem = replace(
        problem, accounts=accounts, reps=replace(problem.reps, lat=np.zeros(3), lon=np.arange(3.0))
    )
    result = value(problem, policy, to.Alignment(np.array(rep, np.int32)))
    paths = write_exports(problem, result, moves(problem, policy, result), folder, "csv", route_by)
    assert all(path.is_file() for path in paths)
    return names_in(folder)


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_nothing_of_an_earlier_export_stays(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("the planner's own")
    both = export(tmp_path, [0, 1, 1, 0, 1], "region")
    assert "routing.csv" in both
    assert len([name for name in both if name.startswith("sheets/")]) == 3
    less = export(tmp_path, [0, 0, 1, 0, 2])
    assert less == both - {"routing.csv"} - {n for n in both if n.startswith(("sheets/002", "sheets/003"))}
    none = export(tmp_path, [0, 0, 1, -1, 2])
    assert none == {"notes.txt", "owners.csv", "HOW.txt"}
    assert not (tmp_path / "sheets").exists()


@pytest.mark.parametrize("renames", range(1, 8))
def test_an_export_that_fails_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    export(tmp_path, [0, 1, 1, 0, 1], "region")
    before = {name: (tmp_path / name).read_bytes() for name in names_in(tmp_path)}
    rename, done = os.replace, []

    def full(source: Path, target: Path) -> None:
        rename(source, target)
        if tmp_path in (Path(source).parent, Path(target).parent):
            done.append(target)
            if len(done) == renames:
                raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(to.ExportError, match="No space left"):
        export(tmp_path, [0, 0, 1, 0, 2])
    assert {name: (tmp_path / name).read_bytes() for name in names_in(tmp_path)} == before


def test_the_verb_writes_everything_or_refuses(run: Run, tmp_path: Path) -> None:
    out, plan = tmp_path / "out", tmp_path / "plan.csv"
    problem = to.read(QUICKSTART)
    with plan.open("w", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["account_id", "rep_id"])
        for a, owner in zip(problem.accounts.ids, problem.accounts.owner, strict=True):
            gone = owner < 0 or problem.reps.leaving[owner]
            writer.writerow([a, "R1" if gone else problem.reps.ids[owner]])
    code, _, err = run("export", QUICKSTART, plan, "--to", "csv", "-o", out, "--accounts", 0.1)
    assert code == 3
    assert "refused: 8 accounts of 28" in err
    assert not out.exists()
    wide = ("--pipeline", 1)  # three deals are no market
    code, told, _ = run("export", QUICKSTART, plan, "--to", "csv", "-o", out, "--route-by", "segment", *wide)
    assert code == 0
    assert "8 accounts change owner" in told
    assert {path.name for path in out.iterdir()} == {"owners.csv", "routing.csv", "sheets", "HOW.txt"}
    assert (out / "owners.csv").read_bytes()[:3] != b"\xef\xbb\xbf"
    sheets = sorted(path.name for path in (out / "sheets").iterdir())
    assert sheets == ["001_R1.csv", "004_R4.csv"]
    code, _, err = run("export", QUICKSTART, plan, "--to", "salesforce", "-o", tmp_path / "sf", *wide)
    assert code == 2
    assert "is no Salesforce id" in err
    assert not (tmp_path / "sf").exists()


def test_open_deals_of_the_old_owner_go_along() -> None:
    problem = facts()
    users = [full_id(text) for text in problem.reps.ids]
    a, b, c, d, e = problem.accounts.ids
    r, big_r, s = problem.reps.ids
    deals = [
        *(DealOwner("006D000000Abcd1", b, r), DealOwner("006D000000Abcd2", b, s)),  # b goes from r to R
        *(
            DealOwner("006D000000Abcd3", a, r),
            DealOwner("006D000000Abcd4", e, s),
        ),  # a stays, e goes from s to R
        DealOwner("006D000000Abcd5", d, ""),  # d had no owner, nor has the deal
    ]
    changes = changes_of(problem, PLAN)
    forward, back = deal_files(problem, changes, deals, "salesforce")
    assert (forward.name, back.name) == ("opportunity_owners.csv", "opportunity_owners_back.csv")
    assert list(forward.columns["Id"]) == [full_id("006D000000Abcd1"), full_id("006D000000Abcd4")]
    assert list(forward.columns["OwnerId"]) == [users[1], users[1]]
    assert list(back.columns["OwnerId"]) == [users[0], users[2]]
    assert deal_files(problem, changes, deals[1:3], "salesforce") == ()
    with pytest.raises(to.DataError, match="is no Salesforce id"):
        deal_files(problem, changes, [DealOwner("D1", b, r)], "salesforce")
    plain = deal_files(problem, changes, [DealOwner("D1", b, r)], "csv")[0].columns
    assert [list(column) for column in plain.values()] == [["D1"], [big_r]]
    assert c


def test_quotas_by_month_sum_to_the_year_and_go_to_users(tmp_path: Path) -> None:
    problem = facts(status=["active", "vacant", "active"])
    r, vacant, s = problem.reps.ids
    (tmp_path / "quotas.csv").write_text(f"rep_id,quota\n{r},1000.01\n{vacant},5\n{s},0\n", encoding="utf-8")
    assert quota_files(problem, tmp_path, "") == ()  # of which year?
    columns = quota_files(problem, tmp_path, "2027-02")[0].columns
    assert set(columns["QuotaOwnerId"]) == {full_id(r)}
    assert list(columns["StartDate"]) == [f"2027-{m:02d}-01" for m in range(2, 13)] + ["2028-01-01"]
    assert round(sum(map(float, columns["QuotaAmount"])), 2) == 1000.01
    assert set(columns["CurrencyIsoCode"]) == {"USD"}
    (tmp_path / "quota_months.csv").write_text(
        f"rep_id,period,quota\n{r},2027-Q1,10\n{r},2027-Q2,20.5\n", encoding="utf-8"
    )
    columns = quota_files(problem, tmp_path, "")[0].columns
    assert list(columns["StartDate"]) == ["2027-01-01", "2027-04-01"]
    assert list(columns["QuotaAmount"]) == ["10.00", "20.50"]
    (tmp_path / "quota_months.csv").write_text(f"rep_id,period,quota\n{r},month 1,10\n", encoding="utf-8")
    assert quota_files(problem, tmp_path, "2027-01") == ()
    (tmp_path / "quota_months.csv").write_text(f"rep_id,period,quota\n{r},2027-01,much\n", encoding="utf-8")
    with pytest.raises(to.DataError, match=r"quota_months row 2, quota = 'much': is no quota"):
        quota_files(problem, tmp_path, "")
    (tmp_path / "quota_months.csv").write_text("rep_id,period,quota\nwho,2027-01,1\n", encoding="utf-8")
    with pytest.raises(to.DataError, match="'who': is not in the data"):
        quota_files(problem, tmp_path, "")


def test_an_export_for_salesforce_has_deals_and_quotas_where_they_are_known(run: Run, tmp_path: Path) -> None:
    data, plan, out = tmp_path / "data", tmp_path / "plan", tmp_path / "out"
    shutil.copytree(QUICKSTART, data)
    for path in data.glob("*.csv"):  # the same facts, with ids that Salesforce would know
        text = re.sub(r"\bA(\d\d)\b", r"001D000000IqhA\1", path.read_text("utf-8"))
        text = re.sub(r"\bR(\d)\b", r"005D0000000UsR\1", re.sub(r"\bD(\d)\b", r"006D000000IqhD\1", text))
        path.write_text(re.sub("(001D000000IqhA)(..)", r"001D000000Iqh\2", text), "utf-8")
    deals = (data / "deals.csv").read_text("utf-8").splitlines()
    owner = read_owner(data)
    named = [f"{line},{owner[line.split(',')[1]]}" for line in deals[1:]]
    (data / "deals.csv").write_text("\n".join([f"{deals[0]},owner", *named]), "utf-8")
    reps = sorted({o for o in owner.values() if o})
    plan.mkdir()
    gone = [a for a, o in owner.items() if o == reps[3]]
    rows = [f"{a},{reps[0] if a in gone else o or reps[1]}" for a, o in owner.items()]
    (plan / "alignment.csv").write_text("\n".join(["account_id,rep_id", *rows]), "utf-8")
    (plan / "quotas.csv").write_text(f"rep_id,quota\n{reps[0]},120\n", "utf-8")
    toml = data / "territory.toml"
    toml.write_text(toml.read_text("utf-8") + '[publish]\neffective_date = "2027-02-01"\n', "utf-8")
    code, _, err = run("export", data, plan / "alignment.csv", "--to", "salesforce", "-o", out)
    assert code == 3
    assert "of the money in open deals would change owner; the limit is 30 %" in err
    code, _, err = run(
        "export", data, plan / "alignment.csv", "--to", "salesforce", "-o", out, "--pipeline", 1
    )
    assert (code, err) == (0, "")
    assert {"opportunity_owners.csv", "opportunity_owners_back.csv", "forecasting_quota.csv"} <= names_in(out)
    how = (out / "HOW.txt").read_text("utf-8")
    assert "ForecastingTypeId" in how
    with (out / "opportunity_owners.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 2  # of the three deals, that of A01 stays
    toml.write_text(toml.read_text("utf-8") + "children = []\n", "utf-8")
    (plan / "quotas.csv").unlink()
    run("export", data, plan / "alignment.csv", "--to", "salesforce", "-o", out, "--pipeline", 1)
    assert not {"opportunity_owners.csv", "forecasting_quota.csv"} & names_in(out)


def read_owner(data: Path) -> dict[str, str]:
    with (data / "accounts.csv").open(encoding="utf-8") as file:
        return {row["account_id"]: row["owner"] for row in csv.DictReader(file)}
