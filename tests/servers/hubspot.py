"""HubSpot on loopback: companies, what is below them, owners, pipelines, associations, limits."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.servers.loopback import ASKED_WAIT_S, Loopback, Reply, Request

OWNER = "hubspot_owner_id"
PRIMARY = {"contacts": 2, "deals": 6, "tickets": 25}
UNLABELED = {"contacts": 280, "deals": 342, "tickets": 340}
_STAGES = {
    "deals": [("open1", {"isClosed": "false"}), ("won", {"isClosed": "true", "probability": "1.0"})],
    "tickets": [("1", {"ticketState": "OPEN"}), ("4", {"ticketState": "CLOSED"})],
}


class HubSpotServer(Loopback):
    """Companies `ids` that belong to the first of `users`.

    per_window: calls within `window_s`, None for no limit. whole: ids that make HubSpot refuse the whole
    batch (400) they are in; `refused` ones get an error of their own (207).
    """

    def __init__(self, n: int, users: Sequence[str] = ("7001", "7002", "7003")):
        super().__init__()
        self.users = list(users)
        self.ids = [str(5_000_000_000 + i) for i in range(n)]
        self.records: dict[str, dict[str, dict[str, str | None]]] = {
            "companies": {
                name: {"name": f"Company {i}", OWNER: self.users[0], "annualrevenue": str(1000 * i)}
                for i, name in enumerate(self.ids)
            },
            "contacts": {},
            "deals": {},
            "tickets": {},
        }
        self.below: dict[str, dict[str, list[tuple[str, int]]]] = {kind: {} for kind in PRIMARY}
        self.whole: set[str] = set()
        self.page = 100
        self.per_window: int | None = None
        self.window_s = 10.0
        self._times: deque[float] = deque()

    @property
    def environment(self) -> dict[str, str]:
        return {"HUBSPOT_ACCESS_TOKEN": self.token, "HUBSPOT_API_URL": self.url}

    def snapshot(self) -> bytes:
        """Every record with all its properties."""
        return json.dumps(self.records, sort_keys=True).encode()

    def owner(self, name: str, kind: str = "companies") -> str:
        return self.records[kind][name][OWNER] or ""

    def give(self, name: str, user: str, kind: str = "companies") -> None:
        """Somebody gives a record away by hand."""
        self.records[kind][name][OWNER] = user

    def remove(self, name: str) -> None:
        """Somebody deletes a company."""
        del self.records["companies"][name]

    def put_below(
        self, company: str, kind: str, name: str, owner: str, stage: str = "", primary: bool = True
    ) -> None:
        """A contact, deal or ticket of a company."""
        stage_of = {"deals": "dealstage", "tickets": "hs_pipeline_stage"}
        record: dict[str, str | None] = {OWNER: owner}
        if kind in stage_of:
            record[stage_of[kind]] = stage
        self.records[kind][name] = record
        types = [UNLABELED[kind], PRIMARY[kind]] if primary else [UNLABELED[kind]]
        self.below[kind].setdefault(company, []).extend((name, number) for number in types)

    def is_write(self, request: Request) -> bool:
        return request.path.endswith("/batch/update")

    def throttle(self, policy: str = "TEN_SECONDLY_ROLLING") -> Reply:
        told = {
            "status": "error",
            "message": "You have reached your ten_secondly_rolling limit.",
            "errorType": "RATE_LIMIT",
            "policyName": policy,
        }
        return Reply(429, told, {"Retry-After": str(ASKED_WAIT_S)})

    def work(self, request: Request) -> Reply:
        if self.expired or request.headers.get("Authorization") != f"Bearer {self.token}":
            told = {"status": "error", "message": "The access token is expired.", "category": "EXPIRED_AUTH"}
            return Reply(401, told)
        if self._is_too_fast():
            self.throttled += 1
            return self.throttle()
        answer = self._answer(request)
        if self.per_window is None:
            return answer
        limit = {
            "X-HubSpot-RateLimit-Max": str(self.per_window),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(1000 * self.window_s)),
        }
        return Reply(answer.status, answer.content, limit)

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        while self._times and self._times[0] <= now - self.window_s:
            self._times.popleft()
        self._times.append(now)
        return self.per_window is not None and len(self._times) > self.per_window

    def _answer(self, request: Request) -> Reply:
        match request.method, *request.path.strip("/").split("/"):
            case "GET", "account-info", "v3", "details":
                return Reply(200, {"portalId": 123456, "accountType": "STANDARD", "companyCurrency": "EUR"})
            case "GET", "crm", "v3", "owners":
                return self._page(list(self._people(request.query.get("archived") == "true")), request)
            case "GET", "crm", "v3", "pipelines", kind:
                return Reply(200, {"results": [{"id": "default", "stages": list(_stages(kind))}]})
            case "GET", "crm", "v3", "objects", kind:
                return self._page(list(self._listed(kind)), request)
            case "POST", "crm", "v3", "objects", kind, "batch", "read":
                return self._read(kind, request.json())
            case "POST", "crm", "v3", "objects", kind, "batch", "update":
                return self._update(kind, request.json()["inputs"])
            case "POST", "crm", "v4", "associations", "companies", kind, "batch", "read":
                return self._associations(kind, request.json()["inputs"])
        return Reply(404, {"status": "error", "message": f"no {request.method} {request.path}"})

    def _people(self, archived: bool) -> Iterator[dict[str, Any]]:
        if archived:
            yield {"id": "7099", "email": "gone@example.com", "type": "PERSON", "firstName": "Gone"}
            return
        yield {"id": "7050", "email": "", "type": "QUEUE"}
        for user in self.users:
            yield {"id": user, "email": f"u{user}@example.com", "firstName": "User", "lastName": user}

    def _listed(self, kind: str) -> Iterator[dict[str, Any]]:
        companies = {
            child: [
                {
                    "id": name,
                    "type": "deal_to_company" if number == PRIMARY[kind] else "deal_to_company_unlabeled",
                }
                for number in numbers
            ]
            for name, children in self.below.get(kind, {}).items()
            for child, numbers in _grouped(children).items()
        }
        for name, properties in self.records[kind].items():
            yield {
                "id": name,
                "properties": properties,
                "associations": {"companies": {"results": companies.get(name, [])}},
            }

    def _page(self, records: Sequence[Mapping[str, Any]], request: Request) -> Reply:
        first, size = int(request.query.get("after", 0)), min(self.page, int(request.query["limit"]))
        told: dict[str, Any] = {"results": records[first : first + size]}
        if first + size < len(records):
            told["paging"] = {"next": {"after": str(first + size)}}
        return Reply(200, told)

    def _read(self, kind: str, body: Mapping[str, Any]) -> Reply:
        there = self.records[kind]
        names = [item["id"] for item in body["inputs"]]
        if len(names) > 100:
            return Reply(400, {"status": "error", "category": "VALIDATION_ERROR", "message": "too many"})
        results = [
            {"id": name, "properties": {key: there[name].get(key) for key in body["properties"]}}
            for name in names
            if name in there
        ]
        gone = [name for name in names if name not in there]
        return _multi_status(results, [_fault("OBJECT_NOT_FOUND", "not found", ids=gone)] if gone else [])

    def _update(self, kind: str, inputs: Sequence[Mapping[str, Any]]) -> Reply:
        if len(inputs) > 100 or {item["id"] for item in inputs} & self.whole:
            told = {"status": "error", "category": "VALIDATION_ERROR", "message": "property is not valid"}
            return Reply(400, told)
        results, faults = [], []
        for item in inputs[: self.reach(len(inputs))]:
            name, properties = item["id"], item["properties"]
            if name not in self.records[kind]:
                faults.append(_fault("OBJECT_NOT_FOUND", "not found", ids=[name]))
            elif name in self.refused or properties[OWNER] not in self.users:
                trace = {"objectWriteTraceId": [item["objectWriteTraceId"]]}
                faults.append(_fault("VALIDATION_ERROR", "owner is not valid", **trace))
            else:
                self._write(kind, name, properties)
                results.append({"id": name, "properties": dict(self.records[kind][name])})
        return _multi_status(results, faults)

    def _write(self, kind: str, name: str, properties: Mapping[str, str]) -> None:
        self.records[kind][name].update(properties)
        self.writes.append(name)
        if self.records[kind][name][OWNER] not in self.users:
            self.uncovered.append(name)

    def _associations(self, kind: str, inputs: Sequence[Mapping[str, Any]]) -> Reply:
        if len(inputs) > 1000:
            return Reply(400, {"status": "error", "message": "too many"})
        results, gone = [], []
        for item in inputs:
            children = _grouped(self.below[kind].get(item["id"], []))
            first, names = int(item.get("after", 0)), list(children)
            if not names:
                gone.append(item["id"])
                continue
            told: dict[str, Any] = {
                "from": {"id": item["id"]},
                "to": [
                    {"toObjectId": int(name), "associationTypes": [_type(n) for n in children[name]]}
                    for name in names[first : first + self.page]
                ],
            }
            if first + self.page < len(names):
                told["paging"] = {"next": {"after": str(first + self.page)}}
            results.append(told)
        return _multi_status(results, [_fault("OBJECT_NOT_FOUND", "none", ids=gone)] if gone else [])


def _grouped(children: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    grouped: dict[str, list[int]] = {}
    for name, number in children:
        grouped.setdefault(name, []).append(number)
    return grouped


def _type(number: int) -> dict[str, Any]:
    return {"category": "HUBSPOT_DEFINED", "typeId": number, "label": None}


def _stages(kind: str) -> Iterator[dict[str, Any]]:
    for name, metadata in _STAGES[kind]:
        yield {"id": name, "label": name, "metadata": metadata}


def _fault(category: str, message: str, **context: Any) -> dict[str, Any]:
    return {"status": "error", "category": category, "message": message, "context": context}


def _multi_status(results: Sequence[Any], faults: Sequence[Any]) -> Reply:
    if not faults:
        return Reply(200, {"status": "COMPLETE", "results": results})
    told = {"status": "COMPLETE", "results": results, "numErrors": len(faults), "errors": faults}
    return Reply(207, told)
