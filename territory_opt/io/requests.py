"""Moves that the field asks for, from a table; and what was decided on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.errors import DataError, Issue
from territory_opt.io.report import Columns
from territory_opt.io.tables import FIRST_ROW, read_needed

_TABLE = "requests"
_NEEDED, _TEXTS = ("account_id", "rep_id"), ("account_id", "rep_id", "asked_by", "note")


def read_requests(path: str | Path) -> list[dict[str, Any]]:
    """One record a row with account_id, rep_id, value (money per year, 0 where empty), asked_by and note.

    DataError lists every fault of the table.
    """
    frame, issues = read_needed(path, _TABLE, _NEEDED), list[Issue]()
    records = []
    for line, row in zip(frame.index + FIRST_ROW, frame.to_dict("records"), strict=True):
        value = _number(row.get("value", ""))
        if value is None:
            fault, mend = "is no number", "Write money per year, such as 9000"
            issues.append(Issue(_TABLE, int(line), "value", str(row["value"]), fault, mend))
        records.append({name: str(row.get(name, "")) for name in _TEXTS} | {"value": value or 0.0})
    if issues:
        raise DataError(issues)
    return records


def _number(cell: str) -> float | None:
    if not cell:
        return 0.0
    try:
        value = float(cell.replace(",", ""))
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def decision_columns(rows: Sequence[dict[str, object]]) -> Columns:
    """Rows of a table as its columns."""
    names = list(rows[0]) if rows else []
    return {name: np.array([row[name] for row in rows], dtype=object) for name in names}
