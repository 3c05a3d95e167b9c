"""What `[incentives]` in territory.toml says: pay plans, and what a move of accounts does to pay."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from territory_opt.errors import Issue, PolicyError

_INF = float("inf")
_RANGES = {
    "rate": (0.0, 1.0),
    "volatility": (0.0, 5.0),
    "correlation": (0.0, 1.0),
    "expected_attainment": (0.0, 10.0),
    "draws": (100, 1_000_000),
    "seed": (0, 2**31 - 1),
    "period_months": (1, 12),
    "leagues": (0, 100_000),
    "elasticity": (0.0, 1.0),
}
_PLAN_RANGES = {"base": (0.0, _INF), "variable": (0.0, _INF), "at_threshold": (0.0, 1.0), "cap": (1.0, _INF)}
YEAR_MONTHS = 12


@dataclass(frozen=True)
class PayPlan:
    """How a rep is paid: fixed pay, and variable pay by attainment (sales ÷ quota). Money per year.

    base + variable are the on-target earnings. Variable pay, as a multiple of `variable`, is 0 below
    `threshold`; `at_threshold` there; 1 at an attainment of 1, in a straight line; from there on it grows
    with attainment, from each of the `accelerators` on by so many times as much, [[1.0, 1.5], [1.2, 2.0]];
    and never exceeds `cap`. Without a threshold every sale pays the rate variable ÷ quota up to the quota.
    """

    name: str = "standard"
    base: float = 0.0
    variable: float = 0.0
    threshold: float = 0.0
    at_threshold: float = 0.0
    accelerators: tuple[tuple[float, float], ...] = ()
    cap: float | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        """Parameters that make no plan: name and what is wrong."""
        yield from _range_faults(self, _PLAN_RANGES)
        if not 0 <= self.threshold < 1:
            yield "threshold", "must be at least 0 and below 1, where the target is"
        if self.at_threshold and not self.threshold:
            yield "at_threshold", "needs a threshold above 0: nothing is sold at 0"
        starts = [start for start, _ in self.accelerators]
        if not all(1 <= start < _INF for start in starts) or starts != sorted(set(starts)):
            yield "accelerators", "must start at attainments of 1 or more, each later than the one before"
        if not all(0 <= times < _INF for _, times in self.accelerators):
            yield "accelerators", "must pay 0 or more times the rate: more sales never pay less"
        if self.base + self.variable == 0:
            yield "base", "and variable are both 0, so that nobody is paid"


@dataclass(frozen=True)
class IncentiveSettings:
    """Choices that the tables leave open.

    plans: the first is that of reps whose column `plan` names no other. rate: commission on a unit of revenue
    where the reps have no column `commission_rate` (a plan's variable ÷ today's quota, or ÷ today's revenue
    where there is no quota, if neither is there).

    volatility: standard deviation of attainment ÷ its mean, alike for everybody; without it attainment comes
    from what the accounts of each book may sell, as the chance of quota does. With it, expected_attainment:
    of everybody, on average; correlation: of the reps' luck with each other; draws, seed: of the simulation.

    transition: share of an account's credit that the former owner keeps in the first, second, … period of
    `period_months` after the change. transition_as: "split", taken from the new owner's credit, so that every
    sale is credited once; "bonus", paid on top. effective_date: when the plan begins, YYYY-MM-DD.

    leagues: how many, 0 for none. elasticity: of sales to selling time, for the handicaps.
    """

    plans: tuple[PayPlan, ...] = ()
    rate: float | None = None
    expected_attainment: float = 1.0
    volatility: float | None = None
    correlation: float = 0.0
    draws: int = 10_000
    seed: int = 1
    transition: tuple[float, ...] = (1.0, 0.5, 0.0)
    period_months: int = 3
    transition_as: Literal["split", "bonus"] = "split"
    effective_date: str | None = None
    leagues: int = 0
    elasticity: float = 0.3

    @property
    def kept_years(self) -> float:
        """What the former owner keeps of a year: Σ share × period, 0.375 for 100/50/0 % of quarters."""
        return sum(self.transition) * self.period_months / YEAR_MONTHS

    @property
    def first_day(self) -> date | None:
        """When the plan begins."""
        return None if self.effective_date is None else date.fromisoformat(self.effective_date)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Parameters out of range: name and what is wrong."""
        yield from _range_faults(self, _RANGES)
        if not all(0 <= share <= 1 for share in self.transition):
            yield "transition", "must hold shares between 0 and 1"
        if len(self.transition) * self.period_months > YEAR_MONTHS:
            yield "transition", f"must end within {YEAR_MONTHS} months"
        if self.volatility is None:
            for name, usual in (("expected_attainment", 1.0), ("correlation", 0.0)):
                if getattr(self, name) != usual:
                    yield name, "counts only beside `volatility`: give that too, or leave this out"
        names = [plan.name for plan in self.plans]
        if len(set(names)) < len(names):
            yield "plans", "must have names of their own"
        for i, plan in enumerate(self.plans):
            yield from ((f"plans[{i + 1}].{name}", fault) for name, fault in plan.faults())
        try:
            _ = self.first_day
        except ValueError:
            yield "effective_date", "must be a date, YYYY-MM-DD"


def _range_faults(part: object, ranges: dict[str, tuple[float, float]]) -> Iterator[tuple[str, str]]:
    for name, (low, high) in ranges.items():
        value = getattr(part, name)
        if value is not None and not (low <= value <= high and math.isfinite(value)):
            most = f" and at most {high:g}" if high < _INF else ""
            yield name, f"must be a number of at least {low:g}{most}"


def setting_issues(settings: IncentiveSettings) -> list[Issue]:
    """Faults of the settings as issues, as the file names them."""
    return [fault_of(name, fault) for name, fault in settings.faults()]


def fault_of(name: str, fault: str, mend: str = "Correct it") -> Issue:
    """A fault of one of these settings."""
    return Issue("territory.toml", None, f"incentives.{name}".rstrip("."), "", fault, mend)


def refuse(issues: list[Issue]) -> None:
    """PolicyError that lists the faults, where there are any."""
    if issues:
        raise PolicyError(issues)
