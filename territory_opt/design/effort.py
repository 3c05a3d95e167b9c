"""How long a design may take, who works on it, and who is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from territory_opt.result import Step
from territory_opt.solve import OnStep, Stop
from territory_opt.solve.stop import seconds_left


class Watch:
    """Told every step of every part of a run; once the listener has said stop, it stays at that."""

    def __init__(self, stop: Stop, on_step: OnStep | None):
        self.stop, self.on_step, self.began_s = stop, on_step, time.perf_counter()
        self.stopped = False

    def __call__(self, step: Step) -> bool:
        step = replace(step, elapsed_s=time.perf_counter() - self.began_s)
        told = self.on_step is None or self.on_step(step) is not False
        self.stopped |= not told
        return not (self.stopped or self.stop(step))  # a rule may end one part and not the next

    @property
    def deadline_s(self) -> float:
        """When time is up, as `time.perf_counter` says it."""
        return self.began_s + seconds_left(self.stop, 0.0)


@dataclass(frozen=True)
class Effort:
    """deadline_s: of `time.perf_counter`. workers: where plans are searched for side by side.

    part: what the work is about, told before the stage of each step.
    """

    seed: int
    deadline_s: float
    workers: Executor
    watch: Watch
    part: str = ""

    def of(self, share: float, part: str = "") -> Effort:
        """A share of the time that is left, for a part of the work; none after a stop."""
        now_s = time.perf_counter()
        left_s = 0.0 if self.watch.stopped else max(self.deadline_s - now_s, 0.0)
        return replace(self, deadline_s=now_s + share * left_s, part=part or self.part)

    def on_step(self) -> Callable[[Step], bool]:
        """What a search tells its steps to."""
        if not self.part:
            return self.watch
        return lambda step: self.watch(replace(step, stage=f"{self.part}: {step.stage}"))

    def interrupted(self) -> None:
        """Somebody pressed Ctrl-C: what is left to do is done without a search."""
        self.watch.stopped = True
