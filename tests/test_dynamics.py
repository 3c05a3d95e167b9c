"""Dynamics 365: what every vendor keeps, and what is its own, over real HTTP against a server on loopback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from territory_opt.crm import Change, Refused, publish, roll_back
from territory_opt.crm.client import Interrupted
from territory_opt.crm.dynamics import Dynamics, connect
from territory_opt.crm.dynamics.batch import Part, decoded, encoded
from territory_opt.crm.http import Response
from tests.crm_contract import Contract, N, asleep, changes_of, check_meanwhile
from tests.servers.dynamics import OWNER, SECRET, DynamicsServer, guid
from tests.servers.loopback import ASKED_WAIT_S

BELOW = {"contacts": "c", "opportunities": "p", "incidents": "i"}
_ABOVE = {
    "contacts": "_parentcustomerid_value",
    "opportunities": "_parentaccountid_value",
    "incidents": "_customerid_value",
}


def put_below(server: DynamicsServer, table: str, i: int, above: str, owner: str, **more: Any) -> str:
    """A contact, opportunity or case below an account; `more` may name another column above it."""
    columns = {_ABOVE[table]: above, OWNER: owner, "statecode": 0, **more}
    return server.put(table, guid(BELOW[table], i), **columns)


class TestDynamics(Contract):
    package = "dynamics"

    def server_of(self, n: int) -> Any:
        return DynamicsServer(n)

    def connect(self, server: Any) -> Any:
        return connect(server.environment, timeout_s=0.3)

    def test_who_gives_something_away_meanwhile_is_not_overwritten(
        self, server: Any, system: Any, tmp_path: Path
    ) -> None:
        check_meanwhile(server, system, tmp_path)

    def test_who_says_which_environment_and_user(self, server: Any, system: Any) -> None:
        host = server.url.removeprefix("http://")
        assert system.who() == f"Dynamics 365 Contoso at {host}, as User 0"

    def test_a_record_edited_in_the_meantime_is_read_again_and_written(
        self, server: Any, system: Any, tmp_path: Path
    ) -> None:
        """Its version is another one (412), but its owner is still the planned one."""
        edited = server.ids[:2]
        server.before_write = lambda: [server._set("accounts", n, {"name": "new name"}) for n in edited]
        told = publish(system, changes_of(server), tmp_path, push=True, sleep=asleep)
        assert len(told.written) == N
        assert sorted(server.writes) == sorted(server.ids)
        assert [server.records["accounts"][name]["name"] for name in edited] == ["new name"] * 2

    def test_a_record_edited_again_and_again_is_listed(
        self, server: Any, system: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        batch, name = server._batch, server.ids[0]
        monkeypatch.setattr(
            server, "_batch", lambda request: (server._set("accounts", name, {}), batch(request))[1]
        )
        outcomes = {one.account_id: one for one in system.assign(changes_of(server)[:3])}
        assert [outcomes[i].ok for i in server.ids[:3]] == [False, True, True]
        assert "again and again" in outcomes[name].message

    def test_parts_that_are_turned_away_are_sent_after_the_wait(
        self, server: Any, system: Any, tmp_path: Path
    ) -> None:
        """The batch itself is answered with 200, and the wait stands in the headers of a part."""
        waited: list[float] = []
        server.busy_after = 1
        told = publish(system, changes_of(server), tmp_path, push=True, sleep=waited.append)
        assert (waited, len(told.written)) == ([ASKED_WAIT_S], N)
        assert sorted(server.writes) == sorted(server.ids)

    def test_ids_come_in_any_spelling(self, server: Any, system: Any) -> None:
        name, (old, new, _) = server.ids[3], server.users
        odd = f"{{{name.upper()}}}"
        assert system.owners([odd, "acme", "x' or 1 eq 1"]) == {odd: old}
        outcomes = system.assign([Change(odd, old.upper(), f"{{{new}}}")])
        assert [(one.account_id, one.ok) for one in outcomes] == [(odd, True)]
        assert server.owner(name) == new

    def test_an_owner_may_be_a_team_but_not_nobody(self, server: Any, system: Any) -> None:
        a, b = server.ids[:2]
        stranger = guid("u", 99)
        changes = [Change(a, server.users[0], server.team), Change(b, server.users[0], stranger)]
        outcomes = {one.account_id: one for one in system.assign(changes)}
        assert (server.owner(a), server.owner(b)) == (server.team, server.users[0])
        assert outcomes[a].ok
        assert outcomes[b].message == f"its new owner {stranger} is no user and no team"

    def test_nothing_is_ever_made_by_a_write(self, server: Any, system: Any) -> None:
        changes = changes_of(server)[:3]
        system.owners([change.account_id for change in changes])
        server.remove(changes[1].account_id)  # after the look, before the write
        outcomes = {one.account_id: one.ok for one in system.assign(changes)}
        assert list(outcomes.values()).count(False) == 1
        assert not outcomes[changes[1].account_id]
        assert server.upserted == []

    def test_tables_hold_what_there_is_page_by_page(self, server: Any, system: Any) -> None:
        server.page = 4
        a, b, c = server.ids[:3]
        accounts = server.records["accounts"]
        accounts[b]["_parentaccountid_value"], accounts[c]["_parentaccountid_value"] = a, b
        accounts[server.ids[-1]]["statecode"] = 1
        accounts[a] |= {"_territoryid_value": guid("y", 0), "address1_latitude": 47.5}
        server.put("territories", guid("y", 0), name="North")
        server.put("systemusers", guid("u", 7), fullname="Robot", applicationid="x", accessmode=4)
        server.records["systemusers"][server.users[2]]["isdisabled"] = True
        put_below(server, "opportunities", 1, a, server.users[0], estimatedvalue=4200.5, stepname="Propose")
        put_below(server, "opportunities", 2, a, server.users[0], statecode=1)
        tables = system.tables()
        told, reps = tables["accounts"], tables["reps"]
        assert told["account_id"] == server.ids[:-1]
        assert told["family"] == [a, a, a, *[""] * (N - 4)]
        assert (told["revenue"][2], told["segment"][2], told["lat"][0]) == ("2001.0", "Consulting", "47.5")
        assert reps["rep_id"] == server.users
        assert reps["status"] == ["active", "active", "leaving"]
        assert tables["opportunities"]["opportunity_id"] == [guid("p", 1)]
        assert tables["opportunities"]["amount"] == ["4200.5"]
        assert tables["territory_accounts"] == {"territory_id": [guid("y", 0)], "account_id": [a]}
        assert all(len({len(column) for column in table.values()}) == 1 for table in tables.values())


def test_a_token_of_an_app_that_ends_half_way_is_renewed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The environment holds the secret of an app; neither it nor a token is left anywhere."""
    caplog.set_level(logging.DEBUG)
    server = DynamicsServer(9)
    server.as_app, server.before_write = True, server.end_tokens
    system = connect(server.environment)
    system.batch_size = 3
    start = server.snapshot()
    told = publish(system, changes_of(server), tmp_path, push=True, sleep=asleep)
    assert (len(told.written), server.tokens_given) == (9, 2)
    roll_back(system, tmp_path, push=True)
    server.close()
    assert server.snapshot() == start
    files = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()]
    said = [*files, caplog.text, repr(vars(system)), repr(vars(system.api.http))]
    assert not [text for text in said if SECRET in text or server.token in text]


@pytest.fixture
def server() -> Iterator[DynamicsServer]:
    """Three accounts with contacts, opportunities and cases below the first two, of several owners."""
    server = DynamicsServer(3)
    (a, b, _), (one, two, three) = server.ids, server.users
    put_below(server, "contacts", 1, a, one)
    put_below(server, "contacts", 2, a, three)
    put_below(server, "contacts", 3, b, server.team)
    put_below(server, "opportunities", 1, a, one)
    put_below(server, "opportunities", 2, a, one, statecode=1)
    put_below(server, "opportunities", 3, a, two, _customerid_value=guid("c", 1))
    put_below(server, "opportunities", 4, guid("c", 2), one, _parentaccountid_value=None, _customerid_value=a)
    put_below(server, "incidents", 1, b, one)
    put_below(server, "incidents", 2, guid("c", 3), three)  # a case of a contact of the account
    yield server
    server.close()
    assert server.uncovered == []


@pytest.mark.parametrize("cascade", ["Cascade", "UserOwned", "Active", "NoCascade"])
def test_what_is_below_an_account_keeps_its_owner(
    server: DynamicsServer, cascade: str, tmp_path: Path
) -> None:
    """However the environment lets it follow, and on the way back as well."""
    server.cascade = dict.fromkeys(server.cascade, cascade)
    start = server.snapshot()
    system = connect(server.environment)
    publish(system, changes_of(server), tmp_path, push=True)
    assert {server.owner(name) for name in server.ids} == {server.users[1]}
    for name in server.ids:
        server.records["accounts"][name][OWNER] = server.users[0]
    assert server.snapshot() == start
    for name in server.ids:
        server.give(name, server.users[1])
    roll_back(system, tmp_path, push=True)
    assert server.snapshot() == start


def test_without_keeping_the_cascade_would_move_it(server: DynamicsServer, monkeypatch: Any) -> None:
    """The server does what the documentation says, so that the test above can fail."""
    monkeypatch.setattr("territory_opt.crm.dynamics.keeping.Keeper.parts", lambda *_: {})
    connect(server.environment).assign(changes_of(server))
    assert {row[OWNER] for row in server.records["contacts"].values()} == {server.users[1]}
    assert server.owner(guid("i", 2), "incidents") == server.users[1]


def test_a_change_set_is_done_whole_or_not_at_all(server: DynamicsServer) -> None:
    """A contact that may not be written takes the write of its account with it."""
    start, (a, b, c) = server.snapshot(), server.ids
    server.refused = {guid("c", 2)}
    outcomes = {one.account_id: one for one in connect(server.environment).assign(changes_of(server))}
    assert (outcomes[a].ok, outcomes[b].ok, outcomes[c].ok) == (False, True, True)
    assert "AccessCheckEx" in outcomes[a].message
    assert server.owner(a) == server.users[0]
    connect(server.environment).assign([change.turned_round() for change in changes_of(server, [b, c])])
    assert server.snapshot() == start


def test_what_belongs_to_a_disabled_user_does_not_hold_up_its_account(server: DynamicsServer) -> None:
    """Dataverse gives nothing to him, so that what he had goes along."""
    a, gone = server.ids[0], server.users[2]
    server.disabled = {gone}
    server.records["systemusers"][gone]["isdisabled"] = True
    outcomes = connect(server.environment).assign(changes_of(server, [a]))
    assert [one.ok for one in outcomes] == [True]
    assert server.owner(guid("c", 2), "contacts") == server.users[1]


@pytest.mark.parametrize(
    ("kind", "table", "moved"),
    [
        ("contacts", "contacts", [guid("c", 1)]),
        ("opportunities", "opportunities", [guid("p", 1), guid("p", 4)]),
        ("cases", "incidents", [guid("i", 1)]),
    ],
)
def test_what_the_old_owner_has_below_goes_along_and_comes_back(
    server: DynamicsServer, kind: str, table: str, moved: list[str], tmp_path: Path
) -> None:
    start, (old, new, _) = server.snapshot(), server.users
    children = connect(server.environment).children(kind)
    changes = children.belonging(changes_of(server))
    assert sorted(change.account_id for change in changes) == moved
    told = publish(children, changes, tmp_path, push=True)
    assert sorted(told.written) == moved
    assert {server.owner(name, table) for name in moved} == {new}
    roll_back(children, tmp_path, push=True)
    assert server.snapshot() == start
    assert old != new


def test_more_than_a_batch_holds_goes_in_several(tmp_path: Path) -> None:
    """Ten accounts with 150 contacts each: 1,510 requests, at most 1,000 in a batch."""
    server = DynamicsServer(10)
    for i in range(1500):
        put_below(server, "contacts", i, server.ids[i % 10], server.users[2])
    before = {name: row[OWNER] for name, row in server.records["contacts"].items()}
    told = publish(connect(server.environment), changes_of(server), tmp_path, push=True)
    server.close()
    assert (len(told.written), server.calls) == (10, 2)
    assert {name: row[OWNER] for name, row in server.records["contacts"].items()} == before


def test_an_account_with_more_below_it_than_one_write_holds_is_listed(tmp_path: Path) -> None:
    server = DynamicsServer(2)
    for i in range(1000):
        put_below(server, "contacts", i, server.ids[0], server.users[2])
    told = publish(connect(server.environment), changes_of(server), tmp_path, push=True)
    server.close()
    assert told.written == (server.ids[1],)
    assert told.failed[0].message == "has 1,000 records below it, too many for one write"


def test_each_part_has_its_own_answer() -> None:
    """By hand: a change set that was done, one that failed whole, a request by itself."""
    content = (
        b"--b1\r\nContent-Type: multipart/mixed; boundary=c1\r\n\r\n"
        b"--c1\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\nHTTP/1.1 204 No Content\r\n"
        b"OData-Version: 4.0\r\n\r\n\r\n--c1--\r\n"
        b"--b1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 412 Precondition Failed\r\n"
        b'Content-Type: application/json\r\n\r\n{"error":{"code":"0x80060882","message":"changed"}}\r\n'
        b"--b1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 429 Too Many Requests\r\n"
        b"Retry-After: 12\r\n\r\n\r\n--b1--\r\n"
    )
    response = Response(200, {"Content-Type": "multipart/mixed; boundary=b1"}, content)
    answers = decoded(response, 3)
    assert [one.status for one in answers] == [204, 412, 429]
    assert answers[1].message == "0x80060882 changed"
    assert answers[2].headers["Retry-After"] == "12"
    for cut in (content[:-4], content[:100], b""):
        with pytest.raises(Interrupted):
            decoded(Response(200, {"Content-Type": "multipart/mixed; boundary=b1"}, cut), 3)
    with pytest.raises(Interrupted, match="3 of 4 requests"):
        decoded(response, 4)


def test_a_batch_is_written_as_the_specification_has_it() -> None:
    part = Part("PATCH", "/api/data/v9.2/accounts(1)", {"a": "ü"}, {"If-Match": 'W/"1"'})
    content_type, content = encoded([[part], [part, part]])
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert content_type.startswith('multipart/mixed; boundary="batch_')
    assert content.count(b"PATCH /api/data/v9.2/accounts(1) HTTP/1.1\r\n") == 3
    assert (content.count(b"Content-ID: 1\r\n"), content.count(b"Content-ID: 2\r\n")) == (1, 1)
    assert content.count(b'If-Match: W/"1"\r\n') == 3
    assert content.isascii()


def test_a_missing_or_hopeless_log_in_is_named(server: DynamicsServer) -> None:
    with pytest.raises(Refused, match="DATAVERSE_URL is missing"):
        connect({})
    with pytest.raises(Refused, match="AZURE_TENANT_ID, AZURE_CLIENT_SECRET missing"):
        connect({"DATAVERSE_URL": server.url, "AZURE_CLIENT_ID": "x"})
    with pytest.raises(Refused, match="DATAVERSE_URL must begin with https"):
        connect({"DATAVERSE_URL": "http://example.com", "DATAVERSE_ACCESS_TOKEN": "x"})
    assert isinstance(connect(server.environment), Dynamics)


def test_a_secret_that_is_not_taken_gives_one_line_without_it(server: DynamicsServer) -> None:
    server.as_app = server.expired = True
    with pytest.raises(
        Refused, match=r"does not let us in .*AADSTS7000222.*Renew AZURE_CLIENT_SECRET"
    ) as error:
        connect(server.environment).who()
    assert SECRET not in str(error.value)
    assert "\n" not in str(error.value)
