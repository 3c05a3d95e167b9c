"""Writing so that a file is there whole or not at all, and so that no cell is taken for a formula."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_RISKY = re.compile(r"^\s*[=+\-@\t\r\n|]|^[\t\r\n]")
_NUMBER = re.compile(r"^[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?$")


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary name beside `path` that takes its place on success and vanishes on failure."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The ending is kept, since writers choose their format by it.
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def safe_cell(text: object) -> str:
    """A text that no spreadsheet runs: what starts like a formula gets an apostrophe; numbers stay.

    Source: OWASP, CSV injection.
    """
    cell = str(text)
    if _RISKY.match(cell) and not _NUMBER.match(cell):
        return "'" + cell
    return cell
