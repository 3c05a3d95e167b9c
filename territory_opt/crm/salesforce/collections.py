"""Records read and written by sObject Collections, 200 to 2,000 in a call; many are written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from territory_opt.crm.salesforce.bulk import Row, write_in_bulk
from territory_opt.crm.salesforce.session import Session, pieces

WRITTEN, READ = 200, 2000  # records of one call at most
#: From here on Salesforce recommends its bulk interface.
MANY = 2000
_METHODS = {"insert": "POST", "update": "PATCH"}


def read(
    session: Session, sobject: str, ids: Sequence[str], fields: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    """Records by their ids; those that are not there, or not for us to see, are left out."""
    for some in pieces(ids, READ):
        body = {"ids": list(some), "fields": ["Id", *fields]}
        told = session.call("POST", f"composite/sobjects/{sobject}", json=body).json()
        yield from (record for record in told if record is not None)


def write(
    session: Session,
    operation: str,
    sobject: str,
    rows: Sequence[Mapping[str, str]],
    note: Callable[[str], None],
    many: int = MANY,
) -> Iterator[Row]:
    """What became of each row: by one job where they are more than `many`, else 200 in a call.

    Each row stands for itself: one that fails takes no other with it. See `write_in_bulk`.
    """
    if len(rows) > many:
        yield from write_in_bulk(session, operation, sobject, rows, note)
        return
    for some in pieces(rows, WRITTEN):
        told = _written(session, operation, sobject, some)
        yield from (_row(row, said) for row, said in zip(some, told, strict=True))


def _written(session: Session, operation: str, sobject: str, rows: Sequence[Mapping[str, str]]) -> Any:
    """Answers in the order of the rows."""
    path = "composite/sobjects"
    if operation == "delete":
        params = {"ids": ",".join(row["Id"] for row in rows), "allOrNone": "false"}
        return session.call("DELETE", path, params=params).json()
    records = [
        {
            "attributes": {"type": sobject},
            **{"id" if name == "Id" else name: cell for name, cell in row.items()},
        }
        for row in rows
    ]
    body = {"allOrNone": False, "records": records}
    return session.call(_METHODS[operation], path, json=body).json()


def _row(row: Mapping[str, str], told: Mapping[str, Any]) -> Row:
    errors = told.get("errors") or [{}]
    words = f"{errors[0].get('statusCode', '')} {errors[0].get('message', '')}".strip()
    ok = bool(told.get("success"))
    return Row(row, ok, "" if ok else words or "was refused")
