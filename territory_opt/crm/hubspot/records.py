"""Records of one kind in HubSpot, and who owns them.

An owner is one property of a record (`hubspot_owner_id`), replaced by one write: at no moment is a record
without one. HubSpot has no conditional writes, so owners are read again right before each batch is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from territory_opt.crm.change import Change
from territory_opt.crm.client import Outcome
from territory_opt.crm.http import words_of
from territory_opt.crm.hubspot.api import PAGE, Api, Record, values

OWNER = "hubspot_owner_id"
_REFUSED = (400, 404, 409)  # the whole batch, because of one input or several


class Records:
    """A client for records of one kind: `companies`, `contacts`, `deals` or `tickets`."""

    batch_size = PAGE

    def __init__(self, api: Api, kind: str):
        self.api, self.kind = api, kind

    def owners(self, account_ids: Sequence[str]) -> dict[str, str]:
        """The present owner of each record that is there, "" for nobody."""
        records = self.api.read(self.kind, account_ids, (OWNER,))
        return {record["id"]: owner_of(record) for record in records}

    def cover(self, changes: Sequence[Change]) -> None:
        """Nothing: whoever is written as the owner reaches the record with the same write."""

    def uncover(self, changes: Sequence[Change]) -> None:
        """Nothing: whoever owns a record no more has lost it with the same write."""

    def assign(self, changes: Sequence[Change]) -> list[Outcome]:
        """Write new owners where the old one is still there; see `Client.assign`."""
        live = self.owners([change.account_id for change in changes])
        told, left = [], []
        for change in changes:
            outcome = _without_a_write(change, live)
            if outcome is None:
                left.append(change)
            else:
                told.append(outcome)
        return [*told, *self._written(left)]

    def _written(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Outcomes of one batch; one that is refused whole is halved until the guilty inputs are found."""
        if not changes:
            return
        inputs = [_input(change) for change in changes]
        path = f"/crm/v3/objects/{self.kind}/batch/update"
        response = self.api.post(path, {"inputs": inputs}, accept=_REFUSED)
        if response.status not in _REFUSED:
            yield from self._told(changes, values(response))
        elif len(changes) == 1:
            yield Outcome(changes[0].account_id, False, words_of(response))
        else:
            middle = len(changes) // 2
            yield from self._written(changes[:middle])
            yield from self._written(changes[middle:])

    def _told(self, changes: Sequence[Change], answer: Record) -> Iterator[Outcome]:
        """What the answer says of each input; of whom it is silent, what the system holds."""
        owner = {record["id"]: owner_of(record) for record in answer.get("results", ())}
        faults = _faults(answer)
        silent = [c.account_id for c in changes if c.account_id not in owner | faults]
        owner |= self.owners(silent) if silent else {}
        for change in changes:
            name = change.account_id
            ok = owner.get(name) == change.new_user
            yield Outcome(name, ok, "" if ok else faults.get(name, "HubSpot did not take the new owner"))


def owner_of(record: Record) -> str:
    """The owner of a record, "" for nobody."""
    return record.get("properties", {}).get(OWNER) or ""


def _input(change: Change) -> dict[str, object]:
    """One record to be written; errors carry its trace id back."""
    name = change.account_id
    return {"id": name, "objectWriteTraceId": name, "properties": {OWNER: change.new_user}}


def _without_a_write(change: Change, live: Mapping[str, str]) -> Outcome | None:
    """The outcome of a change that needs no write or must not have one; None for the others."""
    owner = live.get(change.account_id)
    if owner is None:
        return Outcome(change.account_id, False, "is not there any more")
    if owner == change.new_user:
        return Outcome(change.account_id, True)
    if owner != change.old_user:
        return Outcome(change.account_id, False, f"belongs to {owner or 'nobody'} by now: left alone")
    return None


def _faults(answer: Record) -> dict[str, str]:
    """The words of the system by the id that they are about."""
    faults = {}
    for error in answer.get("errors", ()):
        context = error.get("context") or {}
        for name in [*_listed(context.get("objectWriteTraceId")), *_listed(context.get("ids"))]:
            faults[name] = f"{error.get('category', '')} {error.get('message', '')}".strip()
    return faults


def _listed(told: object) -> list[str]:
    """Ids in an error, whether the system writes one or several."""
    return [str(name) for name in told] if isinstance(told, list) else [told] if isinstance(told, str) else []
