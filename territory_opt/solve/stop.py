"""When to stop. Effort is counted in deterministic steps; the clock may only cut a run short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from territory_opt.result import Step


class Stop(Protocol):
    """A stopping rule, asked between steps."""

    def __call__(self, step: Step) -> bool:
        """Whether to stop after this step."""


@dataclass(frozen=True)
class MaxRuntime:
    """Stop after so many seconds of wall time, if the search has not ended by itself."""

    seconds: float

    def __call__(self, step: Step) -> bool:
        return step.elapsed_s >= self.seconds


@dataclass(frozen=True)
class MaxSteps:
    """Stop after so many steps of improvement: repeats exactly on any machine."""

    steps: int

    def __call__(self, step: Step) -> bool:
        return step.step >= self.steps


@dataclass(frozen=True)
class GapBelow:
    """Stop when the proved gap is small enough."""

    gap: float

    def __call__(self, step: Step) -> bool:
        return step.gap <= self.gap


@dataclass(frozen=True)
class FirstOf:
    """Stop as soon as one of several rules says so."""

    rules: tuple[Stop, ...]

    def __call__(self, step: Step) -> bool:
        return any(rule(step) for rule in self.rules)


def seconds_left(stop: Stop, elapsed_s: float) -> float:
    """Wall time that a rule still allows, inf without a clock."""
    if isinstance(stop, MaxRuntime):
        return max(stop.seconds - elapsed_s, 0.0)
    if isinstance(stop, FirstOf):
        return min((seconds_left(rule, elapsed_s) for rule in stop.rules), default=float("inf"))
    return float("inf")


OnStep = Callable[[Step], bool | None]
