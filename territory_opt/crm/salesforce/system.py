"""Salesforce as a system that a plan is read from and published to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from territory_opt.crm.change import Change
from territory_opt.crm.client import Outcome, Table
from territory_opt.crm.salesforce.query import ask, quoted
from territory_opt.crm.salesforce.records import Children, Records, full
from territory_opt.crm.salesforce.session import TIMEOUT_S, Session, open_session
from territory_opt.crm.salesforce.tables import tables
from territory_opt.crm.salesforce.territories import Territories

#: What can go with an account: its object, and which of its records.
KINDS = {
    "contacts": ("Contact", ""),
    "opportunities": ("Opportunity", "IsClosed = false"),
    "cases": ("Case", "IsClosed = false"),
}


class Salesforce(Records):
    """Accounts, their owners and territories.

    keep_teams: account and opportunity teams stay; needs the SOAP interface, which takes an access token like
    the others. Set it before `children`.
    """

    def __init__(self, session: Session):
        super().__init__(session, "Account")
        self.territories = Territories(session, self.write)
        self._outside: dict[str, str] = {}

    def who(self) -> str:
        """The org and the user that the token stands for."""
        identity = str(self.session.values("").get("identity", ""))
        org = next(ask(self.session, "SELECT Id, Name, IsSandbox FROM Organization"))
        user = quoted(identity.rpartition("/")[2])
        name = next((one["Username"] for one in ask(self.session, _USER.format(user))), "an unknown user")
        kind = ", sandbox" if org["IsSandbox"] else ""
        return " ".join(f"Salesforce {org['Name']} ({org['Id']}{kind}), as {name}".split())

    def keep_aside(self, folder: Path) -> None:
        """Write down in a folder what is done to territories, before it is done."""
        self.territories.aside.keep_in(folder)

    def cover(self, changes: Sequence[Change]) -> None:
        """Put accounts into the territories of their new owners, where the org has territories."""
        failed = self.territories.add([_in_full(change) for change in changes])
        self._outside = {change.account_id: failed.get(full(change.account_id), "") for change in changes}

    def assign(self, changes: Sequence[Change]) -> list[Outcome]:
        """Write new owners; an account that did not get into its new territory keeps the one it has."""
        outside = [change for change in changes if self._outside.get(change.account_id)]
        refused = [Outcome(c.account_id, False, self._outside[c.account_id]) for c in outside]
        inside = [change for change in changes if not self._outside.get(change.account_id)]
        return [*refused, *super().assign(inside)]

    def uncover(self, changes: Sequence[Change]) -> None:
        """Take accounts out of the territories of their old owners, where the org has territories."""
        self.territories.remove([_in_full(change) for change in changes])

    def children(self, kind: str) -> Children:
        """Contacts, open opportunities or open cases."""
        children = Children(self.session, *KINDS[kind])
        children.keep_teams, children.many, children.batch_size = self.keep_teams, self.many, self.batch_size
        return children

    def tables(self) -> Mapping[str, Table]:
        """Accounts, their owners, what is open, and territories where the org has them."""
        return tables(self.session)


_USER = "SELECT Username FROM User WHERE Id = {}"


def connect(environment: Mapping[str, str] = os.environ, /, *, timeout_s: float = TIMEOUT_S) -> Salesforce:
    """An org by what the environment holds, which nobody has spoken to yet.

    SF_INSTANCE_URL and SF_ACCESS_TOKEN (`sf org auth show-access-token` prints it), or SF_CLIENT_ID and
    SF_CLIENT_SECRET of an app with the client credentials flow; SF_API_VERSION where another one is wanted.
    Raises Refused naming each variable that is missing.
    """
    return Salesforce(open_session(environment, timeout_s))


def _in_full(change: Change) -> Change:
    """The same change with ids of 18 characters."""
    return replace(
        change,
        account_id=full(change.account_id),
        old_user=full(change.old_user),
        new_user=full(change.new_user),
    )
