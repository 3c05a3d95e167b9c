"""Calls to the Dataverse Web API: rows page by page, records by their ids, writes in batches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from territory_opt.crm.chunks import chunks
from territory_opt.crm.client import Interrupted
from territory_opt.crm.dynamics.batch import Answer, Part, decoded, encoded
from territory_opt.crm.dynamics.schema import Table
from territory_opt.crm.http import Http, seconds_to_wait
from territory_opt.crm.ids import bare_guid

Row = Mapping[str, Any]
PATH = "/api/data/v9.2/"
HEADERS = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0"}
LABEL = "@OData.Community.Display.V1.FormattedValue"
_READ = {"Prefer": f'odata.maxpagesize=5000,odata.include-annotations="{LABEL[1:]}"'}
_CONDITIONS = 100  # of a filter; a query may have 500
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WAIT = (408, 429, 503)  # of a part: nothing was done, and more would be in vain


class Api:
    """The Web API of one environment."""

    def __init__(self, http: Http):
        self.http = http
        self.root = urlsplit(http.base_url).path.rstrip("/") + "/"

    def get(self, path: str) -> Row:
        """One answer, as values."""
        told = self.http.get(path, headers=_READ).json()
        if isinstance(told, dict):
            return told
        raise Interrupted("the answer is not as Dataverse answers: is DATAVERSE_URL that of the system?")

    def rows(self, table: Table, columns: Iterable[str], condition: str = "") -> Iterator[Row]:
        """Rows of a table that meet a condition, over all pages."""
        path: str | None = f"{table.set}?$select={quote(','.join(columns), safe=',')}"
        if condition:
            path = f"{path}&$filter={quote(condition, safe='()')}"
        while path:
            page = self.get(path)
            yield from page.get("value", ())
            path = page.get("@odata.nextLink")

    def rows_where(
        self, table: Table, keys: Sequence[str], ids: Iterable[str], columns: Iterable[str], more: str = ""
    ) -> Iterator[Row]:
        """Rows of which one of the key columns is one of the ids; what is no GUID is never asked for.

        A row may come twice where several key columns are given.
        """
        asked = [*dict.fromkeys([*keys, *columns])]
        for some in chunks(guids(ids), _CONDITIONS // len(keys)):
            either = " or ".join(f"{key} eq {name}" for name in some for key in keys)
            yield from self.rows(table, asked, f"({either}) and {more}" if more else either)

    def write(self, sets: Sequence[Sequence[Part]]) -> list[Answer]:
        """The answer to each set of writes, all of which is done or nothing.

        Raises Interrupted where a part was turned away until later: what was done is not known then.
        """
        content_type, content = encoded(sets)
        headers = {"Content-Type": content_type, "Prefer": "odata.continue-on-error"}
        answers = decoded(self.http.post("$batch", data=content, headers=headers), len(sets))
        for answer in answers:
            if answer.status in _WAIT:
                after_s = seconds_to_wait(answer.headers.get("Retry-After", ""))
                raise Interrupted(f"Dataverse asks to wait ({answer.status}: {answer.message})", after_s)
        return answers

    def path(self, table: Table, name: str) -> str:
        """The full path of a record, as parts of a batch need it."""
        return f"{self.root}{table.set}({name})"


def guids(ids: Iterable[str]) -> list[str]:
    """Those that are GUIDs, bare and in small letters, each once."""
    return [name for name in dict.fromkeys(map(bare_guid, ids)) if _GUID.fullmatch(name)]
