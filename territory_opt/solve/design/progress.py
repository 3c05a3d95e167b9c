"""How far a design is: the best plan and the best bound, told to whoever watches."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from territory_opt.result import Step
from territory_opt.solve.design.verdict import Verdict
from territory_opt.solve.stop import OnStep
from territory_opt.travel.place import IndexArray

_SAME = 3e-7  # as a share of the value: closer than that, branch and cut cannot tell
_WHOLE = 1e-6  # above a whole number by less, a bound may be that number


class Question(Protocol):
    """What a plan, a number per unit, is worth, and what is wrong with it."""

    def value(self, site: IndexArray) -> float: ...

    def faults(self, site: IndexArray) -> list[str]: ...

    def least_step(self) -> float: ...


@dataclass(frozen=True)
class Designed:
    """site: per unit, or None. value: its cost, inf for none. No design costs less than bound.

    least_bad: where there is no site, the plan that breaks least of those that were met, if any was.
    """

    site: IndexArray | None
    value: float
    bound: float
    verdict: Verdict
    stage: str  # that said the last word
    least_bad: IndexArray | None = None
    interrupted: bool = False  # by Ctrl-C: whoever has more to do should be short


class Progress:
    """The best design and the best bound, told to `on_step` whenever a stage says something."""

    def __init__(self, question: Question, deadline_s: float, on_step: OnStep | None):
        self.question, self.deadline_s, self.on_step = question, deadline_s, on_step
        self.began_s, self.steps, self.stage = time.perf_counter(), 0, "start"
        self.site: IndexArray | None = None
        self.least_step = question.least_step()
        self.last: IndexArray | None = None  # met, whatever it breaks: stages hand on the best they have
        self.value, self.bound, self.stopped = np.inf, -np.inf, False

    def take(self, stage: str, site: IndexArray | None = None, bound: float = -np.inf) -> bool:
        """Keep a plan that is a better design, and a higher bound; whether to go on."""
        self.stage = stage
        self.last = self.last if site is None else site
        if site is not None and self.question.value(site) < self.value and not self.question.faults(site):
            self.site, self.value = site, self.question.value(site)
        if self.least_step and np.isfinite(bound):
            bound = self.least_step * float(np.ceil(bound / self.least_step - _WHOLE))
        self.bound = max(self.bound, min(bound, self.value))
        step = Step(stage, self.steps, time.perf_counter() - self.began_s, self.value, self.bound)
        self.steps += 1
        self.stopped |= self.on_step is not None and self.on_step(step) is False
        return self.goes_on()

    def watch(self, site: IndexArray) -> bool:
        """Told the best plan of the search; whether that is to go on."""
        return self.take("search", site)

    def goes_on(self) -> bool:
        """Whether there is time, and anything to find or to prove."""
        return not (self.closed() or self.stopped) and time.perf_counter() < self.deadline_s

    def closed(self) -> bool:
        """Whether the design is the best there is."""
        return self.site is not None and self.bound >= self.value - _SAME * abs(self.value)

    def left_s(self) -> float:
        """Seconds until the deadline, inf without one."""
        return max(self.deadline_s - time.perf_counter(), 0.0)

    def until(self, share: float, spare_s: float = 0.0) -> float:
        """When a share of the time left will be used up, but for so much at the end at most."""
        left_s = self.deadline_s - time.perf_counter()
        return self.deadline_s - min((1.0 - share) * left_s, spare_s or np.inf) if left_s < np.inf else np.inf

    def designed(self, verdict: Verdict | None = None) -> Designed:
        """What came out; without a verdict of the proof's, as value and bound say."""
        if self.site is not None:
            optimal = self.closed() or verdict is Verdict.OPTIMAL
            verdict = Verdict.OPTIMAL if optimal else Verdict.FEASIBLE
        elif verdict is None:
            verdict = Verdict.INFEASIBLE if self.bound == np.inf else Verdict.UNKNOWN
        least_bad = self.last if self.site is None else None
        return Designed(self.site, self.value, self.bound, verdict, self.stage, least_bad)
