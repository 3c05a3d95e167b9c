"""Bulk API 2.0 on loopback: ingest and query jobs, that go on when who made them is gone."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers.loopback import Reply, Request

if TYPE_CHECKING:
    from tests.servers.salesforce import SalesforceServer

_CSV = {"Content-Type": "text/csv; charset=UTF-8"}
_LIMIT_BYTES = 100_000_000


@dataclass
class Job:
    """A job; looks: how often it is looked at before it runs."""

    id: str
    sobject: str
    operation: str
    state: str = "Open"
    looks: int = 0
    fields: list[str] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list)
    good: list[list[str]] = field(default_factory=list)
    bad: list[list[str]] = field(default_factory=list)
    done: int = 0
    fault: str = ""
    answer: list[list[str]] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        told = {"id": self.id, "object": self.sobject, "operation": self.operation, "state": self.state}
        return told | {"contentType": "CSV", "lineEnding": "LF", "errorMessage": self.fault}


class Jobs:
    """All jobs of an org.

    looks: how often a job is looked at before it runs; 0 runs it at once. breaks: jobs that will fail half
    way, by number, counted from 0. chunk: records of one piece of a query's answer.
    """

    def __init__(self, org: SalesforceServer):
        self.org, self.looks, self.breaks, self.chunk = org, 0, set[int](), 100_000
        self.all: dict[str, Job] = {}
        self.uploads = 0

    def of(self, path: str) -> Job | None:
        """The job that a path is about."""
        return next((job for name, job in self.all.items() if f"/{name}" in path), None)

    def answer(self, request: Request, kind: str, path: str) -> Reply:
        if request.method == "POST":
            return self._make(kind, request.json())
        job = self.of(f"/{path}")
        if job is None:
            return Reply(404, [{"errorCode": "NOT_FOUND", "message": "no such job"}])
        last = path.rpartition("/")[2]
        match request.method, last:
            case "PUT", "batches":
                return self._upload(job, request)
            case "PATCH", _:
                return self._patch(job, request.json()["state"])
            case "DELETE", _:
                del self.all[job.id]
                return Reply(204)
            case "GET", "results":
                return self._piece(job, request)
            case "GET", "successfulResults":
                return _results(["sf__Id", "sf__Created", *job.fields], job.good)
            case "GET", "failedResults":
                return _results(["sf__Id", "sf__Error", *job.fields], job.bad)
            case "GET", "unprocessedrecords":
                return _results(job.fields, [list(row.values()) for row in job.rows[job.done :]])
        self._look(job)
        return Reply(200, job.told())

    def _make(self, kind: str, told: dict[str, Any]) -> Reply:
        name = f"750{len(self.all):015d}"
        job = Job(name, told.get("object", ""), told["operation"], looks=self.looks)
        self.all[name] = job
        if kind == "query":
            assert told["lineEnding"] == "LF"
            job.fields = told["query"].removeprefix("SELECT ").partition(" FROM ")[0].split(", ")
            try:
                records = self.org.select(told["query"])
            except (ValueError, KeyError) as error:
                return Reply(400, [{"errorCode": "API_ERROR", "message": str(error)}])
            job.answer = [[_cell(record[path]) for path in job.fields] for record in records]
            job.state = "UploadComplete"
        return Reply(200, job.told())

    def _upload(self, job: Job, request: Request) -> Reply:
        assert request.headers["Content-Type"].startswith("text/csv")
        if job.state != "Open" or job.rows or len(request.body) > _LIMIT_BYTES:
            return Reply(400, [{"errorCode": "INVALIDJOBSTATE", "message": "no upload now"}])
        assert b"\r" not in request.body
        reader = csv.DictReader(io.StringIO(request.body.decode(), newline=""))
        job.rows, job.fields = list(reader), list(reader.fieldnames or ())
        self.uploads += 1
        return Reply(201)

    def _patch(self, job: Job, state: str) -> Reply:
        if job.state != "Open":
            return Reply(400, [{"errorCode": "INVALIDJOBSTATE", "message": f"job is {job.state}"}])
        job.state = state
        if state == "UploadComplete" and (job.looks == 0 or self.org.share < 1):
            self._run(job)
        return Reply(200, job.told())

    def _look(self, job: Job) -> None:
        if job.state not in ("UploadComplete", "InProgress"):
            return
        job.state, job.looks = "InProgress", job.looks - 1
        if job.looks <= 0:
            self._run(job)

    def _run(self, job: Job) -> None:
        if job.operation == "query":
            job.state = "JobComplete"
            return
        number = list(self.all).index(job.id)
        job.done = len(job.rows) // 2 if number in self.breaks else self.org.reach(len(job.rows))
        for row in job.rows[: job.done]:
            name, fault = self.org.write(job.operation, job.sobject, row)
            created = str(job.operation == "insert").lower()
            (job.bad if fault else job.good).append([name, fault or created, *row.values()])
        job.good.reverse()  # in any order
        job.state = "JobComplete" if job.done == len(job.rows) else "Failed"
        job.fault = "" if job.state == "JobComplete" else "InternalServerError : something broke"

    def _piece(self, job: Job, request: Request) -> Reply:
        first = int(request.query.get("locator", "0"))
        last = first + min(self.chunk, int(request.query["maxRecords"]))
        more = str(last) if last < len(job.answer) else "null"
        reply = _results(job.fields, job.answer[first:last])
        return Reply(200, reply.content, {**_CSV, "Sforce-Locator": more})


def _results(fields: Sequence[str], rows: Sequence[Sequence[str]]) -> Reply:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([list(fields), *rows])
    return Reply(200, text.getvalue().encode(), _CSV)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
