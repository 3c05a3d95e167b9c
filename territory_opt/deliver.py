"""Everything a planner takes away from a plan, in one folder: the rooms meet here."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.errors import ExportError, PolicyError
from territory_opt.fairness import fairness
from territory_opt.io.report import Columns, Report
from territory_opt.moves import moves
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.quota import Quotas, top_down
from territory_opt.result import Result


def make_report(
    problem: Problem, policy: Policy, result: Result, quota: dict[str, Any] | None = None
) -> Report:
    """The numbers of all rooms about one plan, as plain data."""
    spread = {
        "today": [f.as_dict() for f in fairness(result.today)],
        "plan": [f.as_dict() for f in fairness(result.audit)],
    }
    return Report(problem, result, moves(problem, policy, result), spread, _quota_table(problem, result, quota))


def _quota_table(problem: Problem, result: Result, settings: dict[str, Any] | None) -> Columns:
    """Quotas on the new books; empty when there is nothing to share out and nobody asked for them."""
    try:
        quotas = top_down(problem, result.alignment, **(settings or {}))
    except PolicyError:
        if settings and settings.get("goal") is not None:
            raise
        return {"rep_id": np.zeros(0, dtype=object), "quota": np.zeros(0)}
    return quota_columns(problem, quotas)


def quota_columns(problem: Problem, quotas: Quotas) -> Columns:
    """One row a rep: book, quota, and how it arose."""
    columns: dict[str, Any] = {"rep_id": quotas.rep_ids, "name": problem.reps.names}
    if "quota" in problem.reps.measures:
        columns["quota_today"] = problem.reps.measures["quota"]
    columns |= {"revenue": quotas.baseline, "potential": quotas.potential, "quota": quotas.quota}
    columns |= {line.label: line.money.round(6) for line in quotas.lines}
    how = [quotas.account_of(r) for r in range(len(quotas.rep_ids))]
    return columns | {"how it arose": np.array(how, dtype=object)}


def deliver(
    problem: Problem,
    policy: Policy,
    result: Result,
    folder: str | Path,
    *,
    quota: dict[str, Any] | None = None,
    with_map: bool = True,
) -> dict[str, Path]:
    """Write all files of a plan into a folder; on any failure the folder is as it was.

    Returns the path of each file by its name. Raises ExportError when the folder cannot be written.
    """
    from territory_opt.io.outputs import write_outputs
    from territory_opt.io.workbook import write_workbook

    folder = Path(folder)
    report = make_report(problem, policy, result, quota)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".territory-", dir=folder))
    except OSError as error:
        raise ExportError(f"cannot write to {folder}: {error.strerror}") from None
    try:
        write_outputs(report, staging)
        write_workbook(report, staging / "report.xlsx")
        if with_map:
            from territory_opt.maps import save_map

            save_map(problem, policy, result, staging / "map.html")
        return _move_in(staging, folder)
    except OSError as error:
        raise ExportError(f"cannot write to {folder}: {error.strerror}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _move_in(staging: Path, folder: Path) -> dict[str, Path]:
    written = {}
    for path in sorted(staging.iterdir()):
        os.replace(path, folder / path.name)
        written[path.name] = folder / path.name
    if "uncovered.csv" not in written:
        (folder / "uncovered.csv").unlink(missing_ok=True)  # of an earlier plan
    return written
