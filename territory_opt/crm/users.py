"""Users of a plan by the ids that the system knows them by."""

from __future__ import annotations

from collections.abc import Sequence

from territory_opt.crm.change import USER, Change
from territory_opt.crm.client import Client, NamesUsers
from territory_opt.crm.patience import Patience
from territory_opt.errors import DataError, Issue


def with_ids(client: Client, changes: Sequence[Change], patience: Patience) -> list[Change]:
    """The same changes with ids where users are named otherwise, such as by their e-mail addresses.

    An old owner whom nobody knows stays as he is: his accounts belong to somebody else then, and are left
    alone. Raises DataError listing every new owner whom the system does not know.
    """
    if not isinstance(client, NamesUsers):
        return list(changes)
    names = dict.fromkeys(name for c in changes for name in (c.old_user, c.new_user) if name)
    ids = patience.ask(lambda: client.user_ids(list(names))) if names else {}
    unknown = dict.fromkeys(c.new_user for c in changes if c.new_user not in ids)
    if unknown:
        fault, mend = "is no user of the system", "Take the id or the e-mail address of a user of today"
        raise DataError([Issue("reps", None, USER, name, fault, mend) for name in unknown])
    return [Change(c.account_id, ids.get(c.old_user, c.old_user), ids[c.new_user]) for c in changes]
