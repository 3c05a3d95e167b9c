"""What HubSpot holds, in our column names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from territory_opt.crm.client import Table
from territory_opt.crm.families import families
from territory_opt.crm.hubspot.api import Api, Record
from territory_opt.crm.hubspot.children import closed_stages
from territory_opt.crm.hubspot.records import OWNER, owner_of

_PARENT = "hs_parent_company_id"
#: Our column for each property of a company.
_COMPANY = {
    "name": "name",
    "annualrevenue": "revenue",
    "industry": "segment",
    "zip": "area_id",
    "city": "city",
    "state": "state",
    "country": "country",
}
_DEAL = ("amount", "closedate", "dealstage", OWNER)
_PRIMARY = (
    "deal_to_company"  # an association in a listing; others are `deal_to_company_unlabeled` and the like
)


def tables(api: Api) -> Mapping[str, Table]:
    """accounts, reps and open opportunities; see `System.tables`."""
    return {"accounts": _accounts(api), "reps": _reps(api), "opportunities": _opportunities(api)}


def _accounts(api: Api) -> Table:
    """Companies that are not archived. HubSpot has no coordinates: places come from area_id, city, country."""
    properties = ",".join([*_COMPANY, OWNER, _PARENT])
    records = list(api.pages("/crm/v3/objects/companies", {"properties": properties}))
    ids = [record["id"] for record in records]
    columns: dict[str, list[Any]] = {"account_id": ids}
    for theirs, ours in _COMPANY.items():
        columns[ours] = [_property(record, theirs) for record in records]
    parents = {record["id"]: _property(record, _PARENT) for record in records}
    return columns | {"owner": [owner_of(record) for record in records], "family": families(parents)}


def _reps(api: Api) -> Table:
    """People who own records: those of today, and those whose user was taken away (`leaving`)."""
    people = [
        (person, status)
        for status, archived in (("active", "false"), ("leaving", "true"))
        for person in api.pages("/crm/v3/owners", {"archived": archived})
        if person.get("type", "PERSON") == "PERSON"
    ]
    return {
        "rep_id": [person["id"] for person, _ in people],
        "name": [_name(person) for person, _ in people],
        "email": [person.get("email") or "" for person, _ in people],
        "status": [status for _, status in people],
        "manager": [""] * len(people),
    }


def _opportunities(api: Api) -> Table:
    """Open deals, each below its primary company; those without a company are left out."""
    closed = closed_stages(api, "deals")
    deals = list(_open_deals(api, closed))
    return {
        "opportunity_id": [deal["id"] for deal, _ in deals],
        "account_id": [company for _, company in deals],
        "owner": [owner_of(deal) for deal, _ in deals],
        "stage": [_property(deal, "dealstage") for deal, _ in deals],
        "amount": [_property(deal, "amount") for deal, _ in deals],
        "closes": [_property(deal, "closedate")[:10] for deal, _ in deals],
    }


def _open_deals(api: Api, closed: frozenset[str]) -> Iterator[tuple[Record, str]]:
    asked = {"properties": ",".join(_DEAL), "associations": "companies"}
    for deal in api.pages("/crm/v3/objects/deals", asked):
        linked = deal.get("associations", {}).get("companies", {}).get("results", ())
        company = next((str(to["id"]) for to in linked if to.get("type") == _PRIMARY), "")
        if company and _property(deal, "dealstage") not in closed:
            yield deal, company


def _property(record: Record, name: str) -> str:
    return record.get("properties", {}).get(name) or ""


def _name(person: Record) -> str:
    name = f"{person.get('firstName') or ''} {person.get('lastName') or ''}".strip()
    return name or person.get("email") or person["id"]
