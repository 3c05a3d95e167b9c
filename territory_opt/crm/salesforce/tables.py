"""What an org holds, as tables in our words: texts, as Salesforce writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from territory_opt.crm.client import Table
from territory_opt.crm.families import families
from territory_opt.crm.salesforce.query import ask_in_bulk
from territory_opt.crm.salesforce.session import Session

Columns = dict[str, list[str]]
_ACTIVE = "WHERE Territory2Model.State = 'Active'"
_SEATED = "WHERE IsActive = true AND Territory2.Territory2Model.State = 'Active'"
_IN_ACTIVE = "WHERE Territory2.Territory2Model.State = 'Active'"
#: Our names of what is asked of each object, in their order.
_ACCOUNT = {
    "account_id": "Id",
    "name": "Name",
    "owner": "OwnerId",
    "parent": "ParentId",
    "segment": "Industry",
    "type": "Type",
    "employees": "NumberOfEmployees",
    "lat": "ShippingLatitude",
    "lon": "ShippingLongitude",
    "area_id": "ShippingPostalCode",
    "region": "ShippingState",
}
_BILLING = {
    "lat": "BillingLatitude",
    "lon": "BillingLongitude",
    "area_id": "BillingPostalCode",
    "region": "BillingState",
}
_USER = {
    "rep_id": "Id",
    "name": "Name",
    "email": "Email",
    "status": "IsActive",
    "manager": "ManagerId",
    "lat": "Latitude",
    "lon": "Longitude",
}
_OPPORTUNITY = {
    "opportunity_id": "Id",
    "account_id": "AccountId",
    "owner": "OwnerId",
    "stage": "StageName",
    "amount": "Amount",
    "closes": "CloseDate",
}
_TERRITORY = {"territory_id": "Id", "name": "Name", "parent": "ParentTerritory2Id"}
_TERRITORY_ACCOUNT = {"territory_id": "Territory2Id", "account_id": "ObjectId"}
_TERRITORY_USER = {"territory_id": "Territory2Id", "rep_id": "UserId"}


def tables(session: Session) -> Mapping[str, Table]:
    """See `System.tables`.

    revenue: opportunities won in the last 365 days, in the currency of each. A coordinate is that of the
    shipping address, or of the billing address where there is none. reps: users who own an account or sit in
    an active territory.
    """
    accounts = _accounts(session)
    told: dict[str, Table] = {"accounts": accounts}
    users = set(accounts["owner"])
    opportunities = _asked(session, _OPPORTUNITY, "FROM Opportunity WHERE IsClosed = false")
    if session.has("Territory2"):
        told["territories"] = _asked(session, _TERRITORY, f"FROM Territory2 {_ACTIVE}")
        told["territory_accounts"] = _asked(
            session, _TERRITORY_ACCOUNT, f"FROM ObjectTerritory2Association {_IN_ACTIVE}"
        )
        seats = _asked(session, _TERRITORY_USER, f"FROM UserTerritory2Association {_SEATED}")
        told["territory_users"] = seats
        users |= set(seats["rep_id"])
    return told | {"reps": _reps(session, users), "opportunities": opportunities}


def _accounts(session: Session) -> Columns:
    columns = _asked(
        session, {**_ACCOUNT, **{f"billing {n}": f for n, f in _BILLING.items()}}, "FROM Account"
    )
    away = [not (lat and lon) for lat, lon in zip(columns["lat"], columns["lon"], strict=True)]
    for name in _BILLING:
        billing = columns.pop(f"billing {name}")
        columns[name] = [b if no else s for s, b, no in zip(columns[name], billing, away, strict=True)]
    ids = columns["account_id"]
    columns["family"] = families(dict(zip(ids, columns.pop("parent"), strict=True)))
    won = _won(session)
    columns["revenue"] = [repr(won.get(name, 0.0)) for name in ids]
    return columns


def _won(session: Session) -> Mapping[str, float]:
    """Amounts won in the last 365 days, by account."""
    where = "FROM Opportunity WHERE IsWon = true AND CloseDate = LAST_N_DAYS:365"
    deals = ask_in_bulk(session, ("AccountId", "Amount"), where)
    won: dict[str, float] = {}
    for account, amount in zip(deals["AccountId"], deals["Amount"], strict=True):
        won[account] = won.get(account, 0.0) + float(amount or 0)
    return won


def _reps(session: Session, users: Iterable[str]) -> Columns:
    columns = _asked(session, _USER, "FROM User")
    known = set(users)
    rows = [row for row, name in enumerate(columns["rep_id"]) if name in known]
    reps = {name: [cells[row] for row in rows] for name, cells in columns.items()}
    reps["status"] = ["active" if cell.lower() == "true" else "leaving" for cell in reps["status"]]
    return reps


def _asked(session: Session, names: Mapping[str, str], rest: str) -> Columns:
    """Columns by our names."""
    fields: Sequence[str] = list(names.values())
    told = ask_in_bulk(session, fields, rest)
    return {ours: told[theirs] for ours, theirs in names.items()}
