"""Reading a table as texts, whatever program wrote it: CSV in any usual dialect, Excel, Parquet."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from territory_opt.errors import UNWRITABLE, DataError, Issue, did_you_mean, shown, writable
from territory_opt.io.csv_file import damaged, read_cells
from territory_opt.io.excel_file import read_rows, sheet_names
from territory_opt.io.texts import as_text, cell_text, has_text, stripped

#: One workbook with a sheet for each table, as `init` writes it, instead of a file for each.
WORKBOOK = "territory.xlsx"
#: The header is row 1 of the file, so the first record is row 2.
FIRST_ROW = 2
#: What a column with cells but without a name is called, until `renamed` drops it and says so.
NAMELESS = "\x00column "
_TEXT = (".csv", ".txt", ".tsv")
_EXCEL = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
_SHOWN = 50
_OVERFLOW = "the row has more cells than the header"
_OVERFLOW_MEND = "Put texts that hold the separator in quotes, or remove what stands right of the table"


def find_table(folder: Path, name: str) -> Path | None:
    """The file of a table in a folder, whatever its ending; DataError when there are several.

    The sheet of `WORKBOOK` counts as soon as it has a record.
    """
    found = [p for ending in (*_TEXT, *_EXCEL, ".parquet") if (p := folder / f"{name}{ending}").is_file()]
    book = folder / WORKBOOK
    if book.is_file() and (not found or _has_records(book, name)) and _has_sheet(book, name):
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
    filled = has_text((frame[name] for name in frame.columns), len(frame))
    return frame if filled.all() else frame[filled]


def as_texts(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """A frame of any kinds of column as `read_table` would read it from a file.

    DataError names the cells with texts that no file can hold.
    """
    _refuse_unwritable(frame, table)
    columns = {str(name).strip(): as_text(frame[name]) for name in frame.columns}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))


def _refuse_unwritable(frame: pd.DataFrame, table: str) -> None:
    issues = []
    for name in frame.columns:
        if not writable(str(name)):
            issues.append(Issue(table, FIRST_ROW - 1, shown(str(name)), "", UNWRITABLE, "Rename the column"))
        cells = enumerate(frame[name]) if pd.api.types.is_object_dtype(frame[name]) else ()
        bad = [(row, cell) for row, cell in cells if isinstance(cell, str) and not writable(cell)]
        for row, cell in bad[:_SHOWN]:
            place = row + FIRST_ROW
            issues.append(Issue(table, place, shown(str(name)), shown(cell), UNWRITABLE, "Type it again"))
    if issues:
        raise DataError(issues)


def _reader(path: Path) -> Callable[[Path, str], pd.DataFrame]:
    ending = path.suffix.lower()
    if ending == ".parquet":
        return _read_parquet
    return _read_csv if ending in _TEXT else _read_excel


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
    return damaged(path, table, fault, "Save it again as CSV, Excel or Parquet")


def _read_csv(path: Path, table: str) -> pd.DataFrame:
    raw, above = read_cells(path, table)
    columns = [stripped(column) for column in raw]
    filled = has_text(columns, len(columns[0]))
    if not filled.any():
        raise damaged(path, table, "is empty", "Fill it in or remove it")
    head = int(np.argmax(filled))
    names = [str(column.iloc[head]) for column in columns]
    return _under_header(names, [c.iloc[head + 1 :] for c in columns], above + head + 1, table)


def _has_sheet(path: Path, table: str) -> bool:
    try:
        return table in sheet_names(path)
    except Exception:  # damaged: reading it says so
        return True


def _has_records(path: Path, table: str) -> bool:
    try:
        return len(read_table(path, table)) > 0
    except DataError:
        return False


def _read_excel(path: Path, table: str) -> pd.DataFrame:
    rows = read_rows(path, table)
    head = next((i for i, row in enumerate(rows) if any(cell_text(c).strip() for c in row)), None)
    if head is None:
        raise damaged(path, table, "is empty", "Fill it in or remove it")
    names = [cell_text(cell).strip() for cell in rows[head]]
    below = zip(*rows[head + 1 :], strict=True) if head + 1 < len(rows) else [()] * len(names)
    columns = [as_text([None if cell == "" else cell for cell in column]) for column in below]
    return _under_header(names, columns, head + 1, table)


def _read_parquet(path: Path, table: str) -> pd.DataFrame:
    from pyarrow import parquet

    cells = parquet.ParquetFile(path).read()
    names = [str(name).strip() for name in cells.column_names]
    own = [i for i, name in enumerate(names) if not name.startswith("__index_level_")]  # a frame's own count
    _refuse_twins([names[i] for i in own], FIRST_ROW - 1, table)
    columns = {names[i]: as_text(cells.column(i)) for i in own}
    return pd.DataFrame(columns, index=pd.RangeIndex(cells.num_rows))


def _under_header(
    names: list[str], columns: Sequence[pd.Series], header_row: int, table: str
) -> pd.DataFrame:
    """The columns below a header that stands in this row of the file. The index keeps the place there."""
    width = max(i for i, name in enumerate(names) if name) + 1
    place = pd.RangeIndex(header_row + 1 - FIRST_ROW, header_row + 1 - FIRST_ROW + len(columns[0]))
    _refuse_overflow(columns[width:], place, table)
    _refuse_twins(names[:width], header_row, table)
    kept = {}
    for i in range(width):
        if names[i] or (columns[i] != "").any():
            kept[names[i] or f"{NAMELESS}{i + 1}"] = columns[i].set_axis(place)
    return pd.DataFrame(kept, index=place)


def _refuse_overflow(columns: Sequence[pd.Series], place: pd.RangeIndex, table: str) -> None:
    """A cell right of the header means that the row is shifted, so none of its cells can be trusted."""
    rows = np.flatnonzero(has_text(columns, len(place)))
    issues = [
        Issue(table, int(row) + FIRST_ROW, "", "", _OVERFLOW, _OVERFLOW_MEND) for row in place[rows[:_SHOWN]]
    ]
    if len(rows) > _SHOWN:
        fault = f"{len(rows)} rows have more cells than the header"
        issues.append(Issue(table, None, "", "", fault, _OVERFLOW_MEND))
    if issues:
        raise DataError(issues)


def _refuse_twins(names: Sequence[str], row: int, table: str) -> None:
    counted = pd.Series([name for name in names if name], dtype=object)
    twins = counted[counted.duplicated()].unique()
    if len(twins):
        fault, mend = "two columns have this name", "Rename or remove one"
        raise DataError([Issue(table, row, str(name), "", fault, mend) for name in twins])


def read_needed(path: str | Path, table: str, needed: Sequence[str]) -> pd.DataFrame:
    """`read_table` of a file that must be there with these columns; DataError names every one that is not."""
    path = Path(path)
    if not path.is_file():
        raise DataError(Issue(table, None, "", str(path), "is no file", f"Name a table of {table}"))
    frame = read_table(path, table)
    columns = [str(column) for column in frame.columns]
    missing = [name for name in needed if name not in columns]
    if missing:
        fault = "the column is missing"
        raise DataError([Issue(table, 1, name, "", fault, did_you_mean(name, columns)) for name in missing])
    return frame
