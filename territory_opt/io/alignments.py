"""An alignment from a file: the one that `solve` wrote, or one that a planner has edited."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from territory_opt.alignment import Alignment
from territory_opt.errors import DataError, Issue, did_you_mean
from territory_opt.io.tables import FIRST_ROW, read_table
from territory_opt.problem import Problem

_TABLE = "alignment"
_SHOWN = 50


def read_alignment(problem: Problem, path: str | Path) -> Alignment:
    """The alignment in a table with the columns account_id and rep_id, of any format that is read.

    An account that is not in the file, or has no rep there, is uncovered. DataError lists every fault.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(Issue(_TABLE, None, "", str(path), "is no file", "Name an alignment file"))
    frame = read_table(path, _TABLE)
    missing = [name for name in ("account_id", "rep_id") if name not in frame]
    if missing:
        columns = [str(c) for c in frame.columns]
        raise DataError(
            [Issue(_TABLE, 1, c, "", "the column is missing", did_you_mean(c, columns)) for c in missing]
        )
    account = _index(frame["account_id"], problem.accounts.ids)
    rep = _index(frame["rep_id"], problem.reps.ids)
    twice = frame["account_id"].duplicated().to_numpy()
    uncovered = (frame["rep_id"] == "").to_numpy()
    issues = [
        *_blame(frame, "account_id", account < 0, "is no account of the data", "Correct or remove the row"),
        *_blame(frame, "account_id", twice & (account >= 0), "the account appears twice", "Keep one row"),
        *_blame(frame, "rep_id", (rep < 0) & ~uncovered, "is no rep of the data", "Correct the id"),
    ]
    if issues:
        raise DataError(issues)
    chosen = np.full(len(problem.accounts), -1, np.int32)
    chosen[account] = rep
    return Alignment(chosen)


def _index(texts: pd.Series, ids: np.ndarray) -> np.ndarray:
    """Row of each text among the ids, -1 where it is none; shape of `texts`."""
    return np.asarray(pd.Index(ids).get_indexer(pd.Index(texts)), np.int64)


def _blame(frame: pd.DataFrame, column: str, bad: np.ndarray, fault: str, mend: str) -> list[Issue]:
    rows = np.flatnonzero(bad)
    cells = frame[column].to_numpy()
    lines = frame.index.to_numpy() + FIRST_ROW
    issues = [Issue(_TABLE, int(lines[i]), column, str(cells[i]), fault, mend) for i in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        issues.append(Issue(_TABLE, None, column, "", f"{fault} ({len(rows) - _SHOWN} more rows)", mend))
    return issues
