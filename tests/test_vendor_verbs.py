"""pull, publish, verify and rollback from the command line, against the local server of each vendor."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from territory_opt.crm.patience import Patience
from tests.servers.dynamics import SECRET, DynamicsServer
from tests.servers.hubspot import HubSpotServer
from tests.servers.loopback import ASKED_WAIT_S
from tests.servers.salesforce import SalesforceServer

Run = Callable[..., tuple[int, str, str]]
N, MOVED = 12, 4
WIDE = ("--accounts", 1, "--revenue", 1, "--per-rep", 1, "--pipeline", 1)


def _by_app(n: int) -> DynamicsServer:
    server = DynamicsServer(n)
    server.as_app = True
    return server


#: A server by a name that begins with its system.
SERVERS: Mapping[str, Callable[[int], Any]] = {
    "salesforce": SalesforceServer,
    "salesforce with territories and teams": lambda n: SalesforceServer(n, True, 3),
    "hubspot": HubSpotServer,
    "dynamics": DynamicsServer,
    "dynamics by an app": _by_app,
}


class Desk:
    """A planner's desk: a system on loopback, a folder, the command line, and all that was ever said."""

    def __init__(self, which: str, folder: Path, run: Run):
        self.system, self.server, self._run = which.split()[0], SERVERS[which](N), run
        self.folder, self.data, self.out = folder, folder / "data", folder / "run"
        self.plan, self.said = folder / "plan.csv", list[str]()
        self.moved = self.server.ids[:MOVED]
        self.server.give(self.server.ids[-1], self.server.users[1])

    def call(self, verb: str, *more: object) -> tuple[int, str, str]:
        code, out, err = self._run(verb, *more)
        self.said += [out, err]
        return code, out, err

    def publish(self, *more: object) -> tuple[int, str, str]:
        return self.call("publish", self.data, "-a", self.plan, "--to", self.system, "-o", self.out, *more)

    def pull(self, folder: str = "data") -> tuple[int, str, str]:
        return self.call("pull", "--from", self.system, "-o", self.folder / folder)

    def rollback(self, *more: object) -> tuple[int, str, str]:
        return self.call("rollback", self.out, "--to", self.system, *more)

    def complete(self, users: Mapping[str, str] | None = None) -> None:
        """What a system does not know of accounts and reps, and a plan that moves the first accounts.

        users: what to write as `crm_user_id`, by the id of the user.
        """
        place = {"lat": "48.1", "lon": "11.5"}
        visits = {"visits": "12", "visit_h": "1", "potential": "100", "revenue": "1000"}
        accounts = [{**row, **place, **visits} for row in rows(self.data / "accounts.csv")]
        reps = [{**row, **place, "capacity_h": "900"} for row in rows(self.data / "reps.csv")]
        if users:
            reps = [{**row, "crm_user_id": users[row["rep_id"]]} for row in reps]
        write(self.data / "accounts.csv", accounts)
        write(self.data / "reps.csv", reps)
        new = dict.fromkeys(self.moved, self.server.users[1])
        plan = [
            {"account_id": row["account_id"], "rep_id": new.get(row["account_id"], row["owner"])}
            for row in accounts
        ]
        write(self.plan, plan)

    def owners(self) -> list[str]:
        return [self.server.owner(name) for name in self.server.ids]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, records: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]))
        writer.writeheader()
        writer.writerows(records)


@pytest.fixture(params=list(SERVERS))
def desk(
    request: pytest.FixtureRequest,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Desk]:
    """A desk; afterwards no secret is in anything that was written, printed or logged."""
    caplog.set_level(logging.DEBUG)
    desk = Desk(request.param, tmp_path, run)
    for name, value in desk.server.environment.items():
        monkeypatch.setenv(name, value)
    yield desk
    desk.server.close()
    files = [path.read_text("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file()]
    assert desk.said
    for secret in (desk.server.token, SECRET):
        for form in (secret, quote(secret, safe="")):
            assert [text for text in (*desk.said, *files, caplog.text) if form in text] == []
    assert desk.server.uncovered == []


def test_from_the_system_and_back_and_as_it_was(desk: Desk) -> None:
    """pull; a dry run; publish; again; verify; a dry rollback; rollback; verify."""
    server, start = desk.server, desk.server.snapshot()
    assert desk.pull()[0] == 0
    assert [row["account_id"] for row in rows(desk.data / "accounts.csv")] == server.ids
    desk.complete()
    before = desk.owners()

    code, out, err = desk.publish(*WIDE, "--teams", "keep")
    assert (code, err) == (0, "")
    assert "Nothing was changed" in out
    assert (server.calls, server.snapshot()) == (0, start)
    told = [row for row in rows(desk.out / "dry_run.csv") if row["kind"] == "accounts"]
    assert [(row["record_id"], row["outcome"]) for row in told] == [(a, "would change") for a in desk.moved]

    code, out, _ = desk.publish(*WIDE, "--push", "--format", "json")
    assert code == 0
    assert json.loads(out)["counts"]["accounts"]["written"] == MOVED
    assert sorted(server.writes) == desk.moved
    assert desk.owners() == [server.users[1]] * MOVED + before[MOVED:]
    assert desk.call("verify", desk.out, "--data", desk.data, "-a", desk.plan)[:2] == (0, "0 differences\n")

    calls = server.calls
    code, out, _ = desk.publish(*WIDE, "--push", "--format", "json")
    counts = json.loads(out)["counts"]["accounts"]
    assert (code, counts["written"], counts["already"]) == (0, 0, MOVED)
    assert server.calls == calls

    after = server.snapshot()
    assert desk.rollback()[0] == 0
    assert server.snapshot() == after
    assert desk.rollback("--push")[0] == 0
    assert server.snapshot() == start
    assert desk.call("verify", desk.out)[:2] == (0, "0 differences\n")


def test_what_went_wrong_is_said_and_nothing_secret_with_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drift, refusal, over the cap, faults on the way, an expired log-in, a bug of ours."""
    server, waited = desk.server, list[float | None]()
    desk.pull()
    desk.complete()
    start = server.snapshot()
    code, _, err = desk.publish("--push", "--accounts", 0.1)
    assert (code, server.calls, server.snapshot()) == (3, 0, start)
    assert "refused" in err

    monkeypatch.setattr(Patience, "wait", lambda _, silence, __: waited.append(silence.after_s))
    server.give(desk.moved[0], server.users[2])  # after the plan was made
    server.refused = {desk.moved[1]}
    server.faults.extend(["429", "500 after", "drop"])
    code, out, err = desk.publish(*WIDE, "--push", "--format", "json")
    counts = json.loads(out)["counts"]["accounts"]
    assert (code, counts["written"], counts["drifted"], counts["failed"]) == (3, MOVED - 2, 1, 1)
    assert f"refused: {desk.moved[1]}" in err
    assert server.owner(desk.moved[0]) == server.users[2]

    server.expired = True
    for told in (desk.pull("other"), desk.publish(*WIDE, "--push"), desk.rollback("--push")):
        code, out, err = told
        assert (code, out, err.count("\n")) == (2, "", 1), err
        assert "does not let us in" in err
    assert not (desk.folder / "other").exists()
    server.expired = False

    def bug(*_: Any) -> None:
        raise ValueError(f"odd: {server.environment}")

    monkeypatch.setattr(f"territory_opt.crm.{desk.system}.records.Records.owners", bug)
    code, _, err = desk.publish(*WIDE, "--push")
    assert code == 1
    assert "ValueError in test_vendor_verbs.py" in err
    assert waited == [ASKED_WAIT_S, None, None]


@pytest.mark.parametrize("desk", ["hubspot"], indirect=True)
def test_hubspot_owners_may_be_named_by_their_addresses(desk: Desk) -> None:
    server, start = desk.server, desk.server.snapshot()
    desk.pull()
    address = {user: f"U{user}@Example.com" for user in server.users}
    desk.complete(address)
    code, out, _ = desk.publish(*WIDE, "--push", "--format", "json")
    assert (code, json.loads(out)["counts"]["accounts"]["written"]) == (0, MOVED)
    assert [server.owner(name) for name in desk.moved] == [server.users[1]] * MOVED
    told = rows(desk.out / "rollback.csv")[0]
    assert (told["owner_before"], told["owner_after"]) == tuple(server.users[:2])
    code, out, _ = desk.publish(*WIDE, "--push", "--format", "json")
    assert json.loads(out)["counts"]["accounts"]["already"] == MOVED
    desk.rollback("--push")
    assert server.snapshot() == start

    (desk.data / "accounts.csv").unlink()
    (desk.data / "reps.csv").unlink()
    desk.pull()
    desk.complete(address | {server.users[1]: "nobody@example.com"})
    code, _, err = desk.publish(*WIDE, "--push")
    assert code == 2
    assert "crm_user_id = 'nobody@example.com': is no user of the system" in err
    assert server.snapshot() == start


@pytest.mark.parametrize("desk", ["salesforce with territories and teams"], indirect=True)
def test_the_manifest_vouches_for_what_was_done_to_territories(desk: Desk) -> None:
    """associations.csv may grow, as with a rollback, but what it said must stay."""
    desk.pull()
    desk.complete()
    desk.publish(*WIDE, "--push")
    path, told = desk.out / "associations.csv", json.loads((desk.out / "manifest.json").read_bytes())
    assert told["files"][path.name]["bytes"] == path.stat().st_size > 0
    desk.rollback("--push")
    content = path.read_bytes()
    assert len(content) > told["files"][path.name]["bytes"]
    assert desk.call("verify", desk.out)[0] == 0
    path.write_bytes(content.replace(b"given", b"kept!", 1))
    assert desk.call("verify", desk.out)[:2] == (
        3,
        "associations.csv was changed since manifest.json was written\n1 difference\n",
    )
    path.unlink()
    assert desk.call("verify", desk.out)[0] == 3
