"""Everything a planner takes away from a plan, in one folder: the rooms meet here."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from territory_opt.errors import ExportError, Issue, PolicyError
from territory_opt.fairness import fairness
from territory_opt.io.report import INDEX_DIGITS, Columns, Report
from territory_opt.moves import moves
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.quota import Quotas, faults, top_down
from territory_opt.result import Result

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())

#: Files that only some plans have; an earlier plan's must not stay beside a new one.
_SOMETIMES = ("uncovered.csv", "warnings.csv", "map.html")
_QUOTA_DEFAULTS = {"goal": None, "growth": 0.05, "potential_weight": 0.5, "over_assignment": 0.0}


def make_report(
    problem: Problem, policy: Policy, result: Result, quota: Mapping[str, Any] | None = None
) -> Report:
    """The numbers of all rooms about one plan, as plain data.

    quota: keyword arguments of `territory_opt.quota.top_down`; PolicyError where they are out of range.
    """
    spread = {
        "today": [f.as_dict() for f in fairness(result.today)],
        "plan": [f.as_dict() for f in fairness(result.audit)],
    }
    quotas, notes = _quota_table(problem, result, quota or {})
    changes, shapes = moves(problem, policy, result), _shapes(problem, result)
    return Report(problem, policy, result, changes, spread, quotas, notes, shapes)


def _shapes(problem: Problem, result: Result) -> Columns:
    """How compact the territories of the plan are, where there are outlines of areas."""
    if problem.areas is None or problem.areas.outlines is None:
        return {}
    from territory_opt.compactness import compactness

    return compactness(problem, result.alignment).columns()


def _quota_table(
    problem: Problem, result: Result, settings: Mapping[str, Any]
) -> tuple[Columns, tuple[str, ...]]:
    """Quotas on the new books; when the books hold nothing to share by, none and a note that says so."""
    wrong = list(faults(**(_QUOTA_DEFAULTS | dict(settings))))
    if wrong:
        raise PolicyError([Issue("", None, "", "", f"quota: {fault}", "") for fault in wrong])
    try:
        quotas = top_down(problem, result.alignment, **settings)
    except PolicyError as error:
        log.warning("no quotas: %s", error)
        return {"rep_id": np.zeros(0, dtype=object), "quota": np.zeros(0)}, (f"No quotas: {error}.",)
    return quota_columns(problem, quotas), (*quotas.notes, quotas.basis)


def quota_columns(problem: Problem, quotas: Quotas) -> Columns:
    """One row a rep: book, quota, and how it arose."""
    columns: dict[str, Any] = {"rep_id": quotas.rep_ids, "name": problem.reps.names}
    if "quota" in problem.reps.measures:
        columns["quota_today"] = problem.reps.measures["quota"]
    columns |= {"revenue": quotas.baseline.round(2), "potential": quotas.potential.round(2)}
    columns["quota"] = quotas.quota
    columns |= {"share": quotas.share, "index of quota": quotas.index.round(INDEX_DIGITS)}
    columns |= {line.name: line.money.round(6) + 0.0 for line in quotas.lines}  # + 0.0: no -0.0
    how = [quotas.account_of(r) for r in range(len(quotas.rep_ids))]
    return columns | {"how it arose": np.array(how, dtype=object)}


def deliver(
    problem: Problem,
    policy: Policy,
    result: Result,
    folder: str | Path,
    *,
    quota: Mapping[str, Any] | None = None,
    with_map: bool = True,
    warnings: Sequence[Issue] = (),
) -> dict[str, Path]:
    """Write all files of a plan into a folder; on any failure the folder is as it was.

    quota: keyword arguments of `territory_opt.quota.top_down`. warnings: faults of the input that did not
    stop the plan, kept beside it in `warnings.csv`.

    Returns the path of each file by its name. Raises ExportError when the folder cannot be written, and
    PolicyError, before anything is written, when the quota settings are out of range.
    """
    report = make_report(problem, policy, result, quota)
    return deliver_report(report, folder, with_map=with_map, warnings=warnings)


def deliver_report(
    report: Report, folder: str | Path, *, with_map: bool = True, warnings: Sequence[Issue] = ()
) -> dict[str, Path]:
    """As `deliver`, for a report that is there already."""
    from territory_opt.io.issues import write_issues
    from territory_opt.io.outputs import write_outputs
    from territory_opt.io.workbook import write_workbook

    folder = Path(folder)
    was_there = folder.exists()
    done = False
    staging: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Inside the folder, since that is surely on the same disk.
        staging = Path(tempfile.mkdtemp(prefix=".territory-", dir=folder))
        fresh = staging / "new"
        fresh.mkdir()
        write_outputs(report, fresh)
        write_workbook(report, fresh / "report.xlsx")
        if warnings:
            write_issues(warnings, fresh / "warnings.csv")
        if with_map:
            from territory_opt.maps import save_map

            save_map(report.problem, report.policy, report.result, fresh / "map.html")
        written = _take_place(fresh, folder, staging)
        done = True
        return written
    except OSError as error:
        raise ExportError(f"cannot write to {folder}: {error.strerror or error}") from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
        if not (done or was_there):
            shutil.rmtree(folder, ignore_errors=True)


def _take_place(fresh: Path, folder: Path, staging: Path) -> dict[str, Path]:
    """Rename the new files into the folder; when one cannot be, the old ones come back."""
    names = sorted(path.name for path in fresh.iterdir())
    aside = staging / "old"
    aside.mkdir()
    concerned = sorted({*names, *_SOMETIMES})
    try:
        for name in concerned:
            if (folder / name).exists():
                os.replace(folder / name, aside / name)
            if name in names:
                os.replace(fresh / name, folder / name)
    except BaseException:
        # Read from the disk how far it came: Ctrl-C may strike between a rename and any note of it.
        for name in concerned:
            if (aside / name).exists():
                os.replace(aside / name, folder / name)
            elif name in names and not (fresh / name).exists():
                (folder / name).unlink(missing_ok=True)
        raise
    return {name: folder / name for name in names}
