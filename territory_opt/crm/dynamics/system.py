"""Dynamics 365 as a system that a plan is read from and published to."""

from __future__ import annotations

import os
from collections.abc import Mapping

from territory_opt.crm.client import Refused, Table
from territory_opt.crm.dynamics.api import HEADERS, PATH, Api
from territory_opt.crm.dynamics.children import Children
from territory_opt.crm.dynamics.login import ADDRESS, credential_of
from territory_opt.crm.dynamics.principals import Principals
from territory_opt.crm.dynamics.records import Records
from territory_opt.crm.dynamics.schema import ACCOUNTS, KINDS, USERS
from territory_opt.crm.dynamics.tables import tables
from territory_opt.crm.http import Http, checked_url

_TIMEOUT_S = 300.0  # a batch is answered as a whole, when its last request is done


class Dynamics(Records):
    """Accounts and their owners.

    keep_teams: Dataverse takes nobody off an access team when an owner changes; there is nothing to decide.
    """

    def __init__(self, api: Api):
        super().__init__(api, Principals(api), ACCOUNTS)
        self.keep_teams = True

    def who(self) -> str:
        """The environment and the user."""
        user = self.api.get("WhoAmI")["UserId"]
        name = self.api.get(f"{USERS.set}({user})?$select=fullname").get("fullname") or user
        organization = self.api.get("organizations?$select=name")["value"][0]["name"]
        return f"Dynamics 365 {organization} at {self.api.http.host}, as {name}"

    def children(self, kind: str) -> Children:
        """Contacts, open opportunities or open cases."""
        return Children(self.api, self.principals, KINDS[kind])

    def tables(self) -> Mapping[str, Table]:
        """Active accounts, users, open opportunities and territories."""
        return tables(self.api)


def connect(environment: Mapping[str, str] = os.environ, /, *, timeout_s: float = _TIMEOUT_S) -> Dynamics:
    """An environment (DATAVERSE_URL) by an app's secret (AZURE_*) or a token (DATAVERSE_ACCESS_TOKEN).

    Raises Refused naming each variable that is missing.
    """
    if not environment.get(ADDRESS):
        raise Refused(
            f"{ADDRESS} is missing: set it to the address of your environment, https://…dynamics.com"
        )
    address = checked_url(environment[ADDRESS], ADDRESS).rstrip("/")
    credential = credential_of(environment, address)
    return Dynamics(Api(Http(address + PATH, HEADERS, timeout_s, credential)))
