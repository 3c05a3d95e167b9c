"""Load files for a system in a folder, with a change sheet for each rep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.arrays import texts
from territory_opt.crm import changes_of, load_files, routing_table
from territory_opt.crm.child_files import NAMES as DEALS
from territory_opt.crm.load_files import LoadFile
from territory_opt.deliver.quota_load import FILE as QUOTAS
from territory_opt.deliver.swap import swapped_in
from territory_opt.io.outputs import write_csv
from territory_opt.moves import Moves
from territory_opt.problem import Problem, TextArray
from territory_opt.result import Result

HELD = "held_over.csv"
#: What only some exports have.
_SOMETIMES = ("routing.csv", "sheets", HELD, QUOTAS, *DEALS)
_ORDER = "How to load these files, in this order:\n\n"
_LATER = f"\nAccounts in {HELD} stay until their day is over, for an open deal. Export again then.\n"


def write_exports(
    problem: Problem,
    result: Result,
    moves: Moves,
    folder: str | Path,
    target: str,
    route_by: Sequence[str],
    more: Sequence[LoadFile] = (),
    held: Mapping[str, date] | None = None,
) -> tuple[Path, ...]:
    """Load files of the target, `routing.csv` by some columns, `sheets/REP.csv`, and `HOW.txt`; the paths.

    more: further load files: deals that go along, quotas. held: accounts that stay with their owners for now,
    and their last day there; load files leave them where they are, `held_over.csv` lists them. What an
    earlier export had and this one has not, goes. Everything is checked before the first file is written, and
    on any failure the folder is as it was.
    Raises DataError for ids that the system would not know, PolicyError for columns that are not there,
    ExportError when the folder cannot be written.
    """
    folder = Path(folder)
    held = held or {}
    files = [*load_files(problem, _without(problem, result.alignment, held), target), *more]
    sheets = change_sheets(problem, moves, held)
    tables = {"routing.csv": routing_table(problem, result.alignment, route_by)} if route_by else {}
    tables |= {HELD: _held_table(problem, moves, held)} if held else {}
    tables |= {f"sheets/{name}.csv": columns for name, columns in sheets.items()}
    with swapped_in(folder, _SOMETIMES) as fresh:
        for file in files:
            write_csv(fresh / file.name, file.columns, for_program=True)
        for name, columns in tables.items():
            write_csv(fresh / name, columns)
        (fresh / "HOW.txt").write_text(_how(files) + (_LATER if held else ""), encoding="utf-8")
    return tuple(folder / name for name in (*(file.name for file in files), *tables, "HOW.txt"))


def _without(problem: Problem, alignment: Alignment, held: Mapping[str, date]) -> Alignment:
    """The plan as it is while some accounts stay with their owners."""
    stays = np.array([name in held for name in problem.accounts.ids], bool)
    return replace(alignment, rep=np.where(stays, problem.accounts.owner, alignment.rep))


def _held_table(problem: Problem, moves: Moves, held: Mapping[str, date]) -> Mapping[str, Any]:
    """Accounts that go later: from whom to whom, and their last day with the old owner."""
    accounts, reps = problem.accounts, np.append(problem.reps.ids, "")
    rows = np.flatnonzero([name in held for name in accounts.ids[moves.account]])
    account = moves.account[rows]
    return {
        "account_id": accounts.ids[account],
        "account": accounts.names[account],
        "old_rep_id": reps[moves.owner[rows]],
        "rep_id": reps[moves.rep[rows]],
        "held_until": _days(accounts.ids[account], held),
    }


def _days(accounts: Iterable[str], held: Mapping[str, date]) -> TextArray:
    """The last day of each account with its old owner, "" for one that goes now."""
    return texts([held[name].isoformat() if name in held else "" for name in accounts])


def _how(files: Sequence[LoadFile]) -> str:
    steps = "\n".join(f"{i}. {file.name}\n   {file.how}" for i, file in enumerate(files, start=1))
    return f"{_ORDER}{steps}\n"


def change_sheets(
    problem: Problem, moves: Moves, held: Mapping[str, date] | None = None
) -> dict[str, Mapping[str, Any]]:
    """What each rep gains and loses, by a file name: account, partner of the hand-over, and why.

    held: accounts that go later, and their last day with the old owner.
    """
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
            "held_until": _days(problem.accounts.ids[account], held or {}),
        }
    return sheets


def _file_name(text: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text)[:40]


__all__ = ["change_sheets", "changes_of", "write_exports"]
