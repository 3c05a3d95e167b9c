"""frontier.csv read back: the other plans that could be had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from territory_opt.errors import DataError, Issue
from territory_opt.io.numbers import read_numbers
from territory_opt.io.tables import FIRST_ROW, read_needed

_TABLE = "frontier"
_NUMBERS = ("largest deviation", "other costs per year", "disruption per year", "accounts moved", "gap")


def read_frontier(path: str | Path) -> list[dict[str, Any]]:
    """One record a plan, as `Frontier.rows()` has them. DataError lists every fault of the table."""
    frame = read_needed(path, _TABLE, (*_NUMBERS, "knee"))
    numbers = {name: read_numbers(frame[name]).values for name in _NUMBERS}
    issues = [
        Issue(_TABLE, int(line), name, str(cell), "is no number", "Write the table anew with `frontier`")
        for name, values in numbers.items()
        for line, cell, value in zip(frame.index + FIRST_ROW, frame[name], values, strict=True)
        if value != value  # NaN
    ]
    if issues:
        raise DataError(issues)
    knees = [cell.strip().lower() == "yes" for cell in frame["knee"]]
    return [
        {**{name: float(values[i]) for name, values in numbers.items()}, "knee": knee}
        for i, knee in enumerate(knees)
    ]
