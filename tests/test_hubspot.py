"""HubSpot: what every vendor keeps, and what is its own, over real HTTP against a server on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from territory_opt.crm import Change, Refused, publish, roll_back
from territory_opt.crm.families import families
from territory_opt.crm.hubspot import HubSpot, connect
from territory_opt.crm.hubspot.pace import Pace
from tests.crm_contract import Contract, asleep, changes_of, check_meanwhile
from tests.servers.hubspot import HubSpotServer
from tests.servers.loopback import Reply

QUICK = 10**9  # calls in ten seconds: no waiting


class TestHubSpot(Contract):
    package = "hubspot"

    def server_of(self, n: int) -> Any:
        return HubSpotServer(n)

    def connect(self, server: Any) -> Any:
        return connect(server.environment, pace=Pace(QUICK), timeout_s=0.3)

    def test_who_gives_something_away_meanwhile_is_not_overwritten(
        self, server: Any, system: Any, tmp_path: Path
    ) -> None:
        check_meanwhile(server, system, tmp_path)

    def test_a_batch_that_is_refused_whole_is_halved_until_the_guilty_are_found(
        self, server: Any, tmp_path: Path
    ) -> None:
        system = self.connect(server)
        server.whole = {server.ids[5], server.ids[20]}
        told = publish(system, changes_of(server), tmp_path, push=True, sleep=asleep)
        assert {outcome.account_id for outcome in told.failed} == server.whole
        assert {outcome.message for outcome in told.failed} == {"VALIDATION_ERROR property is not valid"}
        assert len(told.written) == len(server.ids) - 2

    def test_an_input_of_which_the_answer_is_silent_is_looked_up(
        self, server: Any, system: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        update = server._update
        silent = Reply(207, {"status": "COMPLETE", "results": [], "errors": [{"message": "odd"}]})
        monkeypatch.setattr(server, "_update", lambda *how: (update(*how), silent)[1])
        server.refused = {server.ids[1]}
        outcomes = {o.account_id: o for o in system.assign(changes_of(server)[:3])}
        assert [outcomes[name].ok for name in server.ids[:3]] == [True, False, True]
        assert outcomes[server.ids[1]].message

    def test_ids_that_are_no_numbers_are_not_there(self, server: Any, system: Any) -> None:
        assert list(system.owners(["acme", server.ids[0], "１２"])) == [server.ids[0]]

    def test_who_says_which_account(self, system: Any) -> None:
        assert system.who() == "HubSpot account 123456 (STANDARD), as the app of HUBSPOT_ACCESS_TOKEN"

    def test_tables_hold_what_there_is_page_by_page(self, server: Any, system: Any) -> None:
        server.page = 4
        a, b, c = server.ids[:3]
        companies = server.records["companies"]
        companies[b]["hs_parent_company_id"] = a
        companies[c]["hs_parent_company_id"] = b
        server.put_below(a, "deals", "81", "7001", "open1")
        server.records["deals"]["81"] |= {"amount": "4200.5", "closedate": "2026-04-30T00:00:00Z"}
        server.put_below(a, "deals", "82", "7001", "won")
        server.put_below(a, "deals", "83", "7001", "open1", primary=False)
        tables = system.tables()
        accounts, reps, deals = tables["accounts"], tables["reps"], tables["opportunities"]
        assert accounts["account_id"] == server.ids
        assert accounts["family"] == [a, a, a, *[""] * (len(server.ids) - 3)]
        assert accounts["owner"] == ["7001"] * len(server.ids)
        assert accounts["revenue"][3] == "3000"
        assert reps["rep_id"] == ["7001", "7002", "7003", "7099"]
        assert reps["status"] == ["active", "active", "active", "leaving"]
        assert reps["name"] == ["User 7001", "User 7002", "User 7003", "Gone"]
        assert {name: column[0] for name, column in deals.items()} == {
            "opportunity_id": "81",
            "account_id": a,
            "owner": "7001",
            "stage": "open1",
            "amount": "4200.5",
            "closes": "2026-04-30",
        }
        assert len(deals["closes"]) == 1
        assert all(len({len(column) for column in table.values()}) == 1 for table in tables.values())


@pytest.fixture
def below() -> Any:
    """A server with contacts, deals and tickets below the first two of three companies."""
    server = HubSpotServer(3)
    a, b, _ = server.ids
    for company, name, owner in ((a, "11", "7001"), (a, "12", "7003"), (b, "13", "7001"), (b, "14", "")):
        server.put_below(company, "contacts", name, owner)
    server.put_below(a, "contacts", "13", "7001", primary=False)  # its primary company is b
    server.put_below(a, "deals", "21", "7001", "open1")
    server.put_below(a, "deals", "22", "7001", "won")
    server.put_below(b, "tickets", "31", "7001", "1")
    server.put_below(b, "tickets", "32", "7001", "4")
    yield server
    server.close()


@pytest.mark.parametrize(
    ("kind", "theirs", "moved"),
    [
        ("contacts", "contacts", ["11", "13"]),
        ("opportunities", "deals", ["21"]),
        ("cases", "tickets", ["31"]),
    ],
)
def test_what_the_old_owner_has_below_goes_along_and_comes_back(
    below: Any, kind: str, theirs: str, moved: list[str], tmp_path: Path
) -> None:
    system = connect(below.environment, pace=Pace(QUICK))
    a, b, _ = below.ids
    start, below.page = below.snapshot(), 1
    children = system.children(kind)
    changes = children.belonging([Change(a, "7001", "7002"), Change(b, "7001", "7003")])
    new = {"11": "7002", "13": "7003", "21": "7002", "31": "7003"}
    assert changes == [Change(name, "7001", new[name]) for name in moved]
    told = publish(children, changes, tmp_path, push=True)
    assert list(told.written) == moved
    assert [below.owner(name, theirs) for name in moved] == [new[name] for name in moved]
    roll_back(children, tmp_path, push=True)
    assert below.snapshot() == start


def test_nothing_below_is_nothing_to_change(below: Any) -> None:
    system = connect(below.environment, pace=Pace(QUICK))
    assert system.children("cases").belonging([]) == []
    assert system.children("cases").belonging([Change(below.ids[2], "7001", "7002")]) == []
    with pytest.raises(KeyError):
        system.children("quotes")


def test_a_missing_or_hopeless_token_is_named() -> None:
    with pytest.raises(Refused, match="HUBSPOT_ACCESS_TOKEN is missing"):
        connect({})
    with pytest.raises(Refused, match="HUBSPOT_API_URL must begin with https"):
        connect({"HUBSPOT_ACCESS_TOKEN": "x", "HUBSPOT_API_URL": "http://example.com"})
    assert isinstance(connect({"HUBSPOT_ACCESS_TOKEN": "x"}), HubSpot)


def test_the_pace_is_kept_and_taken_over_from_the_answers() -> None:
    server = HubSpotServer(1)
    server.per_window, server.window_s = 20, 0.2
    system = connect(server.environment, pace=Pace(1000, 0.2))
    try:
        for _ in range(60):
            system.owners(server.ids)
    finally:
        server.close()
    assert server.throttled == 0
    assert (system.api.pace.calls, system.api.pace.within_s) == (19, 0.2)


def test_the_pace_waits_until_the_oldest_call_is_out_of_the_window() -> None:
    now, waited = [0.0], []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    pace = Pace(4, 10.0, clock=lambda: now[0], sleep=sleep)  # 3 and a reserve
    for _ in range(7):
        pace.wait()
        now[0] += 1.0
    assert pace.calls == 3
    assert waited == [7.0, 7.0]
    assert now[0] == 21.0


def test_families_end_at_the_top_and_circles_are_left_to_be_found() -> None:
    parent = {"a": "", "b": "a", "c": "b", "d": "gone", "e": "f", "f": "e", "g": "e", "h": "h"}
    assert families(parent) == ["a", "a", "a", "", "f", "e", "f", ""]
