"""What a publishing has done so far, line by line on the disk, so that a killed one can be taken up again."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from territory_opt.crm.change import Change
from territory_opt.errors import DataError, Issue

JOURNAL, ROLLBACK = "journal.jsonl", "rollback.csv"
_COLUMNS = ("account_id", "owner_before", "owner_after")


class Journal:
    """A file that only grows; a line is on the disk before what it tells of happens."""

    def __init__(self, folder: Path):
        self.path = folder / JOURNAL

    def write(self, **entry: Any) -> None:
        """One more line, flushed to the disk."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def sending(self, number: int, batch: Sequence[Change]) -> None:
        """A batch is about to be sent: whose accounts they are, and whose they become."""
        columns = {
            "accounts": [change.account_id for change in batch],
            "old": [change.old_user for change in batch],
            "new": [change.new_user for change in batch],
        }
        self.write(what="sending", batch=number, **columns)

    def ended(self, what: str, accounts: Sequence[str]) -> None:
        """How changes ended: `done`, `refused` by the system, or `undone`. No line where there is none."""
        if accounts:
            self.write(what=what, accounts=list(accounts))

    def entries(self) -> Iterator[Mapping[str, Any]]:
        """All whole lines; a last one that a crash cut short is left out."""
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                return

    def done(self) -> set[str]:
        """Accounts of which the system has said that they are changed."""
        return {name for entry in self.entries() if entry["what"] == "done" for name in entry["accounts"]}

    def unfinished(self) -> list[Change]:
        """Changes that were sent while nothing says how they ended: the run was killed."""
        sent: dict[str, Change] = {}
        for entry in self.entries():
            if entry["what"] == "sending":
                sent |= {change.account_id: change for change in _changes(entry)}
            else:
                for name in entry["accounts"]:
                    sent.pop(name, None)
        return list(sent.values())


def _changes(entry: Mapping[str, Any]) -> Iterator[Change]:
    columns = (entry["accounts"], entry.get("old", ()), entry.get("new", ()))
    return (Change(*row) for row in zip(*columns, strict=False))


def write_rollback(folder: Path, changes: Iterable[Change]) -> None:
    """Live owners before the first change.

    What a file that is there already says is older and wins: lines are only added. Whole or not at all, and
    on the disk before this returns.
    """
    path = folder / ROLLBACK
    known = {change.account_id: change for change in read_rollback(folder)} if path.exists() else {}
    for change in changes:
        known.setdefault(change.account_id, change)
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows((c.account_id, c.old_user, c.new_user) for c in known.values())
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def read_rollback(folder: Path) -> list[Change]:
    """Who owned what before a publishing, and whom it gave it to. DataError when there is no such file."""
    path = folder / ROLLBACK
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [Change(*(row[name] for name in _COLUMNS)) for row in csv.DictReader(file)]
    except (OSError, KeyError, TypeError):
        fault, mend = "cannot be read", "Name the folder of a publishing"
        raise DataError(Issue("rollback", None, "", str(path), fault, mend)) from None
