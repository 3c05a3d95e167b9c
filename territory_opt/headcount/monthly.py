"""Hours of selling capacity month by month: ramp, leavers and their successors, hires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from territory_opt.arrays import Tabular
from territory_opt.errors import Issue
from territory_opt.headcount.settings import HeadcountSettings, is_date, refuse, setting_issues
from territory_opt.headcount.workload import full_time_h, hours_of, workload_buildup
from territory_opt.problem import Problem, TextArray
from territory_opt.travel.place import FloatArray

_LONG = 10_000  # months on the job of somebody whose start is not known


@dataclass(frozen=True)
class MonthlyCapacity(Tabular):
    """One row a month, (months,).

    seats: full-time seats that the plan has. filled: of these with somebody in them, on average; vacant: the
    others. ramping: hours of those in them that are lost to learning. capacity_h: hours that are there.
    """

    month: TextArray
    seats: FloatArray
    filled: FloatArray
    left: FloatArray
    joined: FloatArray
    capacity_h: FloatArray
    ramping_h: FloatArray
    need_h: FloatArray
    notes: tuple[str, ...] = ()

    @property
    def gap_h(self) -> FloatArray:
        """Hours that are there beyond those needed; below 0 they are missing."""
        return self.capacity_h - self.need_h

    def columns(self) -> dict[str, Any]:
        return {
            "month": self.month,
            "seats": self.seats.round(4),
            "filled seats": self.filled.round(4),
            "unfilled seats": (self.seats - self.filled).round(4) + 0.0,
            "seats that left": self.left.round(4),
            "seats that joined": self.joined.round(4),
            "lost to ramp_h": self.ramping_h.round(2),
            "capacity in month_h": self.capacity_h.round(2),
            "need in month_h": self.need_h.round(2),
            "gap_h": self.gap_h.round(2),
        }


def capacity_by_month(problem: Problem, settings: HeadcountSettings | None = None) -> MonthlyCapacity:
    """Capacity against need in each of the next months, as the expected value.

    A rep in month k on the job works at ramp_k, fully afterwards. Of those in their seats a part
    1 − (1 − attrition)^(1/12) leaves at the end of each month; successors start `replacement_months` later
    and ramp. Vacant seats are filled after as many months. Whoever has a start date has been there since.
    In the long run 1 / (1 + part · replacement_months) of the seats is filled, as machines that fail and are
    mended: Barlow & Proschan (1965), "Mathematical Theory of Reliability", on availability.

    Example: 1 seat of 1,200 h, ramp 50 % in the first month, no leavers, hired in the first month:
    50 h, then 100 h a month.

    Raises PolicyError that lists every fault, those of `workload_buildup` too.
    """
    settings = settings or HeadcountSettings()
    issues = [*setting_issues(settings), *_start_issues(problem)]
    refuse(issues)
    need_h = workload_buildup(problem, settings).need_h[-1] / 12
    each_h = full_time_h(problem, settings)
    seats = hours_of(problem, each_h) / each_h
    age, joins = _staff(problem, seats, settings)
    state = _walk(age, joins, settings)
    hours = state * each_h / 12
    return MonthlyCapacity(
        month=_labels(settings),
        seats=seats.sum() + np.cumsum(_hires(settings)),
        filled=state[:, 0],
        left=state[:, 2],
        joined=state[:, 3],
        capacity_h=hours[:, 1],
        ramping_h=hours[:, 0] - hours[:, 1],
        need_h=np.full(settings.months, need_h),
        notes=_notes(settings, hours[:, 1] - need_h),
    )


def _staff(problem: Problem, seats: FloatArray, settings: HeadcountSettings) -> tuple[FloatArray, FloatArray]:
    """Seats by months on the job in the first month (ramp + 1,), the last for all who are ramped; and those
    that join in each month (months,)."""
    age, joins = np.zeros(len(settings.ramp) + 1), _hires(settings)
    since = np.where(
        problem.reps.vacant, -settings.replacement_months, _months_since_start(problem, settings)
    )
    there = since >= 0
    np.add.at(age, np.minimum(since[there], len(settings.ramp)), seats[there])
    soon = ~there & (-since < settings.months)
    np.add.at(joins, -since[soon], seats[soon])
    return age, joins


def _walk(age: FloatArray, joins: FloatArray, settings: HeadcountSettings) -> FloatArray:
    """Filled seats, these with ramp, those that left and that joined, by month; (months, 4)."""
    leave = 1 - (1 - settings.attrition) ** (1 / 12)
    work = np.append(settings.ramp, 1.0)
    joins = np.append(joins, np.zeros(settings.replacement_months + 1))
    table = np.zeros((settings.months, 4))
    for month in range(settings.months):
        age = age.copy()
        age[0] += joins[month]
        gone = leave * age.sum()
        table[month] = age.sum(), work @ age, gone, joins[month]
        joins[month + 1 + settings.replacement_months] += gone
        older = np.zeros_like(age)
        older[1:] = age[:-1]
        older[-1] += age[-1]
        age = (1 - leave) * older
    return table


def _hires(settings: HeadcountSettings) -> FloatArray:
    """Seats that are added in each month; those after the last month play no part."""
    added = np.zeros(settings.months)
    for when, seats in settings.hires:
        month = max(_months_after(settings, when), 0)
        if month < settings.months:
            added[month] += seats
    return added


def _months_after(settings: HeadcountSettings, when: str) -> int:
    """Months from the first one to that of a day."""
    first, day = settings.first_day, date.fromisoformat(when)
    assert first is not None
    return 12 * (day.year - first.year) + day.month - first.month


def _months_since_start(problem: Problem, settings: HeadcountSettings) -> np.ndarray:
    """Months on the job of each rep in the first month, (reps,); a large number where that is not known."""
    tag = problem.reps.tags.get("start_date")
    if tag is None or settings.start is None:
        return np.full(len(problem.reps), _LONG)
    of_text = [-_months_after(settings, text) for text in tag.names]
    return np.array([*of_text, _LONG])[tag.code]


def _start_issues(problem: Problem) -> list[Issue]:
    tag = problem.reps.tags.get("start_date")
    wrong = [] if tag is None else [text for text in tag.names if not is_date(text)]
    return [Issue("reps", None, "start_date", t, "is no date", "Write it as YYYY-MM-DD") for t in wrong]


def _labels(settings: HeadcountSettings) -> TextArray:
    first = settings.first_day
    if first is None:
        return np.array([f"month {i + 1}" for i in range(settings.months)], dtype=object)
    number = 12 * first.year + first.month - 1 + np.arange(settings.months)
    return np.array([f"{m // 12:04d}-{m % 12 + 1:02d}" for m in number.tolist()], dtype=object)


def _notes(settings: HeadcountSettings, gap_h: FloatArray) -> tuple[str, ...]:
    short = int((gap_h < -1e-9).sum())
    said = f"{short} of {len(gap_h)} months have less capacity than need"
    said += f", at worst {-gap_h.min():,.0f} h in a month." if short else "."
    if settings.start is None:
        return (said, "Without `start` everybody counts as fully productive in the first month.")
    return (said,)
