"""Calls to HubSpot: at its pace, page by page, and in batches with an answer for each input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from territory_opt.crm.client import Interrupted
from territory_opt.crm.http import Http, Response
from territory_opt.crm.hubspot.pace import Pace

T = TypeVar("T")
Record = Mapping[str, Any]
PAGE = 100  # records of a page, and inputs of a batch


class Api:
    """HubSpot's interface at an address."""

    def __init__(self, http: Http, pace: Pace):
        self.http, self.pace = http, pace

    def post(self, path: str, body: Mapping[str, Any], *, accept: Sequence[int] = ()) -> Response:
        """The answer to a call with a body."""
        return self._call("POST", path, json=body, accept=accept)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Record:
        """The answer to a question, as values."""
        return values(self._call("GET", path, params=params))

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Record]:
        """Every record of a listing, over all its pages."""
        after: str | None = None
        while True:
            more = {"after": after} if after else {}
            page = self.get(path, {**(params or {}), "limit": str(PAGE), **more})
            yield from page.get("results", ())
            after = page.get("paging", {}).get("next", {}).get("after")
            if not after:
                return

    def read(self, kind: str, ids: Iterable[str], properties: Sequence[str]) -> Iterator[Record]:
        """Records by their ids; those that are not there are left out. Ids that are no numbers are none."""
        known = dict.fromkeys(name for name in ids if name.isascii() and name.isdigit())
        for some in chunks(known, PAGE):
            body = {"properties": list(properties), "inputs": [{"id": name} for name in some]}
            yield from values(self.post(f"/crm/v3/objects/{kind}/batch/read", body)).get("results", ())

    def _call(self, method: str, path: str, **how: Any) -> Response:
        self.pace.wait()
        response = self.http.request(method, path, **how)
        self.pace.heed(response.headers)
        return response


def values(response: Response) -> Record:
    """What an answer says; Interrupted where it is not as HubSpot answers."""
    told = response.json()
    if isinstance(told, dict):
        return told
    raise Interrupted("the answer is not as HubSpot answers: is the address that of the system?")


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
