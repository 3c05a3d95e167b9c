"""How many reps each manager leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt.arrays import Tabular
from territory_opt.errors import Issue
from territory_opt.headcount.settings import HeadcountSettings, refuse, setting_issues
from territory_opt.problem import Problem, TextArray
from territory_opt.travel.place import FloatArray

NOBODY = "(no manager)"


@dataclass(frozen=True)
class Spans(Tabular):
    """One row a manager, (managers,): filled and vacant seats, their shares summed, and a flag.

    flag: "too few", "too many", "no manager", or "" within the wished span.
    """

    manager: TextArray
    reps: FloatArray
    vacant: FloatArray
    seats: FloatArray
    flag: TextArray
    notes: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        return {
            "manager": self.manager,
            "reps led": self.reps.astype(np.int64),
            "vacant seats": self.vacant.astype(np.int64),
            "shares led": self.seats.round(4),
            "flag": self.flag,
        }


def span_of_control(problem: Problem, settings: HeadcountSettings | None = None) -> Spans:
    """Seats that stay, vacant ones too, per manager, against the wished span.

    The span of control is people, not hours: a half-timer needs a manager as well. Urwick (1956), Harvard
    Business Review 34(3).
    Example: managers A with 3 seats and B with 12, span 5 to 10: A has too few, B too many.

    Raises PolicyError for reps without a column `manager` and for settings out of range.
    """
    settings = settings or HeadcountSettings()
    issues = setting_issues(settings)
    if "manager" not in problem.reps.tags:
        issues.append(Issue("reps", None, "manager", "", "is not there", "Say who leads each seat"))
    refuse(issues)
    reps, tag = problem.reps, problem.reps.tag("manager")
    stays = ~reps.leaving
    code = np.where(tag.code < 0, len(tag.names), tag.code)[stays]
    vacant = reps.vacant[stays]
    used, row = np.unique(code, return_inverse=True)
    names = np.array([*tag.names, NOBODY], dtype=object)[used]
    count = np.bincount(row, minlength=len(used)).astype(np.float64)
    low, high = settings.span
    flag = np.where(count < low, "too few", np.where(count > high, "too many", "")).astype(object)
    flag[used == len(tag.names)] = "no manager"
    outside = int((flag != "").sum())
    said = f"Wished are {low:g} to {high:g} seats a manager; {outside} of {len(used)} are outside."
    empty = np.bincount(row, vacant, len(used)).astype(np.float64)
    seats = np.bincount(row, reps.share[stays], len(used)).astype(np.float64)
    return Spans(names, count, empty, seats, flag, (said,))
