"""CSV in any usual dialect: which letters, which separator, and the cells as texts."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa

from territory_opt.errors import DataError, Issue

_ENCODINGS = ("utf-8", "cp1252", "latin-1")
_SPARE = 8  # cells beyond the header that are still read, to name every row that has them


def damaged(path: Path, table: str, fault: str, mend: str) -> DataError:
    """A file that is no table at all."""
    return DataError(Issue(table, None, "", path.name, fault, mend))


def read_cells(path: Path, table: str) -> tuple[list[pd.Series], int]:
    """The columns of a CSV file, header included, as raw texts; and how many rows stand above them.

    DataError when it holds no text.
    """
    text = _decoded(path, table)
    first = _first_line(text)
    if not first:
        raise damaged(path, table, "is empty", "Fill it in or remove it")
    if first.lower().startswith("sep=") and len(first) == 5:  # Excel's own way of naming the separator
        text = text[text.index(first) + len(first) :]
        text = text.removeprefix("\r").removeprefix("\n")
        return _columns(text, first[-1]), 1
    return _columns(text, max(",;\t|", key=lambda s: len(next(csv.reader([first], delimiter=s))))), 0


def _decoded(path: Path, table: str) -> str:
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") and raw[:4] != b"\xff\xfe\x00\x00":
        text = raw.decode("utf-16")
    else:
        text = next(found for e in _ENCODINGS if (found := _as(raw, e)) is not None)
    if "\x00" in text:  # a binary file, or UTF-16 and UTF-32 without their mark
        raise damaged(path, table, "is not a text file", "Save it as CSV, Excel or Parquet")
    return text.lstrip("\ufeff")


def _as(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:  # never for latin-1
        return None


def _first_line(text: str) -> str:
    """The first line with anything on it, "" when there is none."""
    found = re.search(r"[^\r\n]*[^\s][^\r\n]*", text)
    return found[0] if found else ""


def _columns(text: str, separator: str) -> list[pd.Series]:
    columns = _quick(text, separator)
    return _thorough(text, separator) if columns is None else columns


def _quick(text: str, separator: str) -> list[pd.Series] | None:
    """Arrow's reader, four times as fast; None where the file is not as regular as it needs.

    Every line must be one row with the header's number of cells. Counting the lines makes sure that no
    quotation mark, open by mistake, has swallowed some; the last line is looked at by itself.
    """
    from pyarrow import csv as arrow

    raw = text.encode("utf-8")
    width = len(next(csv.reader([_first_line(text)], delimiter=separator)))
    names = [str(i) for i in range(width)]
    try:
        cells = arrow.read_csv(
            pa.BufferReader(raw),
            read_options=arrow.ReadOptions(column_names=names, block_size=1 << 24),
            parse_options=arrow.ParseOptions(
                delimiter=separator, newlines_in_values=True, ignore_empty_lines=False
            ),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, null_values=[]
            ),
        )
    except pa.ArrowInvalid:
        return None
    if cells.num_rows != raw.count(b"\n") + (not raw.endswith(b"\n")) or _ends_open(raw, separator):
        return None
    return [column.to_pandas() for column in cells.columns]


def _ends_open(raw: bytes, separator: str) -> bool:
    """Whether the last line has a quotation mark that is never closed: a file that was cut off, say."""
    last = raw.rstrip(b"\r\n").rpartition(b"\n")[2].decode("utf-8")
    try:
        list(csv.reader([last], delimiter=separator, strict=True))
    except csv.Error:
        return True
    return False


def _thorough(text: str, separator: str) -> list[pd.Series]:
    """Rows of any length, line breaks inside quotes, and an error that names the row of an open quote."""
    width = len(next(csv.reader([_first_line(text)], delimiter=separator), [])) + _SPARE
    cells = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        header=None,
        names=range(width),
        index_col=False,
        dtype="str",
        keep_default_na=False,
        skip_blank_lines=False,
    )
    return [cells[i] for i in cells.columns]
