"""Writing so that a file is there whole or not at all, shows its letters right, and runs nothing."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from territory_opt.disk import sync_folder
from territory_opt.problem import TextArray

_SIGNS = "=+-@|＝＋－＠"  # the wide forms start a formula in East Asian editions of Excel
_RISKY = re.compile(rf"\s*[{re.escape(_SIGNS)}]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?")


#: The one rule for CSV files: what people open starts with a byte-order mark, since Excel reads a file
#: without it in the letters of the country and garbles every accent; what programs load has none, so that the
#: first column keeps its name. Our own reader takes both; standard output has none.
MARKED, UNMARKED = "utf-8-sig", "utf-8"
_FOR_PROGRAMS = frozenset({"alignment.csv", "area_alignment.csv", "trace.csv"})


def csv_encoding(path: str | Path) -> str:
    """The encoding of one of our CSV files, by the rule above."""
    return UNMARKED if Path(path).name in _FOR_PROGRAMS else MARKED


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary name beside `path` that takes its place on success and vanishes on failure.

    The file is on the disk before it takes the place, so that not even a power cut leaves an empty one there.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The ending is kept, since writers choose their format by it.
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield temporary
        _sync_file(temporary)
        os.replace(temporary, path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_file(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def safe_cell(text: object) -> str:
    """A text that no spreadsheet runs: what starts like a formula gets an apostrophe; numbers stay.

    Source: OWASP, CSV injection.
    """
    cell = str(text)
    if _RISKY.match(cell) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def safe_cells(texts: Iterable[object]) -> TextArray:
    """`safe_cell` for a whole column, dtype object; only cells that start suspiciously are looked at."""
    cells = [str(text) for text in texts]
    array = np.empty(len(cells), dtype=object)
    array[:] = [safe_cell(c) if c[:1].isspace() or (c and c[0] in _SIGNS) else c for c in cells]
    return array


def unguarded(cell: str) -> str:
    """The text that `safe_cell` was given, so that what we write reads back as it was."""
    return cell[1:] if cell[:1] == "'" and safe_cell(cell[1:]) == cell else cell
