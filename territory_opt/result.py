"""What a solve hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit, Clash
from territory_opt.shown import ShownAsText
from territory_opt.travel.place import FloatArray


class Status(StrEnum):
    """What is known of a plan."""

    OPTIMAL = "optimal"  # every wish is met and no better plan exists
    FEASIBLE = "feasible"  # every wish is met; the gap says how much better a plan could be at most
    CLASH = "clash"  # some wishes are broken; see `clashes`
    IMPOSSIBLE = "impossible"  # as CLASH, and proved that no plan meets every wish


@dataclass(frozen=True)
class Step:
    """One line of the trace: how far the search was at a moment."""

    stage: str
    step: int
    elapsed_s: float
    objective: float  # cost of the best plan so far and its penalty; inf before the first
    bound: float  # no plan can cost less; -inf before the first

    @property
    def gap(self) -> float:
        """Share of the objective that a better plan could save at most."""
        return relative_gap(self.objective, self.bound)


def relative_gap(objective: float, bound: float) -> float:
    """(objective - bound) / |objective|; 0 when they meet, inf while either is unknown."""
    difference = max(objective - bound, 0.0)
    if difference == 0.0:
        return 0.0
    return difference / abs(objective) if objective else float("inf")


@dataclass(frozen=True)
class Result(ShownAsText):
    """A plan, its recount, and the proof of how good it is.

    `audit.cost` is the money per year that the plan costs. `objective` is what plans were compared by: that
    cost and, where a band is broken, the penalty `audit.breach_cost`. `bound` is on the objective and holds
    for the full problem. `prices` are the shadow prices of each load term by its label: money per year that
    one more unit of load in a bin would cost, shape (bins,); a label that is missing has no known price.
    `searched` is False for a plan that was only recounted: made by hand, or read from a file.
    `why_impossible` says in a sentence which wishes clash, where that is proved of territories in one piece.
    """

    status: Status
    alignment: Alignment
    audit: Audit
    today: Audit
    bound: float
    prices: Mapping[str, FloatArray]
    trace: tuple[Step, ...]
    seed: int
    runtime_s: float
    interrupted: bool
    fingerprint: str
    versions: Mapping[str, str]
    searched: bool = True
    why_impossible: str = ""

    @property
    def known_prices(self) -> Mapping[str, FloatArray]:
        """The shadow prices; none when the run was cut off before it had found any."""
        cut_off = self.searched and not np.isfinite(self.bound)
        return {} if cut_off else self.prices

    @property
    def objective(self) -> float:
        """Cost per year and the penalty for what is outside the bands."""
        return self.audit.objective

    @property
    def gap(self) -> float:
        """Share of the objective that a better plan could save at most; a fact, not an estimate."""
        return relative_gap(self.objective, self.bound)

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """The wishes that this plan breaks."""
        return self.audit.clashes

    def __str__(self) -> str:
        from territory_opt.summary import summary

        return summary(self)
