"""The tables of Dataverse that a plan touches: how they are called, and how they hang together."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

OWNER = "_ownerid_value"


@dataclass(frozen=True)
class Lookup:
    """Columns of `table` that name a record above it."""

    table: Table
    columns: tuple[str, ...]

    def above(self, row: Mapping[str, Any], known: Container[str]) -> str:
        """Which of the known records a row is below; the first column that names one decides."""
        return next(row[column] for column in self.columns if row.get(column) in known)


@dataclass(frozen=True)
class Table:
    """A table: its logical name, entity set and key, and what makes a record an open one ("": all are)."""

    name: str
    set: str
    key: str
    is_open: str = ""


_OPEN = "statecode eq 0"
ACCOUNTS = Table("account", "accounts", "accountid")
CONTACTS = Table("contact", "contacts", "contactid")
OPPORTUNITIES = Table("opportunity", "opportunities", "opportunityid", _OPEN)
CASES = Table("incident", "incidents", "incidentid", _OPEN)
USERS = Table("systemuser", "systemusers", "systemuserid")
TEAMS = Table("team", "teams", "teamid")

_CUSTOMER = "_customerid_value"
#: What hangs below an account, by the name of its kind. A customer is an account or a contact.
KINDS: Mapping[str, Lookup] = {
    "contacts": Lookup(CONTACTS, ("_parentcustomerid_value",)),
    "opportunities": Lookup(OPPORTUNITIES, ("_parentaccountid_value", _CUSTOMER)),
    "cases": Lookup(CASES, (_CUSTOMER,)),
}
#: What hangs directly below a record of each table; contacts come first, since more hangs below them.
BELOW: Mapping[str, tuple[Lookup, ...]] = {
    "account": tuple(KINDS.values()),
    "contact": (Lookup(OPPORTUNITIES, (_CUSTOMER,)), Lookup(CASES, (_CUSTOMER,))),
}
