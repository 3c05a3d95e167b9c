"""The list of faults as a file, for the person who mends them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from territory_opt.errors import Issue
from territory_opt.io.atomic import MARKED, replacing, safe_cell

HEADER = ("severity", "table", "row", "column", "value", "fault", "mend")


def write_issues(issues: Iterable[Issue], path: str | Path) -> Path:
    """One row per fault, fatal ones first; for people, so with a byte-order mark whatever it is called.

    `row` counts as the spreadsheet does (the header is row 1) and is empty for a whole table or column.
    """
    path = Path(path)
    ordered = sorted(issues, key=lambda issue: not issue.fatal)
    with replacing(path) as temporary, temporary.open("w", encoding=MARKED, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(_cells(issue) for issue in ordered)
    return path


def _cells(issue: Issue) -> list[str]:
    row = "" if issue.row is None else str(issue.row)
    severity = "fatal" if issue.fatal else "warning"
    cells = (severity, issue.table, row, issue.column, issue.value, issue.fault, issue.mend)
    return [safe_cell(cell) for cell in cells]
