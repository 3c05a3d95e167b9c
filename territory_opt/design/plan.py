"""What a design hands back: territories, their seats, and how good they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt.alignment import Alignment
from territory_opt.audit import Audit
from territory_opt.design.levels import Level
from territory_opt.design.splitting import Split
from territory_opt.design.wishes import Wishes
from territory_opt.policy import Policy
from territory_opt.problem import Problem
from territory_opt.result import Status, relative_gap
from territory_opt.travel.place import FloatArray


@dataclass(frozen=True, eq=False)
class Design:
    """Territories from nothing.

    problem: the accounts as they were, and new seats. alignment: seat of each account, and of each area where
    there are areas. policy: the wishes as an audit takes them. value: what the plan is worth from the
    centres, in the unit of the objective; no plan that keeps every wish is worth less than `bound`.
    """

    problem: Problem
    alignment: Alignment
    policy: Policy
    wishes: Wishes
    value: float
    bound: float
    status: Status
    audit: Audit
    seed: int
    runtime_s: float
    why_impossible: str  # in a sentence, where one piece is too much for any territory
    centre: tuple[FloatArray, FloatArray]  # lat, lon of the centres, (k,) each, degrees
    splits: tuple[Split, ...] = ()  # areas that were cut; the problem holds their parts in their place
    levels: tuple[Level, ...] = ()  # above the territories, from below; given regions last

    @property
    def k(self) -> int:
        """Number of territories; their seats are the first ones of the problem."""
        return self.wishes.k

    @property
    def gap(self) -> float:
        """Share of the value that a better plan could save at most; inf while a wish is broken."""
        return float("inf") if self.audit.clashes else relative_gap(self.value, self.bound)

    @property
    def faults(self) -> tuple[str, ...]:
        """What the plan breaks, in a planner's words: territories first, then each level."""
        above = (fault for level in self.levels for fault in level.faults)
        return (*(clash.message for clash in self.audit.clashes), *above)

    @property
    def balance(self) -> Mapping[str, tuple[float, float]]:
        """Least and greatest index (1.00 is on target) by measure; NaN where nothing is to be shared."""
        index = {meter.measure: meter.index[: self.k] for meter in self.audit.meters}
        return {measure: (float(row.min()), float(row.max())) for measure, row in index.items()}

    @property
    def mean_km(self) -> float:
        """Kilometres from an account to the home of its seat, on average."""
        account = np.arange(len(self.problem.accounts))
        return float(self.problem.km(account, self.alignment.rep).mean())

    def staffed(self, problem: Problem) -> Design:
        """The same territories in the hands of today's reps, so that few relationships break.

        problem: the facts with today's reps and owners. Seats that nobody is left for stay vacant, at their
        centre; reps for whom there is no territory are listed as leaving.
        """
        from territory_opt.design.staffing import staffed

        return staffed(self, problem)

    def rows(self) -> list[dict[str, Any]]:
        """The territories as a table: one row each."""
        from territory_opt.design.words import territory_rows

        return territory_rows(self)

    def level_rows(self) -> list[dict[str, Any]]:
        """The levels above the territories as a table: one row a group, from below."""
        from territory_opt.design.level_words import level_rows

        return level_rows(self)

    def split_rows(self) -> list[dict[str, Any]]:
        """The areas that were cut as a table: one row a part."""
        from territory_opt.design.words import split_rows

        return split_rows(self)

    def __str__(self) -> str:
        from territory_opt.design.words import summary

        return summary(self)
