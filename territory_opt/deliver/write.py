"""All files of a plan in one folder, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from territory_opt.deliver.fairness_pictures import fairness_pictures
from territory_opt.deliver.gather import make_report
from territory_opt.deliver.incentives import FILES as INCENTIVES
from territory_opt.errors import ExportError, Issue
from territory_opt.fairness import FairnessSettings
from territory_opt.incentives import IncentiveSettings
from territory_opt.io.report import Report
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result

#: Files that only some plans have; an earlier plan's must not stay beside a new one.
_SOMETIMES = (
    *("area_alignment.csv", "uncovered.csv", "warnings.csv", "map.html"),
    *("fairness.png", "fairness_index.png", "fairness_groups.csv", *INCENTIVES),
    *("quota_months.csv", "quota_levels.csv", "forecast.csv", "productivity.csv"),
)


def deliver(
    problem: Problem,
    policy: Policy,
    result: Result,
    folder: str | Path,
    *,
    quota: Mapping[str, Any] | None = None,
    fairness: FairnessSettings | None = None,
    incentives: IncentiveSettings | None = None,
    with_map: bool = True,
    warnings: Sequence[Issue] = (),
) -> dict[str, Path]:
    """Write all files of a plan into a folder; on any failure the folder is as it was.

    quota: keyword arguments of `territory_opt.quota.quotas_by`. fairness: where commission stands in the
    tables. incentives: pay plans, and what a move does to pay. warnings: faults of the input that did not
    stop the plan, kept beside it in `warnings.csv`.

    Returns the path of each file by its name. Raises ExportError when the folder cannot be written, and
    PolicyError, before anything is written, when the settings are out of range.
    """
    report = make_report(problem, policy, result, quota, fairness, incentives)
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
        pictures = fairness_pictures(report.problem, report.result)
        write_outputs(report, fresh, pictures)
        write_workbook(report, fresh / "report.xlsx", tuple(pictures.values()))
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
