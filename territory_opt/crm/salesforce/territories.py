"""Accounts in territories (Sales Territories, formerly Enterprise Territory Management).

An account is in a territory by a record of its own, which can be made and deleted but not changed. So the
territory of the new owner comes before the owner changes, that of the old one goes after, and never the last
one that an account has. Only what a person or a program put there is taken away: what a rule of the org
assigned, the org takes away itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from territory_opt.crm.change import Change
from territory_opt.crm.client import Refused
from territory_opt.crm.ids import full_id
from territory_opt.crm.salesforce.aside import GIVEN, KEPT, LEFT, REMOVED, Aside, Entry, Pair
from territory_opt.crm.salesforce.bulk import Row
from territory_opt.crm.salesforce.query import ask, ask_among
from territory_opt.crm.salesforce.session import Session

OBJECT = "ObjectTerritory2Association"
#: Causes by the name of the API; `Territory2AssignmentRule` is the other one.
MANUAL = "Territory2Manual"
_ACTIVE = "Territory2.Territory2Model.State = 'Active'"
_SEATS = (
    "SELECT UserId, Territory2Id, RoleInTerritory2, Territory2.ParentTerritory2Id "
    f"FROM UserTerritory2Association WHERE IsActive = true AND {_ACTIVE}"
)
_THERE = ("DUPLICATE_VALUE", "DUPLICATES_DETECTED")
_GONE = ("ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY")
_SHOWN = 5


@dataclass(frozen=True)
class Association:
    """That an account is in a territory."""

    id: str
    pair: Pair
    is_manual: bool


class Territories:
    """The territories of the active model, who sits in them, and which accounts are there.

    write: `Records.write`. aside: keeps what is done.
    """

    def __init__(self, session: Session, write: Callable[[str, str, list[dict[str, str]]], Iterable[Row]]):
        self.session, self._write, self.aside = session, write, Aside()

    @cached_property
    def seats(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """Seats in active territories by user; none where the org has no territories."""
        seats: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        if self.session.has("Territory2"):
            for seat in ask(self.session, _SEATS):
                seats[seat["UserId"]].append(seat)
        return dict(seats)

    def add(self, changes: Sequence[Change]) -> dict[str, str]:
        """Put accounts into the territories of their new owners; why not, by account, where it failed."""
        self._refuse_unclear({user for change in changes for user in (change.old_user, change.new_user)})
        there = self._of_accounts([change.account_id for change in changes])
        new, old = list[Entry](), list[Entry]()
        for change in changes:
            pair = (change.account_id, self._home(change.new_user))
            is_there = any(one.pair == pair for one in there.get(change.account_id, ()))
            if is_there and not self.aside.is_ours(pair) and pair not in self.aside.kept:
                old.append(Entry(pair, change.old_user))
            if not is_there and pair[1] and (not self._returns(change) or pair in self.aside.removed):
                new.append(Entry(pair, change.old_user))
        self.aside.write(KEPT, "", old)
        self.aside.write(GIVEN, MANUAL, new)
        rows = [
            {"ObjectId": entry.pair[0], "Territory2Id": entry.pair[1], "AssociationCause": MANUAL}
            for entry in new
        ]
        return {
            row.cells["ObjectId"]: f"could not be put into its new territory: {row.message}"
            for row in self._write("insert", OBJECT, rows)
            if not row.ok and not any(code in row.message for code in _THERE)
        }

    def remove(self, changes: Sequence[Change]) -> None:
        """Take accounts out of the territories of their old owners, but never out of the last one.

        What Salesforce does not let go is written down; Refused where it lets nothing go.
        """
        there = self._of_accounts([change.account_id for change in changes])
        gone = {
            one.id: Entry(one.pair, change.old_user)
            for change in changes
            for one in self._leavable(change, there.get(change.account_id, ()))
        }
        self.aside.write(REMOVED, MANUAL, list(gone.values()))
        failed = [
            row
            for row in self._write("delete", OBJECT, [{"Id": name} for name in gone])
            if not row.ok and not any(code in row.message for code in _GONE)
        ]
        if failed and len(failed) == len(gone):
            raise Refused(f"accounts stay in their old territories: {failed[0].message}")
        left = [replace(gone[full_id(row.cells["Id"])], message=row.message) for row in failed]
        self.aside.write(LEFT, MANUAL, left)

    def _returns(self, change: Change) -> bool:
        """Whether an account goes back to the owner from whom we took it."""
        pair = (change.account_id, self._home(change.old_user))
        return self.aside.given.get(pair) == change.new_user

    def _leavable(self, change: Change, there: Sequence[Association]) -> Iterator[Association]:
        """Associations of an account that only its old owner needed, while another one is left.

        An account that goes back to where it was is also taken out of the last one: it was in none.
        """
        old, stays = self._home(change.old_user), self._territories(change.new_user)
        for one in there:
            was_there = self.aside.kept.get(one.pair) == change.new_user
            others = any(other.pair[1] != one.pair[1] for other in there) or self._returns(change)
            if one.pair[1] == old and old not in stays and one.is_manual and others and not was_there:
                yield one

    def _of_accounts(self, accounts: Sequence[str]) -> dict[str, list[Association]]:
        """Which territories of the active model each account is in."""
        found: dict[str, list[Association]] = defaultdict(list)
        if not self.seats:
            return found
        soql = (
            f"SELECT Id, ObjectId, Territory2Id, AssociationCause FROM {OBJECT} "
            f"WHERE {_ACTIVE} AND ObjectId IN {{ids}}"
        )
        for record in ask_among(self.session, soql, accounts):
            pair = (record["ObjectId"], record["Territory2Id"])
            found[pair[0]].append(Association(record["Id"], pair, record["AssociationCause"] == MANUAL))
        return found

    def _territories(self, user: str) -> set[str]:
        return {seat["Territory2Id"] for seat in self.seats.get(user, ())}

    def _home(self, user: str) -> str:
        """The territory in which a user serves accounts, "" for none; the first where it is not clear."""
        return next(iter(self._homes(user)), "")

    def _homes(self, user: str) -> list[str]:
        """Territories in which a user sits and has none below; those he owns, where he owns any."""
        seats = self.seats.get(user, ())
        above = {seat["Territory2"]["ParentTerritory2Id"] for seat in seats}
        lowest = [seat for seat in seats if seat["Territory2Id"] not in above]
        owned = [seat for seat in lowest if seat["RoleInTerritory2"] == "Owner"]
        return sorted(seat["Territory2Id"] for seat in owned or lowest)

    def _refuse_unclear(self, users: Iterable[str]) -> None:
        unclear = sorted(user for user in users if len(self._homes(user)) > 1)
        if unclear:
            names = ", ".join(unclear[:_SHOWN]) + (" …" if len(unclear) > _SHOWN else "")
            raise Refused(
                f"users sit in several territories, and none is theirs alone: {names}. "
                "Make one of them 'Owner' in one territory each (Role in Territory)"
            )
