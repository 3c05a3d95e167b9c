"""All files of a plan in one folder, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from territory_opt.deliver.fairness_pictures import fairness_pictures
from territory_opt.deliver.gather import make_report
from territory_opt.deliver.incentives import FILES as INCENTIVES
from territory_opt.deliver.swap import swapped_in
from territory_opt.errors import Issue
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
    *(
        "quota_months.csv",
        "quota_levels.csv",
        "quota_method_fairness.csv",
        "forecast.csv",
        "productivity.csv",
    ),
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
    with swapped_in(folder, _SOMETIMES) as fresh:
        pictures = fairness_pictures(report.problem, report.result)
        write_outputs(report, fresh, pictures)
        write_workbook(report, fresh / "report.xlsx", tuple(pictures.values()))
        if warnings:
            write_issues(warnings, fresh / "warnings.csv")
        if with_map:
            from territory_opt.maps import save_map

            save_map(report.problem, report.policy, report.result, fresh / "map.html")
        names = sorted(path.name for path in fresh.iterdir())
    return {name: folder / name for name in names}
