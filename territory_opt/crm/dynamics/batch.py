"""`$batch` of the Web API: many requests in one, each with an answer of its own (OData 4.0, part 1, 11.7).

What belongs together goes as a change set: all of it happens, or nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from territory_opt.crm.client import Interrupted
from territory_opt.crm.http import Response, words_of

MOST = 1000  # requests in a batch
_EOL = b"\r\n"
_BOUNDARY = re.compile(rb'boundary="?([^";\s]+)')
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass(frozen=True)
class Part:
    """A request that writes: a full path, headers, and values that are sent as JSON."""

    method: str
    path: str
    content: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What became of a part or of a change set."""

    status: int
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300


def encoded(sets: Sequence[Sequence[Part]]) -> tuple[str, bytes]:
    """Content type and content of a batch; of each set all or nothing happens."""
    boundary = f"batch_{uuid4()}"
    content = b"".join(_item(boundary, parts) for parts in sets)
    return f'multipart/mixed; boundary="{boundary}"', content + f"--{boundary}--\r\n".encode()


def _item(boundary: str, parts: Sequence[Part]) -> bytes:
    if len(parts) == 1:
        return _request(boundary, parts[0], "")
    inner = f"changeset_{uuid4()}"
    head = f'--{boundary}\r\nContent-Type: multipart/mixed; boundary="{inner}"\r\n\r\n'
    requests = b"".join(_request(inner, part, f"Content-ID: {i}\r\n") for i, part in enumerate(parts, 1))
    return head.encode() + requests + f"--{inner}--\r\n\r\n".encode()


def _request(boundary: str, part: Part, more: str) -> bytes:
    headers = {"Content-Type": "application/json; type=entry", **part.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{more}\r\n"
    )
    return f"{head}{part.method} {part.path} HTTP/1.1\r\n{lines}\r\n{json.dumps(part.content)}\r\n".encode()


def decoded(response: Response, n: int) -> list[Answer]:
    """The answers to n sets, in their order; Interrupted when there are fewer, since then some are not known.

    A change set that failed has one answer, that of the request that failed.
    """
    content_type = response.headers.get("Content-Type", "").encode()
    answers = [_answer(item) for item in _items(content_type, response.content)]
    if len(answers) != n:
        raise Interrupted(f"{len(answers)} of {n} requests of a batch were answered")
    return answers


def _items(content_type: bytes, content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Head and content of each item of a multipart content."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise Interrupted("the answer to a batch has no parts")
    for item in content.split(b"--" + boundary[1])[1:]:
        if item.startswith(b"--"):
            return
        head, _, rest = item.partition(_EOL * 2)
        yield head, rest
    raise Interrupted("the answer to a batch is cut short")


def _answer(item: tuple[bytes, bytes]) -> Answer:
    head, content = item
    if b"multipart/mixed" in head:
        answers = [_answer(inner) for inner in _items(head, content)]
        return next((one for one in answers if not one.ok), answers[0] if answers else Answer(204))
    status = _STATUS.match(content.lstrip())
    if status is None:
        raise Interrupted("an answer in a batch cannot be read")
    lines, _, body = content.partition(_EOL * 2)
    told = (line.partition(b":") for line in lines.split(_EOL)[1:])
    headers = {name.decode("latin-1").strip(): value.decode("latin-1").strip() for name, _, value in told}
    number = int(status[1])
    return Answer(number, words_of(Response(number, headers, body.strip())), headers)
