"""What Dataverse holds, in our column names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from territory_opt.crm.client import Table
from territory_opt.crm.dynamics.api import LABEL, Api, Row
from territory_opt.crm.dynamics.schema import ACCOUNTS, OPPORTUNITIES, OWNER, USERS
from territory_opt.crm.dynamics.schema import Table as Entity
from territory_opt.crm.families import families

_PARENT, _TERRITORY = "_parentaccountid_value", "_territoryid_value"
#: Our column for each of theirs; one that ends in LABEL is shown by its label and not by its number.
_ACCOUNT = {
    "accountid": "account_id",
    "name": "name",
    OWNER: "owner",
    f"industrycode{LABEL}": "segment",
    "revenue": "revenue",
    "address1_latitude": "lat",
    "address1_longitude": "lon",
    "address1_postalcode": "area_id",
    "address1_city": "city",
    "address1_stateorprovince": "region",
    "address1_country": "country",
}
_USER = {
    "systemuserid": "rep_id",
    "fullname": "name",
    "internalemailaddress": "email",
    "_parentsystemuserid_value": "manager",
}
_OPPORTUNITY = {
    "opportunityid": "opportunity_id",
    OWNER: "owner",
    "stepname": "stage",
    "estimatedvalue": "amount",
    "estimatedclosedate": "closes",
}
_PEOPLE = "applicationid eq null and accessmode eq 0"  # who logs in with a browser, and no program
_SEAT = Entity("territory", "territories", "territoryid")


def tables(api: Api) -> Mapping[str, Table]:
    """accounts, reps, open opportunities, territories and who is in them; see `System.tables`."""
    accounts = list(api.rows(ACCOUNTS, [*_names(_ACCOUNT), _PARENT, _TERRITORY], "statecode eq 0"))
    users = list(api.rows(USERS, [*_names(_USER), "isdisabled", _TERRITORY], _PEOPLE))
    parents = {row["accountid"]: row.get(_PARENT) or "" for row in accounts}
    status = ["leaving" if row.get("isdisabled") else "active" for row in users]
    return {
        "accounts": {**_columns(accounts, _ACCOUNT), "family": families(parents)},
        "reps": {**_columns(users, _USER), "status": status},
        "opportunities": _opportunities(api),
        **_territories(api, accounts, users),
    }


def _opportunities(api: Api) -> Table:
    """Open ones; the account is that of the opportunity, else its customer."""
    asked = [*_names(_OPPORTUNITY), "_parentaccountid_value", "_customerid_value"]
    rows = list(api.rows(OPPORTUNITIES, asked, OPPORTUNITIES.is_open))
    account = [row.get("_parentaccountid_value") or row.get("_customerid_value") or "" for row in rows]
    return {**_columns(rows, _OPPORTUNITY), "account_id": account}


def _territories(api: Api, accounts: Iterable[Row], users: Iterable[Row]) -> Mapping[str, Table]:
    """Territories, and the accounts and users that each holds."""
    names = {"territoryid": "territory_id", "name": "name", "_parentterritoryid_value": "parent"}
    rows = list(api.rows(_SEAT, names))
    if not rows:
        return {}
    return {
        "territories": _columns(rows, names),
        "territory_accounts": _pairs(accounts, "accountid", "account_id"),
        "territory_users": _pairs(users, "systemuserid", "rep_id"),
    }


def _pairs(rows: Iterable[Row], theirs: str, ours: str) -> Table:
    seated = [row for row in rows if row.get(_TERRITORY)]
    return _columns(seated, {_TERRITORY: "territory_id", theirs: ours})


def _columns(rows: Iterable[Row], names: Mapping[str, str]) -> dict[str, list[str]]:
    rows = list(rows)
    return {ours: [_text(row.get(theirs)) for row in rows] for theirs, ours in names.items()}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _names(columns: Mapping[str, str]) -> list[str]:
    """What is asked for: labels come along with their numbers."""
    return [name.removesuffix(LABEL) for name in columns]
