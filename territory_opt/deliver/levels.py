"""The chapter on the levels above the territories: districts and regions, where reps say theirs."""

from __future__ import annotations

from collections.abc import Iterator

from territory_opt.deliver.plan import Plan
from territory_opt.io.report import Chapter, index_meters
from territory_opt.levels import level_table, levels_in

SHEET, FILE = "Levels", "levels.csv"


def level_chapters(plan: Plan) -> Iterator[Chapter]:
    """One row a district and a region: loads, balance, shape. Nothing where reps are in no groups."""
    levels = levels_in(plan.problem.reps)
    if not levels:
        return
    meters = {name: after for name, _, after in index_meters(plan.result)}
    table = level_table(plan.problem, plan.result.alignment, levels, meters)
    yield Chapter(SHEET, FILE, table)
