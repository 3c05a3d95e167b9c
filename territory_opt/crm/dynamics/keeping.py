"""What keeps its owner when the record above it gets another one.

By default the relationships from an account to its contacts, opportunities and cases, and from a contact to
its own, are parental: whoever assigns the record above assigns all that is below, whoever owned it
(documentation, "Configure table relationship cascading behavior"). Nothing could undo that. So the owners
below are read first and written back in the same transaction; what is to go along is changed by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from territory_opt.crm.change import Change
from territory_opt.crm.dynamics.api import Api
from territory_opt.crm.dynamics.batch import Part
from territory_opt.crm.dynamics.principals import Principals
from territory_opt.crm.dynamics.schema import BELOW, OWNER, Table

_RELATIONS = (
    "RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata"
    "?$select=ReferencedEntity,ReferencingEntity,CascadeConfiguration"
    "&$filter=ReferencedEntity%20eq%20'{}'"
)


@dataclass(frozen=True)
class _Below:
    """A record, its owner, and the changing record at the top of it."""

    top: str
    table: Table
    name: str
    owner: str


class Keeper:
    """Owners below the records of one table."""

    def __init__(self, api: Api, principals: Principals, table: Table):
        self._api, self._principals, self._table = api, principals, table

    @cached_property
    def following(self) -> dict[str, str]:
        """How the tables below follow a new owner (Cascade, Active, UserOwned), by name; {} if none does."""
        if self._table.name not in BELOW:
            return {}
        told = self._api.get(_RELATIONS.format(self._table.name)).get("value", ())
        ours = {lookup.table.name for lookup in BELOW[self._table.name]}
        cascade = {
            relation["ReferencingEntity"]: relation["CascadeConfiguration"]["Assign"]
            for relation in told
            if relation["ReferencingEntity"] in ours
            and relation["CascadeConfiguration"]["Assign"] not in (None, "NoCascade")
        }
        return dict(sorted(cascade.items()))

    def parts(self, changes: Sequence[Change]) -> dict[str, list[Part]]:
        """For each change by its id, the writes that give what is below back to its owner.

        Not of what belongs to a disabled user: to him Dataverse gives nothing.
        """
        if not changes or not self.following:
            return {}
        tops = {change.account_id: change.account_id for change in changes}
        below = {(one.table.name, one.name): one for one in self._all_below(tops, self._table)}
        self._principals.learn({one.owner for one in below.values()})
        parts: dict[str, list[Part]] = {}
        for one in below.values():
            if self._principals.may_own(one.owner):
                parts.setdefault(one.top, []).append(self._part(one))
        return parts

    def _part(self, one: _Below) -> Part:
        content = {"ownerid@odata.bind": self._principals.path(one.owner)}
        return Part("PATCH", self._api.path(one.table, one.name), content, {"If-Match": "*"})

    def _all_below(self, top: Mapping[str, str], table: Table) -> Iterator[_Below]:
        """Every record below, those nearest to the top first: each write may move what is below it again."""
        for lookup in BELOW.get(table.name, ()):
            rows = self._api.rows_where(lookup.table, lookup.columns, top, (lookup.table.key, OWNER))
            found = {row[lookup.table.key]: (lookup.above(row, top), row[OWNER]) for row in rows}
            for name, (above, owner) in found.items():
                yield _Below(top[above], lookup.table, name, owner)
            if found:
                yield from self._all_below(
                    {name: top[above] for name, (above, _) in found.items()}, lookup.table
                )
