"""Columns of any kind as texts, in bulk: a million rows are usual, and ids must keep their zeros."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from territory_opt.io.atomic import unguarded

#: Excel keeps 15 digits of a number; a longer id that it holds as a number is damaged.
_EXACT = 1e15
_UNFIT = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError)


def stripped(column: pd.Series) -> pd.Series:
    """Texts without blanks around, "" for missing, and without the apostrophe that guards a formula."""
    cells = column.fillna("").astype("str").str.strip()
    guarded = cells.str.startswith("'")
    if guarded.any():
        cells = cells.mask(guarded, cells[guarded].map(unguarded))
    return cells


def as_text(cells: Any) -> pd.Series:
    """Any column as stripped texts: 501.0 is 501, true is yes, a missing cell is "" and a day is a date."""
    series = isinstance(cells, pd.Series)
    objects = isinstance(cells, list) or (series and pd.api.types.is_object_dtype(cells))
    if objects and len(set(map(type, cells)) - {type(None)}) > 1:
        texts = _one_by_one(cells)  # Arrow would make 0 of a False beside numbers, and a day of an hour
    else:
        try:
            array = cells if isinstance(cells, pa.ChunkedArray) else pa.array(cells, from_pandas=True)
            texts = _formatted(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array)
        except _UNFIT:
            texts = _one_by_one(cells.to_pylist() if isinstance(cells, pa.ChunkedArray) else cells)
    return stripped(pd.Series(texts.to_pandas()))


def _one_by_one(cells: Iterable[Any]) -> pa.Array:
    return pa.array([cell_text(cell) for cell in cells], pa.string())


def _formatted(array: pa.Array) -> pa.Array:
    """Texts of an array of one kind; an error of Arrow's where it has no bulk way."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _formatted(array.dictionary_decode())
    if pa.types.is_boolean(kind):
        return pc.if_else(array, "yes", "no")
    if pa.types.is_floating(kind):
        return _floats(array)
    known = (pa.types.is_integer, pa.types.is_string, pa.types.is_large_string, pa.types.is_decimal)
    if pa.types.is_null(kind) or any(is_kind(kind) for is_kind in known):
        return array.cast(pa.string())
    return _one_by_one(array.to_pylist())


def _floats(array: pa.Array) -> pa.Array:
    value = array.to_numpy(zero_copy_only=False).astype(np.float64)
    with np.errstate(invalid="ignore"):
        whole = (value == np.floor(value)) & (np.abs(value) < _EXACT)
    digits = pa.array(np.where(whole, value, 0.0).astype(np.int64)).cast(pa.string())
    texts = pc.if_else(pa.array(whole), digits, array.cast(pa.string()))
    long = np.flatnonzero(np.isfinite(value) & (np.abs(value) >= _EXACT))
    if len(long):
        cells = texts.to_pylist()
        for i in long:
            cells[i] = cell_text(float(value[i]))
        texts = pa.array(cells, pa.string())
    return pc.if_else(pa.array(np.isnan(value)), pa.scalar(None, pa.string()), texts)


def cell_text(cell: Any) -> str:
    """One cell as text, by the same rules."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, (bool, np.bool_)):
        return "yes" if cell else "no"
    if isinstance(cell, (float, np.floating)):
        return _float_text(float(cell))
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return ""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return str(cell)


def _float_text(number: float) -> str:
    if np.isnan(number):
        return ""
    if not number.is_integer():
        return repr(number)
    # The exponent shows that digits may be lost: a measure reads on, an id is refused.
    return str(int(number)) if abs(number) < _EXACT else np.format_float_scientific(number, trim="-")


def has_text(columns: Iterable[pd.Series], rows: int) -> np.ndarray:
    """Which rows hold any text; shape (rows,)."""
    filled = np.zeros(rows, bool)
    for column in columns:
        filled |= (column != "").to_numpy(bool)
    return filled
