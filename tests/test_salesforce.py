"""Salesforce keeps what every vendor keeps, in all its ways of writing; over real HTTP on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from territory_opt.crm.salesforce import connect
from tests.crm_contract import Contract, N, check_meanwhile
from tests.servers.salesforce import SalesforceServer


class TestCollections(Contract):
    """Few records: 200 in a call; accounts are in territories."""

    package = "salesforce"

    @pytest.fixture
    def server(self) -> Iterator[Any]:
        server = self.server_of(N)
        yield server
        server.close()
        assert server.uncovered == []  # in whatever test: at no moment is an account without coverage
        assert server.rewrites == []  # nor is anything written that is there already

    def server_of(self, n: int) -> Any:
        return SalesforceServer(n, has_territories=True)

    def connect(self, server: Any) -> Any:
        system = connect(server.environment, timeout_s=0.3)
        system.session.poll_s, system.session.sleep = 0.001, lambda _: None
        return system

    def test_who_gives_something_away_meanwhile_is_not_overwritten(
        self, server: Any, system: Any, tmp_path: Path
    ) -> None:
        server.watched.discard(server.ids[7])  # whoever gave it away looks after its territories
        check_meanwhile(server, system, tmp_path)


class TestBulk(TestCollections):
    """Many records: a bulk job for each step of a batch, which runs when it is looked at a second time."""

    def server_of(self, n: int) -> Any:
        server = super().server_of(n)
        server.jobs.looks = 2
        return server

    def connect(self, server: Any) -> Any:
        system = super().connect(server)
        system.many = 0
        return system


@pytest.mark.slow
class TestTeams(TestCollections):
    """Every account has a team, which stays; no territories."""

    def server_of(self, n: int) -> Any:
        return SalesforceServer(n, team_every=1)


@pytest.mark.slow
class TestPlain(TestCollections):
    """No territories, no teams."""

    def server_of(self, n: int) -> Any:
        return SalesforceServer(n)
