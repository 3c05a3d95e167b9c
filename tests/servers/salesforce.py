"""Salesforce on loopback: records and their owners, territories, teams; REST, bulk jobs and SOAP."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from territory_opt.crm.ids import full_id
from tests.servers.loopback import ASKED_WAIT_S, Loopback, Reply, Request
from tests.servers.salesforce_jobs import Jobs
from tests.servers.soql import Tables, answer_to

VERSION, USERS = "62.0", ("Ann", "Bob", "Cy")
_DATA = f"/services/data/v{VERSION}/"
_ASSOCIATION = "ObjectTerritory2Association"
Record = dict[str, Any]


def sf_id(prefix: str, number: int) -> str:
    """A Salesforce id of 18 characters in which case counts."""
    return full_id(f"{prefix}Ab{number:010d}")


class SalesforceServer(Loopback):
    """Accounts `ids` that belong to the first of `users`.

    has_territories: each user sits in a territory of his own, each account is in that of its owner. teams:
    each `team_every`-th account has a team of one. page: records of a query's page. busy: ids whose next
    writes find them locked, with how many. outside: accounts that no territory takes. stuck: those
    that none lets go. watched: those that were in the territory of their owner at the start.
    """

    def __init__(self, n: int, has_territories: bool = False, team_every: int = 0):
        super().__init__()
        self.users = [sf_id("005", i) for i in range(len(USERS))]
        self.ids = [sf_id("001", i) for i in range(n)]
        self.page, self.busy, self.outside = 2000, dict[str, int](), set[str]()
        self.stuck, self.watched = set[str](), set[str]()
        self.rewrites: list[str] = []
        self.logins: list[Mapping[str, str]] = []
        self.jobs = Jobs(self)
        self._pages: dict[str, tuple[list[Record], int]] = {}
        self._new = 0
        self.tables: Tables = defaultdict(dict)
        self.rooms: dict[str, set[str]] = defaultdict(set)  # associations by account
        self._found(n)
        self.has_territories = has_territories
        if has_territories:
            self._found_territories()
        if team_every:
            for name in self.ids[::team_every]:
                self.put("AccountTeamMember", "01M", AccountId=name, UserId=self.users[2])
        self.has_teams = team_every > 0

    def _found(self, n: int) -> None:
        self.tables["Organization"]["00D"] = {"Id": "00D", "Name": "Acme", "IsSandbox": True}
        for i, (name, user) in enumerate(zip(USERS, self.users, strict=True)):
            self.tables["User"][user] = {
                **{"Id": user, "Username": f"{name.lower()}@acme.example", "Name": name, "IsActive": i != 2},
                **{"Email": f"{name.lower()}@acme.example", "ManagerId": None},
                **{"Latitude": None, "Longitude": None},
            }
        for i, name in enumerate(self.ids):
            self.tables["Account"][name] = {"Id": name, "Name": f"Account {i}", "OwnerId": self.users[0]}

    def _found_territories(self) -> None:
        self.tables["Territory2Model"]["0MA"] = {"Id": "0MA", "State": "Active"}
        self.territory = {}
        for name, user in zip(USERS, self.users, strict=True):
            told = {"Name": f"{name}'s", "Territory2ModelId": "0MA", "ParentTerritory2Id": None}
            self.territory[user] = self.put("Territory2", "0MI", **told)
            self.seat(user, self.territory[user])
        for name in self.ids:
            self.associate(name, self.territory[self.users[0]])
        self.watched = set(self.ids)

    @property
    def environment(self) -> dict[str, str]:
        return {"SF_INSTANCE_URL": self.url, "SF_ACCESS_TOKEN": self.token}

    def put(self, sobject: str, prefix: str, **fields: Any) -> str:
        """A new record."""
        self._new += 1
        name = sf_id(prefix, self._new)
        self.tables[sobject][name] = {"Id": name, **fields}
        return name

    def seat(self, user: str, territory: str, role: str | None = None) -> str:
        """A user in a territory."""
        told = {"UserId": user, "Territory2Id": territory, "RoleInTerritory2": role, "IsActive": True}
        return self.put("UserTerritory2Association", "0TA", **told)

    def associate(self, account: str, territory: str, cause: str = "Territory2Manual") -> str:
        """An account in a territory."""
        told = {"ObjectId": account, "Territory2Id": territory, "AssociationCause": cause}
        name = self.put(_ASSOCIATION, "0Tb", **told)
        self.rooms[account].add(name)
        return name

    def snapshot(self) -> bytes:
        """Who owns what, which account is in which territory and why, and who is in which team."""
        kept = {
            kind: sorted([r["Id"], r["OwnerId"]] for r in self.tables[kind].values())
            for kind in ("Account", "Contact", "Opportunity", "Case")
        }
        rooms = sorted(
            [r["ObjectId"], r["Territory2Id"], r["AssociationCause"]]
            for r in self.tables[_ASSOCIATION].values()
        )
        teams = sorted([r["AccountId"], r["UserId"]] for r in self.tables["AccountTeamMember"].values())
        return json.dumps([kept, rooms, teams]).encode()

    def owner(self, name: str) -> str:
        return self.tables["Account"][name]["OwnerId"]

    def give(self, name: str, user: str) -> None:
        """Somebody gives an account away by hand."""
        self.tables["Account"][name]["OwnerId"] = user

    def remove(self, name: str) -> None:
        """Somebody deletes an account."""
        del self.tables["Account"][name]
        for association in self.rooms.pop(name, ()):
            del self.tables[_ASSOCIATION][association]
        self._disband(name)

    def territories(self, account: str) -> set[str]:
        """Which territories an account is in."""
        return {self.tables[_ASSOCIATION][name]["Territory2Id"] for name in self.rooms[account]}

    def is_write(self, request: Request) -> bool:
        if request.path.startswith("/services/Soap/"):
            return True
        if request.method != "PATCH":
            return False
        told = request.json()
        if request.path.endswith("/composite/sobjects"):
            return told["records"][0]["attributes"]["type"] == "Account"
        job = self.jobs.of(request.path)
        return job is not None and job.sobject == "Account" and told.get("state") == "UploadComplete"

    def throttle(self) -> Reply:
        told = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
        return Reply(429, told, {"Retry-After": str(ASKED_WAIT_S)})

    def work(self, request: Request) -> Reply:
        if request.path == "/services/oauth2/token":
            return self._log_in(request)
        if request.path == f"/services/Soap/u/{VERSION}":
            return self._soap(request)
        if self.expired or request.headers.get("Authorization") != f"Bearer {self.token}":
            return _no(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if not request.path.startswith(_DATA):
            return _no(404, "NOT_FOUND", "The requested resource does not exist")
        return self._answer(request, request.path.removeprefix(_DATA).strip("/"))

    def _answer(self, request: Request, path: str) -> Reply:
        match request.method, *path.split("/"):
            case "GET", "":
                identity = f"https://login.salesforce.com/id/00D/{self.users[0]}"
                return Reply(200, {"identity": identity, "query": f"{_DATA}query"})
            case "GET", "sobjects", name:
                return self._describe(name)
            case "GET", "query":
                return self._query(request.query["q"])
            case "GET", "query", locator:
                return self._next(locator)
            case "POST", "composite", "sobjects", name:
                return self._read(name, request.json())
            case (("POST" | "PATCH" | "DELETE"), "composite", "sobjects"):
                return self._collection(request)
            case _, "jobs", kind, *_:
                return self.jobs.answer(request, kind, path)
        return _no(404, "NOT_FOUND", f"no {request.method} {path}")

    def _describe(self, name: str) -> Reply:
        is_off = (name == "Territory2" and not self.has_territories) or (
            name.endswith("TeamMember") and not self.has_teams
        )
        return (
            _no(404, "NOT_FOUND", "no such object")
            if is_off
            else Reply(200, {"objectDescribe": {"name": name}})
        )

    def select(self, soql: str) -> list[Record]:
        """Records that answer a question; ValueError where it makes no sense."""
        return answer_to(soql, self.tables, {(_ASSOCIATION, "ObjectId"): self.rooms})

    def _query(self, soql: str) -> Reply:
        if len(soql) > 16_000:
            return Reply(414)
        try:
            records = self.select(soql)
        except (ValueError, KeyError) as error:
            return _no(400, "MALFORMED_QUERY", str(error))
        locator = f"01g{len(self._pages)}"
        self._pages[locator] = (records, 0)
        return self._next(locator)

    def _next(self, locator: str) -> Reply:
        records, first = self._pages[locator]
        last = first + self.page
        self._pages[locator] = (records, last)
        told: Record = {
            "totalSize": len(records),
            "done": last >= len(records),
            "records": records[first:last],
        }
        if last < len(records):
            told["nextRecordsUrl"] = f"{_DATA}query/{locator}"
        return Reply(200, told)

    def _read(self, sobject: str, told: Mapping[str, Any]) -> Reply:
        if len(told["ids"]) > 2000:
            return _no(400, "INVALID_BATCH_SIZE", "at most 2000")
        table, fields = self.tables[sobject], [name for name in told["fields"] if name != "Id"]
        records = (table.get(full_id(name)) for name in told["ids"])
        return Reply(200, [r and {"Id": r["Id"], **{name: r[name] for name in fields}} for r in records])

    def _collection(self, request: Request) -> Reply:
        if request.method == "DELETE":
            rows = [{"Id": name} for name in request.query["ids"].split(",")]
            sobject, operation = _ASSOCIATION, "delete"
        else:
            told = request.json()
            assert told["allOrNone"] is False
            rows = [{"Id" if k == "id" else k: v for k, v in r.items()} for r in told["records"]]
            sobject = rows[0].pop("attributes")["type"]
            assert all(row.pop("attributes", {"type": sobject})["type"] == sobject for row in rows)
            operation = {"POST": "insert", "PATCH": "update"}[request.method]
        if len(rows) > 200:
            return _no(400, "INVALID_BATCH_SIZE", "at most 200")
        results = [self.write(operation, sobject, row) for row in rows[: self.reach(len(rows))]]
        return Reply(200, [_saved(name, fault) for name, fault in results])

    def write(
        self, operation: str, sobject: str, row: Mapping[str, str], keeps_team: bool = False
    ) -> tuple[str, str]:
        """Do what one row asks for: the id of the record, and the fault, "" for none."""
        if operation == "insert":
            return self._insert(row)
        name = full_id(row["Id"])
        record = self.tables[sobject].get(name)
        if record is None:
            return name, "ENTITY_IS_DELETED:entity is deleted"
        if operation == "delete":
            return name, self._delete(record)
        return name, self._give(sobject, record, row["OwnerId"], keeps_team)

    def _insert(self, row: Mapping[str, str]) -> tuple[str, str]:
        account, territory = row["ObjectId"], row["Territory2Id"]
        if account in self.outside:
            return "", "FIELD_CUSTOM_VALIDATION_EXCEPTION:this account is reserved"
        if territory in self.territories(account):
            return "", "DUPLICATE_VALUE:duplicate value found"
        return self.associate(account, territory, row["AssociationCause"]), ""

    def _delete(self, record: Record) -> str:
        account = record["ObjectId"]
        if account in self.stuck:
            return "FIELD_CUSTOM_VALIDATION_EXCEPTION:this account stays"
        del self.tables[_ASSOCIATION][record["Id"]]
        self.rooms[account].remove(record["Id"])
        self._watch(account)
        return ""

    def _give(self, sobject: str, record: Record, owner: str, keeps_team: bool) -> str:
        name = record["Id"]
        if self.busy.get(name, 0) > 0:
            self.busy[name] -= 1
            return "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record"
        if name in self.refused:
            return "FIELD_CUSTOM_VALIDATION_EXCEPTION:this record is frozen"
        if owner not in self.users:
            return "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id"
        if record["OwnerId"] == owner:
            self.rewrites.append(name)
        record["OwnerId"] = owner
        if sobject == "Account":
            self.writes.append(name)
            self._watch(name)
        if not keeps_team:
            self._disband(name)
        return ""

    def _disband(self, name: str) -> None:
        for member, field in (("AccountTeamMember", "AccountId"), ("OpportunityTeamMember", "OpportunityId")):
            team = self.tables[member]
            for gone in [key for key, one in team.items() if one[field] == name]:
                del team[gone]

    def _watch(self, account: str) -> None:
        """Whoever owns the account reaches it, and it is in a territory, where there are territories."""
        owner = self.owner(account)
        if not self.has_territories or account not in self.watched:
            if not owner:
                self.uncovered.append(account)
            return
        seats = self.tables["UserTerritory2Association"].values()
        own = {seat["Territory2Id"] for seat in seats if seat["UserId"] == owner}
        if not owner or (own and not own & self.territories(account)) or not self.rooms[account]:
            self.uncovered.append(account)

    def _log_in(self, request: Request) -> Reply:
        form = dict(parse_qsl(request.body.decode()))
        self.logins.append(form)
        if form != {
            "grant_type": "client_credentials",
            "client_id": "app",
            "client_secret": "s3cret-planted",
        }:
            return Reply(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        self.token, self.expired = f"token-{len(self.logins)}-planted", False
        return Reply(200, {"access_token": self.token, "instance_url": self.url, "token_type": "Bearer"})

    def _soap(self, request: Request) -> Reply:
        envelope = ElementTree.fromstring(request.body)
        partner, record = "{urn:partner.soap.sforce.com}", "{urn:sobject.partner.soap.sforce.com}"
        if self.expired or envelope.findtext(f".//{partner}sessionId") != self.token:
            return _fault(
                "sf:INVALID_SESSION_ID", "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader"
            )
        option = envelope.find(f".//{partner}OwnerChangeOptions/{partner}options")
        assert option is not None
        assert [child.text for child in option][1] == "true"
        rows = [
            {name: sobject.findtext(record + name, "") for name in ("type", "Id", "OwnerId")}
            for sobject in envelope.iter(f"{partner}sObjects")
        ]
        table = self.tables[rows[0]["type"]]
        moves = {
            (table.get(row["Id"], {}).get("OwnerId"), row["OwnerId"]) for row in rows if row["Id"] in table
        }
        if len(rows) > 200 or len(moves) > 1:
            return _fault("sf:INVALID_BATCH_SIZE", "owners differ")
        keeps = (
            option[0].text == {"Account": "KeepAccountTeam", "Opportunity": "KeepSalesTeam"}[rows[0]["type"]]
        )
        told = [self.write("update", row["type"], row, keeps) for row in rows[: self.reach(len(rows))]]
        return _xml("".join(_soap_result(name, fault) for name, fault in told))


def _no(status: int, code: str, message: str) -> Reply:
    return Reply(status, [{"errorCode": code, "message": message}])


def _saved(name: str, fault: str) -> Record:
    code, _, message = fault.partition(":")
    errors = [{"statusCode": code, "message": message, "fields": []}] if fault else []
    return {"id": name or None, "success": not fault, "errors": errors}


def _soap_result(name: str, fault: str) -> str:
    code, _, message = fault.partition(":")
    if not fault:
        return f"<result><id>{name}</id><success>true</success></result>"
    words = f"<errors><message>{message}</message><statusCode>{code}</statusCode></errors>"
    return f'<result>{words}<id xsi:nil="true"/><success>false</success></result>'


def _xml(inside: str, status: int = 200) -> Reply:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sf="urn:fault.partner.soap.sforce.com">'
        f"<soapenv:Body><updateResponse>{inside}</updateResponse></soapenv:Body></soapenv:Envelope>"
    )
    return Reply(status, text.encode(), {"Content-Type": "text/xml"})


def _fault(code: str, words: str) -> Reply:
    inside = f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{words}</faultstring></soapenv:Fault>"
    return _xml(inside, 500)
