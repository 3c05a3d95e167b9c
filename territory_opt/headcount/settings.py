"""What `[headcount]` in territory.toml says: hours, months and money of a seat."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from territory_opt.errors import Issue, PolicyError

_INF = float("inf")
#: Parameter -> the least and the greatest value that makes sense.
_RANGES = {
    "capacity_h": (1.0, 8784.0),  # hours of a leap year
    "part_time_step": (0.01, 1.0),
    "driving_share": (0.0, 0.9),
    "months": (1, 600),
    "attrition": (0.0, 0.99),
    "replacement_months": (0, 60),
    "cost_per_rep": (1e-9, _INF),
    "margin": (1e-9, 1.0),
    "hiring_cost": (0.0, _INF),
    "discount_rate": (0.0, 10.0),
    "elasticity": (0.01, 0.7),  # its interval ends at 0.8
    "years": (1, 20),
}
_STEP = 0.1  # from the elasticity to either end of its interval
#: Parameter -> why its greatest value is what it is.
_WHY = {"elasticity": ": near 1 every rep pays for another, and no size of the force is the best"}


@dataclass(frozen=True)
class HeadcountSettings:
    """Choices that the tables leave open. Money is per year, shares are between 0 and 1.

    capacity_h: hours a year of a full-time rep for visits and driving; None: as in the reps' own column.
    part_time_step: the smallest part of a full-time seat that is hired, 0.1 for half a day a week.
    driving_share: of working time, used only where no book says how much is driven.

    start: first day of the first month, YYYY-MM-DD; needed for start dates and hires. months: how many.
    ramp: share of the full capacity in the first, second, … month on the job; 1 after that. attrition: share
    of the reps who leave in a year. replacement_months: from a leaver's last month to the successor's first.
    hires: dates and full-time seats that are added, [["2026-04-01", 2]].

    cost_per_rep: loaded pay of a rep. margin: contribution of sales, as a share of them. hiring_cost: once.
    elasticity: b, by how many per cent sales grow with one per cent more selling time, in the same year;
    at most 0.7, as its interval then ends at 0.8.
    carry_over: share of the sales won in a year that comes back in the second, third, … year without effort.
    discount_rate: a year. years: over which a return is counted.

    span: least and greatest number of reps for one manager.
    """

    capacity_h: float | None = None
    part_time_step: float = 0.1
    driving_share: float = 0.25
    start: str | None = None
    months: int = 12
    ramp: tuple[float, ...] = (0.25, 0.5, 0.75)
    attrition: float = 0.0
    replacement_months: int = 3
    hires: tuple[tuple[str, float], ...] = ()
    cost_per_rep: float | None = None
    margin: float | None = None
    hiring_cost: float = 0.0
    elasticity: float = 0.3
    carry_over: tuple[float, ...] = ()
    discount_rate: float = 0.1
    years: int = 3
    span: tuple[float, float] = (5, 10)

    @property
    def elasticities(self) -> tuple[float, ...]:
        """The elasticity with its interval, 0.2, 0.3, 0.4: it is never known well."""
        b = self.elasticity
        return tuple(round(max(x, 0.01), 6) for x in (b - _STEP, b, b + _STEP))

    @property
    def first_day(self) -> date | None:
        """The first day of the first month."""
        return None if self.start is None else date.fromisoformat(self.start).replace(day=1)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Parameters out of range: name and what is wrong."""
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not (low <= value <= high and math.isfinite(value)):
                most = f" and at most {high:g}" if high < _INF else ""
                yield name, f"must be a number of at least {low:g}{most}{_WHY.get(name, '')}"
        for name in ("ramp", "carry_over"):
            if not all(0 <= share <= 1 for share in getattr(self, name)):
                yield name, "must hold shares between 0 and 1"
        if not 0 <= self.span[0] <= self.span[1] < _INF:
            yield "span", "must be two numbers of 0 or more, the smaller one first"
        yield from self._date_faults()

    def _date_faults(self) -> Iterator[tuple[str, str]]:
        if self.start is not None and not is_date(self.start):
            yield "start", "must be a date, YYYY-MM-DD"
        for when, seats in self.hires:
            if not is_date(when):
                yield "hires", f"{when!r} must be a date, YYYY-MM-DD"
            if not (0 < seats < _INF):
                yield "hires", f"{seats:g} seats on {when} must be more than 0"
        if self.hires and self.start is None:
            yield "hires", "need `start`, the day from which months are counted"


def is_date(text: str) -> bool:
    """Whether a text is a day in the calendar, YYYY-MM-DD."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def refuse(issues: list[Issue]) -> None:
    """PolicyError that lists the faults, where there are any."""
    if issues:
        raise PolicyError(issues)


def setting_issues(settings: HeadcountSettings) -> list[Issue]:
    """Faults of the settings as issues."""
    return [fault_of(name, getattr(settings, name), fault) for name, fault in settings.faults()]


def fault_of(name: str, value: object, fault: str, mend: str = "Correct it") -> Issue:
    """A fault of one of these settings, as the file names it."""
    return Issue(
        "territory.toml", None, f"headcount.{name}", "" if value is None else str(value), fault, mend
    )
