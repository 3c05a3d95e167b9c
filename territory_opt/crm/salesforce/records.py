"""Records of one kind and who owns them.

An owner is one field, which is never empty: one write takes a record from one user and gives it to another.
Salesforce offers no condition on the old owner, so owners are read again right before they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from territory_opt.crm.change import Change
from territory_opt.crm.client import Outcome
from territory_opt.crm.ids import canonical, full_id
from territory_opt.crm.salesforce.bulk import Row, end_jobs
from territory_opt.crm.salesforce.collections import MANY, read, write
from territory_opt.crm.salesforce.query import ask_among
from territory_opt.crm.salesforce.session import Session
from territory_opt.crm.salesforce.teams import assign_with_teams, with_teams

BATCH = 10_000  # as Salesforce itself cuts a bulk job
#: Somebody else holds the record at this moment.
_LOCKED, _TRIES, _LOCK_WAIT_S = "UNABLE_TO_LOCK_ROW", 3, 2.0
full = canonical("salesforce")


class Records:
    """A client for records of one kind: `Account`, `Contact`, `Opportunity` or `Case`.

    many: up to so many records are written 200 in a call, more by one bulk job.
    """

    def __init__(self, session: Session, sobject: str):
        self.session, self.sobject = session, sobject
        self.batch_size, self.many, self.keep_teams = BATCH, MANY, True
        self._note: Callable[[str], None] = _unheard

    def owners(self, account_ids: Sequence[str]) -> dict[str, str]:
        """The present owner of each record that is there, ids in the form in which they were asked for."""
        asked = {full(name): name for name in account_ids if _is_id(name)}
        records = read(self.session, self.sobject, list(asked), ("OwnerId",))
        return {asked[full(record["Id"])]: record["OwnerId"] or "" for record in records}

    def cover(self, changes: Sequence[Change]) -> None:
        """Nothing: whoever is written as the owner reaches the record with the same write."""

    def uncover(self, changes: Sequence[Change]) -> None:
        """Nothing: whoever owns a record no more has lost it with the same write."""

    def assign(self, changes: Sequence[Change]) -> list[Outcome]:
        """Write new owners where the old one is still there; see `Client.assign`."""
        live = self.owners([change.account_id for change in changes])
        told = {change: _without_a_write(change, live) for change in changes}
        left = [change for change in changes if told[change] is None]
        return [*filter(None, told.values()), *self._written(left)]

    def report_jobs(self, note: Callable[[str], None]) -> None:
        """Call `note` with the id of each bulk job before it may start."""
        self._note = note

    def end_jobs(self, jobs: Sequence[str]) -> None:
        """Abort jobs that were never started, and wait for the others."""
        end_jobs(self.session, jobs)

    def _written(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Outcomes of changes of which each needs a write."""
        teams: set[str] = set()
        if self.keep_teams:
            teams = with_teams(self.session, self.sobject, [full(c.account_id) for c in changes])
        plain = [change for change in changes if full(change.account_id) not in teams]
        with_one = [change for change in changes if full(change.account_id) in teams]
        yield from self._in_rows(plain)
        yield from assign_with_teams(self.session, self.sobject, with_one)

    def _in_rows(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """The same by collections or a bulk job; records that were locked are tried again."""
        left = {full(change.account_id): change for change in changes}
        for attempt in range(_TRIES):
            if not left:
                return
            if attempt:
                self.session.sleep(_LOCK_WAIT_S)
            rows = [{"Id": name, "OwnerId": full(change.new_user)} for name, change in left.items()]
            locked = {}
            for row in self.write("update", self.sobject, rows):
                change = left[full(row.cells["Id"])]
                if _LOCKED in row.message and attempt + 1 < _TRIES:
                    locked[full(change.account_id)] = change
                else:
                    yield Outcome(change.account_id, row.ok, row.message)
            left = locked

    def write(self, operation: str, sobject: str, rows: Sequence[Mapping[str, str]]) -> Iterator[Row]:
        """What became of each row; see `collections.write`."""
        return write(self.session, operation, sobject, rows, self._note, self.many)


class Children(Records):
    """A client for one kind of record below accounts; where: which of them count."""

    def __init__(self, session: Session, sobject: str, where: str = ""):
        super().__init__(session, sobject)
        self._where = where

    def belonging(self, changes: Sequence[Change]) -> list[Change]:
        """Records below these accounts that belong to the old owner, as changes to the new one."""
        of = {full(change.account_id): change for change in changes}
        where = f" AND {self._where}" if self._where else ""
        soql = f"SELECT Id, AccountId, OwnerId FROM {self.sobject} WHERE AccountId IN {{ids}}{where}"
        return [
            Change(record["Id"], change.old_user, change.new_user)
            for record in ask_among(self.session, soql, of)
            if record["OwnerId"] == full((change := of[record["AccountId"]]).old_user)
        ]


def _without_a_write(change: Change, live: Mapping[str, str]) -> Outcome | None:
    """The outcome of a change that needs no write or must not have one; None for the others."""
    owner = live.get(change.account_id)
    if owner is None:
        return Outcome(change.account_id, False, "is not there any more")
    if owner == full(change.new_user):
        return Outcome(change.account_id, True)
    if owner != full(change.old_user):
        return Outcome(change.account_id, False, f"belongs to {owner or 'nobody'} by now: left alone")
    return None


def _is_id(text: str) -> bool:
    """Whether a text can be an id; one that cannot would make Salesforce refuse all others with it."""
    try:
        return bool(full_id(text))
    except ValueError:
        return False


def _unheard(_: str) -> None:
    """Nobody keeps a journal."""
