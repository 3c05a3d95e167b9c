"""Changes sent to a system batch by batch, each told to the journal before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from territory_opt.crm.change import Change
from territory_opt.crm.client import Client, Interrupted, KeepsAside, KeepsJobs, Outcome
from territory_opt.crm.journal import Journal
from territory_opt.crm.patience import Patience


@dataclass(frozen=True)
class Sender:
    """A system, the journal of what is sent to it, and how to wait where it does not answer."""

    client: Client
    journal: Journal
    patience: Patience

    def owners(self, changes: Sequence[Change]) -> Mapping[str, str]:
        """The live owner of each record that is there."""
        return self.patience.ask(lambda: self.client.owners([change.account_id for change in changes]))

    def send(self, changes: Sequence[Change], on_batch: Callable[[int, int], None] | None) -> list[Outcome]:
        """Outcomes of all changes; on_batch hears how many have an outcome, and of how many."""
        self._keep_aside()
        if isinstance(self.client, KeepsJobs):
            self.client.report_jobs(self.journal.job)
        outcomes: list[Outcome] = []
        for number, batch in enumerate(self._batches(changes)):
            self.journal.sending(number, batch)
            told = self._sent(batch)
            self.journal.ended("done", [outcome.account_id for outcome in told if outcome.ok])
            self.journal.ended("refused", [outcome.account_id for outcome in told if not outcome.ok])
            outcomes += told
            if on_batch:
                on_batch(len(outcomes), len(changes))
        return outcomes

    def close(self, wanted: Mapping[str, str]) -> None:
        """End what a killed run left open: whoever does not own an account may no longer reach it.

        wanted: new owners by account, as they are about to be written. A change that the killed run did not
        get to stays open if it is still wanted, since it is sent again; else its new owner loses what he was
        given.
        """
        unfinished = self.journal.unfinished()
        if not unfinished:
            return
        self._keep_aside()
        self._end_jobs()
        live = self.owners(unfinished)
        owner = {change: live.get(change.account_id) for change in unfinished}
        made = [change for change in unfinished if owner[change] == change.new_user]
        given_up = [
            change.turned_round()
            for change in unfinished
            if owner[change] == change.old_user and wanted.get(change.account_id) != change.new_user
        ]
        for what, changes in (("done", made), ("undone", given_up)):
            for batch in self._batches(changes):
                self.patience.ask(partial(self.client.uncover, batch))
                self.journal.ended(what, [change.account_id for change in batch])

    def _batches(self, changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
        size = self.client.batch_size
        return (changes[first : first + size] for first in range(0, len(changes), size))

    def _sent(self, batch: Sequence[Change]) -> list[Outcome]:
        """Outcomes of a batch; whoever did not get an account in the end loses the access to it again."""
        self.patience.ask(lambda: self.client.cover(batch))
        known = self._assigned(batch)
        made = [change for change in batch if known[change.account_id].ok]
        kept = [change.turned_round() for change in batch if not known[change.account_id].ok]
        for changes in (made, kept):
            if changes:
                self.patience.ask(partial(self.client.uncover, changes))
        return [known[change.account_id] for change in batch]

    def _assigned(self, batch: Sequence[Change]) -> dict[str, Outcome]:
        """Outcome of each record; after a silence only what the system has not done yet is sent again."""
        known: dict[str, Outcome] = {}
        waits = self.patience.waits()
        while left := [change for change in batch if change.account_id not in known]:
            try:
                told = {outcome.account_id: outcome for outcome in self.client.assign(left)}
                unsaid = Outcome("", False, "the system did not say what became of it")
                return known | {c.account_id: told.get(c.account_id, unsaid.of(c.account_id)) for c in left}
            except Interrupted as silence:
                self.patience.wait(silence, waits)
                self._end_jobs()
                live = self.owners(batch)
                for change in batch:
                    if live.get(change.account_id) == change.new_user:
                        known[change.account_id] = Outcome(change.account_id, True)
        return known

    def _keep_aside(self) -> None:
        """What the system could not bring back is written down beside the journal."""
        if isinstance(self.client, KeepsAside):
            self.client.keep_aside(self.journal.path.parent)

    def _end_jobs(self) -> None:
        """Nothing is written behind our back any more by a job whose answer never came."""
        jobs = self.journal.open_jobs()
        client = self.client
        if jobs and isinstance(client, KeepsJobs):
            self.patience.ask(lambda: client.end_jobs(jobs))
