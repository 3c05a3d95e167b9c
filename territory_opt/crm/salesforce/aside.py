"""What was done to the territories of accounts, written down before it is done.

Salesforce puts no deleted association into its recycle bin. The rows that say `removed` can be inserted again
as they are.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

ASIDE = "associations.csv"
_COLUMNS = ("What", "ObjectId", "Territory2Id", "AssociationCause", "OwnerId")
GIVEN, KEPT, REMOVED = "given", "kept", "removed"
Pair = tuple[str, str]  # of an account and a territory


class Aside:
    """Pairs of an account and a territory, in a file where there is a folder, else in memory alone.

    given: pairs that are there by our doing. kept: pairs that stood there before us, with the owner whom the
    account had then; when it goes back to him they stay.
    """

    def __init__(self) -> None:
        self.given: set[Pair] = set()
        self.kept: dict[Pair, str] = {}
        self._path: Path | None = None

    def keep_in(self, folder: Path) -> None:
        """Write to a folder from now on, and know what was written there or in the one it undoes."""
        if self._path == folder / ASIDE:
            return
        self._path = folder / ASIDE
        for path in (folder.parent / ASIDE, self._path):
            if path.is_file():
                with path.open(encoding="utf-8", newline="") as file:
                    for row in csv.DictReader(file):
                        self._learn(row["What"] or "", (row["ObjectId"], row["Territory2Id"]), row["OwnerId"])

    def write(self, what: str, pairs: Iterable[tuple[Pair, str, str]]) -> None:
        """Have pairs on the disk, each with its cause and the owner of the account, before this returns."""
        rows = list(pairs)
        for pair, _, owner in rows:
            self._learn(what, pair, owner)
        if self._path is None or not rows:
            return
        is_new = not self._path.exists()
        with self._path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if is_new:
                writer.writerow(_COLUMNS)
            writer.writerows((what, *pair, cause, owner) for pair, cause, owner in rows)
            file.flush()
            os.fsync(file.fileno())

    def _learn(self, what: str, pair: Pair, owner: str) -> None:
        if what == GIVEN:
            self.given.add(pair)
        elif what == KEPT:
            self.kept.setdefault(pair, owner)
        else:
            self.given.discard(pair)
            self.kept.pop(pair, None)
