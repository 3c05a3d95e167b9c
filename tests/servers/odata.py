"""What of OData 4.0 the Dataverse test server understands: filters, and batches as multipart content."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
Test = Callable[[Row], bool]
_WORD = re.compile(r"\s*(\(|\)|'(?:[^']|'')*'|[^\s()]+)")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BOUNDARY = re.compile(r'boundary="?([^";\s]+)')


class BadRequest(Exception):
    """What the server answers with 400."""


def test_of(text: str) -> Test:
    """A filter: `eq` between a column and a value, `and`, `or`, brackets."""
    words = _WORD.findall(text)
    test, rest = _either(words)
    if rest:
        raise BadRequest(f"a filter goes on with {rest[0]}")
    return test


def guids_in(text: str) -> set[str]:
    """Every GUID that a filter names."""
    return set(_GUID.findall(text))


def _either(words: list[str]) -> tuple[Test, list[str]]:
    test, words = _both(words)
    tests = [test]
    while words and words[0] == "or":
        test, words = _both(words[1:])
        tests.append(test)
    return (lambda row: any(one(row) for one in tests)), words


def _both(words: list[str]) -> tuple[Test, list[str]]:
    test, words = _one(words)
    tests = [test]
    while words and words[0] == "and":
        test, words = _one(words[1:])
        tests.append(test)
    return (lambda row: all(one(row) for one in tests)), words


def _one(words: list[str]) -> tuple[Test, list[str]]:
    if words[:1] == ["("]:
        test, words = _either(words[1:])
        if words[:1] != [")"]:
            raise BadRequest("a bracket is not closed")
        return test, words[1:]
    if len(words) < 3 or words[1] != "eq":
        raise BadRequest(f"no condition: {' '.join(words[:3])}")
    column, value = words[0], _value(words[2])
    return (lambda row: row.get(column) == value), words[3:]


def _value(word: str) -> Any:
    if word.startswith("'"):
        return word[1:-1].replace("''", "'")
    if word in ("null", "true", "false"):
        return {"null": None, "true": True, "false": False}[word]
    if _GUID.fullmatch(word):
        return word
    if word.isdigit():
        return int(word)
    raise BadRequest(f"no value: {word}")


@dataclass(frozen=True)
class Inner:
    """A request within a batch."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes
    number: str = ""


@dataclass(frozen=True)
class Said:
    """The answer to one of them."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    number: str = ""


def requests_of(content_type: str, content: bytes) -> list[Inner | list[Inner]]:
    """The items of a batch in their order; a change set is a list. Lines must end as HTTP has it."""
    if b"\n" in content.replace(b"\r\n", b""):
        raise BadRequest("lines must end with CRLF")
    items: list[Inner | list[Inner]] = []
    for head, rest in _items(content_type, content):
        if "multipart/mixed" in head.get("content-type", ""):
            inner = [_request(*item) for item in _items(head["content-type"], rest)]
            if not all(one.number for one in inner) or len({one.number for one in inner}) < len(inner):
                raise BadRequest("requests of a change set need a Content-ID each")
            if any(one.method == "GET" for one in inner):
                raise BadRequest("a change set holds no GET")
            items.append(inner)
        else:
            items.append(_request(head, rest))
    return items


def _items(content_type: str, content: bytes) -> Iterator[tuple[Mapping[str, str], bytes]]:
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise BadRequest("no boundary")
    mark = f"--{boundary[1]}".encode()
    first, *items = (b"\r\n" + content).split(b"\r\n" + mark)
    if first.strip() or not items or not items[-1].startswith(b"--"):
        raise BadRequest("the batch is not closed")
    for item in items[:-1]:
        head, _, rest = item.lstrip(b"\r\n").partition(b"\r\n\r\n")
        yield _headers(head), rest


def _headers(head: bytes) -> Mapping[str, str]:
    lines = (line.partition(":") for line in head.decode().split("\r\n") if line)
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _request(head: Mapping[str, str], content: bytes) -> Inner:
    if head.get("content-type") != "application/http" or head.get("content-transfer-encoding") != "binary":
        raise BadRequest("a part must be application/http, binary")
    line, _, rest = content.partition(b"\r\n")
    lines, _, body = rest.partition(b"\r\n\r\n")
    method, path, version = line.decode().split(" ")
    if version != "HTTP/1.1":
        raise BadRequest("no request line")
    return Inner(method, path, _headers(lines), body.strip(), head.get("content-id", ""))


def batch_of(answers: list[Said | list[Said]]) -> tuple[str, bytes]:
    """Content type and content of the answer to a batch; a change set that was done is a list."""
    return _multipart("batchresponse_1", "changesetresponse_1", answers)


def _multipart(mark: str, inner_mark: str, answers: Any) -> tuple[str, bytes]:
    parts = []
    for answer in answers:
        if isinstance(answer, list):
            content_type, content = _multipart(inner_mark, "", answer)
            parts.append(f"--{mark}\r\nContent-Type: {content_type}\r\n\r\n".encode() + content + b"\r\n")
        else:
            parts.append(f"--{mark}\r\n".encode() + _response(answer))
    return f"multipart/mixed; boundary={mark}", b"".join(parts) + f"--{mark}--\r\n".encode()


def _response(answer: Said) -> bytes:
    number = f"Content-ID: {answer.number}\r\n" if answer.number else ""
    headers = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{number}\r\n"
    return f"{head}HTTP/1.1 {answer.status} Said\r\n{headers}\r\n".encode() + answer.content + b"\r\n"
