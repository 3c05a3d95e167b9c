"""Reading a table as texts, whatever program wrote it: CSV in any usual dialect, Excel, Parquet."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from territory_opt.errors import DataError, Issue
from territory_opt.io.atomic import unguarded

#: One workbook with a sheet for each table, as `init` writes it, instead of a file for each.
WORKBOOK = "territory.xlsx"
#: The header is row 1 of the file, so the first record is row 2.
FIRST_ROW = 2
_TEXT = (".csv", ".txt", ".tsv")
_EXCEL = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
_ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
_SPARE = 8  # cells beyond the header that are still read, to name every row that has them
_SHOWN = 50
_OVERFLOW = "the row has more cells than the header"
_OVERFLOW_MEND = "Put texts that hold the separator in quotes, or remove what stands right of the table"


def find_table(folder: Path, name: str) -> Path | None:
    """The file of a table in a folder, whatever its ending; DataError when there are several.

    The sheet of `WORKBOOK` counts as soon as it has a record.
    """
    found = [p for ending in (*_TEXT, *_EXCEL, ".parquet") if (p := folder / f"{name}{ending}").is_file()]
    book = folder / WORKBOOK
    if book.is_file() and (not found or _has_records(book, name)) and name in _sheets(book):
        found.append(book)
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise DataError(Issue(name, None, "", names, "there is more than one file", "Keep the one you mean"))
    return found[0] if found else None


def read_table(path: Path, table: str) -> pd.DataFrame:
    """All cells as stripped texts, "" for empty; one row per record, in the order of the file.

    Ids, postal codes and the like keep their zeros; Excel's 501.0 reads as 501. The index plus `FIRST_ROW`
    is the row in the file. DataError when there is no table to be read in it.
    """
    try:
        frame = _reader(path)(path, table)
    except DataError:
        raise
    except Exception as error:
        raise _explained(error, path, table) from None
    # A row without any text is spreadsheet padding, not a record; row numbers stay those of the file.
    filled = np.zeros(len(frame), bool)
    for name in frame.columns:
        filled |= (frame[name] != "").to_numpy(bool)
    return frame[filled]


def as_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of any kinds of column as `read_table` would read it from a file."""
    columns = {str(name).strip(): _texts_of(frame[name]) for name in frame.columns}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))


def _reader(path: Path) -> Callable[[Path, str], pd.DataFrame]:
    ending = path.suffix.lower()
    if ending == ".parquet":
        return _read_parquet
    return _read_csv if ending in _TEXT else _read_excel


def _damaged(path: Path, table: str, fault: str, mend: str) -> DataError:
    return DataError(Issue(table, None, "", path.name, fault, mend))


def _explained(error: Exception, path: Path, table: str) -> DataError:
    """What the libraries say about a damaged file, in the planner's words."""
    said = (str(error).splitlines() or [type(error).__name__])[0].replace(str(path), path.name)
    too_many = re.search(r"Expected \d+ fields in line (\d+), saw", said)
    if too_many:
        return DataError(Issue(table, int(too_many[1]), "", "", _OVERFLOW, _OVERFLOW_MEND))
    open_quote = re.search(r"EOF inside string starting at row (\d+)", said)
    if open_quote:
        row, mend = int(open_quote[1]) + 1, "Close the quotation mark, or double it inside a text"
        return DataError(Issue(table, row, "", "", "a quotation mark is never closed", mend))
    fault = f"cannot be read ({said[:120]})"
    return _damaged(path, table, fault, "Save it again as CSV, Excel or Parquet")


def _read_csv(path: Path, table: str) -> pd.DataFrame:
    text = _decoded(path, table).lstrip("\ufeff")
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise _damaged(path, table, "is empty", "Fill it in or remove it")
    skipped = 0
    if first.lower().startswith("sep=") and len(first) == 5:  # Excel's own way of naming the separator
        separator, skipped = first[-1], 1
        first = text.splitlines()[1] if text.count("\n") else ""
    else:
        separator = max(",;\t|", key=lambda s: len(next(csv.reader([first], delimiter=s))))
    width = len(next(csv.reader([first], delimiter=separator), [])) + _SPARE
    raw = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        header=None,
        names=range(width),
        index_col=False,
        dtype=object,  # texts as Python objects: pandas' own text columns are slow to walk through
        keep_default_na=False,
        skip_blank_lines=False,
        skiprows=skipped,
    )
    raw.index += skipped
    return _with_header([raw[c] for c in raw.columns], skipped, path, table)


def _decoded(path: Path, table: str) -> str:
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16")
    if b"\x00" in raw[:4096]:
        raise _damaged(path, table, "is not a text file", "Save it as CSV, Excel or Parquet")
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes every byte")


def _sheets(path: Path) -> list[str]:
    from python_calamine import CalamineWorkbook

    try:
        return list(CalamineWorkbook.from_path(str(path)).sheet_names)
    except Exception:  # damaged: reading it says so
        return ["accounts", "reps"]


def _has_records(path: Path, table: str) -> bool:
    try:
        return len(read_table(path, table)) > 0
    except DataError:
        return False


def _read_excel(path: Path, table: str) -> pd.DataFrame:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    sheet = table if table in book.sheet_names else book.sheet_names[0]
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    columns = [[_cell_text(cell) for cell in column] for column in zip(*rows, strict=True)]
    return _with_header([pd.Series(c, dtype=object) for c in columns], 0, path, table)


def _read_parquet(path: Path, table: str) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    _refuse_twins([str(c).strip() for c in frame.columns], FIRST_ROW - 1, table)
    return as_texts(frame)


def _with_header(columns: list[pd.Series], offset: int, path: Path, table: str) -> pd.DataFrame:
    """Texts with the first filled row as the header. The index keeps the place in the file."""
    cells = pd.DataFrame({i: _stripped(column) for i, column in enumerate(columns)})
    filled = np.zeros(len(cells), bool)
    for i in cells.columns:
        filled |= (cells[i] != "").to_numpy(bool)
    if not filled.any():
        raise _damaged(path, table, "is empty", "Fill it in or remove it")
    head = int(np.flatnonzero(filled)[0])
    names = cells.iloc[head].tolist()
    cells.index = pd.RangeIndex(offset - 1, offset - 1 + len(cells))
    body = cells.iloc[head + 1 :]
    width = max(i for i, name in enumerate(names) if name) + 1
    _refuse_overflow(body, width, table)
    _refuse_twins(names[:width], head + offset + 1, table)
    named = [i for i in range(width) if names[i]]
    frame = body[named].copy()
    frame.columns = pd.Index([names[i] for i in named], dtype=object)
    return frame


def _refuse_overflow(body: pd.DataFrame, width: int, table: str) -> None:
    """A cell right of the header means that the row is shifted, so none of its cells can be trusted."""
    over = np.zeros(len(body), bool)
    for i in body.columns[width:]:
        over |= (body[i] != "").to_numpy(bool)
    rows = np.flatnonzero(over)
    at = body.index[rows[:_SHOWN]]
    issues = [Issue(table, int(row) + FIRST_ROW, "", "", _OVERFLOW, _OVERFLOW_MEND) for row in at]
    if len(rows) > _SHOWN:
        fault = f"{len(rows)} rows have more cells than the header"
        issues.append(Issue(table, None, "", "", fault, _OVERFLOW_MEND))
    if issues:
        raise DataError(issues)


def _refuse_twins(names: Iterable[str], row: int, table: str) -> None:
    counted = pd.Series([name for name in names if name], dtype=object)
    twins = counted[counted.duplicated()].unique()
    if len(twins):
        fault, mend = "two columns have this name", "Rename or remove one"
        raise DataError([Issue(table, row, str(name), "", fault, mend) for name in twins])


def _texts_of(column: pd.Series) -> pd.Series:
    missing = column.isna().to_numpy(bool)
    texts = [_cell_text(cell) for cell in column.astype(object)]
    return _stripped(pd.Series(texts, dtype=object).where(~missing, ""))


def _cell_text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, (bool, np.bool_)):
        return "yes" if cell else "no"
    if isinstance(cell, (float, np.floating)):
        number = float(cell)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    if cell is None or cell is pd.NaT:
        return ""
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return str(cell)


def _stripped(column: pd.Series) -> pd.Series:
    """Without blanks around, and without the apostrophe that guards a text from being a formula."""
    cells = [c.strip() if isinstance(c, str) else "" for c in column.to_numpy(object)]
    if any(c[:1] == "'" for c in cells):
        cells = [unguarded(c) for c in cells]
    return pd.Series(cells, dtype=object)
