"""A change made in a live system so that it can be trusted, taken up again, and undone.

Nothing is written where the live owner is not the one that the plan was made from. Live owners are on the
disk before the first write. Each batch is told to the journal before and after it is sent; after a silence
the system is asked what it did. New owners are covered before the old ones lose an account, so that no
account is ever without; what a killed run left open is closed before anything else, so that nobody keeps an
access that he should have lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from territory_opt.crm.change import Change
from territory_opt.crm.client import Client, Interrupted, Outcome
from territory_opt.crm.journal import Journal, read_rollback, write_rollback
from territory_opt.crm.manifest import is_told, write_manifest
from territory_opt.disk import sync_folder
from territory_opt.errors import ExportError

T = TypeVar("T")
_TRIES, _FIRST_WAIT_S, _LONGEST_WAIT_S = 6, 1.0, 60.0


@dataclass(frozen=True)
class Published:
    """What became of each change: ids in the order of the plan.

    written: changed now. already: the system had the new owner. drifted: somebody else has it, left alone.
    missing: not in the system. failed: the system refused the record, with its words.
    """

    written: tuple[str, ...]
    already: tuple[str, ...]
    drifted: tuple[Change, ...]
    missing: tuple[str, ...]
    failed: tuple[Outcome, ...]
    pushed: bool

    def counts(self) -> dict[str, int]:
        """Accounts by what became of them."""
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
    inputs: str = "",
    sleep: Callable[[float], None] = time.sleep,
) -> Published:
    """Give every account to its new owner, or say what would happen (push=False writes nothing anywhere).

    folder: for journal, rollback file and manifest; called again with the same folder, a run that was killed
    goes on where it was. inputs: fingerprint of the facts, for the manifest.

    Raises Refused when the system does not let us in, ExportError when it stays silent.
    """
    folder = Path(folder)
    journal = Journal(folder)
    if push:
        _close(client, journal, {change.account_id: change.new_user for change in changes}, sleep)
    live = _patiently(lambda: client.owners([change.account_id for change in changes]), sleep)
    open_, already, drifted, missing = _sorted_out(changes, live)
    if not push:
        written = tuple(change.account_id for change in open_)
        return Published(written, already, drifted, missing, (), pushed=False)
    outcomes = _written(client, journal, open_, folder, sleep) if open_ else []
    written = tuple(outcome.account_id for outcome in outcomes if outcome.ok)
    failed = tuple(outcome for outcome in outcomes if not outcome.ok)
    told = Published(written, already, drifted, missing, failed, pushed=True)
    if journal.path.exists() and not is_told(folder):
        write_manifest(folder, told.counts(), inputs)
    return told


def roll_back(
    client: Client, folder: str | Path, *, push: bool = False, sleep: Callable[[float], None] = time.sleep
) -> Published:
    """Give accounts back to the owners that they had before a publishing, or before the first of several.

    Only where the owner is still the one that it gave them to; the others are listed as drifted. Accounts
    that had no owner before cannot be given back and are listed as refused.
    """
    folder = Path(folder)
    before = read_rollback(folder)
    if push:
        _close(client, Journal(folder), {}, sleep)
    before = _as_given(client, Journal(folder), before, sleep)
    back = [Change(c.account_id, c.new_user, c.old_user) for c in before if c.old_user]
    done = publish(client, back, folder / "rollback", push=push, sleep=sleep)
    ownerless = tuple(Outcome(c.account_id, False, "had no owner before") for c in before if not c.old_user)
    return Published(
        done.written, done.already, done.drifted, done.missing, (*done.failed, *ownerless), done.pushed
    )


def _as_given(
    client: Client, journal: Journal, before: Sequence[Change], sleep: Callable[[float], None]
) -> list[Change]:
    """The same with the owner that each account really got, which a killed plan may not have come to."""
    given = journal.given()
    unsure = [c.account_id for c in before if given.get(c.account_id, [c.new_user]) != [c.new_user]]
    live = _patiently(lambda: client.owners(unsure), sleep) if unsure else {}
    return [
        replace(c, new_user=live[c.account_id])
        if live.get(c.account_id) in given.get(c.account_id, ())
        else c
        for c in before
    ]


def _batches(changes: Sequence[Change], size: int) -> Iterator[Sequence[Change]]:
    return (changes[first : first + size] for first in range(0, len(changes), size))


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


def _close(
    client: Client, journal: Journal, wanted: Mapping[str, str], sleep: Callable[[float], None]
) -> None:
    """End what a killed run left open: whoever does not own an account may no longer reach it.

    wanted: new owners by account, as they are about to be written. A change that the killed run did not get
    to stays open if it is still wanted, since it is sent again; else its new owner loses what he was given.
    """
    unfinished = journal.unfinished()
    if not unfinished:
        return
    live = _patiently(lambda: client.owners([change.account_id for change in unfinished]), sleep)
    owner = {change: live.get(change.account_id) for change in unfinished}
    made = [change for change in unfinished if owner[change] == change.new_user]
    given_up = [
        Change(change.account_id, change.new_user, change.old_user)
        for change in unfinished
        if owner[change] == change.old_user and wanted.get(change.account_id) != change.new_user
    ]
    for what, changes in (("done", made), ("undone", given_up)):
        for batch in _batches(changes, client.batch_size):
            _patiently(partial(client.uncover, batch), sleep)
            journal.ended(what, [change.account_id for change in batch])


def _written(
    client: Client,
    journal: Journal,
    changes: Sequence[Change],
    folder: Path,
    sleep: Callable[[float], None],
) -> list[Outcome]:
    """Outcomes of all changes; the journal hears of each batch before and after it is sent."""
    folder.mkdir(parents=True, exist_ok=True)
    sync_folder(folder.parent)
    write_rollback(folder, changes)
    outcomes: list[Outcome] = []
    for number, batch in enumerate(_batches(changes, client.batch_size)):
        journal.sending(number, batch)
        told = _sent(client, batch, sleep)
        journal.ended("done", [outcome.account_id for outcome in told if outcome.ok])
        journal.ended("refused", [outcome.account_id for outcome in told if not outcome.ok])
        outcomes += told
    return outcomes


def _sent(client: Client, batch: Sequence[Change], sleep: Callable[[float], None]) -> list[Outcome]:
    """Outcomes of a batch; after a silence only what the system has not done yet is sent again."""
    known: dict[str, Outcome] = {}
    _patiently(lambda: client.cover(batch), sleep)
    waits = _waits()
    while True:
        left = [change for change in batch if change.account_id not in known]
        try:
            known |= {outcome.account_id: outcome for outcome in client.assign(left)} if left else {}
            break
        except Interrupted as silence:
            _wait(silence, waits, sleep)
            live = _patiently(lambda: client.owners([change.account_id for change in batch]), sleep)
            for change in batch:
                if live.get(change.account_id) == change.new_user:
                    known[change.account_id] = Outcome(change.account_id, True)
    made = [change for change in batch if known[change.account_id].ok]
    _patiently(lambda: client.uncover(made), sleep)
    return [known[change.account_id] for change in batch]


def _patiently(call: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """The answer of a call that may be made again, after longer and longer waits."""
    waits = _waits()
    while True:
        try:
            return call()
        except Interrupted as silence:
            _wait(silence, waits, sleep)


def _waits() -> Iterator[float]:
    """Seconds to wait after each silence; as many as there are tries."""
    return (min(_FIRST_WAIT_S * 2**i, _LONGEST_WAIT_S) for i in range(_TRIES))


def _wait(silence: Interrupted, waits: Iterator[float], sleep: Callable[[float], None]) -> None:
    ours = next(waits, None)
    if ours is None:
        raise ExportError(f"the system does not answer: {silence}. Run again to go on where it was") from None
    sleep(ours if silence.after_s is None else silence.after_s)
