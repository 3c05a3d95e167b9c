"""Reading a table as texts, whatever program wrote it: CSV in any usual dialect, Excel, Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from territory_opt.errors import DataError, Issue

_ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".xlsm", ".ods", ".parquet")
_ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")


def find_table(folder: Path, name: str) -> Path | None:
    """The file of a table in a folder, whatever its ending; DataError when there are several."""
    found = [p for ending in _ENDINGS if (p := folder / f"{name}{ending}").is_file()]
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise DataError(Issue(name, None, "", names, "there is more than one file", "Keep the one you mean"))
    return found[0] if found else None


def read_table(path: Path, table: str) -> pd.DataFrame:
    """All cells as stripped texts, "" for empty; one row per record, in the order of the file.

    Ids, postal codes and the like keep their zeros; Excel's 501.0 reads as 501.
    """
    reader = _reader(path)
    try:
        frame = reader(path)
    except DataError:
        raise
    except Exception as error:
        raise DataError(
            Issue(table, None, "", path.name, f"cannot be read ({_first_line(error)})", "Save it again as CSV")
        ) from None
    frame.columns = [str(c).strip().strip("\ufeff") for c in frame.columns]
    twice = frame.columns[frame.columns.duplicated()].tolist()
    if twice:
        raise DataError(
            [Issue(table, 1, c, "", "the column is there twice", "Rename or remove one") for c in twice]
        )
    if not len(frame.columns) or not any(frame.columns):
        raise DataError(Issue(table, None, "", path.name, "is empty", "Fill it in or remove it"))
    frame = frame.loc[:, [bool(c) for c in frame.columns]]
    # A row without any text is spreadsheet padding, not a record; row numbers stay those of the file.
    blank = (frame == "").all(axis=1)
    return frame[~blank]


def _reader(path: Path) -> Callable[[Path], pd.DataFrame]:
    ending = path.suffix.lower()
    if ending == ".parquet":
        return _read_parquet
    return _read_csv if ending in (".csv", ".txt", ".tsv") else _read_excel


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _read_csv(path: Path) -> pd.DataFrame:
    raw = path.read_bytes()
    text = _decode(raw, path)
    if not text.strip():
        raise DataError(Issue(path.stem, None, "", path.name, "is empty", "Fill it in or remove it"))
    header = text.lstrip("\r\n").splitlines()[0]
    separator = max(",;\t|", key=header.count)
    frame = pd.read_csv(
        io.StringIO(text),
        sep=separator,
        dtype=str,
        keep_default_na=False,
        skip_blank_lines=False,
        quoting=csv.QUOTE_MINIMAL,
        index_col=False,
    )
    return _stripped(frame.fillna(""))


def _decode(raw: bytes, path: Path) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16")
    if b"\x00" in raw[:4096]:
        fault = "is not a text file"
        raise DataError(Issue(path.stem, None, "", path.name, fault, "Save it as CSV, Excel or Parquet"))
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes every byte")


def _read_excel(path: Path) -> pd.DataFrame:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    names = book.sheet_names
    sheet = path.stem if path.stem in names else names[0]
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    if not rows:
        return pd.DataFrame()
    frame = pd.DataFrame(rows[1:], columns=[str(c) for c in rows[0]], dtype=object)
    return _stripped(frame.map(_excel_text))


def _excel_text(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)


def _read_parquet(path: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    columns = {}
    for name in frame.columns:
        column = frame[name]
        missing = column.isna()
        if pd.api.types.is_bool_dtype(column):
            text = column.map({True: "yes", False: "no"})
        elif pd.api.types.is_float_dtype(column):
            text = column.map(_excel_text)
        else:
            text = column.astype(str)
        columns[name] = text.astype(object).where(~missing, "")
    return _stripped(pd.DataFrame(columns))


def _stripped(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({c: frame[c].astype(str).str.strip() for c in frame.columns}, index=frame.index)
