"""The verbs that change a live system: dry runs, stages, dates, limits, children, secrets, the way back."""

from __future__ import annotations

import csv
import json
import logging
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from filed_system import TOKEN

import territory_opt as to
from territory_opt.cli import main
from territory_opt.crm.journal import Journal

QUICKSTART = Path(__file__).parent.parent / "instances" / "quickstart"
Run = Callable[..., tuple[int, str, str]]
#: Who gets what in the plan; R4 leaves, so all of hers go. All others stay.
MOVES = {
    "A05": "R1",
    "A07": "R1",
    "A20": "R3",
    "A21": "R3",
    "A22": "R3",
    "A25": "R1",
    "A28": "R1",
    "A27": "R2",
}


class Place:
    """A data folder, a plan, and a system in a file that holds the same accounts."""

    def __init__(self, folder: Path, file: Path):
        self.data, self.plan, self.run = (folder / name for name in ("data", "plan.csv", "run"))
        self.file = file
        shutil.copytree(QUICKSTART, self.data)
        problem = to.read(self.data)
        owner = [problem.reps.ids[o] if o >= 0 else "" for o in problem.accounts.owner]
        today = dict(zip(problem.accounts.ids, owner, strict=True))
        plan = today | MOVES
        rows = "".join(f"{account},{rep}\n" for account, rep in plan.items() if rep)
        self.plan.write_text(f"account_id,rep_id\n{rows}", encoding="utf-8")
        self.moved = {a for a in today if plan[a] != today[a]}
        self.live: dict[str, Any] = {
            "token": TOKEN,
            "accounts": {a: {"owner": o, "team": ["colleague"]} for a, o in today.items()},
            "contacts": {f"C-{a}": {"account": a, "owner": o} for a, o in today.items()},
            "opportunities": {
                f"{word}-{a}": {"account": a, "owner": o, "open": word == "O"}
                for a, o in today.items()
                for word in ("O", "X")
            },
            "cases": {f"S-{a}": {"account": a, "owner": "service desk"} for a in today},
        }
        self.save()

    def save(self, **changed: Any) -> None:
        self.live |= changed
        self.file.write_text(json.dumps(self.live, sort_keys=True), encoding="utf-8")

    def now(self) -> dict[str, Any]:
        return json.loads(self.file.read_text(encoding="utf-8"))

    def owners(self, kind: str = "accounts") -> dict[str, str]:
        return {name: record["owner"] for name, record in self.now()[kind].items()}

    def call(self, *more: object) -> list[object]:
        return [self.data, "-a", self.plan, "--to", "filed", "-o", self.run, *more]


WIDE = ("--accounts", 1, "--revenue", 1, "--per-rep", 1, "--pipeline", 1)


@pytest.fixture
def place(tmp_path: Path, filed: Path) -> Place:
    return Place(tmp_path, filed)


def told_of(out: str, kind: str) -> list[str]:
    """What is printed of a kind of record: changed, already there, left alone, not there, refused."""
    return next(line for line in out.splitlines() if line.split()[:1] == [kind]).split()[1:]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_dry_run_says_what_would_happen_and_does_nothing(run: Run, place: Place) -> None:
    before = place.file.read_bytes()
    code, out, err = run("publish", *place.call(*WIDE))
    assert (code, err) == (0, "")
    assert told_of(out, "accounts") == [str(len(place.moved)), "0", "0", "0", "0"]
    assert "Nothing was changed" in out
    assert place.file.read_bytes() == before
    assert {path.name for path in place.run.iterdir()} == {"dry_run.csv", "dry_run_reps.csv"}
    told = {row["record_id"]: row for row in rows(place.run / "dry_run.csv") if row["kind"] == "accounts"}
    assert {name: row["owner_after"] for name, row in told.items()} == {a: MOVES[a] for a in place.moved}
    reps = {row["rep_id"]: row for row in rows(place.run / "dry_run_reps.csv")}
    lost = [a for a in place.moved if place.live["accounts"][a]["owner"] == "R4"]
    assert int(reps["R4"]["loses"]) == len(lost)
    assert int(reps["R4"]["accounts_after"]) == int(reps["R4"]["accounts_before"]) - len(lost)
    assert sum(int(row["gains"]) for row in reps.values()) == len(place.moved)


def test_accounts_go_with_what_belongs_to_the_old_owner_and_come_back(run: Run, place: Place) -> None:
    before = place.now()
    code, out, _ = run("publish", *place.call(*WIDE, "--push", "--format", "json"))
    told = json.loads(out)
    assert code == 0
    assert {kind: count["written"] for kind, count in told["counts"].items()} == {
        "accounts": len(place.moved),
        "contacts": len(place.moved) - 1,  # those of A27, which had no owner, belong to nobody
        "opportunities": len(place.moved) - 1,
        "cases": 0,  # they belong to the service desk
    }
    assert place.owners()["A27"] == MOVES["A27"]
    for account in place.moved - {"A27"}:
        was, rep = before["accounts"][account]["owner"], MOVES[account]
        assert place.owners()[account] == rep
        assert place.owners("contacts")[f"C-{account}"] == rep
        assert place.owners("opportunities")[f"O-{account}"] == rep
        assert place.owners("opportunities")[f"X-{account}"] == was  # closed
    assert all(record["team"] == ["colleague"] for record in place.now()["accounts"].values())
    assert (place.run / "contacts" / "manifest.json").is_file()

    code, again, _ = run("publish", *place.call(*WIDE, "--push"))
    assert code == 0
    assert told_of(again, "accounts") == ["0", str(len(place.moved)), "0", "0", "0"]
    assert len(place.now()["writes"]) == 3 * len(place.moved) - 2

    code, out, _ = run("rollback", place.run, "--to", "filed")
    assert "Nothing was changed" in out
    code, _, err = run("rollback", place.run, "--to", "filed", "--push")
    assert (code, err) == (3, "refused: A27: had no owner before\n")
    after = place.now()
    after.pop("writes")
    assert after["accounts"].pop("A27")["owner"] == "R2"
    assert before["accounts"].pop("A27")["owner"] == ""
    assert after == before
    assert run("verify", place.run)[0] == 0


def test_policy_says_what_goes_along(run: Run, place: Place) -> None:
    code, out, _ = run("publish", *place.call(*WIDE, "--push", "--children", "none"))
    assert code == 0
    assert "contacts" not in out
    toml = place.data / "territory.toml"
    toml.write_text(toml.read_text("utf-8") + '[publish]\nchildren = ["contacts"]\nteams = "drop"\n', "utf-8")
    code, out, _ = run("publish", *place.call(*WIDE))
    assert told_of(out, "contacts")[0] == str(len(place.moved) - 1)  # the accounts have moved already
    assert "opportunities" not in out
    code, _, err = run("publish", *place.call("--children", "contacts,casess"))
    assert code == 2
    assert "Did you mean 'cases'?" in err
    del place.live["cases"]
    place.save()
    code, _, err = run("publish", *place.call(*WIDE, "--push", "--children", "cases"))
    assert code == 2
    assert "the system has no cases" in err


def test_teams_go_only_where_that_is_said(run: Run, place: Place) -> None:
    run("publish", *place.call(*WIDE, "--push", "--teams", "drop"))
    teams = {name: record["team"] for name, record in place.now()["accounts"].items()}
    assert {name for name, team in teams.items() if not team} == place.moved


def test_more_than_the_limits_is_refused_and_nothing_is_asked(run: Run, place: Place) -> None:
    place.save(broken="expired")  # whoever asked would hear of it
    code, _, err = run(
        "publish", *place.call("--push", "--accounts", 0.1, "--revenue", 0.1, "--pipeline", 0.1)
    )
    assert code == 3
    assert [line.split(" would change owner")[0] for line in err.splitlines()] == [
        f"refused: {len(place.moved)} accounts of 28",
        f"refused: {revenue_share(place):.1f} % of the revenue",
        "refused: 70.6 % of the money in open deals",  # (42,000 + 18,000) ÷ 85,000
    ]
    assert not place.run.exists()
    code, _, err = run("publish", *place.call("--accounts", 1.5))
    assert code == 2
    assert "must be a share between 0 and 1" in err


def revenue_share(place: Place) -> float:
    accounts = rows(place.data / "accounts.csv")
    revenue = {row["account_id"]: float(row["revenue"]) for row in accounts}
    return 100 * sum(revenue[a] for a in place.moved) / sum(revenue.values())


def test_nothing_is_pushed_before_the_plan_begins(
    run: Run, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("territory_opt.cli.publish.today", lambda: date(2027, 1, 31))
    before = place.file.read_bytes()
    early = place.call(*WIDE, "--push", "--effective", "2027-02-01")
    code, _, err = run("publish", *early)
    assert code == 2
    assert "begins on 2027-02-01, today is 2027-01-31" in err
    assert place.file.read_bytes() == before
    assert run("publish", *place.call(*WIDE, "--effective", "2027-02-01"))[0] == 0  # a dry run may
    assert run("publish", *early, "--now")[0] == 0
    assert run("publish", *place.call("--effective", "1 February"))[0] == 2
    monkeypatch.setattr("territory_opt.cli.publish.today", lambda: date(2027, 2, 1))
    assert run("publish", *early)[0] == 0


def test_an_account_with_an_exempt_deal_stays_until_its_day(
    run: Run, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = place.data / "territory.toml"
    told = '[publish]\neffective_date = "2026-01-01"\nexempt = ["proposal"]\nholdover_days = 90\n'
    toml.write_text(toml.read_text("utf-8") + told, "utf-8")
    leaver = place.data / "reps.csv"
    leaver.write_text(leaver.read_text("utf-8").replace("leaving", "active"), "utf-8")
    monkeypatch.setattr("territory_opt.cli.publish.today", lambda: date(2026, 4, 1))
    code, out, _ = run("publish", *place.call(*WIDE, "--push"))
    assert code == 0
    assert "held over: 1" in out
    assert place.owners()["A07"] == "R4"
    assert place.owners("contacts")["C-A07"] == "R4"
    held = [row for row in rows(place.run / "records.csv") if row["outcome"] == "held over"]
    assert [(row["record_id"], row["why"]) for row in held] == [("A07", "until 2026-04-01, for an open deal")]
    monkeypatch.setattr("territory_opt.cli.publish.today", lambda: date(2026, 4, 2))
    code, out, _ = run("publish", *place.call(*WIDE, "--push"))
    assert told_of(out, "accounts")[0] == "1"
    assert place.owners()["A07"] == "R1"
    assert {row["record_id"] for row in rows(place.run / "records-2.csv") if row["outcome"] == "changed"} == {
        "A07"
    }
    assert run("verify", place.run)[0] == 0


def test_stages_go_on_from_each_other_and_do_nothing_twice(run: Run, place: Place) -> None:
    code, out, _ = run("publish", *place.call(*WIDE, "--push", "--stage", "one-rep"))
    assert code == 0
    assert "stage: rep=R2" in out  # the fewest changes: A27 comes, A28 goes
    assert changed(place) == {"A27", "A28"}
    code, out, _ = run("publish", *place.call(*WIDE, "--push", "--only", "rep=R3"))
    assert changed(place) == {"A27", "A28", "A20", "A21", "A22"}
    code, out, _ = run("publish", *place.call(*WIDE, "--push"))
    assert changed(place) == set(place.moved)
    assert told_of(out, "accounts")[1] == "5"
    writes = place.now()["writes"]
    assert len(writes) == len(set(writes)) == 3 * len(place.moved) - 2
    assert len(Journal(place.run).done()) == len(place.moved)
    assert run("verify", place.run)[0] == 0
    run("rollback", place.run, "--to", "filed", "--push")
    assert changed(place) == {"A27"}  # which had no owner


def changed(place: Place) -> set[str]:
    return {name for name, owner in place.owners().items() if owner != place.live["accounts"][name]["owner"]}


def test_limits_count_what_earlier_stages_did(run: Run, place: Place) -> None:
    limits = ("--accounts", 0.2, "--revenue", 1, "--per-rep", 1, "--pipeline", 1)  # at most 5 of 28
    for rep, code in (("R2", 0), ("R3", 0), ("R1", 3)):
        assert run("publish", *place.call(*limits, "--push", "--only", f"rep={rep}"))[0] == code
    assert len(changed(place)) == 5


def test_a_stage_is_named_by_a_region_or_said_to_be_unknown(run: Run, place: Place) -> None:
    code, _, err = run("publish", *place.call("--only", "rep=R9", "--only", "rep=R8"))
    assert code == 2
    assert err.count("is not in the data") == 2
    assert run("publish", *place.call("--only", "R1"))[0] == 2
    assert run("publish", *place.call("--stage", "some"))[0] == 2
    reps = place.data / "reps.csv"
    text = reps.read_text("utf-8")
    for rep, region in (("R1", "South"), ("R2", "South"), ("R3", "North"), ("R4", "North")):
        text = "\n".join(
            line.replace(",Ohio,", f",{region},") if line.startswith(rep) else line
            for line in text.splitlines()
        )
    reps.write_text(text, "utf-8")
    code, out, _ = run("publish", *place.call(*WIDE, "--only", "region=North", "--format", "json"))
    told = json.loads(out)
    assert told["counts"]["accounts"]["written"] == len(
        [a for a in place.moved if touches(place, a, "R3", "R4")]
    )
    code, out, _ = run("publish", *place.call(*WIDE, "--stage", "region", "--format", "json"))
    assert json.loads(out)["stage"] == "region=South"


def touches(place: Place, account: str, *reps: str) -> bool:
    return MOVES[account] in reps or place.live["accounts"][account]["owner"] in reps


def test_what_was_overtaken_or_refused_is_listed(run: Run, place: Place) -> None:
    place.live["accounts"]["A20"]["owner"] = "somebody else"
    place.save(refused=["A21"])
    code, out, err = run("publish", *place.call(*WIDE, "--push"))
    assert code == 3
    assert told_of(out, "accounts")[2] == "1"
    assert err == "refused: A21: no rights with [hidden]\n"
    told = {row["record_id"]: row for row in rows(place.run / "records.csv")}
    assert (told["A20"]["outcome"], told["A20"]["why"]) == ("left alone", "belongs to somebody else")
    assert told["A21"]["outcome"] == "refused"
    reps = {row["rep_id"]: row for row in rows(place.run / "reps.csv")}
    assert (reps["R3"]["gains"], reps["R3"]["not_done"]) == ("1", "2")
    # Below accounts that did not change hands nothing does.
    assert place.owners("contacts")["C-A20"] == place.owners("contacts")["C-A21"] == "R4"


def test_a_run_that_ended_among_the_contacts_goes_on(run: Run, place: Place) -> None:
    place.save(broken="die in contacts")
    assert run("publish", *place.call(*WIDE, "--push"))[0] == 130
    half = place.now()
    half.pop("broken")
    place.file.write_text(json.dumps(half), "utf-8")
    assert run("publish", *place.call(*WIDE, "--push"))[0] == 0
    assert all(place.owners("contacts")[f"C-{a}"] == MOVES[a] for a in place.moved - {"A27"})
    writes = place.now()["writes"]
    assert len(writes) == len(set(writes))


def test_verify_names_each_difference(run: Run, place: Place) -> None:
    run("publish", *place.call(*WIDE, "--push"))
    same = ("--data", place.data, "-a", place.plan)
    assert run("verify", place.run, *same) == (0, "0 differences\n", "")
    place.plan.write_text(place.plan.read_text("utf-8").replace("A05,R1", "A05,R3"), "utf-8")
    accounts = place.data / "accounts.csv"
    accounts.write_text(accounts.read_text("utf-8").replace("210000", "210001"), "utf-8")
    records = place.run / "contacts" / "records.csv"
    records.write_bytes(records.read_bytes().replace(b"C-A05", b"C-A06"))
    (place.run / "reps.csv").unlink()
    code, out, _ = run("verify", place.run, *same, "--format", "json")
    assert code == 3
    told = [row["difference"] for row in json.loads(out)]
    assert [sentence.split(":")[0] for sentence in told] == [
        "reps.csv is missing or cannot be read",
        "the facts are not what manifest.json tells of",
        "the plan is not what manifest.json tells of",
        "contacts",
    ]
    assert "records.csv was changed" in told[-1]
    assert run("verify", place.data)[0] == 2


def test_a_system_that_is_not_known_or_not_logged_in_says_so(
    run: Run, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run("publish", *place.call(*WIDE, "--to", "flied"))
    assert code == 2
    assert "Did you mean 'filed'?" in err
    monkeypatch.delenv("FILED_TOKEN")
    code, out, err = run("publish", *place.call(*WIDE, "--push"))
    assert (code, out, err) == (2, "", "error: FILED_TOKEN is missing\n")
    assert not place.run.exists()


@pytest.mark.parametrize("broken", ["", "expired", "bug", "silent", "die in contacts"])
def test_no_token_is_ever_written_or_said(
    run: Run,
    place: Place,
    broken: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("time.sleep", lambda _: None)
    place.save(refused=["A21"], broken=broken, token=TOKEN)
    said = []
    for verb in (place.call(*WIDE), place.call(*WIDE, "--push", "--format", "json")):
        said += run("publish", *verb)[1:]
    said += run("rollback", place.run, "--to", "filed", "--push")[1:] if broken != "bug" else []
    said += run("verify", place.run)[1:]
    said += [caplog.text]
    files = [p for p in tmp_path.rglob("*") if p.is_file() and p != place.file]
    said += [p.read_text("utf-8", "replace") for p in files]
    for form in (TOKEN, quote(TOKEN, safe=""), TOKEN[:12]):
        assert [text for text in said if form in text] == []
    if not broken:
        assert "[hidden]" in "".join(said)


def test_a_traceback_of_a_bug_holds_no_token(place: Place) -> None:
    """What Python prints of an error that nothing catches: with all errors that it came from."""
    import traceback

    from territory_opt.crm import Secrets, connect

    place.save(broken="bug")
    with pytest.raises(to.InternalError) as caught, Secrets.of({"FILED_TOKEN": TOKEN}).kept():
        connect("filed").who()
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert "ValueError in filed_system.py" in str(caught.value)


def test_the_log_in_is_looked_for_in_the_environment_alone(place: Place) -> None:
    with pytest.raises(SystemExit):
        main(["publish", "--help"])
    for word in ("token", "password", "secret"):
        with pytest.raises(SystemExit) as ended:
            main(["publish", *map(str, place.call(f"--{word}", "x"))])
        assert ended.value.code == 2
