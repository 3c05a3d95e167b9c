"""An HTTP server on loopback with accounts in it: what the test servers of all vendors share.

It fails as it is told, and watches on every write that no account is ever without coverage.
"""

from __future__ import annotations

import json
import socket
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

ASKED_WAIT_S = 7  # Retry-After of a 429
SILENCE_S = 1.0  # longer than the patience of the clients in tests
#: What a call may meet: before the work (nothing is done), in the middle of it, or after it (all is done).
BEFORE = ("429", "500", "drop")
MIDDLE = ("half",)
AFTER = ("500 after", "drop after", "slow")
FAULTS = (*BEFORE, *MIDDLE, *AFTER)


@dataclass(frozen=True)
class Request:
    """A call as it came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer; `content` is JSON unless `headers` say otherwise."""

    status: int
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        if self.content is None:
            return b""
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


class Loopback(ABC):
    """A system at `url`.

    faults: what the next writing calls meet, "" for nothing; read_faults: the same for reading ones.
    on_kill: called by the faults "kill" (after the work) and "die" (before it), to end who asked.
    before_write: called once, right before the next writing call does its work.
    writes: ids of accounts that a call gave to another owner, in order. uncovered: ids of accounts that were
    without coverage at any moment. calls: writing calls that came in.
    """

    token = "secret-3f9a-planted"

    def __init__(self) -> None:
        self.faults: deque[str] = deque()
        self.read_faults: deque[str] = deque()
        self.on_kill: Callable[[], None] = lambda: None
        self.before_write: Callable[[], None] | None = None
        self.writes: list[str] = []
        self.uncovered: list[str] = []
        self.refused: set[str] = set()
        self.calls = self.throttled = 0
        self.expired = False
        self.share = 1.0  # of a batch that the present call comes to
        self._lock = Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()

    @abstractmethod
    def is_write(self, request: Request) -> bool:
        """Whether a call may change anything."""

    @abstractmethod
    def work(self, request: Request) -> Reply:
        """Do what a call asks for."""

    @abstractmethod
    def throttle(self) -> Reply:
        """How the system says: too many calls."""

    def reach(self, n: int) -> int:
        """How many records of a batch the present call comes to before it breaks off."""
        return int(n * self.share)

    def reply(self, request: Request) -> Reply | None:
        """The answer to a call, None for a connection that breaks."""
        writes = self.is_write(request)
        with self._lock:
            self.calls += writes
            faults = self.faults if writes else self.read_faults
            fault = faults.popleft() if faults else ""
            if fault == "die":
                self.on_kill()
            if fault == "429":
                self.throttled += 1
                return self.throttle()
            if fault in BEFORE or fault == "die":
                return None if fault != "500" else Reply(500, {"message": "internal error"})
            if writes and self.before_write is not None:
                meanwhile, self.before_write = self.before_write, None
                meanwhile()
            self.share = 0.5 if fault == "half" else 1.0
            answer = self.work(request)
        return self._after(fault, answer)

    def _after(self, fault: str, answer: Reply) -> Reply | None:
        if fault == "kill":
            self.on_kill()
        if fault == "slow":
            time.sleep(SILENCE_S)
        if fault == "500 after":
            return Reply(502, {"message": "bad gateway"})
        return None if fault in ("half", "drop after", "kill") else answer


def _handler(server: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = server.reply(Request(self.command, self.path, self.headers, body))
            if answer is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content = answer.encoded()
            try:
                self.send_response(answer.status)
                for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                self.wfile.flush()
            except OSError:
                self.close_connection = True  # who asked has gone

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

        def log_message(self, *_: Any) -> None:
            """Nothing: tests read no log."""

    return Handler
