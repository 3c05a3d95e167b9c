"""Everything a planner takes away from a plan: the rooms meet here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from territory_opt.deliver.fairness import fairness_chapters, figures_of
from territory_opt.deliver.forecasts import forecast_chapters
from territory_opt.deliver.incentives import chapters_of_report as incentive_chapters
from territory_opt.deliver.plan import Plan
from territory_opt.deliver.quota_fairness import quota_fairness_chapters
from territory_opt.deliver.quota_methods import standing_chapters
from territory_opt.deliver.quotas import quota_chapters
from territory_opt.fairness import FairnessSettings
from territory_opt.incentives import IncentiveSettings
from territory_opt.io.report import Columns, Report
from territory_opt.moves import moves
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Result

#: Each makes some of the chapters of a report: sheets of the workbook and files beside it.
CHAPTERS = (
    fairness_chapters,
    quota_chapters,
    quota_fairness_chapters,
    standing_chapters,
    forecast_chapters,
    incentive_chapters,
)


def make_report(
    problem: Problem,
    policy: Policy,
    result: Result,
    quota: Mapping[str, Any] | None = None,
    fairness: FairnessSettings | None = None,
    incentives: IncentiveSettings | None = None,
) -> Report:
    """The numbers of all rooms about one plan, as plain data.

    quota: keyword arguments of `territory_opt.quota.quotas_by`. fairness: where commission stands in the
    tables. incentives: pay plans, and what a move does to pay. PolicyError where any is out of range.
    """
    spread = {"today": figures_of(problem, result.today), "plan": figures_of(problem, result.audit)}
    changes, shapes = moves(problem, policy, result), _shapes(problem, result)
    plan = Plan(
        problem,
        policy,
        result,
        quota or {},
        fairness or FairnessSettings(),
        incentives or IncentiveSettings(),
    )
    chapters = tuple(chapter for write in CHAPTERS for chapter in write(plan))
    return Report(problem, policy, result, changes, spread, chapters, shapes)


def _shapes(problem: Problem, result: Result) -> Columns:
    """How compact the territories of the plan are, where there are outlines of areas."""
    if problem.areas is None or problem.areas.outlines is None:
        return {}
    from territory_opt.compactness import compactness

    return compactness(problem, result.alignment).columns()
