"""What a publishing has done so far, line by line on the disk, so that a killed one can be taken up again."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from territory_opt.crm.change import Change
from territory_opt.disk import sync_folder
from territory_opt.errors import DataError, Issue

JOURNAL, ROLLBACK = "journal.jsonl", "rollback.csv"
#: How a change may end.
ENDS = ("done", "refused", "undone")
_COLUMNS = ("account_id", "owner_before", "owner_after")


class Journal:
    """A file that only grows; a line is on the disk before what it tells of happens."""

    def __init__(self, folder: Path):
        self.path = folder / JOURNAL

    def write(self, **entry: Any) -> None:
        """One more line, flushed to the disk; on a line of its own also after one that a crash cut short."""
        is_new = not self.path.exists()
        with self.path.open("a+b") as file:
            file.write(_end_of_torn_line(file) + json.dumps(entry, ensure_ascii=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self.path.parent)

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

    def job(self, job: str) -> None:
        """A job is about to start at the system, which goes on there whatever becomes of us."""
        self.write(what="job", job=job, accounts=[])

    def open_jobs(self) -> list[str]:
        """Jobs of the batch that has no end yet, in their order."""
        jobs: list[str] = []
        for entry in self.entries():
            if entry["what"] == "job":
                jobs.append(str(entry.get("job", "")))
            else:
                jobs = []
        return jobs

    def tally(self) -> dict[str, int]:
        """How many records were said to be done, refused and undone, in all lines."""
        tally = dict.fromkeys(ENDS, 0)
        for entry in self.entries():
            if entry["what"] in tally:
                tally[entry["what"]] += len(entry["accounts"])
        return tally

    def entries(self) -> Iterator[Mapping[str, Any]]:
        """All lines that can be read; those that a crash cut short, wherever they are, are left out."""
        if not self.path.exists():
            return
        for line in self.path.read_bytes().split(b"\n"):
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and "what" in entry and isinstance(entry.get("accounts"), list):
                yield entry

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

    def given(self) -> dict[str, list[str]]:
        """Whom each account may belong to by our doing: one user, more where a change has no known end."""
        given: dict[str, list[str]] = {}
        for entry in self.entries():
            if entry["what"] == "sending":
                for change in _changes(entry):
                    given.setdefault(change.account_id, []).append(change.new_user)
                continue
            for name in entry["accounts"]:
                told = given.get(name, [])
                given[name] = told[-1:] if entry["what"] == "done" else told[:-1]
        return given


def _end_of_torn_line(file: BinaryIO) -> bytes:
    """What ends the last line of a file, if nothing does yet."""
    if not file.seek(0, os.SEEK_END):
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


def _changes(entry: Mapping[str, Any]) -> Iterator[Change]:
    columns = (entry["accounts"], entry.get("old", ()), entry.get("new", ()))
    return (Change(*row) for row in zip(*columns, strict=False))


def write_rollback(folder: Path, changes: Iterable[Change]) -> None:
    """Live owners before the first change.

    Of an account that a file has already, the owner before stays, which is older, and the owner after is the
    new one: whoever undoes several plans goes back to where the first began. Whole or not at all, and on the
    disk before this returns.
    """
    path = folder / ROLLBACK
    known = {change.account_id: change for change in read_rollback(folder)} if path.exists() else {}
    for change in changes:
        first = known.get(change.account_id, change).old_user
        known[change.account_id] = Change(change.account_id, first, change.new_user)
    temporary = path.with_suffix(".new")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows((c.account_id, c.old_user, c.new_user) for c in known.values())
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_folder(folder)


def read_rollback(folder: Path) -> list[Change]:
    """Who owned what before a publishing, and whom it gave it to. DataError when there is no such file."""
    path = folder / ROLLBACK
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [Change(*(row[name] for name in _COLUMNS)) for row in csv.DictReader(file)]
    except (OSError, KeyError, TypeError, ValueError, csv.Error):
        fault, mend = "cannot be read", "Name the folder of a publishing"
        raise DataError(Issue("rollback", None, "", str(path), fault, mend)) from None
