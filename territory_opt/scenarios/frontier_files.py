"""A frontier in a folder: its table, its picture, and the plan of each point."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from territory_opt.io.atomic import replacing
from territory_opt.io.outputs import write_csv
from territory_opt.io.report import alignment_table
from territory_opt.plots.frontier import frontier_plot
from territory_opt.problem import Problem
from territory_opt.scenarios.frontier import Point


def write_frontier(problem: Problem, points: Sequence[Point], folder: str | Path) -> tuple[Path, ...]:
    """frontier.csv, frontier.png and plan_1/alignment.csv … in the order of the points; the paths.

    Plans of an earlier run with more points are removed; other files in their folders stay.
    """
    folder = Path(folder)
    written = [folder / "frontier.csv", folder / "frontier.png"]
    rows = [{"point": i, **point.row()} for i, point in enumerate(points, start=1)]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    write_csv(written[0], columns)
    picture = frontier_plot(
        np.array([p.imbalance for p in points]),
        np.array([p.travel for p in points]),
        np.array([p.disruption for p in points]),
        np.array([p.knee for p in points], bool),
        problem.currency,
    )
    with replacing(written[1]) as temporary:
        temporary.write_bytes(picture)
    for i, point in enumerate(points, start=1):
        written.append(folder / f"plan_{i}" / "alignment.csv")
        write_csv(written[-1], alignment_table(problem, point.result.alignment))
    _remove_plans_after(len(points), folder)
    return tuple(written)


def _remove_plans_after(last: int, folder: Path) -> None:
    for plan in folder.glob("plan_*"):
        number = plan.name.removeprefix("plan_")
        if number.isdecimal() and int(number) > last and plan.is_dir():
            (plan / "alignment.csv").unlink(missing_ok=True)
            if not any(plan.iterdir()):
                plan.rmdir()
