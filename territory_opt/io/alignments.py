"""An alignment from files: the one that `solve` wrote, or one that a planner has edited."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from territory_opt.alignment import Alignment
from territory_opt.errors import DataError, Issue, did_you_mean
from territory_opt.io.tables import FIRST_ROW, read_table
from territory_opt.problem import Int32Array, Problem

_SHOWN = 50


def read_alignment(problem: Problem, path: str | Path) -> Alignment:
    """The alignment in a table with the columns account_id and rep_id, of any format that is read.

    An account that is not in the file, or has no rep there, is uncovered. DataError lists every fault. Who
    holds the areas is left open: `read_plan` takes that too.
    """
    rep, issues = read_reps(Path(path), account_file(problem), problem.reps.ids)
    if issues:
        raise DataError(issues)
    return Alignment(rep)


@dataclass(frozen=True)
class RepFile:
    """A table that gives things to reps: what it is called in faults, its key column, the things' ids."""

    table: str
    key: str
    thing: str
    ids: np.ndarray


def account_file(problem: Problem) -> RepFile:
    """What a file of account_id and rep_id speaks of."""
    return RepFile("alignment", "account_id", "account", problem.accounts.ids)


def read_reps(path: Path, kind: RepFile, rep_ids: np.ndarray) -> tuple[Int32Array, list[Issue]]:
    """Rep index of each thing, -1 where the file gives it to nobody; shape of `kind.ids`. And every fault."""
    nobody = np.full(len(kind.ids), -1, np.int32)
    if not path.is_file():
        mend = f"Name a table of {kind.key} and rep_id"
        return nobody, [Issue(kind.table, None, "", str(path), "is no file", mend)]
    try:
        frame = read_table(path, kind.table)
    except DataError as error:
        return nobody, list(error.issues)
    missing = [name for name in (kind.key, "rep_id") if name not in frame]
    if missing:
        columns = [str(c) for c in frame.columns]
        fault = "the column is missing"
        return nobody, [Issue(kind.table, 1, c, "", fault, did_you_mean(c, columns)) for c in missing]
    thing = _index(frame[kind.key], kind.ids)
    rep = _index(frame["rep_id"], rep_ids)
    issues = _faults(frame, kind, thing, rep)
    if not issues:
        nobody[thing] = rep
    return nobody, issues


def _faults(frame: pd.DataFrame, kind: RepFile, thing: np.ndarray, rep: np.ndarray) -> list[Issue]:
    twice = frame[kind.key].duplicated().to_numpy()
    nobody = (frame["rep_id"] == "").to_numpy()
    stranger, again = f"is no {kind.thing} of the data", f"the {kind.thing} appears twice"
    return [
        *_blame(frame, kind, kind.key, thing < 0, stranger, "Correct or remove the row"),
        *_blame(frame, kind, kind.key, twice & (thing >= 0), again, "Keep one row"),
        *_blame(frame, kind, "rep_id", (rep < 0) & ~nobody, "is no rep of the data", "Correct the id"),
    ]


def _index(texts: pd.Series, ids: np.ndarray) -> np.ndarray:
    """Row of each text among the ids, -1 where it is none; shape of `texts`."""
    return np.asarray(pd.Index(ids).get_indexer(pd.Index(texts)), np.int64)


def _blame(
    frame: pd.DataFrame, kind: RepFile, column: str, bad: np.ndarray, fault: str, mend: str
) -> list[Issue]:
    rows = np.flatnonzero(bad)
    cells = frame[column].to_numpy()
    lines = frame.index.to_numpy() + FIRST_ROW
    issues = [Issue(kind.table, int(lines[i]), column, str(cells[i]), fault, mend) for i in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        more = f"{fault} ({len(rows) - _SHOWN} more rows)"
        issues.append(Issue(kind.table, None, column, "", more, mend))
    return issues
