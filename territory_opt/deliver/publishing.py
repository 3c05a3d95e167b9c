"""What a publishing does, for people: a row a record, and a row a rep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.arrays import texts
from territory_opt.crm.change import Changes
from territory_opt.crm.manifest import next_number
from territory_opt.crm.rollout import ACCOUNTS, CHANGED, WOULD_CHANGE, Part
from territory_opt.io.outputs import write_csv
from territory_opt.problem import BoolArray, Problem
from territory_opt.travel.place import FloatArray, IndexArray

Columns = Mapping[str, Any]
DRY_RECORDS, DRY_REPS = "dry_run.csv", "dry_run_reps.csv"


def record_table(parts: Sequence[Part], names: Mapping[str, str], held: Mapping[str, date]) -> Columns:
    """A row a record: kind, ids, owner before and after, what became of it and why.

    names: of accounts, by the ids of the system. held: accounts that stay for now, and until when.
    """
    rows: list[tuple[str, str, str, str, str, str, str]] = []
    for part in parts:
        outcomes = part.outcomes()
        for change in part.published.changes:
            name = names.get(change.account_id, "") if part.kind == ACCOUNTS else ""
            users = (change.old_user, change.new_user)
            rows.append((part.kind, change.account_id, name, *users, *outcomes[change.account_id]))
    for account, until in held.items():
        why = f"until {until.isoformat()}, for an open deal"
        rows.append((ACCOUNTS, account, names.get(account, ""), "", "", "held over", why))
    heads = ("kind", "record_id", "account", "owner_before", "owner_after", "outcome", "why")
    columns = zip(*rows, strict=True) if rows else ((),) * len(heads)
    return {head: texts(column) for head, column in zip(heads, columns, strict=True)}


def rep_table(problem: Problem, changes: Changes, accounts: Part) -> Columns:
    """A row a rep whom it concerns: accounts before and after, what comes and goes, and what was not done.

    changes: those of the part, in the same order. not_done: drifted, missing or refused.
    """
    outcomes = accounts.outcomes()
    told = [outcomes[change.account_id][0] for change in accounts.published.changes]
    done = np.array([one in (CHANGED, WOULD_CHANGE, "already there") for one in told], bool)
    n, old, new = len(problem.reps), changes.old_rep, changes.new_rep
    owner = problem.accounts.owner
    before = _count(owner, owner >= 0, n)
    gains, loses = _count(new, done, n), _count(old, done & (old >= 0), n)
    open_ = _count(new, ~done, n) + _count(old, ~done & (old >= 0), n)
    rows = np.flatnonzero(gains + loses + open_)
    reps = problem.reps
    return {
        "rep_id": reps.ids[rows],
        "name": reps.names[rows],
        "accounts_before": before[rows],
        "gains": gains[rows],
        "loses": loses[rows],
        "accounts_after": (before + gains - loses)[rows],
        "revenue_gained": _count(new, done, n, changes.revenue)[rows],
        "revenue_lost": _count(old, done & (old >= 0), n, changes.revenue)[rows],
        "not_done": open_[rows],
    }


def write_dry_run(folder: Path, records: Columns, reps: Columns) -> tuple[Path, ...]:
    """Both tables of a dry run, in the place of those of an earlier one."""
    write_csv(folder / DRY_RECORDS, records)
    write_csv(folder / DRY_REPS, reps)
    return folder / DRY_RECORDS, folder / DRY_REPS


def teller(
    names: Mapping[str, str], held: Mapping[str, date], reps: Callable[[Part], Columns] | None
) -> Callable[[Part, Path], Sequence[str]]:
    """Writes the tables of a part that was pushed beside its manifest; never over those of an earlier one.

    reps: makes the table of reps from the accounts; None where there is none.
    """

    def tell(part: Part, folder: Path) -> Sequence[str]:
        is_accounts = part.kind == ACCOUNTS
        tables = {"records": record_table([part], names, held if is_accounts else {})}
        if is_accounts and reps is not None:
            tables["reps"] = reps(part)
        number = next_number(folder)
        files = {f"{name}{f'-{number}' * (number > 1)}.csv": table for name, table in tables.items()}
        for name, table in files.items():
            write_csv(folder / name, table)
        return tuple(files)

    return tell


def _count(rep: IndexArray, chosen: BoolArray, n: int, weights: FloatArray | None = None) -> Any:
    """How many of the chosen rows, or how much of their weight, each rep has (reps,)."""
    weighed = None if weights is None else weights[chosen]
    return np.bincount(rep[chosen], weights=weighed, minlength=n)
