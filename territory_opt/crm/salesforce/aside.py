"""What was done to the territories of accounts, written down before it is done.

Salesforce puts no deleted association into its recycle bin. The rows that say `removed` can be inserted again
as they are.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from territory_opt.crm.journal import JOURNAL
from territory_opt.crm.publish import UNDONE

ASIDE = "associations.csv"
_COLUMNS = ("What", "ObjectId", "Territory2Id", "AssociationCause", "OwnerId", "Message")
GIVEN, KEPT, REMOVED, LEFT = "given", "kept", "removed", "left"
Pair = tuple[str, str]  # of an account and a territory


@dataclass(frozen=True)
class Entry:
    """A pair, the owner of the account before its change, and what there is to say."""

    pair: Pair
    owner: str
    message: str = ""


class Aside:
    """Pairs of an account and a territory, in a file where there is a folder, else in memory alone.

    given: pairs that are there by our doing, with the owner whom the account had before; removed: those that
    we took away since. kept: pairs that stood there before us, with the owner then. `left` in the file are
    pairs that Salesforce did not let us take away.
    """

    def __init__(self) -> None:
        self.given: dict[Pair, str] = {}
        self.kept: dict[Pair, str] = {}
        self.removed: set[Pair] = set()
        self._path: Path | None = None

    def is_ours(self, pair: Pair) -> bool:
        """Whether an association that is there was made by us."""
        return pair in self.given and pair not in self.removed

    def keep_in(self, folder: Path) -> None:
        """Write to a folder from now on, and know what was written there before.

        An undoing goes on in the file of what it undoes, so that all is in the order in which it was done.
        """
        is_undoing = folder.name == UNDONE and (folder.parent / JOURNAL).is_file()
        path = (folder.parent if is_undoing else folder) / ASIDE
        if self._path == path:
            return
        self._path = path
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    entry = Entry((row["ObjectId"], row["Territory2Id"]), row["OwnerId"])
                    self._learn(row["What"], entry)

    def write(self, what: str, cause: str, entries: Sequence[Entry]) -> None:
        """Have entries on the disk before this returns."""
        for entry in entries:
            self._learn(what, entry)
        if self._path is None or not entries:
            return
        is_new = not self._path.exists()
        with self._path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if is_new:
                writer.writerow(_COLUMNS)
            writer.writerows((what, *entry.pair, cause, entry.owner, entry.message) for entry in entries)
            file.flush()
            os.fsync(file.fileno())

    def _learn(self, what: str, entry: Entry) -> None:
        if what == GIVEN:
            self.given[entry.pair] = entry.owner
            self.removed.discard(entry.pair)
        elif what == KEPT:
            self.kept[entry.pair] = entry.owner
        elif what == REMOVED:
            self.removed.add(entry.pair)
            self.kept.pop(entry.pair, None)
