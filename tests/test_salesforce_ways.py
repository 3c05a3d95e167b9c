"""What is Salesforce's own: jobs that run on, territories, teams, children, log-ins, tables."""

from __future__ import annotations

import csv
import io
import traceback
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt.crm import Change, Interrupted, Refused, publish, roll_back
from territory_opt.crm.journal import Journal
from territory_opt.crm.rollout import Manner, as_system_writes, roll_all_back, roll_out
from territory_opt.crm.salesforce import Salesforce, connect
from territory_opt.crm.salesforce.aside import ASIDE
from territory_opt.crm.salesforce.bulk import contents
from territory_opt.crm.salesforce.query import ask, quoted
from territory_opt.crm.salesforce.session import Session
from tests.crm_contract import asleep, changes_of
from tests.servers.loopback import Reply
from tests.servers.salesforce import SalesforceServer, sf_id
from tests.servers.soql import answer_to

Start = Callable[..., SalesforceServer]


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def start() -> Iterator[Start]:
    """Servers that watch the coverage of their accounts until the test ends."""
    servers: list[SalesforceServer] = []

    def started(*what: Any, **how: Any) -> SalesforceServer:
        servers.append(SalesforceServer(*what, **how))
        return servers[-1]

    yield started
    for server in servers:
        server.close()
        assert (server.uncovered, server.rewrites) == ([], [])


def client(server: SalesforceServer, batch_size: int = 10_000, in_bulk: bool = False) -> Salesforce:
    system = connect(server.environment, timeout_s=0.5)
    system.session.poll_s, system.session.sleep = 0.001, asleep
    system.batch_size, system.many = batch_size, 0 if in_bulk else system.many
    return system


def dies(system: Salesforce, resource: str, body: Any, times: int) -> None:
    """The process ends right after it sent such a call for the n-th time."""
    call, left = system.session.call, [times]

    def counted(method: str, path: str, **how: Any) -> Any:
        answer = call(method, path, **how)
        if path.startswith(resource) and how.get("json") == body:
            left[0] -= 1
            if not left[0]:
                raise Killed
        return answer

    system.session.call = counted  # type: ignore[method-assign]


@pytest.mark.parametrize("looks", [0, 4])
def test_a_job_that_runs_on_when_its_process_is_gone_is_waited_for(
    start: Start, tmp_path: Path, looks: int
) -> None:
    server = start(27)
    server.jobs.looks = looks
    system = client(server, 3, in_bulk=True)
    dies(system, "jobs/ingest/", {"state": "UploadComplete"}, 3)
    with pytest.raises(Killed):
        publish(system, changes_of(server), tmp_path, push=True)
    assert len(server.writes) == (9 if looks == 0 else 6)
    assert len(Journal(tmp_path).open_jobs()) == 1
    told = publish(client(server, 3, in_bulk=True), changes_of(server), tmp_path, push=True)
    assert (len(told.written), len(told.already)) == (18, 9)
    assert sorted(server.writes) == server.ids  # each once
    assert Journal(tmp_path).unfinished() == []


def test_a_job_that_was_never_started_is_ended(start: Start, tmp_path: Path) -> None:
    server = start(6)
    system = client(server, 3, in_bulk=True)
    dies(system, "jobs/ingest/", None, 1)  # the upload of the first
    with pytest.raises(Killed):
        publish(system, changes_of(server), tmp_path, push=True)
    publish(client(server, 3, in_bulk=True), changes_of(server), tmp_path, push=True)
    states = [job.state for job in server.jobs.all.values()]
    assert states == ["Aborted", "JobComplete", "JobComplete"]
    assert sorted(server.writes) == server.ids
    client(server).end_jobs(["750000000000099AAA"])  # known no more: it has ended


def test_rows_that_a_job_did_not_come_to_are_listed_and_done_next_time(start: Start, tmp_path: Path) -> None:
    server = start(9)
    server.jobs.breaks, server.refused = {0}, {server.ids[1]}
    told = publish(client(server, in_bulk=True), changes_of(server), tmp_path, push=True)
    words = {outcome.account_id: outcome.message for outcome in told.failed}
    assert list(words) == [server.ids[1], *server.ids[4:]]
    assert words[server.ids[1]] == "FIELD_CUSTOM_VALIDATION_EXCEPTION:this record is frozen"
    assert words[server.ids[8]].startswith("was not processed: the job ended as Failed. InternalServerError")
    server.refused.clear()
    publish(client(server, in_bulk=True), changes_of(server), tmp_path, push=True)
    assert sorted(server.writes) == server.ids


def test_a_job_that_takes_too_long_is_silence(start: Start) -> None:
    server = start(1)
    server.jobs.looks = 10**9
    system = client(server, in_bulk=True)
    system.session.wait_s = 0.01
    with pytest.raises(Interrupted, match="is still InProgress after"):
        system.assign(changes_of(server))


def test_a_file_of_a_job_is_cut_where_it_would_be_too_large(start: Start, monkeypatch: Any) -> None:
    rows = [{"Id": f"{i:018d}", "Note": 'a,"b"\n' * (i % 3)} for i in range(50)]
    files = list(contents(rows, limit_bytes=200))
    assert len(files) > 5
    assert all(len(file) <= 200 for file in files)
    assert b"\r" not in b"".join(files)
    read = [row for file in files for row in csv.DictReader(io.StringIO(file.decode(), newline=""))]
    assert read == rows
    assert list(contents([])) == []
    monkeypatch.setattr("territory_opt.crm.salesforce.bulk.contents", lambda rows: contents(rows, 100))
    server = start(9)
    assert all(outcome.ok for outcome in client(server, in_bulk=True).assign(changes_of(server)))
    assert server.jobs.uploads == 5


def test_records_that_somebody_holds_are_tried_again(start: Start) -> None:
    for in_bulk in (False, True):
        server = start(5)
        server.busy = {server.ids[1]: 2, server.ids[3]: 9}
        outcomes = {o.account_id: o for o in client(server, in_bulk=in_bulk).assign(changes_of(server))}
        assert [outcomes[name].ok for name in server.ids] == [True, True, True, False, True]
        assert "UNABLE_TO_LOCK_ROW" in outcomes[server.ids[3]].message


def test_ids_of_15_characters_are_those_of_18(start: Start, tmp_path: Path) -> None:
    server = start(3, has_territories=True)
    short = [Change(c.account_id[:15], c.old_user[:15], c.new_user[:15]) for c in changes_of(server)]
    assert client(server).owners([c.account_id for c in short]) == {
        name[:15]: server.users[0] for name in server.ids
    }
    system = client(server)
    system.cover(short)
    assert {outcome.account_id: outcome.ok for outcome in system.assign(short)} == {
        change.account_id: True for change in short
    }
    system.uncover(short)
    told = publish(client(server), as_system_writes("salesforce", short), tmp_path)
    assert told.already == tuple(server.ids)
    assert client(server).owners(["no id", server.ids[0][:14]]) == {}


class TestTerritories:
    """Accounts in territories of users."""

    def rooms(self, server: SalesforceServer, account: int = 0) -> set[str]:
        return server.territories(server.ids[account])

    def test_accounts_go_from_one_to_the_other(self, start: Start, tmp_path: Path) -> None:
        server = start(4, has_territories=True)
        ann, bob, _ = server.territory.values()
        publish(client(server), changes_of(server)[:3], tmp_path, push=True)
        assert [self.rooms(server, i) for i in range(4)] == [{bob}, {bob}, {bob}, {ann}]

    def test_what_was_shared_before_is_shared_again_after_a_rollback(
        self, start: Start, tmp_path: Path
    ) -> None:
        server = start(6, has_territories=True)
        ann, bob, _ = server.territory.values()
        server.associate(server.ids[1], bob)
        before = server.snapshot()
        system = client(server, 3)
        dies(system, "composite/sobjects/Account", {"ids": server.ids[:3], "fields": ["Id", "OwnerId"]}, 1)
        with pytest.raises(Killed):  # after it gave the first batch its new territories
            publish(system, changes_of(server), tmp_path, push=True)
        assert self.rooms(server) == {ann, bob}
        assert set(server.writes) == set()
        publish(client(server, 3), changes_of(server), tmp_path, push=True)
        assert self.rooms(server, 1) == {bob}
        roll_back(client(server, 3), tmp_path, push=True)
        assert server.snapshot() == before

    def test_what_is_removed_is_on_the_disk_first(self, start: Start, tmp_path: Path) -> None:
        server = start(2, has_territories=True)
        ann, bob, _ = server.territory.values()
        publish(client(server), changes_of(server), tmp_path, push=True)
        rows = list(csv.DictReader((tmp_path / ASIDE).read_text("utf-8").splitlines()))
        assert [(r["What"], r["ObjectId"], r["Territory2Id"]) for r in rows] == [
            *(("given", name, bob) for name in server.ids),
            *(("removed", name, ann) for name in server.ids),
        ]

    def test_rules_overlays_and_the_last_territory_stay(self, start: Start, tmp_path: Path) -> None:
        server = start(4, has_territories=True)
        ann, bob, _ = server.territory.values()
        overlay = server.put(
            "Territory2", "0MI", Name="West", Territory2ModelId="0MA", ParentTerritory2Id=None
        )
        for user in server.users[:2]:
            server.seat(user, overlay)
        for seat in server.tables["UserTerritory2Association"].values():
            seat["RoleInTerritory2"] = None if seat["Territory2Id"] == overlay else "Owner"
        server.associate(server.ids[0], overlay)
        rule = next(iter(server.rooms[server.ids[1]]))
        server.tables["ObjectTerritory2Association"][rule]["AssociationCause"] = "Territory2AssignmentRule"
        changes = changes_of(server)
        seatless = sf_id("005", 77)
        server.users.append(seatless)
        changes[2] = Change(changes[2].account_id, changes[2].old_user, seatless)
        publish(client(server), changes, tmp_path, push=True)
        assert [self.rooms(server, i) for i in range(4)] == [{overlay, bob}, {ann, bob}, {ann}, {bob}]

    def test_territories_above_do_not_count(self, start: Start, tmp_path: Path) -> None:
        server = start(1, has_territories=True)
        _, bob, _ = server.territory.values()
        west = server.put("Territory2", "0MI", Name="West", Territory2ModelId="0MA", ParentTerritory2Id=None)
        server.tables["Territory2"][bob]["ParentTerritory2Id"] = west
        server.seat(server.users[1], west)
        publish(client(server), changes_of(server), tmp_path, push=True)
        assert self.rooms(server) == {bob}

    def test_an_account_that_was_in_no_territory_is_in_none_again_after_a_rollback(
        self, start: Start, tmp_path: Path
    ) -> None:
        server = start(4, has_territories=True)
        ann, bob, cy = server.territory.values()
        server.remove(server.ids[0])
        server.tables["Account"][server.ids[0]] = {"Id": server.ids[0], "OwnerId": server.users[0]}
        server.associate(server.ids[1], cy)
        server.watched = set(server.ids[1:])
        before = server.snapshot()
        for _ in range(2):  # forth, back, forth and back in the same folder
            publish(client(server), changes_of(server), tmp_path, push=True)
            assert [self.rooms(server, i) for i in range(4)] == [{bob}, {cy, bob}, {bob}, {bob}]
            server.read_faults.extend(["", "drop after", "500 after"])
            roll_back(client(server), tmp_path, push=True, sleep=asleep)
            assert server.snapshot() == before
        assert self.rooms(server, 2) == {ann}

    def test_what_salesforce_does_not_let_go_is_written_down(self, start: Start, tmp_path: Path) -> None:
        server = start(3, has_territories=True)
        server.stuck = {server.ids[1]}
        assert len(publish(client(server), changes_of(server), tmp_path, push=True).written) == 3
        rows = list(csv.DictReader((tmp_path / ASIDE).read_text("utf-8").splitlines()))
        assert [(r["ObjectId"], r["Message"]) for r in rows if r["What"] == "left"] == [
            (server.ids[1], "FIELD_CUSTOM_VALIDATION_EXCEPTION this account stays")
        ]
        server.stuck = set(server.ids)
        with pytest.raises(Refused, match=r"stay in their old territories: .*this account stays"):
            roll_back(client(server), tmp_path, push=True)

    def test_models_that_are_not_active_do_not_count(self, start: Start, tmp_path: Path) -> None:
        server = start(1, has_territories=True)
        server.tables["Territory2Model"]["0MA"]["State"] = "Planning"
        before = self.rooms(server)
        system = client(server)
        system.cover(changes_of(server))
        assert self.rooms(server) == before
        assert system.territories.seats == {}

    def test_users_in_several_territories_are_named_before_anything_is_written(
        self, start: Start, tmp_path: Path
    ) -> None:
        server = start(2, has_territories=True)
        east = server.put("Territory2", "0MI", Name="East", Territory2ModelId="0MA", ParentTerritory2Id=None)
        server.seat(server.users[1], east)
        before = server.snapshot()
        with pytest.raises(Refused, match=rf"sit in several territories.*{server.users[1]}.*'Owner'"):
            publish(client(server), changes_of(server), tmp_path, push=True)
        assert (server.snapshot(), server.calls) == (before, 0)

    def test_an_account_that_no_territory_takes_keeps_its_owner(self, start: Start, tmp_path: Path) -> None:
        server = start(3, has_territories=True)
        server.outside = {server.ids[1]}
        told = publish(client(server), changes_of(server), tmp_path, push=True)
        assert [outcome.account_id for outcome in told.failed] == [server.ids[1]]
        assert "could not be put into its new territory" in told.failed[0].message
        assert "reserved" in told.failed[0].message
        assert server.owner(server.ids[1]) == server.users[0]


class TestTeams:
    """Teams of accounts and opportunities."""

    def members(self, server: SalesforceServer) -> int:
        return len(server.tables["AccountTeamMember"])

    def test_teams_stay_unless_told_otherwise(self, start: Start, tmp_path: Path) -> None:
        for in_bulk in (False, True):
            for keep_teams, left in ((True, 3), (False, 0)):
                server = start(9, team_every=3)
                system = client(server, in_bulk=in_bulk)
                system.keep_teams = keep_teams
                publish(system, changes_of(server), tmp_path / f"{in_bulk}{keep_teams}", push=True)
                assert sorted(server.writes) == server.ids
                assert self.members(server) == left

    def test_owners_of_many_are_given_a_group_at_a_time(self, start: Start) -> None:
        server = start(450, team_every=1)
        changes = changes_of(server)
        changes[::2] = [Change(c.account_id, c.old_user, server.users[2]) for c in changes[::2]]
        server.remove(server.ids[7])
        outcomes = {o.account_id: o for o in client(server).assign(changes)}
        assert [name for name in server.ids if not outcomes[name].ok] == [server.ids[7]]
        assert self.members(server) == 449

    @pytest.mark.parametrize(
        ("code", "kind", "words"),
        [
            ("sf:INVALID_SESSION_ID", Refused, "does not let us in.*Renew SF_ACCESS_TOKEN"),
            ("sf:SERVER_UNAVAILABLE", Interrupted, "asks to wait"),
            ("sf:UNKNOWN_EXCEPTION", Interrupted, "asks to wait"),
            ("sf:MALFORMED_ID", Refused, "refuses the call.*bad id"),
            ("", Interrupted, "asks to wait"),
        ],
    )
    def test_faults_say_what_they_are(
        self, start: Start, monkeypatch: pytest.MonkeyPatch, code: str, kind: type[Exception], words: str
    ) -> None:
        server = start(1, team_every=1)
        fault = f"<F><faultcode>{code}</faultcode><faultstring>bad id {server.token}</faultstring></F>"
        reply = Reply(500, fault.encode() if code else b"<html>oops")
        monkeypatch.setattr(server, "_soap", lambda _: reply)
        with pytest.raises(kind, match=words) as told:
            client(server).assign(changes_of(server))
        assert "planted" not in _with_locals(told.value)

    def test_opportunities_keep_theirs(self, start: Start) -> None:
        server = start(1, team_every=1)
        deal = server.put(
            "Opportunity", "006", AccountId=server.ids[0], OwnerId=server.users[0], IsClosed=False
        )
        server.put("OpportunityTeamMember", "00q", OpportunityId=deal, UserId=server.users[2])
        below = client(server).children("opportunities")
        assert below.assign(below.belonging(changes_of(server)))[0].ok
        assert server.tables["Opportunity"][deal]["OwnerId"] == server.users[1]
        assert len(server.tables["OpportunityTeamMember"]) == 1


def test_only_what_is_open_and_belongs_to_the_old_owner_goes_along(start: Start, tmp_path: Path) -> None:
    server = start(3)
    ann, bob, cy = server.users
    mine = server.put("Contact", "003", AccountId=server.ids[0], OwnerId=ann)
    server.put("Contact", "003", AccountId=server.ids[0], OwnerId=cy)
    server.put("Contact", "003", AccountId=server.ids[2], OwnerId=ann)  # this account stays
    deal = server.put("Opportunity", "006", AccountId=server.ids[1], OwnerId=ann, IsClosed=False)
    server.put("Opportunity", "006", AccountId=server.ids[1], OwnerId=ann, IsClosed=True)
    case = server.put("Case", "500", AccountId=server.ids[0], OwnerId=ann, IsClosed=False)
    before = server.snapshot()
    changes, manner = changes_of(server)[:2], Manner(push=True, sleep=asleep)
    parts = roll_out(client(server), changes, tmp_path, ("contacts", "opportunities", "cases"), manner)
    assert [part.published.written for part in parts[1:]] == [(mine,), (deal,), (case,)]
    bobs = {
        name
        for kind in ("Contact", "Opportunity", "Case")
        for name, record in server.tables[kind].items()
        if record["OwnerId"] == bob
    }
    assert bobs == {mine, deal, case}
    roll_all_back(client(server), tmp_path, manner)
    assert server.snapshot() == before
    with pytest.raises(KeyError):
        client(server).children("leads")


def test_who_says_org_and_user_in_one_line(start: Start) -> None:
    server = start(0)
    assert client(server).who() == "Salesforce Acme (00D, sandbox), as ann@acme.example"
    server.tables["Organization"]["00D"].update(Name="Acme\n GmbH", IsSandbox=False)
    server.tables["User"].clear()
    assert client(server).who() == "Salesforce Acme GmbH (00D), as an unknown user"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (
            {},
            "SF_INSTANCE_URL is missing.*SF_ACCESS_TOKEN is missing, and so is SF_CLIENT_ID and SF",
        ),
        ({"SF_INSTANCE_URL": "https://a.example"}, "^SF_ACCESS_TOKEN is missing"),
        (
            {"SF_INSTANCE_URL": "https://a.example", "SF_CLIENT_ID": "x"},
            "so is SF_CLIENT_SECRET: set the token",
        ),
        (
            {"SF_INSTANCE_URL": "http://a.example", "SF_ACCESS_TOKEN": "x"},
            "SF_INSTANCE_URL must begin with https",
        ),
        ({"SF_API_VERSION": "latest"}, "SF_API_VERSION is no version: write it as 62.0"),
    ],
)
def test_what_the_environment_lacks_is_named(environment: dict[str, str], words: str) -> None:
    with pytest.raises(Refused, match=words):
        connect(environment)


def test_an_app_gets_its_tokens_by_itself(start: Start, tmp_path: Path) -> None:
    server = start(9, team_every=4)
    app = {"SF_CLIENT_ID": "app", "SF_CLIENT_SECRET": "s3cret-planted", "SF_INSTANCE_URL": server.url}
    system = connect(app)
    system.batch_size = 3
    assert server.logins == []
    server.before_write = lambda: setattr(server, "expired", True)  # in the middle of it
    assert len(publish(system, changes_of(server), tmp_path, push=True).written) == 9
    assert len(server.logins) == 2
    server.expired = True
    system = connect(app | {"SF_CLIENT_SECRET": "wrong-planted"})
    with pytest.raises(Refused, match=r"does not let us in \(invalid_client.*Renew SF_CLIENT_ID and") as told:
        system.who()
    assert "\n" not in str(told.value)
    assert "planted" not in _with_locals(told.value)


def _with_locals(error: BaseException) -> str:
    """A traceback with the values of all variables, of the frames of the package."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert error.__context__ is None
    return "".join(
        text for frame, text in zip(told.stack, told.stack.format(), strict=True) if "/crm/" in frame.filename
    )


def test_a_limit_of_calls_is_waited_out(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start(1)
    told = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentPerOrgLongTxn Limit exceeded."}]
    monkeypatch.setattr(server, "throttle", lambda: Reply(403, told))
    server.read_faults.append("429")
    with pytest.raises(Interrupted, match="REQUEST_LIMIT_EXCEEDED"):
        client(server).owners(server.ids)
    assert client(server).owners(server.ids) != {}


def test_answers_are_read_over_all_their_pages(start: Start) -> None:
    server = start(7)
    server.page = 2
    session = client(server).session
    assert [record["Id"] for record in ask(session, "SELECT Id FROM Account")] == server.ids
    with pytest.raises(Refused, match="MALFORMED_QUERY"):
        list(ask(session, "SELECT Id FROM Account; DROP"))


@given(st.text())
def test_whatever_a_text_holds_it_stays_text(text: str) -> None:
    assert not set("\r\n") & set(quoted(text))
    text = " ".join(text.splitlines())
    table = {"1": {"Id": "1", "Name": text}, "2": {"Id": "2", "Name": "other" + text}}
    found = answer_to(f"SELECT Id FROM Account WHERE Name = {quoted(text)} LIMIT 9", {"Account": table}, {})
    assert [record["Id"] for record in found] == ["1"]


def test_tables_are_in_our_words(start: Start) -> None:
    server = start(5, has_territories=True)
    ann, bob, cy = server.users
    server.jobs.chunk, server.jobs.looks = 2, 2  # answers come in pieces
    blank = dict.fromkeys(
        [
            *("ParentId", "Industry", "Type", "NumberOfEmployees"),
            *(f"{kind}{what}" for kind in ("Shipping", "Billing") for what in _ADDRESS),
        ]
    )
    for account in server.tables["Account"].values():
        account.update(blank)
    first, second, third, *_ = server.ids
    server.tables["Account"][first].update(
        Name='Müller, "Söhne"\nGmbH', Industry="Retail", ShippingLatitude=48.1, ShippingLongitude=11.5
    )
    server.tables["Account"][second].update(ParentId=first, BillingPostalCode="01067", BillingLatitude=51.05)
    server.tables["Account"][third].update(ParentId=second, OwnerId=cy)
    recent, old = date.today() - timedelta(days=30), date.today() - timedelta(days=400)
    for amount, closes, won, closed in (
        (100.5, recent, True, True),
        (20.0, recent, True, True),
        (7.0, old, True, True),
        (9.0, recent, False, False),
    ):
        deal = {"Amount": amount, "CloseDate": closes.isoformat(), "IsWon": won, "IsClosed": closed}
        server.put("Opportunity", "006", AccountId=first, OwnerId=ann, StageName="New", **deal)
    tables = client(server).tables()
    accounts = tables["accounts"]
    assert accounts["account_id"] == server.ids
    assert accounts["name"][0] == 'Müller, "Söhne"\nGmbH'
    assert accounts["owner"][:3] == [ann, ann, cy]
    assert accounts["family"][:3] == [first] * 3
    assert (accounts["lat"][0], accounts["area_id"][1], accounts["lat"][1]) == ("48.1", "01067", "51.05")
    assert accounts["revenue"][:2] == ["120.5", "0.0"]
    assert accounts["segment"][0] == "Retail"
    assert tables["reps"]["rep_id"] == [ann, bob, cy]  # Bob owns nothing, but sits in a territory
    assert tables["reps"]["status"] == ["active", "active", "leaving"]
    assert tables["opportunities"]["amount"] == ["9.0"]
    assert len(tables["territories"]["territory_id"]) == 3
    assert tables["territory_accounts"]["account_id"] == server.ids
    assert tables["territory_users"]["rep_id"] == server.users
    assert all(len({len(cells) for cells in table.values()}) == 1 for table in tables.values())


_ADDRESS = ("Latitude", "Longitude", "PostalCode", "State")


def test_an_org_without_territories_has_no_such_tables(start: Start) -> None:
    server = start(0)
    assert set(client(server).tables()) == {"accounts", "reps", "opportunities"}


@pytest.mark.slow
@pytest.mark.parametrize("has_territories", [False, True])
def test_a_hundred_thousand_accounts_are_published(
    start: Start, tmp_path: Path, has_territories: bool
) -> None:
    server = start(100_000, has_territories=has_territories)
    system = connect(server.environment)
    told = publish(system, changes_of(server), tmp_path, push=True)
    assert len(told.written) == 100_000
    assert sorted(server.writes) == server.ids
    assert isinstance(system.session, Session)
