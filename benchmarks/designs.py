"""What the published instances of territory design share: the solve, and the figures that any of them has."""

from __future__ import annotations

import os
from collections.abc import Sized
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from territory_opt.result import relative_gap
from territory_opt.solve.design.pipeline import design
from territory_opt.solve.design.progress import Designed
from territory_opt.solve.design.sites import Sites
from territory_opt.solve.design.verdict import Verdict


def solved(sites: Sites, seed: int, deadline_s: float) -> Designed:
    """The design on all cores by a deadline of `time.perf_counter`."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
        return design(sites, seed=seed, deadline_s=deadline_s, executor=workers)


def judged(found: Designed, objective: float | None, faults: Sized) -> dict[str, Any]:
    """Its figures; a plan in which the recount finds a fault is broken and has no gap."""
    figures: dict[str, Any] = {"objective": objective, "bound": found.bound, "gap": None, "status": "unknown"}
    if objective is not None and len(faults):
        figures["status"] = "broken"
    elif objective is not None:
        figures["status"] = "optimal" if found.verdict is Verdict.OPTIMAL else "feasible"
        figures["gap"] = relative_gap(objective, found.bound)
    return figures
