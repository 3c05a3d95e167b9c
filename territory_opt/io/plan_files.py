"""A whole plan from files: who serves each account and, where territories are made of areas, who holds those.

The table of areas says what accounts cannot: whose an area is where no account follows it. So it is read with
the alignment that it stands beside, and a plan is judged as it was when it was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.errors import DataError, Issue
from territory_opt.holdings import followed
from territory_opt.io.alignments import RepFile, account_file, read_reps
from territory_opt.policy import Policy
from territory_opt.problem import Int32Array, Problem

AREA_FILE = "area_alignment.csv"
_TABLE = "area_alignment"
_SHOWN = 50


def read_plan(
    problem: Problem, policy: Policy, path: str | Path, areas: str | Path | None = None
) -> tuple[Alignment, tuple[Issue, ...]]:
    """The plan in a table of account_id and rep_id, and how its table of areas was read, as warnings.

    areas: a table of area_id and rep_id; where none is given, the `area_alignment.csv` beside the first one
    counts if there is one. An area that is not in it, or has no rep there, is nobody's. Accounts that follow
    their area decide whose it is, so that only one of the files has to be edited. DataError lists every fault
    of both files.
    """
    path = Path(path)
    rep, issues = read_reps(path, account_file(problem), problem.reps.ids)
    beside = path.with_name(AREA_FILE)
    holder: Int32Array | None = None
    warnings: list[Issue] = []
    if areas is not None or (beside.is_file() and beside != path):
        file = beside if areas is None else Path(areas)
        holder, faults = _read_holders(problem, file, asked=areas is not None)
        issues, warnings = [*issues, *(f for f in faults if f.fatal)], [f for f in faults if not f.fatal]
    if issues:
        raise DataError(issues)
    if holder is not None:
        decided = followed(problem, policy.area_of(problem), Alignment(rep))
        warnings += _overruled(problem, holder, decided)
        holder = np.where(decided >= 0, decided, holder).astype(np.int32)
    return Alignment(rep, holder), tuple(warnings)


def _read_holders(problem: Problem, path: Path, *, asked: bool) -> tuple[Int32Array | None, list[Issue]]:
    """Rep of each area, -1 for none; None where the facts have no areas. And every fault."""
    if problem.areas is None:
        fault = "the facts hold no areas"
        mend = "Put the map of areas beside the accounts" if asked else "The file is not read"
        return None, [Issue(_TABLE, None, "", path.name, fault, mend, fatal=asked)]
    return read_reps(path, RepFile(_TABLE, "area_id", "area", problem.areas.ids), problem.reps.ids)


def _overruled(problem: Problem, holder: Int32Array, decided: Int32Array) -> Iterator[Issue]:
    """Areas that the two files give to different reps."""
    assert problem.areas is not None
    ids = problem.reps.ids
    odd = np.flatnonzero((decided >= 0) & (holder >= 0) & (holder != decided))
    for area in odd[:_SHOWN]:
        fault = f"is {ids[holder[area]]}'s here, but {ids[decided[area]]} serves the accounts that follow it"
        mend = f"Taken as {ids[decided[area]]}'s"
        yield Issue(_TABLE, None, "area_id", str(problem.areas.ids[area]), fault, mend, fatal=False)
    if len(odd) > _SHOWN:
        fault = f"{len(odd) - _SHOWN:,} more areas are another rep's than the accounts that follow them"
        yield Issue(_TABLE, None, "area_id", "", fault, "Taken as those of the accounts' rep", fatal=False)
