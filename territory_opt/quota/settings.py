"""How quotas are set and judged: the table `[quota]` of territory.toml, and keyword arguments in Python."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from territory_opt.errors import Issue, PolicyError, did_you_mean
from territory_opt.quota.payout import PROPORTIONAL, curve_faults
from territory_opt.volatility import USUAL

MethodName = Literal[
    "top_down",
    "uniform_growth",
    "equal_growth",
    "potential_growth",
    "share_growth",
    "potential_share_growth",
    "weighted_index",
    "bottom_up",
    "blend",
]
#: The lowest level of a hierarchy: the reps themselves.
REP = "rep"
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-\d\d)?")
_Fault = tuple[str, str]


@dataclass(frozen=True)
class QuotaSettings:
    """Every parameter of every method and of the steps that follow it.

    goal: money per year; by default the sum of the reps' present `quota` column where there is one (of all
        seats, also those that leave: the company still wants it), else revenue × (1 + growth).
    over_assignment: share by which the quotas exceed the goal, 0.05 for 5 %.
    potential_weight: of top_down. weights: of weighted_index, a measure of accounts, "share", "accounts" or
        "workload_h" to its weight. blend: method to its weight. Weights count relative to their sum.
    plan: of bottom_up, a measure of accounts with a plan for each; without it revenue + capture × untapped
        potential.
    growth_at_least, growth_at_most: bounds of quota ÷ revenue of the book - 1.
    ramp: part of a full quota in the 1st, 2nd, … month after a rep's start_date; ramps: another for each text
        in the reps' column `experience`. ramp_shared: whether the others carry what new reps do not.
    year_start: first month of the year of the quotas, "2026-01".
    season: weight of each of 12 months or 4 quarters.
    hedges: from the top down, a text column of the reps (region, manager) or "rep" to the share by which the
        sum of that level exceeds the level above.

    The rest says how quotas are judged, see `outlook_of` and `attainment`:

    volatility: standard deviation ÷ mean of an account's year, where no column says it; one number, or one
        for each segment ("" for all others).
    market_sd: standard deviation of what the market does to all accounts alike, 0.05 for 5 %.
    churn: probability that an account buys nothing all year.
    payout: points (attainment, part of the variable pay on target), where no pay plans say it.
    """

    goal: float | None = None
    growth: float = 0.05
    potential_weight: float = 0.5
    over_assignment: float = 0.0
    method: MethodName = "top_down"
    weights: Mapping[str, float] = field(
        default_factory=lambda: {"revenue": 0.5, "potential": 0.3, "share": 0.2}
    )
    blend: Mapping[str, float] = field(
        default_factory=lambda: {"uniform_growth": 0.5, "potential_growth": 0.5}
    )
    plan: str = ""
    capture: float = 0.1
    growth_at_least: float | None = None
    growth_at_most: float | None = None
    ramp: tuple[float, ...] = ()
    ramps: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    ramp_shared: bool = True
    year_start: str = ""
    season: tuple[float, ...] = ()
    hedges: Mapping[str, float] = field(default_factory=dict)
    volatility: float | Mapping[str, float] = USUAL
    market_sd: float = 0.0
    churn: float = 0.0
    payout: tuple[tuple[float, float], ...] = PROPORTIONAL

    def faults(self) -> Iterator[_Fault]:
        """Parameters out of range: name and what is wrong."""
        yield from self._amounts()
        yield from self._mixtures()
        yield from self._bounds()
        yield from self._calendar()
        yield from self._hedges()
        yield from self._luck()

    @property
    def of_outlook(self) -> dict[str, Any]:
        """Keyword arguments of `outlook_of`."""
        return {"volatility": self.volatility, "market_sd": self.market_sd, "churn": self.churn}

    @property
    def total_hedge(self) -> float:
        """Share by which all quotas exceed the goal: over-assignment and the hedges of all levels."""
        return float(np.prod([1 + self.over_assignment, *(1 + h for h in self.hedges.values())]) - 1)

    def _amounts(self) -> Iterator[_Fault]:
        if self.goal is not None and not (np.isfinite(self.goal) and self.goal > 0):
            yield "goal", "must be above 0"
        if not (np.isfinite(self.growth) and self.growth > -1):
            yield "growth", "must be above -1 (-0.05 is 5 % less)"
        for name in ("potential_weight", "capture"):
            if not 0 <= getattr(self, name) <= 1:
                yield name, "must be between 0 and 1"
        if not (np.isfinite(self.over_assignment) and self.over_assignment >= 0):
            yield "over_assignment", "must be 0 or more"

    def _mixtures(self) -> Iterator[_Fault]:
        methods = get_args(MethodName)
        if self.method not in methods:
            yield "method", f"is no known method. {did_you_mean(str(self.method), methods)}"
        for name in ("weights", "blend"):
            parts = getattr(self, name)
            if not (_are_weights(parts.values()) and sum(parts.values()) > 0):
                yield name, "must be numbers of 0 or more, one of them above 0"
        for part in self.blend:
            if part not in methods or part == "blend":
                known = [m for m in methods if m != "blend"]
                yield "blend", f"names {part!r}, which cannot be blended. {did_you_mean(part, known)}"

    def _bounds(self) -> Iterator[_Fault]:
        low, high = self.growth_at_least, self.growth_at_most
        for name, bound in (("growth_at_least", low), ("growth_at_most", high)):
            if bound is not None and not (np.isfinite(bound) and bound >= -1):
                yield name, "must be -1 or more (-0.05 is 5 % less)"
        if low is not None and high is not None and low > high:
            yield "growth_at_least", f"must not be above growth_at_most, {high:g}"

    def _calendar(self) -> Iterator[_Fault]:
        for name, ramp in (("ramp", self.ramp), *((f"ramps.{k}", r) for k, r in self.ramps.items())):
            if not all(0 <= part <= 1 for part in ramp):
                yield name, "must be parts of a full quota, between 0 and 1"
        if self.year_start and not _DATE.fullmatch(self.year_start):
            yield "year_start", 'must be a month such as "2026-01"'
        if (self.ramp or self.ramps) and not self.year_start:
            yield "year_start", 'is needed by a ramp: give the first month of the year, such as "2026-01"'
        if self.season and not (
            len(self.season) in (4, 12) and _are_weights(self.season) and sum(self.season) > 0
        ):
            yield "season", "must be 4 or 12 numbers of 0 or more, one of them above 0"

    def _hedges(self) -> Iterator[_Fault]:
        if not _are_weights(self.hedges.values()):
            yield "hedges", "must be shares of 0 or more (0.03 for 3 %)"
        if REP in self.hedges and list(self.hedges)[-1] != REP:
            yield "hedges", "must go from the top down, so that rep comes last"
        if self.hedges and self.over_assignment:
            yield "over_assignment", 'must be left out beside hedges: give it as the hedge of "rep"'

    def _luck(self) -> Iterator[_Fault]:
        of = self.volatility
        if not _are_weights(of.values() if isinstance(of, Mapping) else [of]):
            yield "volatility", "must be 0 or more (0.5: half of the mean), one or one for each segment"
        if not (np.isfinite(self.market_sd) and self.market_sd >= 0):
            yield "market_sd", "must be 0 or more (0.05: the market is 5 % up or down)"
        if not 0 <= self.churn < 1:
            yield "churn", "must be a probability of 0 or more and below 1"
        yield from (("payout", fault) for fault in curve_faults(self.payout))


def settings_of(given: Mapping[str, Any]) -> QuotaSettings:
    """Settings from keyword arguments; PolicyError lists every unknown name and every one out of range."""
    known = [f.name for f in dataclasses.fields(QuotaSettings)]
    strange = [f"no quota setting is called {n}. {did_you_mean(n, known)}" for n in given if n not in known]
    settings = QuotaSettings(**{name: value for name, value in given.items() if name in known})
    wrong = [f"the {name}{_shown(settings, name)} {fault}" for name, fault in settings.faults()]
    if strange or wrong:
        raise PolicyError([Issue("", None, "", "", fault, "") for fault in (*strange, *wrong)])
    return settings


def _shown(settings: QuotaSettings, name: str) -> str:
    value = getattr(settings, name, None)
    if isinstance(value, int | float):
        return f" of {value:g}"
    return f" {value!r}" if isinstance(value, str) and value else ""


def _are_weights(values: Any) -> bool:
    return all(np.isfinite(value) and value >= 0 for value in values)
