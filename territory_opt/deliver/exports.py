"""Load files for a system in a folder, with a change sheet for each rep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.crm import changes_of, load_files, routing_table
from territory_opt.crm.child_files import NAMES as DEALS
from territory_opt.crm.load_files import LoadFile
from territory_opt.deliver.quota_load import FILE as QUOTAS
from territory_opt.deliver.swap import swapped_in
from territory_opt.io.outputs import write_csv
from territory_opt.moves import Moves
from territory_opt.problem import Problem
from territory_opt.result import Result

#: What only some exports have.
_SOMETIMES = ("routing.csv", "sheets", QUOTAS, *DEALS)
_ORDER = "How to load these files, in this order:\n\n"


def write_exports(
    problem: Problem,
    result: Result,
    moves: Moves,
    folder: str | Path,
    target: str,
    route_by: Sequence[str],
    more: Sequence[LoadFile] = (),
) -> tuple[Path, ...]:
    """Load files of the target, `routing.csv` by some columns, `sheets/REP.csv`, and `HOW.txt`; the paths.

    more: further load files: deals that go along, quotas. What an earlier export had and this one has not,
    goes. Everything is checked before the first file is written, and on any failure the folder is as it was.
    Raises DataError for ids that the system would not know, PolicyError for columns that are not there,
    ExportError when the folder cannot be written.
    """
    folder = Path(folder)
    files = (*load_files(problem, result.alignment, target), *more)
    routing = routing_table(problem, result.alignment, route_by) if route_by else None
    sheets = change_sheets(problem, moves)
    with swapped_in(folder, _SOMETIMES) as fresh:
        for file in files:
            write_csv(fresh / file.name, file.columns, for_program=True)
        if routing is not None:
            write_csv(fresh / "routing.csv", routing)
        for name, columns in sheets.items():
            write_csv(fresh / "sheets" / f"{name}.csv", columns)
        (fresh / "HOW.txt").write_text(_how(files), encoding="utf-8")
    names = [*(file.name for file in files), *(["routing.csv"] if routing is not None else [])]
    return tuple(folder / name for name in (*names, *(f"sheets/{name}.csv" for name in sheets), "HOW.txt"))


def _how(files: Sequence[LoadFile]) -> str:
    steps = "\n".join(f"{i}. {file.name}\n   {file.how}" for i, file in enumerate(files, start=1))
    return f"{_ORDER}{steps}\n"


def change_sheets(problem: Problem, moves: Moves) -> dict[str, Mapping[str, Any]]:
    """What each rep gains and loses, by a file name: account, partner of the hand-over, and why."""
    sheets: dict[str, Mapping[str, Any]] = {}
    reps = problem.reps
    names = np.append(reps.names, "")
    for rep in range(len(reps)):
        gained, lost = moves.rep == rep, moves.owner == rep
        rows = np.flatnonzero(gained | lost)
        if not len(rows):
            continue
        account = moves.account[rows]
        partner = np.where(gained[rows], moves.owner[rows], moves.rep[rows])
        sheets[f"{rep + 1:03d}_{_file_name(str(reps.ids[rep]))}"] = {
            "rep_id": np.full(len(rows), reps.ids[rep], dtype=object),
            "name": np.full(len(rows), reps.names[rep], dtype=object),
            "change": np.where(gained[rows], "gained", "lost").astype(object),
            "account_id": problem.accounts.ids[account],
            "account": problem.accounts.names[account],
            "hand_over_with": names[partner],
            "revenue": problem.accounts.measures["revenue"][account],
            "reason": np.array(moves.reason, dtype=object)[rows],
        }
    return sheets


def _file_name(text: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text)[:40]


__all__ = ["change_sheets", "changes_of", "write_exports"]
