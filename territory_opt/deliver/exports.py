"""Load files for a system in a folder, with a change sheet for each rep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.crm import changes_of, load_files, routing_table
from territory_opt.io.atomic import replacing
from territory_opt.io.outputs import write_csv
from territory_opt.moves import Moves
from territory_opt.problem import Problem
from territory_opt.result import Result

_ORDER = "How to load these files, in this order:\n\n"


def write_exports(
    problem: Problem, result: Result, moves: Moves, folder: str | Path, target: str, route_by: Sequence[str]
) -> tuple[Path, ...]:
    """Load files of the target, `routing.csv` by some columns, `sheets/REP.csv`, and `HOW.txt`; the paths.

    Everything is checked before the first file is written. Raises DataError for ids that the system would not
    know, PolicyError for columns that are not there.
    """
    folder = Path(folder)
    files = load_files(problem, result.alignment, target)
    routing = routing_table(problem, result.alignment, route_by) if route_by else None
    written = []
    for file in files:
        written.append(folder / file.name)
        write_csv(written[-1], file.columns, for_program=True)
    if routing is not None:
        written.append(folder / "routing.csv")
        write_csv(written[-1], routing)
    for name, columns in change_sheets(problem, moves).items():
        written.append(folder / "sheets" / f"{name}.csv")
        write_csv(written[-1], columns)
    how = "\n".join(f"{i}. {file.name}\n   {file.how}" for i, file in enumerate(files, start=1))
    written.append(folder / "HOW.txt")
    with replacing(written[-1]) as temporary:
        temporary.write_text(f"{_ORDER}{how}\n", encoding="utf-8")
    return tuple(written)


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
