"""Dataverse on loopback: accounts, what is below them, `$batch`, versions, cascades, log-ins."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from tests.servers.loopback import ASKED_WAIT_S, Loopback, Reply, Request
from tests.servers.odata import BadRequest, Inner, Said, batch_of, guids_in, requests_of, test_of

OWNER, API = "_ownerid_value", "/api/data/v9.2/"
LABEL = "@OData.Community.Display.V1.FormattedValue"
KEYS = {
    "accounts": "accountid",
    "contacts": "contactid",
    "opportunities": "opportunityid",
    "incidents": "incidentid",
    "systemusers": "systemuserid",
    "teams": "teamid",
    "territories": "territoryid",
    "organizations": "organizationid",
}
#: By the set of the records above: tables below, and the columns that name the one above.
BELOW = {
    "accounts": {
        "contacts": ["_parentcustomerid_value"],
        "opportunities": ["_parentaccountid_value", "_customerid_value"],
        "incidents": ["_customerid_value"],
    },
    "contacts": {"opportunities": ["_customerid_value"], "incidents": ["_customerid_value"]},
}
NAMES = {
    "accounts": "account",
    "contacts": "contact",
    "opportunities": "opportunity",
    "incidents": "incident",
}
_PATH = re.compile(r"/api/data/v9\.2/(\w+)\(([0-9a-f-]{36})\)")
_BIND = re.compile(r"/(systemusers|teams)\(([0-9a-f-]{36})\)")
TENANT, CLIENT, SECRET = "contoso", "app-1", "app-secret-71c2-planted"


def guid(kind: str, i: int) -> str:
    """An id that says of what it is: the letter of its kind and a number."""
    return f"{ord(kind):08x}-0000-4000-8000-{i:012x}"


class DynamicsServer(Loopback):
    """Accounts `ids` that belong to the first of `users`.

    page: rows of a page at most. cascade: how each table below follows a new owner (Cascade, UserOwned,
    Active, NoCascade). refused: accounts that nobody here may write. disabled: users who may own nothing.
    busy_after: so many parts of a batch are done, the others are turned away (429) once; None for never.
    as_app: the environment holds an app's secret and no token. upserted: ids of records made by a PATCH.
    """

    def __init__(self, n: int):
        super().__init__()
        self.users = [guid("u", i) for i in range(3)]
        self.team = guid("t", 0)
        self.ids = [guid("a", i) for i in range(n)]
        self.records: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in KEYS}
        self.version: dict[str, int] = {}
        self.page, self.busy_after = 5000, None
        self.disabled: set[str] = set()
        self.upserted: list[str] = []
        self.cascade = dict.fromkeys(("contacts", "opportunities", "incidents"), "Cascade")
        self.as_app = False
        self.tokens_given = 0
        self._open = {self.token}
        self._fill()

    def _fill(self) -> None:
        for i, user in enumerate(self.users):
            self.put("systemusers", user, fullname=f"User {i}", isdisabled=False, accessmode=0)
        self.put("teams", self.team, name="Key accounts")
        self.put("organizations", guid("o", 0), name="Contoso")
        for i, name in enumerate(self.ids):
            more = {"name": f"Account {i}", "revenue": 1000.5 * i, "statecode": 0, "industrycode": 7}
            self.put("accounts", name, **more, **{OWNER: self.users[0]})

    @property
    def environment(self) -> dict[str, str]:
        if not self.as_app:
            return {"DATAVERSE_URL": self.url, "DATAVERSE_ACCESS_TOKEN": self.token}
        return {
            "DATAVERSE_URL": self.url,
            "AZURE_AUTHORITY_HOST": self.url,
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": SECRET,
        }

    def put(self, table: str, key: str, /, **columns: Any) -> str:
        """One more record."""
        self.records[table][key] = {KEYS[table]: key, **columns}
        self.version[key] = 1
        return key

    def snapshot(self) -> bytes:
        """Every record with all its columns."""
        return json.dumps(self.records, sort_keys=True).encode()

    def owner(self, name: str, table: str = "accounts") -> str:
        return self.records[table][name][OWNER]

    def give(self, name: str, user: str, table: str = "accounts") -> None:
        """Somebody gives a record away by hand."""
        self._set(table, name, {OWNER: user})

    def remove(self, name: str) -> None:
        """Somebody deletes an account."""
        del self.records["accounts"][name]

    def is_write(self, request: Request) -> bool:
        return request.path == f"{API}$batch"

    def throttle(self) -> Reply:
        words = "Number of requests exceeded the limit of 6000 over time window of 300 seconds."
        return Reply(429, _error("0x80072322", words), {"Retry-After": str(ASKED_WAIT_S)})

    def work(self, request: Request) -> Reply:
        if request.path.endswith("/oauth2/v2.0/token"):
            return self._token(request)
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        if self.expired or token not in self._open:
            return Reply(401, headers={"WWW-Authenticate": "Bearer error=invalid_token"})
        if request.headers.get("OData-Version") != "4.0" or not request.path.startswith(API):
            return Reply(400, _error("0x80060888", "no call to the Web API"))
        try:
            return self._answer(request)
        except BadRequest as fault:
            return Reply(400, _error("0x80060888", str(fault)))

    def end_tokens(self) -> None:
        """All tokens that were handed out expire."""
        self._open.clear()

    def _token(self, request: Request) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        wanted = {
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "scope": f"{self.url}/.default",
        }
        if request.path != f"/{TENANT}/oauth2/v2.0/token" or form != wanted or self.expired:
            told = {"error": "invalid_client", "error_description": "AADSTS7000222: the secret is expired"}
            return Reply(401, told)
        self.tokens_given += 1
        token = f"{self.token}-{self.tokens_given}"
        self._open = {token}
        return Reply(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": token})

    def _answer(self, request: Request) -> Reply:
        what = request.path.removeprefix(API)
        if request.method == "POST" and what == "$batch":
            return self._batch(request)
        if request.method != "GET":
            return Reply(405, _error("0x80060888", "method not allowed"))
        if what == "WhoAmI":
            return Reply(200, {"UserId": self.users[0], "OrganizationId": guid("o", 0)})
        if what.startswith("RelationshipDefinitions/"):
            return self._relations(request)
        table, _, name = what.rstrip(")").partition("(")
        if table not in KEYS or (name and name not in self.records[table]):
            return Reply(404, _error("0x80060888", f"no resource {what}"))
        if name:
            return Reply(200, self._shown(table, self.records[table][name], request))
        return self._rows(table, request)

    def _relations(self, request: Request) -> Reply:
        above = next(name for name, one in NAMES.items() if f"eq '{one}'" in request.query["$filter"])
        told = [
            {
                "ReferencedEntity": NAMES[above],
                "ReferencingEntity": NAMES[table],
                "CascadeConfiguration": {"Assign": self.cascade[table], "Delete": "RemoveLink"},
            }
            for table in BELOW.get(above, {})
        ]
        odd = {"ReferencingEntity": "annotation", "CascadeConfiguration": {"Assign": "Cascade"}}
        return Reply(200, {"value": [*told, {"ReferencedEntity": NAMES[above], **odd}]})

    def _rows(self, table: str, request: Request) -> Reply:
        records, condition = self.records[table], request.query.get("$filter", "")
        rows: Iterable[dict[str, Any]] = records.values()
        if condition:
            test, key = test_of(condition), KEYS[table]
            if f"{key} eq " in condition:  # an index, as every database has one of its keys
                rows = [records[name] for name in sorted(guids_in(condition)) if name in records]
            rows = [row for row in rows if test(row)]
        rows = list(rows)
        asked = re.search(r"odata\.maxpagesize=(\d+)", request.headers.get("Prefer") or "")
        size = min(self.page, int(asked[1]) if asked else 5000)
        first = int(request.query.get("$skiptoken", 0))
        told = {"value": [self._shown(table, row, request) for row in rows[first : first + size]]}
        if first + size < len(rows):
            more = f"{request.target.partition('&$skiptoken=')[0]}&$skiptoken={first + size}"
            told["@odata.nextLink"] = self.url + more
        return Reply(200, told)

    def _shown(self, table: str, row: Mapping[str, Any], request: Request) -> dict[str, Any]:
        """The columns that were asked for, the key and the version; labels where they are wanted."""
        columns = [KEYS[table], *request.query["$select"].split(",")]
        told = {"@odata.etag": self._etag(row[KEYS[table]])} | {name: row.get(name) for name in columns}
        if row.get("industrycode") and "industrycode" in columns and LABEL[1:] in request.headers["Prefer"]:
            told[f"industrycode{LABEL}"] = "Consulting"
        return told

    def _etag(self, name: str) -> str:
        return f'W/"{self.version[name]}"'

    def _batch(self, request: Request) -> Reply:
        items = requests_of(request.headers.get("Content-Type") or "", request.body)
        if sum(len(item) if isinstance(item, list) else 1 for item in items) > 1000:
            raise BadRequest("a batch holds 1000 requests at most")
        goes_on = "odata.continue-on-error" in (request.headers.get("Prefer") or "")
        answers: list[Said | list[Said]] = []
        for item in items[: self.reach(len(items))]:
            answers.append(self._item(item, len(answers)))
            if not goes_on and isinstance(answers[-1], Said) and answers[-1].status >= 400:
                break
        self.busy_after = None
        content_type, content = batch_of(answers)
        return Reply(200, content, {"Content-Type": content_type, "OData-Version": "4.0"})

    def _item(self, item: Inner | list[Inner], before: int) -> Said | list[Said]:
        """The answer to a request, or to a change set: one of its first failure, which undoes all of it."""
        if self.busy_after is not None and before >= self.busy_after:
            reply = self.throttle()
            return Said(429, reply.encoded(), {"Content-Type": "application/json", **reply.headers})
        undo: list[Callable[[], None]] = []
        log, answers = len(self.writes), []
        for one in item if isinstance(item, list) else [item]:
            answers.append(self._patch(one, undo))
            if answers[-1].status >= 400:
                for back in reversed(undo):
                    back()
                del self.writes[log:]
                return answers[-1]
        for name in self.writes[log:]:  # nobody sees what is inside a transaction
            if self.owner(name) not in {*self.users, self.team} - self.disabled:
                self.uncovered.append(name)
        return answers if isinstance(item, list) else answers[0]

    def _patch(self, one: Inner, undo: list[Callable[[], None]]) -> Said:
        found = _PATH.fullmatch(one.path)
        if one.method != "PATCH" or found is None or found[1] not in NAMES:
            return _said(404, "0x80060888", "no resource", one.number)
        table, name = found[1], found[2]
        match = one.headers.get("if-match")
        if name not in self.records[table]:
            if match is not None:
                return _said(404, "0x80040217", f"{table} With Id = {name} Does Not Exist", one.number)
            self.put(table, name)  # what a PATCH without a condition does
            self.upserted.append(name)
        elif match not in (None, "*", self._etag(name)):
            words = "The version of the existing record doesn't match the RowVersion property provided."
            return _said(412, "0x80060882", words, one.number)
        bound = _BIND.fullmatch(json.loads(one.content)["ownerid@odata.bind"])
        if bound is None or bound[2] not in self.records[bound[1]]:
            return _said(404, "0x80040217", "systemuser Does Not Exist", one.number)
        if name in self.refused or bound[2] in self.disabled:
            return _said(403, "0x80040220", "SecLib::AccessCheckEx failed.", one.number)
        self._assign(table, name, bound[2], undo)
        if table == "accounts":
            self.writes.append(name)
        where = {"OData-EntityId": f"{self.url}{one.path}", "OData-Version": "4.0"}
        return Said(204, headers=where, number=one.number)

    def _assign(self, table: str, name: str, user: str, undo: list[Callable[[], None]]) -> None:
        """A new owner, and what follows it below."""
        old = self.records[table][name].get(OWNER)
        for below, columns in BELOW.get(table, {}).items():
            how = self.cascade[below]
            for child, row in self.records[below].items():
                if name in [row.get(column) for column in columns] and _follows(how, row, old):
                    self._assign(below, child, user, undo)
        undo.append(self._back(table, name))
        self._set(table, name, {OWNER: user})

    def _back(self, table: str, name: str) -> Callable[[], None]:
        row, version = dict(self.records[table][name]), self.version[name]

        def back() -> None:
            self.records[table][name], self.version[name] = row, version

        return back

    def _set(self, table: str, name: str, columns: Mapping[str, Any]) -> None:
        self.records[table][name].update(columns)
        self.version[name] += 1


def _follows(how: str, row: Mapping[str, Any], old: str | None) -> bool:
    if how == "Active":
        return row.get("statecode") == 0
    return how == "Cascade" or (how == "UserOwned" and row[OWNER] == old)


def _error(code: str, words: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": words}}


def _said(status: int, code: str, words: str, number: str) -> Said:
    content = json.dumps(_error(code, words)).encode()
    return Said(status, content, {"Content-Type": "application/json; odata.metadata=minimal"}, number)
