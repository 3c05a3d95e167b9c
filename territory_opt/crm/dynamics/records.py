"""Records of one table in Dataverse, and who owns them.

An owner is one column, replaced in one transaction: at no moment is a record without one. Each write carries
the version that was read (`If-Match`): a record that changed since is looked at again, and one that is gone
is not made anew, as a PATCH without it would do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from territory_opt.crm.change import Change
from territory_opt.crm.client import Outcome
from territory_opt.crm.dynamics.api import Api
from territory_opt.crm.dynamics.batch import MOST, Part
from territory_opt.crm.dynamics.keeping import Keeper
from territory_opt.crm.dynamics.principals import Principals
from territory_opt.crm.dynamics.schema import OWNER, Table
from territory_opt.crm.ids import bare_guid
from territory_opt.crm.overtaken import sort_out

_BATCH = 200  # well within the time that one call may take, with what is below the records
_ROUNDS = 4  # of looking again at records that somebody edits at the same time
_LOOK_AGAIN = (404, 412)  # something is gone, or changed since it was read
_FAILED = 500  # and above: what it did is not known


@dataclass(frozen=True)
class _Seen:
    """A record as it was read."""

    owner: str
    version: str


class Records:
    """A client for the records of one table."""

    def __init__(self, api: Api, principals: Principals, table: Table):
        self.api, self.table, self.batch_size = api, table, _BATCH
        self.principals = principals
        self.keeper = Keeper(api, principals, table)
        self._seen: dict[str, _Seen] = {}

    def owners(self, account_ids: Sequence[str]) -> dict[str, str]:
        """The present owner of each record that is there, a user or a team."""
        given = {bare_guid(name): name for name in account_ids}
        for name in given:
            self._seen.pop(name, None)
        for row in self.api.rows_where(self.table, (self.table.key,), given, (OWNER,)):
            self._seen[row[self.table.key]] = _Seen(row.get(OWNER) or "", row["@odata.etag"])
        return {text: self._seen[name].owner for name, text in given.items() if name in self._seen}

    def cover(self, changes: Sequence[Change]) -> None:
        """Nothing: whoever becomes the owner reaches the record in the same transaction.

        A share (GrantAccess) would be handed on to all that is below, and its end (RevokeAccess) would take
        shares away that somebody gave on purpose.
        """

    def uncover(self, changes: Sequence[Change]) -> None:
        """Nothing: whoever owns a record no more has lost it in the same transaction."""

    def assign(self, changes: Sequence[Change]) -> list[Outcome]:
        """Write new owners where the old one is still there; see `Client.assign`."""
        spelt = {bare_guid(change.account_id): change.account_id for change in changes}
        left = [Change(*map(bare_guid, (c.account_id, c.old_user, c.new_user))) for c in changes]
        self.principals.learn(change.new_user for change in left)
        outcomes = [Outcome(c.account_id, False, _nobody(c)) for c in left if self._is_nobody(c.new_user)]
        left = [change for change in left if not self._is_nobody(change.new_user)]
        unread = [change.account_id for change in left if change.account_id not in self._seen]
        for _ in range(_ROUNDS):
            if unread:
                self.owners(unread)
            told, left = sort_out(left, {name: seen.owner for name, seen in self._seen_of(left)})
            outcomes += [*told, *self._written(left)]
            done = {outcome.account_id for outcome in outcomes}
            left = [change for change in left if change.account_id not in done]
            unread = [change.account_id for change in left]
        outcomes += [Outcome(name, False, "is edited by others again and again") for name in unread]
        return [outcome.of(spelt[outcome.account_id]) for outcome in outcomes]

    def _is_nobody(self, user: str) -> bool:
        return not self.principals.path(user)

    def _seen_of(self, changes: Sequence[Change]) -> Iterator[tuple[str, _Seen]]:
        names = (change.account_id for change in changes)
        return ((name, self._seen[name]) for name in names if name in self._seen)

    def _written(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Outcomes of those that were written or refused; none for what changed since it was read."""
        kept = self.keeper.parts(changes)
        sets = {c.account_id: [self._part(c), *kept.get(c.account_id, ())] for c in changes}
        new = {change.account_id: change.new_user for change in changes}
        for name, parts in sets.items():
            if len(parts) > MOST:
                yield Outcome(name, False, f"has {len(parts) - 1:,} records below it, too many for one write")
        for pack in _packs(sets):
            for name in pack:
                del self._seen[name]
            answers = dict(zip(pack, self.api.write(list(pack.values())), strict=True))
            failed = {name: one.message for name, one in answers.items() if one.status >= _FAILED}
            live = self.owners(list(failed)) if failed else {}
            yield from (Outcome(name, live.get(name) == new[name], said) for name, said in failed.items())
            yield from (
                Outcome(name, one.ok, one.message)
                for name, one in answers.items()
                if name not in failed and one.status not in _LOOK_AGAIN
            )

    def _part(self, change: Change) -> Part:
        content = {"ownerid@odata.bind": self.principals.path(change.new_user)}
        version = {"If-Match": self._seen[change.account_id].version}
        return Part("PATCH", self.api.path(self.table, change.account_id), content, version)


def _packs(sets: Mapping[str, list[Part]]) -> Iterator[dict[str, list[Part]]]:
    """The sets in batches that are not too large; a set that is by itself is left out."""
    pack: dict[str, list[Part]] = {}
    n = 0
    for name, parts in sets.items():
        if len(parts) > MOST:
            continue
        if n + len(parts) > MOST:
            yield pack
            pack, n = {}, 0
        pack[name] = parts
        n += len(parts)
    if pack:
        yield pack


def _nobody(change: Change) -> str:
    return f"its new owner {change.new_user} is no user and no team"
