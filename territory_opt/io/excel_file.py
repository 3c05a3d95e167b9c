"""Excel and its like: which sheets there are, and a sheet's cells as Python values."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from territory_opt.errors import DataError, Issue

# Some programs write the names of elements with a prefix: <x:c>.
_FAILED = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>((?:(?!</(?:\w+:)?c>).)*)</(?:\w+:)?c>', re.S)
_PLACE, _SIGN = re.compile(rb'\br="([A-Z]+)(\d+)"'), re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_PARAGRAPH = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
_MAY_HAVE_FAILED = re.compile(rb'value-type="error"|:p\b[^>]*>(?:#|Err:)')
_FAILED_TEXT = re.compile(r"#\S+|Err:\d+")
_OLE = b"\xd0\xcf\x11\xe0"  # how .xls begins, and any workbook with a password
_CHUNK = 1 << 22
_LONGEST = 1 << 16  # bytes of one cell's XML; a formula has at most 8,192 characters


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook; an exception of the reader's where it is damaged."""
    from python_calamine import CalamineWorkbook

    return list(CalamineWorkbook.from_path(str(path)).sheet_names)


def read_rows(path: Path, table: str) -> list[list[Any]]:
    """The rows of the sheet called like the table, else of the first one, from cell A1 on; "" is empty.

    A formula that failed gives its sign (#N/A …). The reader of cells leaves those empty or makes them 0, so
    that an owner whose lookup failed would silently be nobody; they are found in the sheet itself, in .xlsx,
    .xlsm and .ods. DataError for other kinds, where they cannot be seen.
    """
    from python_calamine import CalamineWorkbook

    _refuse_blind(path, table)
    book = CalamineWorkbook.from_path(str(path))
    sheet = table if table in book.sheet_names else book.sheet_names[0]
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    for row, column, sign in _failed_formulas(path, sheet):
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = sign
    return rows


def _refuse_blind(path: Path, table: str) -> None:
    """A workbook whose failed formulas look like empty cells."""
    with path.open("rb") as file:
        blind = file.read(len(_OLE)) == _OLE
    if not blind and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            blind = "xl/workbook.bin" in parts.namelist()
    if blind:
        fault = "is .xls, .xlsb or has a password: a failed formula in it would be read as an empty cell"
        mend = "Save it as .xlsx without a password, or as CSV"
        raise DataError(Issue(table, None, "", path.name, fault, mend))


def _failed_formulas(path: Path, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Row, column (from 0) and sign of each failed formula of a sheet."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as parts:
        if "content.xml" in parts.namelist():
            yield from _failed_in_ods(parts.read("content.xml"), sheet)
        elif part := _part_of(parts, sheet):
            with parts.open(part) as file:
                yield from _failed_in_xlsx(file)


def _failed_in_xlsx(file: IO[bytes]) -> Iterator[tuple[int, int, str]]:
    rest = b""
    while chunk := file.read(_CHUNK):
        text = rest + chunk
        done = 0
        for found in _FAILED.finditer(text) if b't="e"' in text else ():
            done = found.end()
            place, sign = _PLACE.search(found[1]), _SIGN.search(found[2])
            if place and sign:
                yield int(place[2]) - 1, _column(place[1]), sign[1].decode("utf-8", "replace")
        rest = text[max(done, len(text) - _LONGEST) :]


def _failed_in_ods(content: bytes, sheet: str) -> Iterator[tuple[int, int, str]]:
    """LibreOffice marks them as errors; other programs only show their sign below a formula."""
    if not _MAY_HAVE_FAILED.search(content):
        return
    row, here = 0, False
    for event, node in ElementTree.iterparse(io.BytesIO(content), ("start", "end")):
        if event == "start":
            if node.tag == f"{_TABLE}table":
                row, here = 0, node.get(f"{_TABLE}name") == sheet
        elif node.tag == f"{_TABLE}table-row":
            if here:
                yield from ((row, column, sign) for column, sign in _failed_in_row(node))
            row += int(node.get(f"{_TABLE}number-rows-repeated", "1"))
            node.clear()


def _failed_in_row(row: ElementTree.Element) -> Iterator[tuple[int, str]]:
    column = 0
    for cell in row:
        text = cell.findtext(_PARAGRAPH, "")
        if cell.get(f"{_TABLE}formula") and _FAILED_TEXT.fullmatch(text):
            yield column, text
        column += int(cell.get(f"{_TABLE}number-columns-repeated", "1"))


def _part_of(parts: zipfile.ZipFile, sheet: str) -> str | None:
    """The file of a sheet inside a workbook, None in another kind of workbook."""
    names = set(parts.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    links = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
    target = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in ElementTree.fromstring(parts.read("xl/workbook.xml")).iter():
        if entry.tag.endswith("}sheet") and entry.get("name") == sheet:
            part = target.get(entry.get(_RELATION), "")
            part = part.removeprefix("/") if part.startswith("/") else f"xl/{part}"
            return part if part in names else None
    return None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1
