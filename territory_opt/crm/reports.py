"""Headers of the tables that people export from a system by hand, and our names for them.

Labels of reports in English, and the names that the API and data exports use; where a file has several of a
list, the first counts. A file with our own names needs none of them.
"""

from __future__ import annotations

from collections.abc import Mapping

Headers = Mapping[str, Mapping[str, tuple[str, ...]]]

_SALESFORCE: Headers = {
    "accounts": {
        "account_id": ("Account ID", "Id"),
        "name": ("Account Name", "Name"),
        "owner": ("Account Owner ID", "Owner ID", "OwnerId"),
        "family": ("Ultimate Parent Account ID",),
        "segment": ("Industry",),
        "revenue": ("Annual Revenue", "AnnualRevenue"),
        "lat": ("Billing Latitude", "BillingLatitude"),
        "lon": ("Billing Longitude", "BillingLongitude"),
        "area_id": ("Billing Zip/Postal Code", "BillingPostalCode"),
    },
    "reps": {
        "rep_id": ("User ID", "Id"),
        "name": ("Full Name", "Name"),
        "email": ("Email",),
        "status": ("Active", "IsActive"),
        "manager": ("Manager ID", "ManagerId"),
    },
    "opportunities": {
        "opportunity_id": ("Opportunity ID", "Id"),
        "account_id": ("Account ID", "AccountId"),
        "owner": ("Opportunity Owner ID", "Owner ID", "OwnerId"),
        "stage": ("Stage", "StageName"),
        "amount": ("Amount",),
        "closes": ("Close Date", "CloseDate"),
        "closed": ("Closed", "IsClosed"),
    },
}
_HUBSPOT: Headers = {
    "accounts": {
        "account_id": ("Record ID", "Record ID - Company"),
        "name": ("Company name",),
        "owner": ("Company owner ID", "hubspot_owner_id", "Company owner"),
        "segment": ("Industry",),
        "revenue": ("Annual Revenue",),
        "area_id": ("Postal Code",),
    },
    "reps": {
        "rep_id": ("Owner ID", "User ID", "Email"),
        "name": ("Name",),
        "email": ("Email",),
    },
    "opportunities": {
        "opportunity_id": ("Record ID", "Record ID - Deal"),
        "account_id": ("Associated Company IDs", "Associated Company IDs (Primary)"),
        "owner": ("Deal owner ID", "Deal owner"),
        "stage": ("Deal Stage",),
        "amount": ("Amount",),
        "closes": ("Close Date",),
        "closed": ("Is Deal Closed?",),
    },
}
_DYNAMICS: Headers = {
    "accounts": {
        "account_id": ("accountid", "(Do Not Modify) Account"),
        "name": ("name", "Account Name"),
        "owner": ("_ownerid_value", "ownerid"),
        "segment": ("industrycode", "Industry"),
        "revenue": ("revenue", "Annual Revenue"),
        "lat": ("address1_latitude", "Address 1: Latitude"),
        "lon": ("address1_longitude", "Address 1: Longitude"),
        "area_id": ("address1_postalcode", "Address 1: ZIP/Postal Code"),
    },
    "reps": {
        "rep_id": ("systemuserid", "(Do Not Modify) User"),
        "name": ("fullname", "Full Name"),
        "email": ("internalemailaddress", "Primary Email"),
        "disabled": ("isdisabled",),
        "manager": ("_parentsystemuserid_value",),
    },
    "opportunities": {
        "opportunity_id": ("opportunityid", "(Do Not Modify) Opportunity"),
        "account_id": ("_parentaccountid_value",),
        "owner": ("_ownerid_value", "ownerid"),
        "stage": ("stepname", "Pipeline Phase"),
        "amount": ("estimatedvalue", "Est. Revenue"),
        "closes": ("estimatedclosedate", "Est. Close Date"),
        "closed": ("statecode",),
    },
}
#: Headers by system; a system that is not here is read by our own names alone.
HEADERS: Mapping[str, Headers] = {"salesforce": _SALESFORCE, "hubspot": _HUBSPOT, "dynamics": _DYNAMICS}
#: Names under which a file of a table is looked for, ours first.
FILES = {
    "accounts": ("accounts", "Account", "Accounts", "companies", "account"),
    "reps": ("reps", "User", "Users", "users", "systemuser"),
    "opportunities": ("opportunities", "Opportunity", "Opportunities", "deals", "opportunity"),
}
_YES, _NO = ("true", "1", "yes"), ("false", "0", "no")


def status_of(active: str) -> str:
    """`Active` of a user as our status; a word that is neither yes nor no stays, for the check to name."""
    word = active.strip().lower()
    return "active" if word in _YES else "leaving" if word in _NO else active


def is_open(closed: str) -> bool:
    """Whether a deal is open, by what its export says of `closed`; nothing means open."""
    return closed.strip().lower() not in (*_YES, "won", "lost", "2")
