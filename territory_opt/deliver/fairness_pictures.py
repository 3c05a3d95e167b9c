"""Pictures of how fair a plan is."""

from __future__ import annotations

import numpy as np

from territory_opt.audit import MeterCount
from territory_opt.fairness import has_index, of_meter
from territory_opt.io.report import index_meters
from territory_opt.problem import Problem
from territory_opt.result import Result
from territory_opt.travel.place import FloatArray

_PANELS = 4  # measures that a picture shows


def fairness_pictures(problem: Problem, result: Result, *, only_today: bool = False) -> dict[str, bytes]:
    """PNG files by name: Lorenz curves, and the index of each rep; none where reps have no index."""
    from territory_opt.plots.fairness import Indexes, Lorenz, index_picture, lorenz_picture

    curves, bars = [], []
    for name, before, after in list(index_meters(result))[:_PANELS]:
        sides = {"today": before} if only_today else {"today": before, "plan": after}
        spreads = {side: of_meter(meter) for side, meter in sides.items() if has_index(meter)}
        if not spreads:
            continue
        lines = [Lorenz(side, s.lorenz_reps, s.lorenz_load, s.gini) for side, s in spreads.items()]
        curves.append((name, lines))
        today = np.full(len(before.load), np.nan) if only_today else before.index
        bars.append(
            Indexes(name, problem.reps.names, today, (before if only_today else after).index, *_band(after))
        )
    if not curves:
        return {}
    whose = "today" if only_today else "plan"
    return {"fairness.png": lorenz_picture(curves), "fairness_index.png": index_picture(bars, whose)}


def _band(meter: MeterCount) -> tuple[FloatArray, FloatArray]:
    """The limits of each rep as indexes."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return meter.low / meter.target, meter.high / meter.target
