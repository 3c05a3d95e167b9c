"""Questions in SOQL: page by page, or as a bulk job where many records answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from territory_opt.crm.client import Refused
from territory_opt.crm.salesforce.session import Session, pieces

#: Ids in one question: 4,000 characters is the most a WHERE clause may hold in older versions, and an address
#: of 16,384 bytes the most a GET may have.
IDS = 180
_PAGE = 100_000  # records of one piece of a bulk answer
_CSV = {"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}


def ask(session: Session, soql: str) -> Iterator[Mapping[str, Any]]:
    """Records that answer a question, over all its pages."""
    page = session.values("query", params={"q": soql})
    while True:
        yield from page["records"]
        if page.get("done", True):
            return
        page = session.values(page["nextRecordsUrl"])


def ask_among(session: Session, soql: str, ids: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The same for many ids: they come, a few at a time, where `{ids}` stands in the question."""
    for some in pieces(list(dict.fromkeys(ids)), IDS):
        yield from ask(session, soql.format(ids=among(some)))


def among(ids: Iterable[str]) -> str:
    """Ids as the right side of IN."""
    return "(" + ",".join(quoted(name) for name in ids) + ")"


def quoted(text: str) -> str:
    """A text as SOQL writes it; whatever is in it stays text."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def ask_in_bulk(session: Session, fields: Sequence[str], rest: str) -> dict[str, list[str]]:
    """All answers as columns of texts, by the names of the fields; `rest` is what follows them.

    A job of the Bulk API 2.0: create, wait, fetch piece by piece (`Sforce-Locator`), delete.
    """
    body = {"operation": "query", "query": f"SELECT {', '.join(fields)} {rest}", **_CSV}
    job = f"jobs/query/{session.call('POST', 'jobs/query', json=body).json()['id']}"
    done = session.ended(job)
    if done["state"] != "JobComplete":
        raise Refused(f"a query ended as {done['state']}: {done.get('errorMessage', '')}")
    columns: dict[str, list[str]] = {name: [] for name in fields}
    for rows in _pieces_of_answer(session, job):
        for row in rows:
            for name, cell in zip(fields, row, strict=True):
                columns[name].append(cell)
    session.call("DELETE", job, accept=(400, 404))
    return columns


def _pieces_of_answer(session: Session, job: str) -> Iterator[Iterator[list[str]]]:
    """Rows of each piece, without its header; columns are in the order of the question."""
    locator = ""
    while True:
        params = {"maxRecords": str(_PAGE), **({"locator": locator} if locator else {})}
        answer = session.call("GET", f"{job}/results", params=params, headers={"Accept": "text/csv"})
        yield rows_of(answer.text)
        locator = answer.headers.get("Sforce-Locator", "null")
        if locator in ("null", ""):
            return


def rows_of(text: str) -> Iterator[list[str]]:
    """Rows of a CSV below its header."""
    rows = csv.reader(io.StringIO(text, newline=""))
    next(rows, None)
    return (row for row in rows if row)
