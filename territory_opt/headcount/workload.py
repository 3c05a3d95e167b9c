"""How many reps the work needs: built up segment by segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from territory_opt.arrays import Tabular
from territory_opt.errors import Issue
from territory_opt.headcount.settings import HeadcountSettings, fault_of, refuse, setting_issues
from territory_opt.policy.matching import membership
from territory_opt.problem import BoolArray, Problem, TextArray
from territory_opt.travel.place import FloatArray

NO_SEGMENT, TOTAL = "(no segment)", "all"


@dataclass(frozen=True)
class Workload(Tabular):
    """Work and staff by segment, and of all in the last row; every array (segments + 1,).

    visiting_h, travel_h: hours a year. reps: who may serve the segment. have_h: their hours a year, those of
    a rep who serves several split as these need them. needed: in full-time seats; full_time and part_time are
    whole seats and one part of a seat that hold it. coverage: hours that are there ÷ hours needed.
    """

    segment: TextArray
    accounts: FloatArray
    visits: FloatArray
    visiting_h: FloatArray
    travel_h: FloatArray
    reps: FloatArray
    have_h: FloatArray
    capacity_h: float
    needed: FloatArray
    full_time: FloatArray
    part_time: FloatArray
    notes: tuple[str, ...] = ()

    @property
    def need_h(self) -> FloatArray:
        """Hours a year of visits and driving."""
        return self.visiting_h + self.travel_h

    @property
    def have(self) -> FloatArray:
        """What is there, in full-time seats."""
        return self.have_h / self.capacity_h

    @property
    def coverage(self) -> FloatArray:
        """Hours that are there ÷ hours needed; NaN where nothing is needed."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.need_h > 0, self.have_h / self.need_h, np.nan)

    def columns(self) -> dict[str, Any]:
        return {
            "segment": self.segment,
            "accounts in segment": self.accounts.astype(np.int64),
            "visits": self.visits.round(2),
            "visiting_h": self.visiting_h.round(2),
            "travel_h": self.travel_h.round(2),
            "need_h": self.need_h.round(2),
            "reps who may serve": self.reps.astype(np.int64),
            "have_h": self.have_h.round(2),
            "seats needed": self.needed.round(4),
            "full-time": self.full_time.astype(np.int64),
            "part-time": self.part_time.round(4),
            "seats there": self.have.round(4),
            "seats missing": (self.needed - self.have).round(4) + 0.0,
            "coverage": self.coverage.round(4),
        }


def workload_buildup(problem: Problem, settings: HeadcountSettings | None = None) -> Workload:
    """Reps needed = Σ accounts × visits × hours a visit, with driving ÷ hours a rep has; by segment.

    Driving is what today's owners drive; an account of nobody gets the mean of the others per visit, and
    where nobody owns any, driving takes `driving_share` of working time. Without a column `segment` all
    accounts are one. Method: Talley (1961), "How to Design Sales Territories", J. Marketing 25(3).

    Example: 100 accounts × 12 visits × 1.5 h, 10 accounts × 24 × 2 h, a quarter of time driving:
    (1,800 + 480) / 0.75 = 3,040 h; at 1,520 h a rep 2 seats, 1.58 and 0.42 by segment.

    Raises PolicyError that lists every fault: no work at all, no hours of a rep known, settings.
    """
    settings = settings or HeadcountSettings()
    capacity_h, issues = _full_time_h(problem, settings)
    visits, visit_h = problem.accounts.measures["visits"], problem.accounts.measures["visit_h"]
    issues += [*setting_issues(settings), *_work_issues(visits, visit_h)]
    refuse(issues)
    visiting_h = visits * visit_h
    travel_h, notes = _driving(problem, visiting_h, settings)
    code, names = _segments(problem)
    n, serves = len(names), _who_serves(problem, names)
    work = {"visits": visits, "visiting_h": visiting_h, "travel_h": travel_h}
    sums = {name: np.bincount(code, values, n).astype(np.float64) for name, values in work.items()}
    need_h = sums["visiting_h"] + sums["travel_h"]
    sums["accounts"] = np.bincount(code, minlength=n).astype(np.float64)
    sums["have_h"] = _split(serves, hours_of(problem, capacity_h), need_h)
    full = {name: np.append(column, column.sum()) for name, column in sums.items()}
    reps = np.append(serves.sum(axis=0), (~problem.reps.leaving).sum()).astype(np.float64)
    needed = np.append(need_h, need_h.sum()) / capacity_h
    whole, part = _seats(needed, settings.part_time_step)
    return Workload(
        segment=np.array([*names, TOTAL], dtype=object),
        reps=reps,
        capacity_h=capacity_h,
        needed=needed,
        full_time=whole,
        part_time=part,
        notes=(*notes, *_gaps(names, reps, needed)),
        **full,
    )


def hours_of(problem: Problem, full_time_h: float) -> FloatArray:
    """Hours a year of each seat that stays: its own, else its share of a full-time rep's; (reps,)."""
    reps = problem.reps
    own = np.where(np.isnan(reps.capacity_h), reps.share * full_time_h, reps.capacity_h)
    return np.where(reps.leaving, 0.0, own)


def full_time_seats(problem: Problem, settings: HeadcountSettings) -> FloatArray:
    """What each seat that stays is of a full-time one: its hours ÷ those of a full-time rep; (reps,).

    Its share where no hours are known. Example: 700 of 1,400 hours are half a seat.
    """
    each_h = known_full_time_h(problem, settings)
    if each_h is None:
        return np.where(problem.reps.leaving, 0.0, problem.reps.share)
    return hours_of(problem, each_h) / each_h


def full_time_h(problem: Problem, settings: HeadcountSettings) -> float:
    """Hours a year of a full-time rep; PolicyError where nothing says it."""
    hours, issues = _full_time_h(problem, settings)
    refuse(issues)
    return hours


def _full_time_h(problem: Problem, settings: HeadcountSettings) -> tuple[float, list[Issue]]:
    hours = known_full_time_h(problem, settings)
    if hours is not None:
        return hours, []
    mend = "Write capacity_h, hours a year of a full-time rep, or give the reps a column capacity_h"
    return 1.0, [fault_of("capacity_h", None, "no rep has hours", mend)]


def known_full_time_h(problem: Problem, settings: HeadcountSettings) -> float | None:
    """Hours a year of a full-time rep: of the settings, else the median of those who stay, else None."""
    if settings.capacity_h is not None:
        return settings.capacity_h
    reps = problem.reps
    known = ~reps.leaving & (reps.capacity_h > 0) & (reps.share > 0)
    return float(np.median(reps.capacity_h[known] / reps.share[known])) if known.any() else None


def _work_issues(visits: FloatArray, visit_h: FloatArray) -> list[Issue]:
    issues = []
    for name, values in (("visits", visits), ("visit_h", visit_h)):
        wrong = int((~(np.isfinite(values) & (values >= 0))).sum())
        if wrong:
            fault = f"{wrong:,} accounts have no number of 0 or more"
            issues.append(Issue("accounts", None, name, "", fault, "Correct them"))
    if not issues and not (visits * visit_h).sum() > 0:
        fault = "no account needs any time, so that there is no work to count"
        issues.append(Issue("accounts", None, "visits, visit_h", "", fault, "Give visits per year"))
    return issues


def _driving(
    problem: Problem, visiting_h: FloatArray, settings: HeadcountSettings
) -> tuple[FloatArray, tuple[str, ...]]:
    """Hours of driving a year for each account, (accounts,), and how they were found."""
    owner, visits = problem.accounts.owner, problem.accounts.measures["visits"]
    owned = np.flatnonzero(owner >= 0)
    driven = np.zeros(len(owner))
    driven[owned] = problem.travel_h(owned, owner[owned]) if len(owned) else 0.0
    if not (visits[owned].sum() > 0 and np.isfinite(driven).all()):
        share = settings.driving_share
        said = f"Driving is taken as {100 * share:g} % of working time, as no book says how much it is."
        return visiting_h * share / (1 - share), (said,)
    free = owner < 0
    driven[free] = visits[free] * driven.sum() / visits[owned].sum()
    said = f"Driving is measured from today's books, {len(owned):,} of {len(owner):,} accounts."
    return driven, (said,)


def _segments(problem: Problem) -> tuple[np.ndarray, list[str]]:
    """Code of each account's segment, and the names of those that occur."""
    tag = problem.accounts.tags.get("segment")
    if tag is None:
        return np.zeros(len(problem.accounts), np.int64), ["(all accounts)"]
    used, code = np.unique(np.where(tag.code < 0, len(tag.names), tag.code), return_inverse=True)
    return code, [[*tag.names, NO_SEGMENT][i] for i in used]


def _who_serves(problem: Problem, names: list[str]) -> BoolArray:
    """Whether each rep who stays may serve each segment; (reps, segments)."""
    reps, wanted = problem.reps, problem.accounts.tags.get("segment")
    if wanted is None or "segments" not in reps.tags:
        return np.repeat(~reps.leaving[:, None], len(names), axis=1)
    offered = reps.tag("segments")
    column = {name: j for j, name in enumerate(wanted.names)}
    table = membership(wanted, offered)[offered.code]
    return ~reps.leaving[:, None] & table[:, [column.get(name, -1) for name in names]]


def _split(serves: BoolArray, hours: FloatArray, need_h: FloatArray) -> FloatArray:
    """Hours of the reps by segment, each rep's in proportion to what his segments need; (segments,)."""
    weight = serves * np.maximum(need_h, 1e-12)
    return (weight * (hours / np.maximum(weight.sum(axis=1), 1e-300))[:, None]).sum(axis=0)


def _seats(needed: FloatArray, step: float) -> tuple[FloatArray, FloatArray]:
    """Whole seats and the part of one, rounded up to the step, that hold what is needed."""
    whole = np.floor(needed + 1e-9)
    part = np.ceil((needed - whole) / step - 1e-9).clip(0) * step
    return np.where(part >= 1 - 1e-9, whole + 1, whole), np.where(part >= 1 - 1e-9, 0.0, part)


def _gaps(names: list[str], reps: FloatArray, needed: FloatArray) -> tuple[str, ...]:
    return tuple(
        f"No rep may serve {name!r}: {needed[i]:,.2f} full-time seats are missing."
        for i, name in enumerate(names)
        if reps[i] == 0
    )
