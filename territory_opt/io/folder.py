"""A data folder: accounts, reps, and perhaps a table of distances."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from territory_opt.errors import DataError, Issue
from territory_opt.io.facts import Columns, to_problem
from territory_opt.io.tables import find_table, read_table
from territory_opt.problem import Driving, Problem


def read_folder(
    folder: str | Path,
    *,
    columns: Columns | None = None,
    driving: Driving | None = None,
    currency: str | None = None,
) -> tuple[Problem | None, tuple[Issue, ...]]:
    """The problem in a folder (None when a fault is fatal) and every fault in it."""
    folder = Path(folder)
    frames: dict[str, pd.DataFrame] = {}
    issues: list[Issue] = []
    if not folder.is_dir():
        raise DataError(Issue("folder", None, "", str(folder), "is no folder", "Name the folder with your data"))
    for name in ("accounts", "reps", "travel"):
        try:
            path = find_table(folder, name)
            if path is not None:
                frames[name] = read_table(path, name)
            elif name != "travel":
                mend = f"Add {name}.csv, {name}.xlsx or {name}.parquet"
                issues.append(Issue(name, None, "", folder.name, "the table is missing", mend))
        except DataError as error:
            issues += error.issues
    if issues:
        return None, tuple(issues)
    return to_problem(
        frames["accounts"],
        frames["reps"],
        frames.get("travel"),
        columns=columns,
        driving=driving,
        currency=currency,
    )
