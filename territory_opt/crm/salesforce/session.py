"""An org of Salesforce: where it is, who lets us in, and how it is called.

Addresses, log-in and limits as in the REST API Developer Guide and the Bulk API 2.0 Developer Guide of
Salesforce; see `docs/crm.md` for the pages.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from territory_opt.crm.client import Interrupted, Refused
from territory_opt.crm.http import Credential, Hidden, Http, Response, checked_url, words_of

T = TypeVar("T")
ADDRESS, TOKEN, API_VERSION = "SF_INSTANCE_URL", "SF_ACCESS_TOKEN", "SF_API_VERSION"
CLIENT_ID, CLIENT_SECRET = "SF_CLIENT_ID", "SF_CLIENT_SECRET"
VERSION = "62.0"  # before 53.0 failed rows of a bulk job do not say which record they are about
TIMEOUT_S = 120.0  # how long Salesforce itself lets a call take
#: A refusal (403) that is about the number of calls and not about rights.
_LATER = ("REQUEST_LIMIT_EXCEEDED",)
_ENDED = ("JobComplete", "Failed", "Aborted")
_LONGEST_POLL_S = 10.0


class Session:
    """An org that lets us in.

    poll_s: wait before a job is looked at for the second time; later waits are longer. wait_s: how long a
    job is waited for at a stretch.
    """

    def __init__(self, http: Http, version: str = VERSION, sleep: Callable[[float], None] = time.sleep):
        self.http, self.version = http, version
        self.poll_s, self.wait_s, self.sleep = 0.25, 3600.0, sleep
        self._there: dict[str, bool] = {}

    def call(self, method: str, resource: str, **how: Any) -> Response:
        """The answer to a call to a resource of the REST interface; see `Http.request`."""
        return self.http.request(method, self.path(resource), **how)

    def path(self, resource: str) -> str:
        """The path of a resource; one that is a path already (`nextRecordsUrl`) stays as it is."""
        return resource if resource.startswith("/") else f"/services/data/v{self.version}/{resource}"

    def values(self, resource: str, **how: Any) -> Any:
        """What a resource says, as values."""
        return self.call("GET", resource, **how).json()

    def has(self, sobject: str) -> bool:
        """Whether the org has such records: teams and territories are features that may be off."""
        if sobject not in self._there:
            self._there[sobject] = self.call("GET", f"sobjects/{sobject}", accept=(404,)).status != 404
        return self._there[sobject]

    def ended(self, resource: str) -> Mapping[str, Any]:
        """A job when it has ended, however; Interrupted where it takes longer than `wait_s`."""
        waited, wait = 0.0, self.poll_s
        while True:
            job = self.values(resource)
            if job.get("state") in _ENDED:
                return job
            if waited >= self.wait_s:
                raise Interrupted(f"job {job.get('id')} is still {job.get('state')} after {waited:.0f} s")
            self.sleep(wait)
            waited, wait = waited + wait, min(1.5 * wait, _LONGEST_POLL_S)


def open_session(environment: Mapping[str, str], timeout_s: float = TIMEOUT_S) -> Session:
    """A session by what the environment holds; nobody is spoken to yet.

    Raises Refused naming each variable that is missing or makes no sense.
    """
    version = environment.get(API_VERSION) or VERSION
    if not re.fullmatch(r"[1-9][0-9]\.0", version):
        raise Refused(f"{API_VERSION} is no version: write it as {VERSION}")
    address = environment.get(ADDRESS, "")
    missing = [] if address else [f"{ADDRESS} is missing: set it to https://YOUR-DOMAIN.my.salesforce.com"]
    if not environment.get(TOKEN):
        lacks = [name for name in (CLIENT_ID, CLIENT_SECRET) if not environment.get(name)]
        if lacks:
            lack = " and ".join(lacks)
            missing.append(f"{TOKEN} is missing, and so is {lack}: set the token, or both of the latter")
    if missing:
        raise Refused("; ".join(missing))
    address = checked_url(address, ADDRESS)
    http = Http(address, timeout_s=timeout_s, credential=_credential(environment, address), later=_LATER)
    return Session(http, version)


def _credential(environment: Mapping[str, str], address: str) -> Credential:
    token = environment.get(TOKEN, "")
    if token:
        return Credential(token, TOKEN)
    form = {
        "grant_type": "client_credentials",
        "client_id": environment[CLIENT_ID],
        "client_secret": environment[CLIENT_SECRET],
    }
    content = Hidden(urlencode(form).encode())
    return Credential("", CLIENT_SECRET, lambda: _token(Http(address), content))


def _token(http: Http, content: Hidden) -> str:
    """A token by the client credentials flow; Refused where the app is not known."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = "/services/oauth2/token"
    answer = http.post(path, data=content, headers=headers, accept=(400, 401))
    if answer.status == 200:
        return str(answer.json().get("access_token", ""))
    words = " ".join(words_of(answer).split())
    raise Refused(f"{http.host} does not let us in ({words}). Renew {CLIENT_ID} and {CLIENT_SECRET}")


def pieces(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in runs of at most `size`."""
    return (items[first : first + size] for first in range(0, len(items), size))
