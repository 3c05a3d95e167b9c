"""The state of one solve: best plan, best bound, the trace, and when to stop."""

from __future__ import annotations

import time

import numpy as np

from territory_opt.result import Step
from territory_opt.solve.model import Model, least_pair
from territory_opt.solve.stop import OnStep, Stop, seconds_left
from territory_opt.travel.place import IndexArray


class Run:
    """Keeps the best plan and the best bound; every change goes through `offer` and `prove`."""

    def __init__(self, model: Model, stop: Stop, on_step: OnStep | None, began_s: float):
        self.model, self.stop, self.on_step, self.began_s = model, stop, on_step, began_s
        self.choice = _cheapest(model)
        self.value = model.value(self.choice)
        self.feasible = self._is_feasible(self.choice)
        self.bound = -np.inf
        self.priced_bound = -np.inf  # the bound of the prices alone, which reduced costs add to
        self.impossible = False  # proved: no plan keeps every band
        self.stopped = False
        self.steps = 0
        self.trace: list[Step] = []

    def _is_feasible(self, choice: IndexArray) -> bool:
        return not self.model.broken(self.model.loads(choice)).any()

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self.began_s

    @property
    def seconds_left(self) -> float:
        return seconds_left(self.stop, self.elapsed_s)

    @property
    def gap_closed(self) -> bool:
        """Whether nothing better can exist, up to rounding."""
        return self.value - self.bound <= 1e-7 * max(abs(self.value), 1.0) and (
            self.feasible or self.impossible
        )

    def offer(self, choice: IndexArray) -> bool:
        """Take a plan if it is better: one that keeps all bands before one that does not, then by value."""
        value, feasible = self.model.value(choice), self._is_feasible(choice)
        better = (not feasible, value) < (not self.feasible, self.value - 1e-9 * abs(self.value))
        if better:
            self.choice, self.value, self.feasible = choice.copy(), value, feasible
        return better

    def prove(self, bound: float) -> None:
        """Take a lower bound if it is higher."""
        self.bound = max(self.bound, min(bound, self.value))

    def step(self, stage: str) -> bool:
        """Write a line of the trace, tell the caller, and say whether to go on."""
        self.steps += 1
        step = Step(stage, self.steps, self.elapsed_s, self.value, self.bound)
        self.trace.append(step)
        if self.on_step is not None and self.on_step(step) is False:
            self.stopped = True
        self.stopped = self.stopped or self.stop(step) or self.gap_closed
        return not self.stopped


def _cheapest(model: Model) -> IndexArray:
    """Each unit's cheapest pair, bands ignored."""
    return least_pair(model, model.cost)
