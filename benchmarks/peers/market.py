"""What a peer is given, what it hands back, and the parts that several peers share."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

import territory_opt as to
from territory_opt.question import Question, ask
from territory_opt.solve.columns import build
from territory_opt.solve.model import Model

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


class NoPlanError(Exception):
    """A peer ended without a plan; the text says why."""


@dataclass(frozen=True)
class Effort:
    """Wall time, workers and seed; the clock runs from the moment the facts are in memory.

    candidates: reps a unit that a whole-model solver may choose from where all pairs are too many for it.
    """

    seconds: float
    workers: int = 2
    seed: int = 1
    candidates: int = 10
    began: float = field(default_factory=time.perf_counter)

    @property
    def spent(self) -> float:
        return time.perf_counter() - self.began

    @property
    def left(self) -> float:
        """Seconds left, 0 when none are."""
        return max(self.seconds - self.spent, 0.0)


@dataclass(frozen=True)
class Proposal:
    """A peer's plan.

    rep: rep per account (accounts,), -1 for none. form: what the peer was given. note: how it ended.
    bound: no plan of the full problem costs less; -inf where the peer proves nothing of that kind.
    own_bound: what a solver claims for the model it was given, with its rounding and tolerances.
    """

    rep: IntArray
    form: str
    note: str = ""
    bound: float = -np.inf
    own_bound: float = -np.inf


@dataclass(frozen=True)
class Market:
    """Facts and wishes, and the same as units and pairs for peers that want arrays."""

    problem: to.Problem
    policy: to.Policy

    @cached_property
    def question(self) -> Question:
        """Units that move as one, targets, breach prices."""
        return ask(self.problem, self.policy)

    def model(self, most_pairs: int, per_unit: int) -> tuple[Model, str]:
        """Every allowed pair up to a number of them, else the cheapest of each unit.

        Returns the arrays, and what they hold in words.
        """
        n_reps = len(self.problem.reps)
        whole = self.question.n_units * n_reps <= most_pairs or per_unit >= n_reps
        model = build(self.question, None if whole else per_unit)
        pairs = len(model.rep)
        return model, f"all {pairs:,} pairs" if whole else f"{per_unit} cheapest reps a unit"

    def rep_of_account(self, rep_of_unit: NDArray[np.integer]) -> IntArray:
        """Rep per account from rep per unit; accounts that nobody may serve get -1."""
        return np.append(rep_of_unit, -1).astype(np.int32)[self.question.unit_of_account]

    def objective(self, rep_of_unit: NDArray[np.integer]) -> float:
        """Cost with breaches priced, as the judge will count it."""
        plan = to.Alignment(self.rep_of_account(rep_of_unit))
        return to.audit(self.problem, self.policy, plan, self.question).objective


def bin_scale(model: Model) -> FloatArray:
    """A load per bin to measure others by: its upper limit, else its lower one, else 1."""
    size = np.where(np.isfinite(model.high), model.high, model.low)
    return np.where(np.isfinite(size) & (size > 0), size, 1.0)
