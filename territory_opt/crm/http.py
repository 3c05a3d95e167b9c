"""One way to ask a system over HTTP: how long to wait, what counts as silence, and what as a no.

A call that got no answer, or an answer that asks for patience (408, 425, 429, 5xx), raises Interrupted: what
it did is not known, or it did nothing and may be made again later. Any other no raises Refused. Nothing is
sent twice from here: who asked knows what may be asked again.

Proxies and certificates come from the environment as for every other program (HTTPS_PROXY,
REQUESTS_CA_BUNDLE); a log-in from .netrc never replaces the one given here; loopback is asked directly.
Redirects are not followed: a redirected write would become a read, and a token could leave its host.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

from territory_opt.crm.client import Interrupted, Refused

CONNECT_S, CHUNK_BYTES = 10.0, 1 << 20
_PATIENCE = frozenset({408, 425, 429})
_LONGEST = 300  # characters of what a system says that a message repeats
_SCHEMES = ("http", "https")


class Hidden:
    """What a call carries when it holds a secret: bytes that no repr or traceback shows."""

    __slots__ = ("_content",)

    def __init__(self, content: bytes):
        self._content = content

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        yield self._content

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


class Credential:
    """A token that no message, repr or traceback shows.

    token: "" where `renew` gives the first one, when it is needed. variable: the environment variable to
    renew when it lets us in no more. renew: gives a new token where the system hands them out (client
    credentials), else None.

    Raises Refused for a text that cannot be a token.
    """

    __slots__ = ("_renew", "_token", "variable")

    def __init__(self, token: str, variable: str, renew: Callable[[], str] | None = None):
        self.variable, self._renew = variable, renew
        self._token = "" if renew is not None and not token else token_of(token, variable)

    def is_ready(self) -> bool:
        """Whether there is a token, fetched now where there was none."""
        return bool(self._token) or self.renewed()

    def renewed(self) -> bool:
        """Whether there is a new token now."""
        if self._renew is None:
            return False
        self._token = token_of(self._renew(), self.variable)
        return True

    def hidden(self, text: str) -> str:
        """The text without the token, should a system repeat it."""
        return text.replace(self._token, "…") if self._token else text

    def filled(self, template: str, place: str) -> Hidden:
        """A content that carries the token itself, where `place` stands in the template."""
        return Hidden(template.replace(place, self._token).encode())

    def __call__(self, request: Any) -> Any:
        """Sign a request: `requests` calls it as its `auth`, which also keeps .netrc out."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __repr__(self) -> str:
        return f"<credential from {self.variable}>"


def token_of(text: str, variable: str) -> str:
    """A token without the blanks around it; Refused where it is empty or holds what no header may."""
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Refused(f"{variable} holds no token: set it to the token alone, on one line") from None
    return token


@dataclass(frozen=True)
class Response:
    """What a system answered; headers are found in capitals and small letters alike."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The content as text (UTF-8)."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The content as values; Interrupted when it is no JSON, since then it is no answer to the call."""
        import json

        try:
            return json.loads(self.content)
        except ValueError:
            pass
        raise Interrupted(f"the answer ({self.status}) is no JSON: is the address that of the system?")


class Http:
    """A system at an address.

    base_url: scheme and host, may end in a path. headers: sent with every call. timeout_s: longest silence.
    later: words of the system in a 403 that ask for patience and do not mean rights.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 60.0,
        credential: Credential | None = None,
        later: Collection[str] = (),
    ):
        import requests

        self.base_url, self.timeout_s = checked_url(base_url), timeout_s
        self.credential, self.later = credential, tuple(later)
        self.host = urlsplit(self.base_url).netloc
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": "territory_opt", **(headers or {})})
        self._session.auth = credential or _unsigned
        self._session.trust_env = not _is_loopback(urlsplit(self.base_url).hostname or "")

    def get(self, path: str, **how: Any) -> Response:
        """See `request`."""
        return self.request("GET", path, **how)

    def post(self, path: str, **how: Any) -> Response:
        """See `request`."""
        return self.request("POST", path, **how)

    def patch(self, path: str, **how: Any) -> Response:
        """See `request`."""
        return self.request("PATCH", path, **how)

    def put(self, path: str, **how: Any) -> Response:
        """See `request`."""
        return self.request("PUT", path, **how)

    def delete(self, path: str, **how: Any) -> Response:
        """See `request`."""
        return self.request("DELETE", path, **how)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: bytes | BinaryIO | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        into: BinaryIO | None = None,
    ) -> Response:
        """The answer to one call.

        path: below the base URL, or a full address on the same host. data: bytes, a file or parts of one.
        accept: statuses that are an answer although they are no success. into: a file that takes the content
        piece by piece; the response then holds none.

        Raises Interrupted or Refused, see above.
        """
        what: dict[str, Any] = {"params": params, "json": json, "data": data, "headers": headers}
        url, credential = self._url(path), self.credential
        if credential is not None:
            credential.is_ready()
        response = self._answer(method, url, what, into)
        if response.status == 401 and credential is not None and credential.renewed():
            response = self._answer(method, url, what, into)
        if 200 <= response.status < 300 or response.status in accept:
            return response
        raise self._no(response)

    def _url(self, path: str) -> str:
        url = urljoin(self.base_url.rstrip("/") + "/", path) if path else self.base_url
        if urlsplit(url)[:2] != urlsplit(self.base_url)[:2]:
            raise Refused(f"{self.host} sends us to another host, {urlsplit(url).netloc}: not followed")
        return url

    def _answer(self, method: str, url: str, what: dict[str, Any], into: BinaryIO | None) -> Response:
        """One exchange; errors are raised outside `except`: no traceback leads to frames with the token."""
        import requests

        start = into.tell() if into is not None else 0
        wait = (CONNECT_S, self.timeout_s)
        error: Interrupted | Refused
        try:
            got = self._session.request(
                method, url, **what, timeout=wait, allow_redirects=False, stream=into is not None
            )
            with got:
                if into is None or not got.ok:
                    return Response(got.status_code, got.headers, got.content)
                for chunk in got.iter_content(CHUNK_BYTES):
                    into.write(chunk)
                return Response(got.status_code, got.headers, b"")
        except requests.exceptions.SSLError:
            error = Refused(f"the certificate of {self.host} is not trusted: set REQUESTS_CA_BUNDLE")
        except requests.exceptions.Timeout:
            error = Interrupted(f"{self.host} was silent for {self.timeout_s:g} s")
        except (requests.exceptions.RequestException, OSError) as fault:
            error = Interrupted(f"{self.host} cannot be reached ({type(fault).__name__})")
        if into is not None:
            into.seek(start)
            into.truncate()
        raise error

    def _no(self, response: Response) -> Interrupted | Refused:
        """What a status that is no success means."""
        said = self._said(response)
        status = f"{response.status}: {said}" if said else f"{response.status}"
        waits = response.status == 403 and any(word in said for word in self.later)
        if response.status in _PATIENCE or response.status >= 500 or waits:
            after_s = seconds_to_wait(response.headers.get("Retry-After", ""))
            return Interrupted(f"{self.host} asks to wait ({status})", after_s)
        variable = self.credential.variable if self.credential is not None else "the log-in"
        if response.status == 401:
            return Refused(f"{self.host} does not let us in ({status}). Renew {variable}")
        if response.status == 403:
            return Refused(f"{self.host} forbids it ({status}). Renew {variable}, or ask for the rights")
        if response.status < 400:
            return Refused(f"{self.host} has moved ({status}): correct the address")
        return Refused(f"{self.host} refuses the call ({status})")

    def _said(self, response: Response) -> str:
        words = " ".join(words_of(response).split())
        words = "".join(letter for letter in words if letter.isprintable())
        if self.credential is not None:
            words = self.credential.hidden(words)
        return words[:_LONGEST]


def words_of(response: Response) -> str:
    """The system's own words in an error, wherever it puts them; "" where there are none.

    Salesforce: `[{"errorCode", "message"}]`; Dataverse: `{"error": {"code", "message"}}`; HubSpot:
    `{"category", "message"}`; log-ins: `{"error", "error_description"}`.
    """
    try:
        told = response.json()
    except Interrupted:
        return ""
    if isinstance(told, list) and told:
        told = told[0]
    if isinstance(told, dict) and isinstance(told.get("error"), dict):
        told = told["error"]
    if not isinstance(told, dict):
        return ""
    names = ("errorCode", "code", "category", "error", "message", "error_description")
    return " ".join(str(told[name]) for name in names if told.get(name))


def seconds_to_wait(header: str) -> float | None:
    """What `Retry-After` asks for, seconds or a date (RFC 9110, 10.2.3); None where it says nothing."""
    try:
        return max(0.0, float(header)) if header.strip().isdigit() else _until(header)
    except (ValueError, TypeError, OverflowError):
        return None


def _until(header: str) -> float:
    when = parsedate_to_datetime(header)
    when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def checked_url(url: str, variable: str = "the address") -> str:
    """An address that a token may be sent to: https, or this machine; Refused otherwise."""
    parts = urlsplit(url.strip())
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.username or parts.password:
        raise Refused(f"{variable} is no address: write it as https://example.com")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise Refused(f"{variable} must begin with https: a token would be readable on the way")
    return url.strip()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _unsigned(request: Any) -> Any:
    """No log-in at all, not one from .netrc either."""
    return request
