"""Asking a system over real HTTP: what is silence, what is a no, and that the token is never seen."""

from __future__ import annotations

import io
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep

import pytest

from territory_opt.crm import Interrupted, Refused
from territory_opt.crm.http import Credential, Http, Response, seconds_to_wait

TOKEN = "00D!planted.token"
WORDS = {
    "list": '[{"errorCode":"INVALID_FIELD","message":"No such\\ncolumn"}]',
    "nested": '{"error":{"code":"0x80040217","message":"is not there"}}',
    "flat": '{"status":"error","category":"VALIDATION_ERROR","message":"is not valid"}',
    "login": '{"error":"invalid_grant","error_description":"no client"}',
    "echo": f'{{"message":"you sent {TOKEN}"}}',
    "page": "<html>Down for maintenance</html>",
    "busy": '[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"too many"}]',
}


class Answers(BaseHTTPRequestHandler):
    """`/STATUS/WORDS` answers with them; some words do other things."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        status, words = self.path.split("?")[0].strip("/").split("/")
        self.server.seen.append(f"{self.command} {self.headers.get('Authorization')}")
        if words == "drop":
            self.close_connection = True
            return
        if words == "slow":
            sleep(0.6)
        body = WORDS.get(words, "x" * 3_000_000 if words == "long" else "[]").encode()
        if status == "401" and self.headers["Authorization"] == "Bearer fresh":
            status = "200"
        self.send_response(int(status))
        if words == "elsewhere":
            self.send_header("Location", "http://example.com/")
        if words == "wait":
            self.send_header("Retry-After", "7")
        self.send_header("Content-Length", str(len(body) + (9 if words == "cut" else 0)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = words == "cut"

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET


class Server(ThreadingHTTPServer):
    """Answers, and what it was asked."""

    daemon_threads = True
    seen: list[str]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Answers)
    server.seen = []
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def http(server: Server) -> Http:
    server.seen.clear()
    address = f"http://127.0.0.1:{server.server_port}/"
    return Http(
        address, timeout_s=0.3, credential=Credential(f" {TOKEN}\n", "SF_ACCESS_TOKEN"), later=("LIMIT",)
    )


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_system_that_asks_for_patience_gets_it(http: Http, status: int) -> None:
    with pytest.raises(Interrupted, match=str(status)) as told:
        http.post(f"{status}/wait")
    assert told.value.after_s == 7.0


@pytest.mark.parametrize("words", ["drop", "slow", "cut"])
def test_no_answer_is_silence_and_nothing_is_sent_twice(http: Http, server: Server, words: str) -> None:
    with pytest.raises(Interrupted, match=r"silent|cannot be reached"):
        http.patch(f"200/{words}")
    assert len(server.seen) == 1


def test_nobody_there_is_silence() -> None:
    with pytest.raises(Interrupted, match="cannot be reached"):
        Http("http://127.0.0.1:9", timeout_s=0.3).get("x")


@pytest.mark.parametrize(
    ("status", "words", "line"),
    [
        (401, "list", r"does not let us in \(401: INVALID_FIELD No such column\)\. Renew SF_ACCESS_TOKEN"),
        (403, "flat", r"forbids it \(403: VALIDATION_ERROR is not valid\)\. Renew SF_ACCESS_TOKEN, or ask"),
        (400, "login", r"refuses the call \(400: invalid_grant no client\)"),
        (404, "nested", r"refuses the call \(404: 0x80040217 is not there\)"),
        (400, "page", r"refuses the call \(400\)"),
        (302, "elsewhere", r"has moved \(302\)"),
    ],
)
def test_a_no_is_one_line_in_the_systems_words(http: Http, status: int, words: str, line: str) -> None:
    with pytest.raises(Refused, match=line) as told:
        http.get(f"{status}/{words}")
    assert "\n" not in str(told.value)


def test_a_limit_is_no_lack_of_rights(http: Http) -> None:
    with pytest.raises(Interrupted, match="REQUEST_LIMIT_EXCEEDED"):
        http.get("403/busy")


def test_statuses_that_are_answers_are_given(http: Http) -> None:
    assert http.get("404/nested", accept=(404,)).status == 404
    assert http.get("200/x").json() == []
    with pytest.raises(Interrupted, match="no JSON"):
        http.get("200/page").json()


def test_a_long_answer_goes_to_a_file_piece_by_piece(http: Http) -> None:
    file = io.BytesIO(b"before")
    file.seek(6)
    assert http.get("200/long", into=file).content == b""
    assert len(file.getvalue()) == 3_000_006
    for path in ("200/cut", "500/long"):
        file = io.BytesIO(b"before")
        file.seek(6)
        with pytest.raises(Interrupted):
            http.get(path, into=file)
        assert file.getvalue() == b"before"  # nothing half-written


@pytest.mark.parametrize("path", ["401/echo", "403/echo", "400/echo", "500/echo", "200/drop", "200/slow"])
def test_the_token_is_sent_and_never_seen(
    http: Http, server: Server, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    with pytest.raises((Interrupted, Refused)) as told:
        http.get(path)
    assert f"GET Bearer {TOKEN}" in server.seen
    whole = traceback.TracebackException.from_exception(told.value, capture_locals=True)
    shown = "".join(whole.format()) + repr(told.value) + repr(http.credential) + caplog.text
    assert "planted" not in shown.replace(f"{TOKEN!r}", "")
    assert told.value.__context__ is None  # a richer traceback finds no frames with headers either
    assert "planted" not in repr(Response(200, {"X": TOKEN}, TOKEN.encode()))


def test_a_new_token_is_fetched_once(server: Server) -> None:
    server.seen.clear()
    tokens = ["stale", "fresh"]
    address = f"http://127.0.0.1:{server.server_port}"
    http = Http(address, credential=Credential("old", "SF_CLIENT_SECRET", lambda: tokens.pop()))
    assert http.post("401/x").status == 200
    assert server.seen == ["POST Bearer old", "POST Bearer fresh"]
    tokens += ["fresh", "stale", "stale"]
    again = Http(address, credential=Credential("old", "SF_CLIENT_SECRET", lambda: tokens.pop()))
    with pytest.raises(Refused, match="Renew SF_CLIENT_SECRET"):
        again.get("401/x")
    assert len(server.seen) == 4


@pytest.mark.parametrize("token", ["", "  ", "two words", "a\nb: c", "é", "a\x00b"])
def test_what_cannot_be_a_token_is_said_without_showing_it(token: str) -> None:
    with pytest.raises(
        Refused, match=r"^SF_ACCESS_TOKEN holds no token: set it to the token alone, on one line$"
    ):
        Credential(token, "SF_ACCESS_TOKEN")


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://example.com", "https"),
        ("example.com", "is no address"),
        ("https://me:pw@example.com", "is no address"),
        ("ftp://example.com", "is no address"),
    ],
)
def test_a_token_goes_over_https_or_not_at_all(url: str, fault: str) -> None:
    with pytest.raises(Refused, match=fault) as told:
        Http(url)
    assert "pw" not in str(told.value)


def test_a_token_does_not_leave_its_host(http: Http, server: Server) -> None:
    for path in (
        "https://example.com/next",
        "//example.com/next",
        f"https://127.0.0.1:{server.server_port}/x",
    ):
        with pytest.raises(Refused, match="another host"):
            http.get(path)
    assert server.seen == []
    assert http.get(f"http://127.0.0.1:{server.server_port}/200/x").status == 200


def test_a_login_file_does_not_replace_the_token(
    server: Server, http: Http, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password other\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    http._session.trust_env = True  # as for a host that is not this machine
    http.get("200/x")
    assert server.seen == [f"GET Bearer {TOKEN}"]


def test_seconds_to_wait_are_read_in_both_forms() -> None:
    assert seconds_to_wait("120") == 120.0
    assert seconds_to_wait("") is None
    assert seconds_to_wait("soon") is None
    assert seconds_to_wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    then = datetime.now(UTC) + timedelta(seconds=30)
    assert seconds_to_wait(format_datetime(then, usegmt=True)) == pytest.approx(30, abs=2)
