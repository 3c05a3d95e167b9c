"""A change made in a live system so that it can be trusted, taken up again, and undone.

Nothing is written where the live owner is not the one that the plan was made from. Live owners are on the
disk before the first write. Each batch is told to the journal before and after it is sent; after a silence
the system is asked what it did. New owners are covered before the old ones lose an account, so that no
account is ever without; what a killed run left open is closed before anything else, so that nobody keeps an
access that he should have lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from territory_opt.crm.change import Change
from territory_opt.crm.client import Client, Outcome
from territory_opt.crm.journal import Journal, read_rollback, write_rollback
from territory_opt.crm.manifest import Origin, is_told, write_manifest
from territory_opt.crm.patience import Patience
from territory_opt.crm.sending import Sender
from territory_opt.disk import sync_folder

UNDONE = "rollback"  # the folder, inside that of a publishing, in which it is undone
#: Called with what became of the changes before the manifest is written: writes what people read into the
#: folder of the publishing, and gives the names of the files, which the manifest then vouches for.
Reporting = Callable[["Published"], Sequence[str]]


@dataclass(frozen=True)
class Published:
    """What became of each of the changes: ids in the order of the plan.

    written: changed now. already: the system had the new owner. drifted: somebody else has it, left alone.
    missing: not in the system. failed: the system refused the record, with its words.
    """

    written: tuple[str, ...]
    already: tuple[str, ...]
    drifted: tuple[Change, ...]
    missing: tuple[str, ...]
    failed: tuple[Outcome, ...]
    pushed: bool
    changes: tuple[Change, ...] = ()

    def counts(self) -> dict[str, int]:
        """Records by what became of them."""
        names = ("written", "already", "drifted", "missing", "failed")
        return {name: len(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        verb = "changed" if self.pushed else "would change"
        return (
            f"{len(self.written):,} accounts {verb}; {len(self.already):,} were there already; "
            f"{len(self.drifted):,} have another owner than planned and were left alone; "
            f"{len(self.missing):,} are not there; {len(self.failed):,} were refused."
        )


def publish(
    client: Client,
    changes: Sequence[Change],
    folder: str | Path,
    *,
    push: bool = False,
    origin: Origin | None = None,
    sleep: Callable[[float], None] = time.sleep,
    on_batch: Callable[[int, int], None] | None = None,
    report: Reporting | None = None,
) -> Published:
    """Give every account to its new owner, or say what would happen (push=False writes nothing anywhere).

    folder: for journal, rollback file and manifest; called again with the same folder, a run that was killed
    goes on where it was, and so does the next stage. origin: what the changes were made from, for the
    manifest. on_batch: hears how many changes have an outcome, and of how many. report: only with push.

    Raises Refused when the system does not let us in, ExportError when it stays silent.
    """
    folder = Path(folder)
    sender = Sender(client, Journal(folder), Patience(sleep))
    if push:
        sender.close({change.account_id: change.new_user for change in changes})
    open_, already, drifted, missing = _sorted_out(changes, sender.owners(changes))
    if not push:
        written = tuple(change.account_id for change in open_)
        return Published(written, already, drifted, missing, (), False, tuple(changes))
    outcomes = _written(sender, open_, folder, on_batch) if open_ else []
    written = tuple(outcome.account_id for outcome in outcomes if outcome.ok)
    failed = tuple(outcome for outcome in outcomes if not outcome.ok)
    told = Published(written, already, drifted, missing, failed, True, tuple(changes))
    if sender.journal.path.exists() and not is_told(folder):
        write_manifest(folder, told.counts(), origin or Origin(), report(told) if report else ())
    return told


def roll_back(
    client: Client,
    folder: str | Path,
    *,
    push: bool = False,
    origin: Origin | None = None,
    sleep: Callable[[float], None] = time.sleep,
    on_batch: Callable[[int, int], None] | None = None,
    report: Reporting | None = None,
) -> Published:
    """Give accounts back to the owners that they had before a publishing, or before the first of several.

    Only where the owner is still the one that it gave them to; the others are listed as drifted. Accounts
    that had no owner before cannot be given back and are listed as refused.
    """
    folder = Path(folder)
    sender = Sender(client, Journal(folder), Patience(sleep))
    before = read_rollback(folder)
    if push:
        sender.close({})
    before = _as_given(sender, before)
    back = [change.turned_round() for change in before if change.old_user]
    done = publish(
        client, back, folder / UNDONE, push=push, origin=origin, sleep=sleep, on_batch=on_batch, report=report
    )
    ownerless = tuple(Outcome(c.account_id, False, "had no owner before") for c in before if not c.old_user)
    return replace(done, failed=(*done.failed, *ownerless))


def _as_given(sender: Sender, before: Sequence[Change]) -> list[Change]:
    """The same with the owner that each account really got, which a killed plan may not have come to."""
    given = sender.journal.given()
    unsure = [c for c in before if given.get(c.account_id, [c.new_user]) != [c.new_user]]
    live = sender.owners(unsure) if unsure else {}
    return [
        replace(c, new_user=live[c.account_id])
        if live.get(c.account_id) in given.get(c.account_id, ())
        else c
        for c in before
    ]


def _sorted_out(
    changes: Sequence[Change], live: Mapping[str, str]
) -> tuple[list[Change], tuple[str, ...], tuple[Change, ...], tuple[str, ...]]:
    """Changes still to be made, those made, those that somebody else overtook, and accounts that are gone."""
    open_, already, drifted, missing = [], [], [], []
    for change in changes:
        owner = live.get(change.account_id)
        if owner is None:
            missing.append(change.account_id)
        elif owner == change.new_user:
            already.append(change.account_id)
        elif owner == change.old_user:
            open_.append(change)
        else:
            drifted.append(Change(change.account_id, owner, change.new_user))
    return open_, tuple(already), tuple(drifted), tuple(missing)


def _written(
    sender: Sender, changes: Sequence[Change], folder: Path, on_batch: Callable[[int, int], None] | None
) -> list[Outcome]:
    """Outcomes of all changes; how to undo them is on the disk before the first is sent."""
    folder.mkdir(parents=True, exist_ok=True)
    sync_folder(folder.parent)
    write_rollback(folder, changes)
    return sender.send(changes, on_batch)
