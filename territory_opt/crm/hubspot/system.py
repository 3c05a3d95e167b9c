"""HubSpot as a system that a plan is read from and published to."""

from __future__ import annotations

import os
from collections.abc import Mapping

from territory_opt.crm.client import Refused, Table
from territory_opt.crm.http import Credential, Http, checked_url
from territory_opt.crm.hubspot.api import Api
from territory_opt.crm.hubspot.children import KINDS, Children
from territory_opt.crm.hubspot.pace import Pace
from territory_opt.crm.hubspot.records import Records
from territory_opt.crm.hubspot.tables import tables

TOKEN, ADDRESS = "HUBSPOT_ACCESS_TOKEN", "HUBSPOT_API_URL"
_ADDRESS, _TIMEOUT_S = "https://api.hubapi.com", 60.0


class HubSpot(Records):
    """Companies and their owners.

    keep_teams: HubSpot writes no teams when an owner changes; there is nothing to decide.
    """

    def __init__(self, api: Api):
        super().__init__(api, "companies")
        self.keep_teams = True

    def who(self) -> str:
        """The account that the token belongs to; an app has no user of its own."""
        told = self.api.get("/account-info/v3/details")
        return f"HubSpot account {told.get('portalId')} ({told.get('accountType')}), as the app of {TOKEN}"

    def children(self, kind: str) -> Children:
        """Contacts, open deals (`opportunities`) or open tickets (`cases`)."""
        return Children(self.api, KINDS[kind])

    def tables(self) -> Mapping[str, Table]:
        """Companies, owners and open deals."""
        return tables(self.api)


def connect(
    environment: Mapping[str, str] = os.environ, /, *, pace: Pace | None = None, timeout_s: float = _TIMEOUT_S
) -> HubSpot:
    """HubSpot by the token of an app (HUBSPOT_ACCESS_TOKEN); HUBSPOT_API_URL names another address.

    Raises Refused when the token is missing.
    """
    if not environment.get(TOKEN):
        raise Refused(f"{TOKEN} is missing: set it to the access token of an app of your HubSpot account")
    address = checked_url(environment.get(ADDRESS) or _ADDRESS, ADDRESS)
    http = Http(address, timeout_s=timeout_s, credential=Credential(environment[TOKEN], TOKEN))
    return HubSpot(Api(http, pace or Pace()))
