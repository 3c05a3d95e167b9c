"""What happened to an account between the look at its owner and the moment of the write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from territory_opt.crm.change import Change
from territory_opt.crm.client import Outcome

GONE = "is not there any more"


def sort_out(changes: Sequence[Change], live: Mapping[str, str]) -> tuple[list[Outcome], list[Change]]:
    """Outcomes of changes that need no write or must not have one, and the changes that are left.

    live: the present owner of each account that is there, "" for nobody.
    """
    told, left = [], []
    for change in changes:
        owner = live.get(change.account_id)
        if owner == change.old_user and owner != change.new_user:
            left.append(change)
        else:
            told.append(_outcome(change, owner))
    return told, left


def _outcome(change: Change, owner: str | None) -> Outcome:
    if owner == change.new_user:
        return Outcome(change.account_id, True)
    message = GONE if owner is None else f"belongs to {owner or 'nobody'} by now: left alone"
    return Outcome(change.account_id, False, message)
