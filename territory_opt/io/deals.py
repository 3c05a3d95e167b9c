"""Open deals from a table."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.errors import DataError, Issue
from territory_opt.io.tables import FIRST_ROW, read_needed

_TABLE = "deals"
_COLUMNS = ("deal_id", "account_id", "stage", "closes", "amount")


def read_deals(path: str | Path) -> list[dict[str, Any]]:
    """One record a row: deal_id, account_id, stage, closes, amount. DataError lists every fault.

    A deal without a close date closes after every other.
    """
    frame, issues = read_needed(path, _TABLE, _COLUMNS), list[Issue]()
    records = []
    for line, row in zip(frame.index + FIRST_ROW, frame.to_dict("records"), strict=True):
        record: dict[str, Any] = {name: str(row[name]) for name in _COLUMNS}
        for name, kind, mend in (
            ("closes", _day, "Write it as 2026-04-30"),
            ("amount", _money, "Write money, such as 9000"),
        ):
            try:
                record[name] = kind(record[name])
            except ValueError:
                fault = "is no date" if name == "closes" else "is no number"
                issues.append(Issue(_TABLE, int(line), name, str(row[name]), fault, mend))
        records.append(record)
    if issues:
        raise DataError(issues)
    return records


def read_deal_owners(path: str | Path) -> list[tuple[str, str, str]]:
    """deal_id, account_id and owner of each deal that says whom it belongs to; none without such a column."""
    frame = read_needed(path, _TABLE, _COLUMNS[:2])
    if "owner" not in frame:
        return []
    rows = zip(frame["deal_id"], frame["account_id"], frame["owner"], strict=True)
    return [(str(deal), str(account), str(owner)) for deal, account, owner in rows if owner]


def _day(cell: str) -> date:
    return date.fromisoformat(cell) if cell else date.max


def _money(cell: str) -> float:
    value = float(cell.replace(",", "") or 0)
    if not np.isfinite(value):
        raise ValueError(cell)
    return value
