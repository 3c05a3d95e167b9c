"""What is below an account in Dataverse: contacts, open opportunities and open cases."""

from __future__ import annotations

from collections.abc import Sequence

from territory_opt.crm.change import Change
from territory_opt.crm.dynamics.api import Api
from territory_opt.crm.dynamics.principals import Principals
from territory_opt.crm.dynamics.records import Records
from territory_opt.crm.dynamics.schema import OWNER, Lookup
from territory_opt.crm.ids import bare_guid


class Children(Records):
    """A client for one kind of record below accounts."""

    def __init__(self, api: Api, principals: Principals, lookup: Lookup):
        super().__init__(api, principals, lookup.table)
        self._lookup = lookup

    def belonging(self, changes: Sequence[Change]) -> list[Change]:
        """Open records below accounts that change hands, where they belong to the old owner."""
        of = {bare_guid(change.account_id): change for change in changes}
        table, columns = self.table, self._lookup.columns
        rows = self.api.rows_where(table, columns, of, (table.key, OWNER), table.is_open)
        found: dict[str, Change] = {}
        for row in rows:
            change = of[self._lookup.above(row, of)]
            if row[OWNER] == bare_guid(change.old_user):
                found[row[table.key]] = Change(row[table.key], change.old_user, change.new_user)
        return list(found.values())
