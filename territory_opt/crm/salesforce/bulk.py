"""Many records written by one job of the Bulk API 2.0.

Create the job, upload its CSV, say that the upload is complete, wait, read what became of each row. The job
runs on at Salesforce when the process that made it is gone, so its id is told before it may start; whoever
comes next ends it or waits for its end.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from territory_opt.crm.salesforce.session import Session

#: Base64 makes a job half as large again, and 150 MB is the most it may be then.
LIMIT_BYTES = 100_000_000
_RUNNING = ("UploadComplete", "InProgress")
_RESULTS = ("successfulResults", "failedResults", "unprocessedrecords")


@dataclass(frozen=True)
class Row:
    """What became of one row: its cells as they were sent, whether it was done, and why not."""

    cells: Mapping[str, str]
    ok: bool
    message: str = ""


def write_in_bulk(
    session: Session,
    operation: str,
    sobject: str,
    rows: Sequence[Mapping[str, str]],
    note: Callable[[str], None],
) -> Iterator[Row]:
    """What became of each row, in any order; a row of which Salesforce says nothing is left out.

    operation: `insert`, `update` or `delete`. rows: all of the same fields. note: hears the id of each job
    before it may start. Raises Interrupted where no answer came: the job may be running.
    """
    for content in contents(rows):
        body = {"object": sobject, "operation": operation, "contentType": "CSV", "lineEnding": "LF"}
        job = session.call("POST", "jobs/ingest", json=body).json()["id"]
        note(job)
        upload = {"Content-Type": "text/csv; charset=UTF-8"}
        session.call("PUT", f"jobs/ingest/{job}/batches", data=content, headers=upload)
        session.call("PATCH", f"jobs/ingest/{job}", json={"state": "UploadComplete"})
        yield from _told(session, job)


def end_jobs(session: Session, jobs: Sequence[str]) -> None:
    """Abort jobs that were never started, and wait for the others; Interrupted where one runs on and on."""
    for job in jobs:
        told = session.call("GET", f"jobs/ingest/{job}", accept=(404,))
        state = "" if told.status == 404 else told.json().get("state")
        if state == "Open":
            session.call("PATCH", f"jobs/ingest/{job}", json={"state": "Aborted"}, accept=(400, 404, 409))
            session.ended(f"jobs/ingest/{job}")
        elif state in _RUNNING:
            session.ended(f"jobs/ingest/{job}")


def contents(rows: Sequence[Mapping[str, str]], limit_bytes: int = LIMIT_BYTES) -> Iterator[bytes]:
    """Rows as CSV files of at most so many bytes each: fields as in the first row, lines ended by LF."""
    fields = list(rows[0]) if rows else []
    header, lines, size = _line(fields), list[bytes](), 0
    for row in rows:
        line = _line([row[name] for name in fields])
        if lines and len(header) + size + len(line) > limit_bytes:
            yield header + b"".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield header + b"".join(lines)


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def _told(session: Session, job: str) -> Iterator[Row]:
    """All rows of a job that has ended."""
    end = session.ended(f"jobs/ingest/{job}")
    left = f"was not processed: the job ended as {end['state']}. {end.get('errorMessage') or ''}".strip()
    for kind in _RESULTS:
        answer = session.call("GET", f"jobs/ingest/{job}/{kind}/", headers={"Accept": "text/csv"})
        for row in csv.DictReader(io.StringIO(answer.text, newline="")):
            cells = {name: cell for name, cell in row.items() if name and not name.startswith("sf__")}
            if kind != "unprocessedrecords":
                cells.setdefault("Id", row.get("sf__Id") or "")
            why = {"failedResults": row.get("sf__Error") or "failed", "unprocessedrecords": left}.get(
                kind, ""
            )
            yield Row(cells, not why, why)
