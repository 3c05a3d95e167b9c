"""Salesforce: what every vendor keeps, in all its ways of writing, and what is its own; over real HTTP."""

from __future__ import annotations

from typing import Any

from territory_opt.crm.salesforce import connect
from tests.crm_contract import Contract
from tests.servers.salesforce import SalesforceServer


class TestCollections(Contract):
    """Few records: 200 in a call; no territories, no teams."""

    package = "salesforce"

    def server_of(self, n: int) -> Any:
        return SalesforceServer(n)

    def connect(self, server: Any) -> Any:
        system = connect(server.environment, timeout_s=0.3)
        system.session.poll_s, system.session.sleep = 0.001, lambda _: None
        return system


class TestBulk(TestCollections):
    """Many records: a bulk job a batch."""

    def connect(self, server: Any) -> Any:
        system = super().connect(server)
        system.many = 0
        return system


class TestTerritories(TestCollections):
    """Accounts are in territories."""

    def server_of(self, n: int) -> Any:
        return SalesforceServer(n, has_territories=True)


class TestTeams(TestCollections):
    """Every account has a team, which stays."""

    def server_of(self, n: int) -> Any:
        return SalesforceServer(n, team_every=1)
